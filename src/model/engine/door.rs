//! The cast from the 32-bit floats of samples to the numbers that a model takes.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, ValueInfoProto};

use super::input::{Input, tensor_type};
use super::numbers::Numbers;
use super::rewrite::INTERNAL;

/// Makes the input one of 32-bit floats, with a cast behind it to the numbers that were declared.
pub(super) fn cast_input(graph: &mut GraphProto, input: &Input) {
    let Some(declared) = graph.input.iter_mut().find(|given| given.name == input.name) else {
        return;
    };
    let kind = tensor_type(declared).map_or(0, |declared| declared.elem_type);
    if kind == DataType::Float as i32 {
        return;
    }
    set_kind(declared, DataType::Float);
    let (rounded, cast) =
        (format!("{}{INTERNAL}rounded", input.name), format!("{}{INTERNAL}cast", input.name));
    redirect(graph, &input.name, &cast);
    // Pixels that were divided and multiplied again are whole numbers but for rounding.
    let (round, source) = match input.numbers {
        Numbers::Whole { .. } => (Some(node("Round", &input.name, &rounded)), &rounded),
        Numbers::Float => (None, &input.name),
    };
    let to = AttributeProto {
        name: "to".to_string(),
        i: kind.into(),
        r#type: tract_onnx::pb::attribute_proto::AttributeType::Int.into(),
        ..AttributeProto::default()
    };
    let cast = NodeProto { attribute: vec![to], ..node("Cast", source, &cast) };
    graph.node.splice(..0, round.into_iter().chain([cast]));
}

fn node(operator: &str, input: &str, output: &str) -> NodeProto {
    NodeProto {
        name: output.to_string(),
        op_type: operator.to_string(),
        input: vec![input.to_string()],
        output: vec![output.to_string()],
        ..NodeProto::default()
    }
}

fn set_kind(tensor: &mut ValueInfoProto, kind: DataType) {
    if let Some(Value::TensorType(declared)) =
        tensor.r#type.as_mut().and_then(|declared| declared.value.as_mut())
    {
        declared.elem_type = kind.into();
    }
}

/// Makes every reader of the tensor `from` read `to`, in nested graphs too.
fn redirect(graph: &mut GraphProto, from: &str, to: &str) {
    for node in &mut graph.node {
        node.input.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.to_string());
        for attribute in &mut node.attribute {
            let nested = attribute.g.iter_mut().chain(&mut attribute.graphs);
            nested.for_each(|graph| redirect(graph, from, to));
        }
    }
}
