//! Keeps the engine's optimiser from moving a strided slice.
//!
//! It pulls the slice over the operator before it, and gets some of them wrong: with a convolution
//! it forgets the first position, over a reshape it loses the axis.

use tract_onnx::prelude::{TValue, TVec, TractResult, TypedFact, TypedModel};
use tract_onnx::tract_core::internal::{EvalContext, EvalOp, Op, StaticName, TypedOp};
use tract_onnx::tract_core::ops::downsample::Downsample;

/// A strided slice that stays where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held(Downsample);

/// Holds all strided slices of a model, before it is optimised.
pub(in crate::model) fn hold(model: &mut TypedModel) {
    for node in model.nodes_mut() {
        if let Some(slice) = node.op_as::<Downsample>() {
            node.op = Box::new(Held(slice.clone()));
        }
    }
}

impl Op for Held {
    fn name(&self) -> StaticName {
        self.0.name()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        Some(self)
    }
}

impl EvalOp for Held {
    fn eval(&self, context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        self.0.eval(context, inputs)
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.0.eval_out_of_plan(inputs)
    }
}

impl TypedOp for Held {
    fn as_op(&self) -> &dyn Op {
        self
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self
    }

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        self.0.output_facts(inputs)
    }
}
