//! The products of a model that are replaced, and what goes with them.

mod convolution;
mod linear;

use std::sync::Arc;

use she_ood_kernel::conv::{Dense, Depthwise, Geometry};
use she_ood_kernel::{Finish, Linear};
use tract_onnx::prelude::{
    DatumType, OutletId, TVec, TractResult, TypedFact, TypedModel, TypedModelPatch, TypedNode,
};
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::math::{Add, Max, Min, Mul};

use super::{Kernel, Product};

/// A product of the engine, with the operators that ours does as well.
pub(super) struct Site {
    /// The last operator that goes with it.
    last: usize,
    input: OutletId,
    addend: Option<OutletId>,
    form: Form,
    /// By output, then in the order of the sum.
    weights: Vec<f32>,
    finish: Finish,
    output_shape: TVec<usize>,
}

/// What is multiplied.
enum Form {
    Dense(Geometry),
    Depthwise(Geometry),
    /// Rows of `depth` values.
    Linear {
        depth: usize,
    },
}

impl Site {
    /// A product of the engine that ours can replace.
    pub(super) fn of(model: &TypedModel, node: &TypedNode) -> Option<Self> {
        convolution::find(model, node).or_else(|| linear::find(model, node))
    }

    /// Takes in what follows, as long as nothing else reads what lies between.
    pub(super) fn grown(mut self, model: &TypedModel) -> Self {
        while let Some(last) = self.next(model).and_then(|next| self.take_in(model, next)) {
            self.last = last;
        }
        self
    }

    /// The only operator that reads the output.
    fn next<'a>(&self, model: &'a TypedModel) -> Option<&'a TypedNode> {
        let is_read_outside = model.outputs.contains(&self.last.into());
        model.single_succ(self.last).ok()?.filter(|_| !is_read_outside)
    }

    /// Does what an operator with two operands does to the output, and gives its index. An added
    /// tensor comes after factors, limits come last.
    fn take_in(&mut self, model: &TypedModel, next: &TypedNode) -> Option<usize> {
        let (binary, &[one, two]) = (next.op_as::<TypedBinOp>()?, &*next.inputs) else {
            return None;
        };
        let other = if one == self.last.into() { two } else { one };
        let fact = model.outlet_fact(other).ok().filter(|_| one != two)?;
        match values(fact).map(|values| self.per_output(fact, values)) {
            Some(operand) => self.combine(&*binary.0, operand?),
            None if binary.0.is::<Add>() => self.add(fact, other),
            None => None,
        }?;
        (shape(model, next.id.into())? == &*self.output_shape).then_some(next.id)
    }

    /// One value for each output of the constant operand, which is the same for all rows or
    /// positions.
    fn per_output(&self, fact: &TypedFact, values: &[f32]) -> Option<Vec<f32>> {
        let along = match self.form {
            Form::Linear { .. } => fact.shape.rank().checked_sub(1)?,
            _ => 1,
        };
        let mut sizes = fact.shape.as_concrete()?.iter().enumerate();
        let is_spread = sizes.all(|(axis, &size)| axis == along || size == 1);
        per_channel(values, self.finish.bias.len()).filter(|_| is_spread)
    }

    /// Adds another tensor of the output's shape.
    fn add(&mut self, fact: &TypedFact, other: OutletId) -> Option<()> {
        let fits = !matches!(self.form, Form::Depthwise(_))
            && self.addend.is_none()
            && self.finish.limits == OPEN
            && fact.datum_type == DatumType::F32
            && fact.shape.as_concrete()? == &*self.output_shape;
        fits.then(|| self.addend = Some(other))
    }

    /// Combines the output with a constant for each channel.
    fn combine(&mut self, operator: &dyn BinMiniOp, operand: Vec<f32>) -> Option<()> {
        let [low, high] = self.finish.limits;
        let is_sum = self.finish.limits == OPEN && self.addend.is_none();
        if operator.is::<Add>() && is_sum {
            self.finish.bias.iter_mut().zip(operand).for_each(|(bias, more)| *bias += more);
        } else if operator.is::<Mul>() && is_sum {
            self.scale(&operand);
        } else if operator.is::<Max>() {
            let limit = uniform(&operand)?;
            self.finish.limits = [low.max(limit), high.max(limit)];
        } else if operator.is::<Min>() {
            let limit = uniform(&operand)?;
            self.finish.limits = [low.min(limit), high.min(limit)];
        } else {
            return None;
        }
        Some(())
    }

    fn scale(&mut self, factors: &[f32]) {
        let depth = self.weights.len() / factors.len().max(1);
        for (weights, factor) in self.weights.chunks_exact_mut(depth.max(1)).zip(factors) {
            weights.iter_mut().for_each(|weight| *weight *= factor);
        }
        self.finish.bias.iter_mut().zip(factors).for_each(|(bias, factor)| *bias *= factor);
    }

    /// The change of the model that puts our operator in place of all that goes with it.
    pub(super) fn replaced(self, model: &TypedModel) -> TractResult<TypedModelPatch> {
        let mut patch = TypedModelPatch::default();
        let inputs = [Some(self.input), self.addend];
        let inputs: TVec<OutletId> = inputs.into_iter().flatten().collect();
        let inputs = patch.taps(model, &inputs)?;
        let kernel = match self.form {
            Form::Dense(geometry) => {
                Kernel::Dense(Dense::new(geometry, &self.weights, self.finish))
            }
            Form::Depthwise(geometry) => {
                Kernel::Depthwise(Depthwise::new(geometry, self.weights, self.finish))
            }
            Form::Linear { depth } => {
                Kernel::Linear(Linear::new(depth, &self.weights, self.finish))
            }
        };
        let product = Product { kernel: Arc::new(kernel), output_shape: self.output_shape };
        let name = model.node(self.last).name.clone();
        let output = patch.wire_node(name, product, &inputs)?;
        for outlet in output {
            patch.shunt_outside(model, self.last.into(), outlet)?;
        }
        Ok(patch)
    }
}

/// Limits that change nothing.
const OPEN: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

fn shape(model: &TypedModel, outlet: OutletId) -> Option<&[usize]> {
    model.outlet_fact(outlet).ok()?.shape.as_concrete()
}

/// Values of a constant of 32-bit floats.
fn values(fact: &TypedFact) -> Option<&[f32]> {
    fact.konst.as_ref()?.try_as_plain_ram().ok()?.as_slice::<f32>().ok()
}

/// One value for each channel, of a constant with one or as many.
fn per_channel(values: &[f32], channels: usize) -> Option<Vec<f32>> {
    match values {
        [value] => Some(vec![*value; channels]),
        _ => (values.len() == channels).then(|| values.to_vec()),
    }
}

/// The value that all are equal to.
fn uniform(values: &[f32]) -> Option<f32> {
    let (first, others) = values.split_first()?;
    others.iter().all(|value| value == first).then_some(*first).filter(|value| !value.is_nan())
}
