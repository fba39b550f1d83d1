//! A decoded model to the engine's graph, without holding its weights twice.

use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::model::ParseResult;
use tract_onnx::pb::GraphProto;
use tract_onnx::prelude::{Tensor, TractResult, TypedFact};
use tract_onnx::tensor::load_tensor;
use tract_onnx::tract_core::ops::konst::Const;

use super::proto::Proto;

/// Bytes of a tensor from which on it is worth its own way to the engine.
const LARGE: usize = 1 << 16;

/// Weights by name.
pub(super) type Large = Vec<(String, Arc<Tensor>)>;

/// Takes the large weights out of a graph, one by one: the engine copies all of them before the
/// first can be dropped.
pub(super) fn take_large(engine: &Onnx, graph: &mut GraphProto) -> TractResult<Large> {
    let large = graph.initializer.extract_if(.., |weights| weights.raw_data.len() >= LARGE);
    large
        .map(|weights| {
            let values = load_tensor(&*engine.provider, &weights, None)?;
            Ok((weights.name, Arc::new(values)))
        })
        .collect()
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
