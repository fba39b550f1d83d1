//! The products of a model that are replaced, and what goes with them.

mod convolution;
mod linear;

use std::sync::Arc;

use she_ood_kernel::conv::{Dense, Depthwise, Geometry};
use she_ood_kernel::{Finish, Linear};
use tract_onnx::prelude::{
    DatumType, OutletId, TVec, Tensor, TractResult, TypedFact, TypedModel, TypedModelPatch,
    TypedNode,
};
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::math::{Add, Max, Min, Mul};

use super::{Kernel, Packed, Product};

/// A product of the engine, with the operators that ours does as well.
pub(super) struct Site {
    /// The last operator that goes with it.
    last: usize,
    input: OutletId,
    addend: Option<OutletId>,
    form: Form,
    /// The engine's constant.
    weights: Arc<Tensor>,
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
        /// Whether the weights of an output lie side by side.
        by_output: bool,
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
            && self.finish.limits == Finish::OPEN
            && fact.datum_type == DatumType::F32
            && fact.shape.as_concrete()? == &*self.output_shape;
        fits.then(|| self.addend = Some(other))
    }

    /// Combines the output with a constant for each channel.
    fn combine(&mut self, operator: &dyn BinMiniOp, operand: Vec<f32>) -> Option<()> {
        let [low, high] = self.finish.limits;
        let is_sum = self.finish.limits == Finish::OPEN && self.addend.is_none();
        if operator.is::<Add>() && is_sum {
            self.finish.bias.iter_mut().zip(operand).for_each(|(bias, more)| *bias += more);
        } else if operator.is::<Mul>() && is_sum {
            let Finish { factors, bias, .. } = &mut self.finish;
            let scaled = factors.iter_mut().zip(bias).zip(operand);
            scaled.for_each(|((factor, bias), more)| {
                *factor *= more;
                *bias *= more;
            });
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

    /// The change of the model that puts our operator in place of all that goes with it.
    pub(super) fn replaced(
        self,
        model: &TypedModel,
        packed: &Packed,
    ) -> TractResult<TypedModelPatch> {
        let mut patch = TypedModelPatch::default();
        let inputs = [Some(self.input), self.addend];
        let inputs: TVec<OutletId> = inputs.into_iter().flatten().collect();
        let inputs = patch.taps(model, &inputs)?;
        let name = model.node(self.last).name.clone();
        let (last, output_shape) = (self.last, self.output_shape.clone());
        let kernel = match self.layer(&name, packed) {
            Some(shared) => shared,
            None => Arc::new(self.packed()?),
        };
        let product = Product { kernel, output_shape };
        let output = patch.wire_node(name, product, &inputs)?;
        for outlet in output {
            patch.shunt_outside(model, last.into(), outlet)?;
        }
        Ok(patch)
    }

    /// The layer that a model with another number of rows has packed.
    fn layer(&self, name: &str, packed: &Packed) -> Option<Arc<Kernel>> {
        let Form::Linear { depth, .. } = self.form else { return None };
        packed.get(name, [depth, self.finish.bias.len()])
    }

    /// Packs the weights.
    fn packed(self) -> TractResult<Kernel> {
        let (plain, finish) = (self.weights.try_as_plain_ram()?, self.finish);
        let weights = plain.as_slice::<f32>()?;
        Ok(match self.form {
            Form::Dense(geometry) => Kernel::Dense(Dense::new(geometry, weights, finish)),
            Form::Depthwise(geometry) => {
                Kernel::Depthwise(Depthwise::new(geometry, weights, finish))
            }
            Form::Linear { depth, by_output: true } => {
                Kernel::Linear(Linear::new(depth, weights, finish))
            }
            Form::Linear { depth, .. } => {
                Kernel::Linear(Linear::transposed(depth, weights, finish))
            }
        })
    }
}

fn shape(model: &TypedModel, outlet: OutletId) -> Option<&[usize]> {
    model.outlet_fact(outlet).ok()?.shape.as_concrete()
}

/// A constant of 32-bit floats.
fn constant(fact: &TypedFact) -> Option<Arc<Tensor>> {
    values(fact).and(fact.konst.clone())
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
