//! Half precision in single precision.
//!
//! The engine refuses some operators in half precision, and ONNX Runtime widens most to compute
//! them. Weights, casts and declarations change; values are those of the file.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto, ValueInfoProto};
use tract_onnx::prelude::f16;

const HALF: i32 = DataType::Float16 as i32;
const BRAIN: i32 = DataType::Bfloat16 as i32;
const SINGLE: i32 = DataType::Float as i32;

/// Makes all numbers of half precision single ones, in nested graphs too.
pub(super) fn widen(graph: &mut GraphProto) {
    graph.initializer.iter_mut().for_each(widen_tensor);
    let declared = graph.input.iter_mut().chain(&mut graph.output).chain(&mut graph.value_info);
    declared.for_each(widen_declaration);
    graph.node.iter_mut().for_each(widen_node);
}

fn widen_node(node: &mut NodeProto) {
    let is_cast = node.op_type == "Cast";
    for attribute in &mut node.attribute {
        if is_cast && attribute.name == "to" && is_half(attribute.i as i32) {
            attribute.i = SINGLE.into();
        }
        attribute.t.iter_mut().chain(&mut attribute.tensors).for_each(widen_tensor);
        attribute.g.iter_mut().chain(&mut attribute.graphs).for_each(widen);
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
