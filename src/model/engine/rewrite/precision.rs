//! Half precision in single precision.
//!
//! The engine refuses some operators in half precision, and ONNX Runtime widens most to compute
//! them. Weights, casts and declarations change; values are those of the file.

use std::collections::HashMap;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto, ValueInfoProto};
use tract_onnx::prelude::f16;

use super::build::{INTERNAL, int};
use crate::model::engine::input::tensor_type;

const HALF: i32 = DataType::Float16 as i32;
const BRAIN: i32 = DataType::Bfloat16 as i32;
const SINGLE: i32 = DataType::Float as i32;

/// Makes all numbers of half precision single ones, in nested graphs too.
pub(super) fn widen(graph: &mut GraphProto) {
    let halves = halves(graph);
    graph.initializer.iter_mut().for_each(widen_tensor);
    let declared = graph.input.iter_mut().chain(&mut graph.output).chain(&mut graph.value_info);
    declared.for_each(widen_declaration);
    let nodes = std::mem::take(&mut graph.node).into_iter();
    graph.node = nodes.flat_map(|node| widened(node, &halves)).collect();
}

/// Types of the weights, inputs and casts of half precision, by name.
fn halves(graph: &GraphProto) -> HashMap<String, i32> {
    let weights = graph.initializer.iter().map(|weights| (&weights.name, weights.data_type));
    let inputs = graph.input.iter().map(|input| {
        let kind = tensor_type(input).map_or(0, |declared| declared.elem_type);
        (&input.name, kind)
    });
    let casts = graph
        .node
        .iter()
        .filter_map(|node| Some((node.output.first()?, cast_to(node, &HashMap::new())?)));
    let all = weights.chain(inputs).chain(casts).filter(|(_, kind)| is_half(*kind));
    all.map(|(name, kind)| (name.clone(), kind)).collect()
}

/// A node of single precision. A cast to half precision rounds, and is cast back.
fn widened(mut node: NodeProto, halves: &HashMap<String, i32>) -> Vec<NodeProto> {
    for attribute in &mut node.attribute {
        attribute.t.iter_mut().chain(&mut attribute.tensors).for_each(widen_tensor);
        attribute.g.iter_mut().chain(&mut attribute.graphs).for_each(widen);
    }
    let Some(kind) = cast_to(&node, halves).filter(|&kind| is_half(kind)) else {
        return vec![node];
    };
    let output = node.output.first().cloned().unwrap_or_default();
    let rounded = format!("{output}{INTERNAL}half");
    let cast = |kind: i32, input: Option<String>, output: String| NodeProto {
        name: output.clone(),
        op_type: "Cast".to_string(),
        input: input.into_iter().collect(),
        output: vec![output],
        attribute: vec![int("to", kind.into())],
        ..NodeProto::default()
    };
    let back = cast(SINGLE, Some(rounded.clone()), output);
    vec![cast(kind, node.input.into_iter().next(), rounded), back]
}

/// The type that a node casts to.
fn cast_to(node: &NodeProto, halves: &HashMap<String, i32>) -> Option<i32> {
    let to = node.attribute.iter().find(|attribute| attribute.name == "to");
    match node.op_type.as_str() {
        "Cast" => i32::try_from(to?.i).ok(),
        "CastLike" => halves.get(node.input.get(1)?).copied(),
        _ => None,
    }
}

fn widen_declaration(tensor: &mut ValueInfoProto) {
    let value = tensor.r#type.as_mut().and_then(|declared| declared.value.as_mut());
    if let Some(Value::TensorType(declared)) = value
        && is_half(declared.elem_type)
    {
        declared.elem_type = SINGLE;
    }
}

/// Values of half precision are in `raw_data`, or one by one in the lower bits of `int32_data`.
fn widen_tensor(tensor: &mut TensorProto) {
    if !is_half(tensor.data_type) {
        return;
    }
    let kind = std::mem::replace(&mut tensor.data_type, SINGLE);
    let narrow = std::mem::take(&mut tensor.int32_data);
    tensor.float_data = narrow.iter().map(|&bits| single(bits as u16, kind)).collect();
    let raw = tensor.raw_data.as_chunks::<2>().0.iter();
    tensor.raw_data =
        raw.flat_map(|&bits| single(u16::from_le_bytes(bits), kind).to_le_bytes()).collect();
}

fn is_half(kind: i32) -> bool {
    matches!(kind, HALF | BRAIN)
}

/// The number that 16 bits stand for. A bfloat16 is the upper half of a single.
fn single(bits: u16, kind: i32) -> f32 {
    match kind {
        BRAIN => f32::from_bits(u32::from(bits) << 16),
        _ => f16::from_bits(bits).to_f32(),
    }
}
