//! Convolutions of the engine.

use she_ood_kernel::Finish;
use she_ood_kernel::conv::Geometry;
use tract_onnx::prelude::{OutletId, TypedModel, TypedNode};
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::cnn::{Conv as EngineConv, KernelFormat};
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::{Form, Site, constant, per_channel, shape, values};

/// A convolution of two-dimensional maps with constant weights, of all channels or of each alone.
pub(super) fn find(model: &TypedModel, node: &TypedNode) -> Option<Site> {
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
    let weights = constant(model.outlet_fact(kernel).ok()?).filter(|_| is_plain)?;
    let bias = per_channel(values(model.outlet_fact(bias).ok()?)?, outputs)?;
    let (input, geometry) = geometry(model, conv, input)?;
    Some(Site {
        last: node.id,
        input,
        addend: None,
        form: if is_depthwise { Form::Depthwise(geometry) } else { Form::Dense(geometry) },
        weights,
        finish: Finish::adding(bias),
        output_shape: shape(model, node.id.into())?.into(),
    })
}

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
