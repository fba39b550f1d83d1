//! The convolutions of a model that are replaced, and what goes with them.

use std::sync::Arc;

use she_ood_kernel::conv::{Dense, Depthwise, Finish, Geometry};
use tract_onnx::prelude::{
    DatumType, OutletId, TVec, TractResult, TypedFact, TypedModel, TypedModelPatch, TypedNode,
};
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::cnn::{Conv as EngineConv, KernelFormat};
use tract_onnx::tract_core::ops::math::{Add, Max, Min, Mul};
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::{Conv, Kernel};

/// A convolution of the engine, with the operators that ours does as well.
pub(super) struct Site {
    /// The last operator that goes with it.
    last: usize,
    input: OutletId,
    addend: Option<OutletId>,
    geometry: Geometry,
    is_depthwise: bool,
    /// By output, channel and tap.
    weights: Vec<f32>,
    finish: Finish,
    output_shape: TVec<usize>,
}

impl Site {
    /// A convolution of two-dimensional maps with constant weights, of all channels or of each
    /// alone.
    pub(super) fn of(model: &TypedModel, node: &TypedNode) -> Option<Self> {
        let (conv, &[input, kernel, bias]) = (node.op_as::<EngineConv>()?, &*node.inputs) else {
            return None;
        };
        let spec = &conv.pool_spec;
        let (outputs, channels) = (spec.output_channels, spec.input_channels);
        let is_depthwise = conv.group > 1 && conv.group == channels && conv.group == outputs;
        let is_plain = spec.data_format == DataFormat::NCHW
            && conv.kernel_fmt == KernelFormat::OIHW
            && conv.q_params.is_none()
            && (conv.group == 1 || is_depthwise);
        let weights = values(model.outlet_fact(kernel).ok()?).filter(|_| is_plain)?.to_vec();
        let bias = per_channel(values(model.outlet_fact(bias).ok()?)?, outputs)?;
        let (input, geometry) = geometry(model, conv, input)?;
        Some(Self {
            last: node.id,
            input,
            addend: None,
            is_depthwise,
            weights,
            finish: Finish { bias, limits: OPEN },
            output_shape: shape(model, node.id.into())?.into(),
            geometry,
        })
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
        match values(fact).map(|values| per_channel_of(fact, values, self.finish.bias.len())) {
            Some(operand) => self.combine(&*binary.0, operand?),
            None if binary.0.is::<Add>() => self.add(fact, other),
            None => None,
        }?;
        (shape(model, next.id.into())? == &*self.output_shape).then_some(next.id)
    }

    /// Adds another tensor of the output's shape.
    fn add(&mut self, fact: &TypedFact, other: OutletId) -> Option<()> {
        let fits = !self.is_depthwise
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
        let kernel = match self.is_depthwise {
            true => Kernel::Depthwise(Depthwise::new(self.geometry, self.weights, self.finish)),
            false => Kernel::Dense(Dense::new(self.geometry, &self.weights, self.finish)),
        };
        let conv = Conv { kernel: Arc::new(kernel), output_shape: self.output_shape };
        let name = model.node(self.last).name.clone();
        let output = patch.wire_node(name, conv, &inputs)?;
        for outlet in output {
            patch.shunt_outside(model, self.last.into(), outlet)?;
        }
        Ok(patch)
    }
}

/// Limits that change nothing.
const OPEN: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

/// What a convolution looks at, and from which tensor. It takes in a padding with zeros before.
fn geometry(
    model: &TypedModel,
    conv: &EngineConv,
    input: OutletId,
) -> Option<(OutletId, Geometry)> {
    let padded = <[usize; 4]>::try_from(shape(model, input)?).ok()?;
    let (spec, [_, channels, size @ ..]) = (&conv.pool_spec, padded);
    let padding = spec.computed_padding(&size);
    let (from, zeros) = zeros(model, input).unwrap_or((input, [0, 0]));
    let [_, _, height, width] = <[usize; 4]>::try_from(shape(model, from)?).ok()?;
    let mut before = zeros;
    before.iter_mut().zip(&padding).for_each(|(zeros, axis)| *zeros += axis.pad_before);
    let geometry = Geometry {
        channels,
        input: [height, width],
        kernel: two(&spec.kernel_shape)?,
        strides: two(&spec.strides())?,
        dilations: two(&spec.dilations())?,
        before,
        output: [0, 1].map(|axis| padding.get(axis).map_or(0, |p| p.convoluted)),
    };
    let (given, made) = (height * width, geometry.output[0] * geometry.output[1]);
    // Wide padding and dilation make a large tensor of a few zeros: the engine looks through it.
    let is_modest = geometry.padded() / MOST_PADDED <= channels * (given + made);
    (given > 0 && made > 0 && is_modest).then_some((from, geometry))
}

/// How much larger a padded input may be than input and output.
const MOST_PADDED: usize = 16;

/// The tensor that a padding reads, and how many zeros it puts before rows and columns.
fn zeros(model: &TypedModel, padded: OutletId) -> Option<(OutletId, [usize; 2])> {
    let node = model.nodes().get(padded.node)?;
    let (pad, &[input]) = (node.op_as::<Pad>()?, &*node.inputs) else { return None };
    let PadMode::Constant(value) = &pad.mode else { return None };
    match &*pad.pads {
        [(0, 0), (0, 0), (above, _), (left, _)] if value.is_zero().ok()? => {
            Some((input, [*above, *left]))
        }
        _ => None,
    }
}

fn two(sizes: &[usize]) -> Option<[usize; 2]> {
    sizes.try_into().ok()
}

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

/// As [`per_channel`], for an operand `[1, channels, 1, 1]` of feature maps.
fn per_channel_of(fact: &TypedFact, values: &[f32], channels: usize) -> Option<Vec<f32>> {
    let is_spread = matches!(fact.shape.as_concrete()?, [1, _, 1, 1]);
    per_channel(values, channels).filter(|_| is_spread || values.len() == 1)
}

/// The value that all are equal to.
fn uniform(values: &[f32]) -> Option<f32> {
    let (first, others) = values.split_first()?;
    others.iter().all(|value| value == first).then_some(*first).filter(|value| !value.is_nan())
}
