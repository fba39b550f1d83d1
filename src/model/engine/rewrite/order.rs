//! Nodes in the order of their dependencies, which ONNX asks for and some converters break.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{GraphProto, NodeProto};

/// Sorts nodes so that each stands behind the makers of its inputs, and otherwise as in the file.
pub(super) fn sort(graph: &mut GraphProto) {
    let makers: HashMap<String, usize> = graph
        .node
        .iter()
        .enumerate()
        .flat_map(|(index, node)| node.output.iter().map(move |name| (name.clone(), index)))
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let mut nodes: Vec<Option<NodeProto>> =
        std::mem::take(&mut graph.node).into_iter().map(Some).collect();
    for index in 0..nodes.len() {
        place(index, &mut nodes, &makers, &mut graph.node);
    }
}

/// Moves a node to the end of `placed`, behind all that it needs. A circle is cut where it closes.
fn place(
    index: usize,
    nodes: &mut [Option<NodeProto>],
    makers: &HashMap<String, usize>,
    placed: &mut Vec<NodeProto>,
) {
    let (mut waiting, mut begun) = (vec![index], HashSet::new());
    while let Some(&index) = waiting.last() {
        let Some(node) = nodes.get(index).and_then(Option::as_ref) else {
            waiting.pop();
            continue;
        };
        if begun.insert(index) {
            let needed = reads(node).into_iter().filter_map(|name| makers.get(name));
            waiting.extend(needed.filter(|needed| !begun.contains(needed)));
        } else {
            placed.extend(nodes.get_mut(index).and_then(Option::take));
            waiting.pop();
        }
    }
}

/// Names that a node reads, itself or in nested graphs.
fn reads(node: &NodeProto) -> Vec<&str> {
    let graphs = node.attribute.iter().flat_map(|held| held.g.iter().chain(&held.graphs));
    let nested = graphs.flat_map(|graph| &graph.node).flat_map(reads);
    node.input.iter().map(String::as_str).chain(nested).collect()
}
