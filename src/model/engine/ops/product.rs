//! Convolutions of feature maps and fully connected layers, in place of the engine's operators and
//! those around them.
//!
//! The engine pads, lays out columns and multiplies in three operators, of which WebAssembly runs
//! two value by value. Ours does it all while the values are in the cache, with the arithmetic that
//! follows: batch normalisation, an added tensor, ReLU and other limits. The engine's products also
//! sum up in another order for a batch than for one sample; ours give the same values.

mod packed;
mod site;

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use she_ood_kernel::Linear;
use she_ood_kernel::conv::{Dense, Depthwise};
use tract_onnx::prelude::{
    DatumType, TDim, TValue, TVec, TractResult, TypedFact, TypedModel, TypedNode, tvec,
};
use tract_onnx::tract_core::internal::{EvalContext, EvalOp, Op, StaticName, TypedOp, anyhow};
use tract_onnx::tract_core::ops::Cost;

pub(in crate::model) use self::packed::Packed;
use self::site::Site;

/// A product with constant weights. Clones share the weights, and only clones are equal.
#[derive(Clone)]
struct Product {
    kernel: Arc<Kernel>,
    output_shape: TVec<usize>,
}

enum Kernel {
    Dense(Dense),
    Depthwise(Depthwise),
    Linear(Linear),
}

impl Kernel {
    fn name(&self) -> &'static str {
        match self {
            Self::Dense(_) | Self::Depthwise(_) => "OurConv",
            Self::Linear(_) => "OurLinear",
        }
    }

    /// Number of packed weights.
    fn weights(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.weights(),
            Self::Depthwise(depthwise) => depthwise.weights(),
            Self::Linear(linear) => linear.weights(),
        }
    }

    /// Number of values that each output is a sum over.
    fn depth(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.depth(),
            Self::Depthwise(depthwise) => depthwise.depth(),
            Self::Linear(linear) => linear.size()[0],
        }
    }
}

impl PartialEq for Product {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kernel, &other.kernel)
    }
}

impl Eq for Product {}

// The weights stay out: code that prints them would be a part of the WebAssembly.
impl Debug for Product {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{} to {:?}", self.kernel.name(), self.output_shape)
    }
}

impl Op for Product {
    fn name(&self) -> StaticName {
        self.kernel.name().into()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        Some(self)
    }
}

impl EvalOp for Product {
    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let inputs = inputs
            .iter()
            .map(|input| input.try_as_plain_ram()?.as_slice::<f32>())
            .collect::<TractResult<TVec<_>>>()?;
        let input = inputs.first().ok_or_else(|| anyhow!("a product without an input"))?;
        let (addend, shape) = (inputs.get(1).copied(), &*self.output_shape);
        let output = match &*self.kernel {
            Kernel::Dense(dense) => dense.run(shape, input, addend)?,
            Kernel::Depthwise(depthwise) => depthwise.run(shape, input)?,
            Kernel::Linear(linear) => linear.run(shape, input, addend)?,
        };
        Ok(tvec!(output.into()))
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.eval(&EvalContext::out_of_plan(), inputs).map(Some)
    }
}

impl TypedOp for Product {
    fn as_op(&self) -> &dyn Op {
        self
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self
    }

    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(TypedFact::dt_shape(DatumType::F32, &*self.output_shape)))
    }

    fn cost(&self, _: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let multiplications = self.output_shape.iter().product::<usize>() * self.kernel.depth();
        Ok(tvec!((Cost::FMA(DatumType::F32), multiplications.into())))
    }
}

/// Bytes of the packed weights that a product of ours holds; 0 for other operators.
pub(in crate::model) fn weight_bytes(node: &TypedNode) -> usize {
    node.op_as::<Product>().map_or(0, |product| product.kernel.weights() * size_of::<f32>())
}

/// Replaces the products of a model that is not optimised yet. The engine lets go of the weights of
/// each as soon as they are packed.
pub(in crate::model) fn replace_products(
    model: &mut TypedModel,
    packed: &Packed,
) -> TractResult<()> {
    for index in 0..model.nodes().len() {
        let found = model.nodes().get(index).and_then(|node| Site::of(model, node));
        if let Some(site) = found {
            site.grown(model).replaced(model, packed)?.apply(model)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
