//! A decoded model to the engine's graph, without holding its weights twice.

use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::model::ParseResult;
use tract_onnx::pb::{GraphProto, TensorProto};
use tract_onnx::prelude::{TVec, Tensor, TractResult, TypedFact};
use tract_onnx::tensor::load_tensor;
use tract_onnx::tract_core::ops::konst::Const;

use super::decode::Matrices;
use super::proto::Proto;

/// Bytes of a tensor from which on it is worth its own way to the engine.
pub(super) const LARGE: usize = 1 << 16;

/// Weights by name.
pub(super) type Large = Vec<(String, Arc<Tensor>)>;

/// Takes the large weights out of a graph, one by one: the engine copies all of them before the
/// first can be dropped.
pub(super) fn take_large(
    engine: &Onnx,
    graph: &mut GraphProto,
    matrices: &Matrices<'_>,
) -> TractResult<Large> {
    let in_file = |weights: &TensorProto| {
        matrices.get(&weights.name).filter(|_| weights.raw_data.is_empty()).copied()
    };
    let is_large =
        |weights: &mut TensorProto| weights.raw_data.len() >= LARGE || in_file(weights).is_some();
    let large = graph.initializer.extract_if(.., is_large);
    large
        .map(|weights| {
            let values = match in_file(&weights) {
                Some(values) => floats(&weights.dims, values)?,
                None => load_tensor(&*engine.provider, &weights, None)?,
            };
            Ok((weights.name, Arc::new(values)))
        })
        .collect()
}

/// A tensor of 32-bit floats as a file has them.
fn floats(dims: &[i64], bytes: &[u8]) -> TractResult<Tensor> {
    let shape: TVec<usize> =
        dims.iter().map(|&size| usize::try_from(size)).collect::<Result<_, _>>()?;
    let mut tensor = Tensor::zero::<f32>(&shape)?;
    let mut plain = tensor.try_as_plain_ram_mut()?;
    let read = plain.as_slice_mut::<f32>()?.iter_mut().zip(bytes.as_chunks().0);
    read.for_each(|(value, &bytes)| *value = f32::from_le_bytes(bytes));
    Ok(tensor)
}

/// Parses with the engine.
pub(super) fn parse(proto: &Proto) -> TractResult<ParseResult> {
    let mut parsed = proto.engine.parse(&proto.model, None)?;
    proto.large.iter().try_for_each(|(name, values)| put(&mut parsed, name, values.clone()))?;
    Ok(parsed)
}

/// Puts weights in place of the input that the engine has made for want of them.
fn put(parsed: &mut ParseResult, name: &str, values: Arc<Tensor>) -> TractResult<()> {
    let outlet = parsed.outlets_by_name.get(name).copied();
    let Some(outlet) = outlet.filter(|outlet| parsed.model.inputs.contains(outlet)) else {
        return Ok(());
    };
    let fact = TypedFact::try_from(values.clone())?;
    parsed.model.node_mut(outlet.node).op = Const::new(values)?.into();
    parsed.model.set_outlet_fact(outlet, fact.into())?;
    parsed.model.inputs.retain(|input| *input != outlet);
    parsed.unresolved_inputs.retain(|input| input != name);
    Ok(())
}
