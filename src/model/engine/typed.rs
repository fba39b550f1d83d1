//! A graph whose shapes are inferred to one whose types are known.

use std::collections::HashMap;

use tract_onnx::prelude::{
    InferenceFact, InferenceModel, OutletId, SpecialOps, TVec, TractResult, TypedFact, TypedModel,
};
use tract_onnx::tract_core::internal::translator::Translate;
use tract_onnx::tract_core::internal::{EvalContext, TypedOp};
use tract_onnx::tract_hir::infer::{Factoid, InferenceNode, InferenceOp};

/// The operators of known types. The engine's own way to them infers all shapes twice again.
pub(super) fn typed(inferred: &InferenceModel) -> TractResult<TypedModel> {
    ToTyped.translate_model(inferred)
}

#[derive(Debug)]
struct ToTyped;

impl Translate<InferenceFact, Box<dyn InferenceOp>, TypedFact, Box<dyn TypedOp>> for ToTyped {
    fn translate_node(
        &self,
        source: &InferenceModel,
        node: &InferenceNode,
        target: &mut TypedModel,
        mapping: &HashMap<OutletId, OutletId>,
    ) -> TractResult<TVec<OutletId>> {
        let values = constants(node)?;
        let outlets = match values {
            Some(values) => (0..)
                .zip(values)
                .map(|(slot, value)| target.add_const(format!("{}.{slot}", node.name), value))
                .collect::<TractResult<_>>()?,
            None => node.op.to_typed(source, node, target, mapping)?,
        };
        outlets.iter().try_for_each(|outlet| target.outlet_fact(*outlet)?.consistent())?;
        Ok(outlets)
    }
}

/// Values of a node that are known already. Inputs stay, and so do nodes with a state.
fn constants(
    node: &InferenceNode,
) -> TractResult<Option<Vec<std::sync::Arc<tract_onnx::prelude::Tensor>>>> {
    if InferenceModel::is_source(&node.op) || node.op.state(&EvalContext::out_of_plan())?.is_some()
    {
        return Ok(None);
    }
    Ok(node.outputs.iter().map(|outlet| outlet.fact.value.concretize()).collect())
}
