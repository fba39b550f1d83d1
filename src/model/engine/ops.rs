//! Operators that replace engine operators which are wrong, or slow in WebAssembly.

mod max_pool;
mod pad;
mod product;
mod signed_pad;
mod slice;
mod strided;

use std::fmt::Debug;

use tract_onnx::Onnx;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::{
    DatumType, TValue, TVec, Tensor, TractResult, TypedFact, TypedModel, tvec,
};
use tract_onnx::tract_core::internal::{EvalContext, EvalOp, Op, StaticName, TypedOp, anyhow};
use tract_onnx::tract_hir::infer::InferenceOp;

pub(super) use self::max_pool::MaxPool;
pub(super) use self::pad::Pad;
pub(super) use self::product::{Packed, replace_products, weight_bytes};
pub(super) use self::strided::Strided;

/// Puts our readers of ONNX's operators in place of the engine's.
pub(super) fn register(engine: &mut Onnx) {
    engine.op_register.insert("Pad", signed_pad::pad);
    engine.op_register.insert("Slice", slice::slice);
    engine.op_register.insert("Upsample", upsample);
}

/// Reads `Upsample` as the engine's oldest `Resize`, which computes the same.
fn upsample(
    context: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let oldest = ParsingContext { onnx_operator_set_version: 10, ..context.clone() };
    let resize = context.framework.op_register.0.get("Resize");
    resize.ok_or_else(|| anyhow!("the engine has no Resize"))?(&oldest, node)
}

/// An operator from planes to planes: feature maps `[.., height, width]`, row-major.
pub(super) trait Planes: Debug + Clone + PartialEq + Eq + Send + Sync + 'static {
    const NAME: &'static str;

    fn output_shape(&self) -> &[usize];

    /// Computes the output. It holds zeros before.
    fn fill(&self, input: &[f32], output: &mut [f32]);
}

/// Replaces each operator `E` on 32-bit floats for which `same` returns a substitute. `same` gets
/// the operator and its input.
pub(super) fn replace<E: Op, T: Planes>(
    model: &mut TypedModel,
    same: fn(&E, &TypedFact) -> Option<T>,
) {
    for index in 0..model.nodes().len() {
        let found = model.nodes().get(index).and_then(|node| {
            let input = model.outlet_fact(*node.inputs.first()?).ok()?;
            same(node.op_as()?, input).filter(|_| input.datum_type == DatumType::F32)
        });
        if let (Some(found), Some(node)) = (found, model.nodes_mut().get_mut(index)) {
            node.op = Box::new(OnPlanes(found));
        }
    }
}

/// Adapts a [`Planes`] operator to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OnPlanes<T>(T);

impl<T: Planes> Op for OnPlanes<T> {
    fn name(&self) -> StaticName {
        T::NAME.into()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        Some(self)
    }
}

impl<T: Planes> EvalOp for OnPlanes<T> {
    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut output = Tensor::zero::<f32>(self.0.output_shape())?;
        for input in &inputs {
            let input = input.try_as_plain_ram()?;
            self.0.fill(
                input.as_slice::<f32>()?,
                output.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?,
            );
        }
        Ok(tvec!(output.into()))
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.eval(&EvalContext::out_of_plan(), inputs).map(Some)
    }
}

impl<T: Planes> TypedOp for OnPlanes<T> {
    fn as_op(&self) -> &dyn Op {
        self
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self
    }

    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(TypedFact::dt_shape(DatumType::F32, self.0.output_shape())))
    }
}
