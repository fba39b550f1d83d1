//! Limits the memory that the engine allocates while it infers shapes.
//!
//! The engine folds constants as it goes: when all inputs of an operator are known, it computes the
//! output before anyone sees its size. A file of 200 bytes can ask for terabytes that way
//! (`ConstantOfShape`, `Pad`, `Resize` of constants). So each operator is wrapped during the
//! analysis, and its output shapes are checked first.

use tract_onnx::prelude::{
    InferenceFact, InferenceModel, InferenceModelExt, TValue, TVec, TractResult,
};
use tract_onnx::tract_hir::infer::{Factoid, InferenceNode, InferenceOp};
use tract_onnx::tract_hir::internal::{EvalOp, Op, OutletId, StaticName, TypedOp};

use crate::Limits;

/// Facts about inputs, outputs and observed tensors.
type Facts<'a> = TVec<&'a InferenceFact>;
type Inferred = (TVec<InferenceFact>, TVec<InferenceFact>, TVec<InferenceFact>);

/// Infers the shapes of all tensors. Refuses a model over the limits for a batch of `samples`.
pub(super) fn analyse(
    model: &mut InferenceModel,
    limits: Limits,
    samples: usize,
) -> TractResult<()> {
    for node in model.nodes_mut() {
        node.op = Box::new(Guarded { op: node.op.clone(), limits, samples });
    }
    let analysed = model.analyse(false);
    for node in model.nodes_mut() {
        if let Some(guarded) = node.op_as::<Guarded>() {
            node.op = guarded.op.clone();
        }
    }
    analysed?;
    let made =
        model.nodes().iter().flat_map(|node| &node.outputs).map(|outlet| values(&outlet.fact));
    Ok(limits.check_values(made.fold(0, usize::saturating_add), samples)?)
}

/// Number of values of a tensor, 0 while its shape is unknown.
fn values(fact: &InferenceFact) -> usize {
    let shape = fact.shape.as_concrete_finite().ok().flatten();
    shape.map_or(0, |shape| shape.iter().fold(1, |values: usize, &dim| values.saturating_mul(dim)))
}

/// An operator whose output size is checked before it computes.
#[derive(Debug, Clone)]
struct Guarded {
    op: Box<dyn InferenceOp>,
    limits: Limits,
    samples: usize,
}

impl Guarded {
    /// Refuses an output over the limits. An operator with unknown inputs computes nothing yet.
    fn check(
        &mut self,
        inputs: &Facts<'_>,
        outputs: &Facts<'_>,
        observed: &Facts<'_>,
    ) -> TractResult<()> {
        if inputs.is_empty() || inputs.iter().any(|input| !input.value.is_concrete()) {
            return Ok(());
        }
        let (_, made, _) =
            self.op.infer_facts(inputs.clone(), outputs.clone(), observed.clone())?;
        let made = made.iter().map(values).fold(0, usize::saturating_add);
        Ok(self.limits.check_values(made, self.samples)?)
    }
}

impl InferenceOp for Guarded {
    fn infer(
        &mut self,
        inputs: Facts<'_>,
        outputs: Facts<'_>,
        observed: Facts<'_>,
    ) -> TractResult<Inferred> {
        self.check(&inputs, &outputs, &observed)?;
        self.op.infer(inputs, outputs, observed)
    }

    fn infer_facts(
        &mut self,
        inputs: Facts<'_>,
        outputs: Facts<'_>,
        observed: Facts<'_>,
    ) -> TractResult<Inferred> {
        self.op.infer_facts(inputs, outputs, observed)
    }

    fn observe_outlets(
        &self,
        model: &InferenceModel,
        node: &InferenceNode,
    ) -> TractResult<Vec<OutletId>> {
        self.op.observe_outlets(model, node)
    }

    fn nboutputs(&self) -> TractResult<usize> {
        self.op.nboutputs()
    }

    fn as_op(&self) -> &dyn Op {
        self
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self
    }
}

impl Op for Guarded {
    fn name(&self) -> StaticName {
        self.op.name()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        None
    }
}

impl EvalOp for Guarded {
    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.op.eval_out_of_plan(inputs)
    }
}

/// Required by the engine, which never compares operators here.
impl PartialEq for Guarded {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl Eq for Guarded {}
