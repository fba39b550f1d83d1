//! An ONNX file as the engine is to see it.

use std::collections::HashSet;

use tract_onnx::Onnx;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto};

use super::decode::decode;
use super::external::external_files;
use super::input::Input;
use super::parse::{Large, take_large};
use super::rewrite::rewrite;
use super::{door, foreign, invalid, ops};
use crate::{Error, Limits, Result};

/// A file that was read and checked.
pub(super) struct Proto {
    pub engine: Onnx,
    /// Without its large weights.
    pub model: ModelProto,
    pub large: Large,
    pub input: Input,
}

impl Proto {
    /// Reads and checks an ONNX file.
    pub(super) fn read(onnx: &[u8], limits: &Limits) -> Result<Self> {
        limits.check_bytes(onnx.len())?;
        #[cfg(target_family = "wasm")]
        she_ood_kernel::register();
        // Declared intermediate shapes are left out: they may name a batch size that one sample
        // contradicts.
        let mut engine = tract_onnx::onnx().with_ignore_value_info(true);
        ops::register(&mut engine);
        let (mut model, matrices) =
            decode(onnx).map_err(|error| invalid(foreign::explained(onnx, &error.to_string())))?;
        let no_graph = || invalid(foreign::no_graph(onnx));
        let graph = model.graph.as_ref().ok_or_else(no_graph)?;
        limits.check_nodes(nodes(graph))?;
        check_names(graph)?;
        check_weights(onnx)?;
        rewrite(&mut model)?;
        let graph = model.graph.as_mut().ok_or_else(no_graph)?;
        limits.check_nodes(nodes(graph))?;
        check_nodes(&engine, graph)?;
        let input = Input::of(graph)?;
        door::cast_input(graph, &input);
        let large = take_large(&engine, graph, &matrices).map_err(invalid)?;
        Ok(Self { engine, model, large, input })
    }

    #[expect(clippy::expect_used, reason = "`read` refuses a file without a graph")]
    pub(super) fn graph(&self) -> &GraphProto {
        self.model.graph.as_ref().expect("there is a graph")
    }

    /// Version of ONNX's own operators.
    pub(super) fn opset(&self) -> i64 {
        opset(&self.model)
    }
}

/// Version of ONNX's own operators.
pub(super) fn opset(proto: &ModelProto) -> i64 {
    let own = |domain: &str| matches!(domain, "" | "ai.onnx");
    proto.opset_import.iter().find(|import| own(&import.domain)).map_or(0, |import| import.version)
}

/// Number of nodes, including the nodes of nested graphs.
fn nodes(graph: &GraphProto) -> usize {
    let within = graph.node.iter().flat_map(|node| &node.attribute);
    let graphs = within.flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs));
    graph.node.len() + graphs.map(nodes).sum::<usize>()
}

/// Refuses operators that the engine lacks and outputs that no node makes.
fn check_nodes(engine: &Onnx, graph: &GraphProto) -> Result<()> {
    if let Some(node) =
        graph.node.iter().find(|node| !engine.op_register.0.contains_key(&node.op_type))
    {
        return Err(Error::UnsupportedOperator {
            node: label(node),
            operator: node.op_type.clone(),
        });
    }
    let given = graph.input.iter().map(|input| &input.name);
    let constants = graph.initializer.iter().map(|weights| &weights.name);
    let made = graph.node.iter().flat_map(|node| &node.output);
    let made: HashSet<&String> = made.chain(given).chain(constants).collect();
    match graph.output.iter().find(|output| !made.contains(&output.name)) {
        Some(output) => Err(invalid(format!("no node makes the output {:?}", output.name))),
        None => Ok(()),
    }
}

/// Refuses two weights of one name: runtimes take one or the other.
fn check_names(graph: &GraphProto) -> Result<()> {
    let mut seen = HashSet::new();
    match graph.initializer.iter().find(|weights| !seen.insert(&weights.name)) {
        Some(twice) => Err(invalid(format!("it has two weights called {:?}", twice.name))),
        None => Ok(()),
    }
}

/// Refuses weights in other files, which the caller can put into the model.
fn check_weights(onnx: &[u8]) -> Result<()> {
    let files: Vec<_> = external_files(onnx)?.iter().map(|file| format!("{file:?}")).collect();
    if files.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "its weights are in {}: give the bytes of that, too, as `externalData` in JavaScript or \
         with `inline_weights` in Rust; the command line reads them from beside the model",
        files.join(", ")
    )))
}

/// Name of a node, or of its first output where it has none.
pub(super) fn label(node: &NodeProto) -> String {
    match node.output.first() {
        Some(output) if node.name.is_empty() => output.clone(),
        _ => node.name.clone(),
    }
}
