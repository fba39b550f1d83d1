//! Our convolutions beside the engine's, over all sorts of shapes and of operators around them.

use proptest::prelude::*;
use tract_onnx::prelude::{IntoRunnable, IntoTensor, OutletId, SpecialOps, TypedModel, tvec};
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::cnn::{Conv as EngineConv, KernelFormat, PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::math::{add, max, min, mul};
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

#[derive(Debug, Clone, Copy)]
enum Follower {
    Factor,
    Summand,
    Tensor,
    Relu6,
}

fn cases() -> impl Strategy<Value = Case> {
    use Follower::*;
    let pair = |most: usize| [1..=most, 1..=most];
    let zeros = || [0..=2usize, 0..=2];
    let follower = prop_oneof![Just(Factor), Just(Summand), Just(Tensor), Just(Relu6)];
    let shapes = ([1..=2usize, 1..=9, 1..=17, 1..=17], 1..=13usize, any::<bool>());
    let steps = (pair(4), pair(3), pair(2), zeros(), zeros());
    (shapes, steps, prop::collection::vec(follower, 0..4), any::<bool>()).prop_filter_map(
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

fn tensor(seed: usize, shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|i: usize| ((i * 37 + seed * 101 + 11) % 211) as f32 / 105.0 - 1.0)
        .collect();
    Tensor::from_shape(shape, &values).unwrap()
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
        let mut outlet = model.wire_node("conv", conv, &wire).unwrap()[0];
        let mut outputs = Vec::new();
        for (i, follower) in self.followers.iter().enumerate() {
            outputs.extend((self.is_tapped && i == 1).then_some(outlet));
            outlet = self.follow(&mut model, outlet, *follower, i);
        }
        outputs.push(outlet);
        model.select_output_outlets(&outputs).unwrap();
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

    fn follow(
        &self,
        model: &mut TypedModel,
        outlet: OutletId,
        follower: Follower,
        i: usize,
    ) -> OutletId {
        let shape = model.outlet_fact(outlet).unwrap().shape.as_concrete().unwrap().to_vec();
        let channel = [1, self.outputs, 1, 1];
        let constant = |model: &mut TypedModel, name: &str, value: Tensor| {
            model.add_const(format!("{name} {i}"), value).unwrap()
        };
        let name = format!("follower {i}");
        match follower {
            Follower::Factor => {
                let factor = constant(model, "factor", tensor(3, &channel));
                model.wire_node(name, mul(), &[factor, outlet]).unwrap()[0]
            }
            Follower::Summand => {
                let summand = constant(model, "summand", tensor(4, &channel));
                model.wire_node(name, add(), &[outlet, summand]).unwrap()[0]
            }
            Follower::Tensor => {
                let fact = TypedFact::dt_shape(DatumType::F32, shape);
                let other = model.add_source(format!("other {i}"), fact).unwrap();
                model.wire_node(name, add(), &[other, outlet]).unwrap()[0]
            }
            Follower::Relu6 => {
                let [low, high] = [0f32, 6.0].map(tensor_of);
                let (low, high) = (constant(model, "low", low), constant(model, "high", high));
                let low = model.wire_node(format!("{name} low"), max(), &[outlet, low]).unwrap();
                model.wire_node(name, min(), &[low[0], high]).unwrap()[0]
            }
        }
    }
}

fn tensor_of(value: f32) -> Tensor {
    Tensor::from_shape(&[1, 1, 1, 1], &[value]).unwrap()
}

/// Multiplications of the convolution.
fn multiplications(model: &TypedModel) -> TDim {
    let convolutions =
        model.nodes().iter().filter(|node| node.op.name().ends_with("Conv")).map(|node| {
            let inputs = model.node_input_facts(node.id).unwrap();
            node.op.cost(&inputs).unwrap()
        });
    convolutions.flatten().map(|(_, count)| count).sum()
}

/// Outputs of a model for made-up inputs.
fn outputs(model: TypedModel) -> Vec<Tensor> {
    let shapes = model.inputs.iter().map(|&input| model.outlet_fact(input).unwrap().shape.clone());
    let inputs =
        shapes.enumerate().map(|(i, shape)| tensor(5 + i, shape.as_concrete().unwrap()).into());
    let inputs = inputs.collect();
    let outputs = model.into_optimized().unwrap().into_runnable().unwrap().run(inputs).unwrap();
    outputs.into_iter().map(|output| output.into_tensor()).collect()
}

proptest! {
    #[test]
    fn it_computes_what_the_engine_and_its_operators_compute(case in cases()) {
        let (engine, mut ours) = (case.model(), case.model());
        replace_convolutions(&mut ours).unwrap();
        let is_ours = |name: &str| ours.nodes().iter().any(|node| node.op.name() == name);
        prop_assert!(is_ours("OurConv"));
        prop_assert_eq!(multiplications(&ours), multiplications(&engine));
        for (ours, engine) in outputs(ours).into_iter().zip(outputs(engine)) {
            ours.close_enough(&engine, true).unwrap();
        }
    }
}
