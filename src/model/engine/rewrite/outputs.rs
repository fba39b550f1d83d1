//! Drops outputs that hold no floats, such as labels, and what only they need.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::{Tensor, Value};
use tract_onnx::pb::{GraphProto, NodeProto, TypeProto, ValueInfoProto};

use crate::{Error, Result};

/// Keeps the outputs of floats and of unknown type. Refuses a graph without any.
pub(super) fn keep_floats(graph: &mut GraphProto) -> Result<()> {
    open_zip_maps(graph);
    let (kept, dropped): (Vec<_>, Vec<_>) =
        std::mem::take(&mut graph.output).into_iter().partition(is_float);
    if kept.is_empty() && !dropped.is_empty() {
        let names: Vec<_> = dropped.iter().map(|output| output.name.as_str()).collect();
        return Err(Error::UnsupportedModel {
            reason: format!(
                "none of its outputs {names:?} holds floats: export it with its probabilities or \
                 logits as an output"
            ),
        });
    }
    if !dropped.is_empty() {
        let kept = needed(graph, &kept);
        let dropped = needed(graph, &dropped);
        let mut gone = HashSet::new();
        graph.node.retain(|node| {
            let reads_gone = read(node).into_iter().any(|input| gone.contains(input));
            let makes = |names: &HashSet<String>| node.output.iter().any(|out| names.contains(out));
            let stays = makes(&kept) || !makes(&dropped) && !reads_gone;
            if !stays {
                gone.extend(node.output.iter().cloned());
            }
            stays
        });
    }
    graph.output = kept;
    Ok(())
}

/// scikit-learn's probabilities as maps from label to probability: the tensor itself will do.
fn open_zip_maps(graph: &mut GraphProto) {
    let maps = graph.node.iter_mut().filter(|node| node.op_type == "ZipMap");
    for node in maps {
        node.op_type = "Identity".to_string();
        node.domain.clear();
        node.attribute.clear();
        for output in graph.output.iter_mut().filter(|output| node.output.contains(&output.name)) {
            let floats = Tensor { elem_type: DataType::Float.into(), shape: None };
            output.r#type =
                Some(TypeProto { value: Some(Value::TensorType(floats)), ..TypeProto::default() });
        }
    }
}

/// Whether an output may hold floats. Sequences and maps have no tensor type.
fn is_float(output: &ValueInfoProto) -> bool {
    let Some(kind) = &output.r#type else { return true };
    let Some(Value::TensorType(tensor)) = &kind.value else { return false };
    match DataType::try_from(tensor.elem_type) {
        Ok(kind) => matches!(
            kind,
            DataType::Undefined
                | DataType::Float
                | DataType::Float16
                | DataType::Double
                | DataType::Bfloat16
        ),
        Err(_) => true,
    }
}

/// Names of all tensors that some outputs depend on, and theirs.
fn needed(graph: &GraphProto, outputs: &[ValueInfoProto]) -> HashSet<String> {
    let makers: HashMap<&String, &NodeProto> = graph
        .node
        .iter()
        .flat_map(|node| node.output.iter().map(move |name| (name, node)))
        .collect();
    let mut found: HashSet<String> = HashSet::new();
    let mut open: Vec<&String> = outputs.iter().map(|output| &output.name).collect();
    while let Some(name) = open.pop() {
        if !name.is_empty() && found.insert(name.clone()) {
            open.extend(makers.get(name).into_iter().flat_map(|node| read(node)));
        }
    }
    found
}

/// Names that a node and the graphs within it read.
fn read(node: &NodeProto) -> Vec<&String> {
    let graphs = node.attribute.iter().flat_map(|held| held.g.iter().chain(&held.graphs));
    let within = graphs.flat_map(|graph| {
        let outputs = graph.output.iter().map(|output| &output.name);
        graph.node.iter().flat_map(read).chain(outputs)
    });
    node.input.iter().chain(within).collect()
}
