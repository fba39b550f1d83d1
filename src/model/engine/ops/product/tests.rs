//! Our products beside the engine's, over all sorts of shapes and of operators around them.

mod convolutions;
mod layers;

use proptest::prelude::*;
use tract_onnx::prelude::{
    IntoRunnable, IntoTensor, OutletId, SpecialOps, Tensor, TypedModel, tvec,
};
use tract_onnx::tract_core::ops::math::{add, max, min, mul};

use super::*;

#[derive(Debug, Clone, Copy)]
enum Follower {
    Factor,
    Summand,
    Tensor,
    Relu6,
}

fn followers() -> impl Strategy<Value = Vec<Follower>> {
    use Follower::*;
    let follower = prop_oneof![Just(Factor), Just(Summand), Just(Tensor), Just(Relu6)];
    prop::collection::vec(follower, 0..4)
}

fn tensor(seed: usize, shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|i: usize| ((i * 37 + seed * 101 + 11) % 211) as f32 / 105.0 - 1.0)
        .collect();
    Tensor::from_shape(shape, &values).unwrap()
}

/// Adds a follower; `channel` is the shape of a constant with a value for each output.
fn follow(
    model: &mut TypedModel,
    outlet: OutletId,
    (i, follower): (usize, Follower),
    channel: &[usize],
) -> OutletId {
    let shape = model.outlet_fact(outlet).unwrap().shape.as_concrete().unwrap().to_vec();
    let constant = |model: &mut TypedModel, name: &str, value: Tensor| {
        model.add_const(format!("{name} {i}"), value).unwrap()
    };
    let name = format!("follower {i}");
    match follower {
        Follower::Factor => {
            let factor = constant(model, "factor", tensor(3, channel));
            model.wire_node(name, mul(), &[factor, outlet]).unwrap()[0]
        }
        Follower::Summand => {
            let summand = constant(model, "summand", tensor(4, channel));
            model.wire_node(name, add(), &[outlet, summand]).unwrap()[0]
        }
        Follower::Tensor => {
            let fact = TypedFact::dt_shape(DatumType::F32, shape);
            let other = model.add_source(format!("other {i}"), fact).unwrap();
            model.wire_node(name, add(), &[other, outlet]).unwrap()[0]
        }
        Follower::Relu6 => {
            let [low, high] = [0f32, 6.0].map(|value| limit(value, channel.len()));
            let (low, high) = (constant(model, "low", low), constant(model, "high", high));
            let low = model.wire_node(format!("{name} low"), max(), &[outlet, low]).unwrap();
            model.wire_node(name, min(), &[low[0], high]).unwrap()[0]
        }
    }
}

fn limit(value: f32, rank: usize) -> Tensor {
    Tensor::from_shape(&vec![1; rank], &[value]).unwrap()
}

/// Multiplications of the products.
fn multiplications(model: &TypedModel) -> TDim {
    let is_product = |name: &str| ["Conv", "EinSum", "OurConv", "OurLinear"].contains(&name);
    let products = model.nodes().iter().filter(|node| is_product(&node.op.name())).map(|node| {
        let inputs = model.node_input_facts(node.id).unwrap();
        node.op.cost(&inputs).unwrap()
    });
    products.flatten().map(|(_, count)| count).sum()
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

/// Adds followers, and selects the last output and, if it is tapped, one in between.
fn finish(
    model: &mut TypedModel,
    mut outlet: OutletId,
    (followers, is_tapped): (&[Follower], bool),
    channel: &[usize],
) {
    let mut outputs = Vec::new();
    for (i, follower) in followers.iter().enumerate() {
        outputs.extend((is_tapped && i == 1).then_some(outlet));
        outlet = follow(model, outlet, (i, *follower), channel);
    }
    outputs.push(outlet);
    model.select_output_outlets(&outputs).unwrap();
}

/// Replaces the products of a model, and compares with the engine's.
fn compare(model: &TypedModel, name: &str) {
    let mut ours = model.clone();
    replace_products(&mut ours, &Packed::default()).unwrap();
    assert!(ours.nodes().iter().any(|node| node.op.name() == name));
    assert_eq!(multiplications(&ours), multiplications(model));
    for (ours, engine) in outputs(ours).into_iter().zip(outputs(model.clone())) {
        ours.close_enough(&engine, true).unwrap();
    }
}
