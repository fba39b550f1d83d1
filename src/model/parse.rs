//! A decoded model to the engine's graph, without holding its weights twice.

use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::model::ParseResult;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{Tensor, TractResult, TypedFact};
use tract_onnx::tensor::load_tensor;
use tract_onnx::tract_core::ops::konst::Const;

/// Bytes of a tensor from which on it is worth its own way to the engine.
const LARGE: usize = 1 << 16;

/// Parses a model, and takes the large weights out of it: the engine would copy all of them before
/// the first could be dropped.
pub(super) fn parse(engine: &Onnx, proto: &mut ModelProto) -> TractResult<ParseResult> {
    let large = take_large(engine, proto)?;
    let mut parsed = engine.parse(proto, None)?;
    large.into_iter().try_for_each(|(name, values)| put(&mut parsed, &name, values))?;
    Ok(parsed)
}

fn take_large(engine: &Onnx, proto: &mut ModelProto) -> TractResult<Vec<(String, Arc<Tensor>)>> {
    let Some(graph) = &mut proto.graph else { return Ok(Vec::new()) };
    let large = graph.initializer.extract_if(.., |weights| weights.raw_data.len() >= LARGE);
    large
        .map(|weights| {
            let values = load_tensor(&*engine.provider, &weights, None)?;
            Ok((weights.name, Arc::new(values)))
        })
        .collect()
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
