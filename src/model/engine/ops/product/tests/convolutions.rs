//! Convolutions.

use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::cnn::{Conv as EngineConv, KernelFormat, PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::*;

/// A convolution and what follows it.
#[derive(Debug, Clone)]
struct Case {
    input: [usize; 4],
    outputs: usize,
    is_depthwise: bool,
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    before: [usize; 2],
    after: [usize; 2],
    followers: Vec<Follower>,
    is_tapped: bool,
}

fn cases() -> impl Strategy<Value = Case> {
    let pair = |most: usize| [1..=most, 1..=most];
    let zeros = || [0..=2usize, 0..=2];
    let shapes = ([1..=2usize, 1..=9, 1..=17, 1..=17], 1..=13usize, any::<bool>());
    let steps = (pair(4), pair(3), pair(2), zeros(), zeros());
    (shapes, steps, followers(), any::<bool>()).prop_filter_map(
        "the kernel fits in",
        |((input, outputs, is_depthwise), steps, followers, is_tapped)| {
            let (kernel, strides, dilations, before, after) = steps;
            let fits = |axis: usize| {
                input[2 + axis] + before[axis] + after[axis] > (kernel[axis] - 1) * dilations[axis]
            };
            let is_depthwise = is_depthwise && input[1] > 1;
            let outputs = if is_depthwise { input[1] } else { outputs };
            let case = Case {
                input,
                outputs,
                is_depthwise,
                kernel,
                strides,
                dilations,
                before,
                after,
                followers,
                is_tapped,
            };
            (fits(0) && fits(1)).then_some(case)
        },
    )
}

impl Case {
    /// The model. Half of the padding stands before the convolution, as exporters write it.
    fn model(&self) -> TypedModel {
        let mut model = TypedModel::default();
        let input = model.add_source("input", TypedFact::dt_shape(DatumType::F32, self.input));
        let mut wire: TVec<OutletId> = tvec!(input.unwrap());
        let channels = self.input[1];
        let pads = vec![(0, 0), (0, 0), (self.before[0], 0), (0, self.after[1])];
        let pad = Pad { pads, mode: PadMode::Constant(Tensor::from(0f32).into()) };
        wire = model.wire_node("pad", pad, &wire).unwrap();
        let group = if self.is_depthwise { channels } else { 1 };
        let kernel = [self.outputs, channels / group, self.kernel[0], self.kernel[1]];
        for (name, value) in [("kernel", tensor(1, &kernel)), ("bias", tensor(2, &[self.outputs]))]
        {
            wire.push(model.add_const(name, value).unwrap());
        }
        let conv = EngineConv::new(self.spec(), KernelFormat::OIHW, group, None);
        let outlet = model.wire_node("conv", conv, &wire).unwrap()[0];
        let followers = (&*self.followers, self.is_tapped);
        finish(&mut model, outlet, followers, &[1, self.outputs, 1, 1]);
        model
    }

    fn spec(&self) -> PoolSpec {
        let padding = PaddingSpec::Explicit(tvec!(0, self.before[1]), tvec!(self.after[0], 0));
        PoolSpec::new(
            DataFormat::NCHW,
            tvec!(self.kernel[0], self.kernel[1]),
            padding,
            Some(self.dilations.as_slice().into()),
            Some(self.strides.as_slice().into()),
            self.input[1],
            self.outputs,
        )
    }
}

proptest! {
    #[test]
    fn they_compute_what_the_engine_and_its_operators_compute(case in cases()) {
        compare(&case.model(), "OurConv");
    }
}
