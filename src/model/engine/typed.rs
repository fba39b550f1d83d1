//! A graph whose shapes are inferred to one whose types are known.

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::prelude::{
    InferenceModel, OutletId, SpecialOps, TVec, Tensor, TractError, TractResult, TypedModel,
};
use tract_onnx::tract_core::internal::EvalContext;
use tract_onnx::tract_hir::infer::{Factoid, InferenceNode};

/// Places of tensors, from one graph to the other.
type Places = HashMap<OutletId, OutletId>;

/// The same graph of operators of known types. The engine's own way there infers all shapes twice
/// again.
pub(super) fn typed(inferred: &InferenceModel) -> TractResult<TypedModel> {
    let mut model = TypedModel { symbols: inferred.symbols.clone(), ..TypedModel::default() };
    let mut places = Places::new();
    // An input stays, even where nothing reads it.
    let inputs = inferred.inputs.iter().map(|input| input.node);
    for id in inferred.eval_order()?.into_iter().chain(inputs) {
        if !places.contains_key(&id.into()) {
            let outlets = add(inferred, inferred.node(id), &mut model, &places)?;
            places.extend((0..).zip(outlets).map(|(slot, place)| ((id, slot).into(), place)));
        }
    }
    model.inputs = found(&places, &inferred.inputs)?;
    model.outputs = found(&places, &inferred.outputs)?;
    Ok(model)
}

/// Adds a node, or its values where they are known. Returns its outputs.
fn add(
    inferred: &InferenceModel,
    node: &InferenceNode,
    model: &mut TypedModel,
    places: &Places,
) -> TractResult<TVec<OutletId>> {
    let Some(values) = values(node)? else {
        return node.op.to_typed(inferred, node, model, places);
    };
    let mut outlets = TVec::new();
    for value in values {
        outlets.push(model.add_const(format!("{}.{}", node.name, outlets.len()), value)?);
    }
    Ok(outlets)
}

/// Values of a node that are known already. Inputs stay, and so do nodes with a state.
fn values(node: &InferenceNode) -> TractResult<Option<Vec<Arc<Tensor>>>> {
    let is_source = InferenceModel::is_source(&node.op);
    if is_source || node.op.state(&EvalContext::out_of_plan())?.is_some() {
        return Ok(None);
    }
    Ok(node.outputs.iter().map(|outlet| outlet.fact.value.concretize()).collect())
}

fn found(places: &Places, outlets: &[OutletId]) -> TractResult<Vec<OutletId>> {
    let place = |outlet| places.get(outlet).copied();
    let found: Option<_> = outlets.iter().map(place).collect();
    found.ok_or_else(|| TractError::msg("an input or an output of the graph has no place"))
}
