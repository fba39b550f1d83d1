//! Replaces calls of a model's own functions by the functions' nodes.

use std::collections::HashMap;

use prost::Message;
use tract_onnx::pb::{AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto};

use crate::model::invalid;
use crate::{Error, Limits, Result};

/// How deep functions may call others. ONNX forbids recursion.
const MOST_DEPTH: usize = 32;

/// Functions by domain and name. A file may hold variants, told apart by what the engine's reader
/// leaves out.
type Functions = HashMap<(String, String), Vec<FunctionProto>>;

/// Inlines all functions. The function's tensors are prefixed with the name of the call.
pub(super) fn inline(proto: &mut ModelProto) -> Result<()> {
    let mut functions = Functions::new();
    for function in std::mem::take(&mut proto.functions) {
        let key = (function.domain().to_string(), function.name().to_string());
        functions.entry(key).or_default().push(function);
    }
    let opset = crate::model::engine::proto::opset(proto);
    match proto.graph.as_mut() {
        Some(graph) if !functions.is_empty() => {
            let limits = Limits::default();
            let mut inliner = Inliner { functions: &functions, opset, nodes: 0, bytes: 0, limits };
            inliner.inline_graph(graph, MOST_DEPTH)
        }
        _ => Ok(()),
    }
}

fn not_inlined(function: &FunctionProto, why: &str) -> Error {
    Error::UnsupportedModel {
        reason: format!(
            "its function {:?} {why}: inline it with Python's onnx, \
             onnx.inliner.inline_local_functions(model, True)",
            function.name()
        ),
    }
}

struct Inliner<'a> {
    functions: &'a Functions,
    /// Version of the model's operators.
    opset: i64,
    /// Nodes that calls were replaced by so far, and their bytes.
    nodes: usize,
    bytes: usize,
    limits: Limits,
}

impl<'a> Inliner<'a> {
    fn inline_graph(&mut self, graph: &mut GraphProto, depth: usize) -> Result<()> {
        graph.node = self.inline_nodes(std::mem::take(&mut graph.node), depth)?;
        Ok(())
    }

    fn inline_nodes(&mut self, nodes: Vec<NodeProto>, depth: usize) -> Result<Vec<NodeProto>> {
        let mut inlined = Vec::with_capacity(nodes.len());
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| invalid("its functions call each other endlessly"))?;
        for mut node in nodes {
            if let Some(function) = self.function(&node)? {
                let body = body(function, &node)?;
                self.count(&body)?;
                inlined.extend(self.inline_nodes(body, depth)?);
                continue;
            }
            for attribute in &mut node.attribute {
                for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                    self.inline_graph(graph, depth)?;
                }
            }
            inlined.push(node);
        }
        Ok(inlined)
    }

    /// The function that a node calls. Refuses variants, and a function written for another version
    /// of ONNX's operators than the model.
    fn function(&self, node: &NodeProto) -> Result<Option<&'a FunctionProto>> {
        let domain = if node.domain == "ai.onnx" { "" } else { &node.domain };
        let Some(found) = self.functions.get(&(domain.to_string(), node.op_type.clone())) else {
            return Ok(None);
        };
        let own = |domain: &str| matches!(domain, "" | "ai.onnx");
        let other = |function: &FunctionProto| {
            let mut sets = function.opset_import.iter();
            sets.any(|set| own(&set.domain) && set.version != self.opset)
        };
        match found.as_slice() {
            [function] if other(function) => {
                Err(not_inlined(function, "uses other versions of the operators than the model"))
            }
            [function] => Ok(Some(function)),
            [function, ..] => Err(not_inlined(function, "comes in variants")),
            [] => Ok(None),
        }
    }

    /// Refuses a small file that grows beyond the limits.
    fn count(&mut self, body: &[NodeProto]) -> Result<()> {
        self.nodes += body.len();
        self.bytes += body.iter().map(Message::encoded_len).sum::<usize>();
        self.limits.check_nodes(self.nodes)?;
        self.limits.check_bytes(self.bytes)
    }
}

/// The nodes of a function for one call.
fn body(function: &FunctionProto, call: &NodeProto) -> Result<Vec<NodeProto>> {
    let given = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
    let inputs = function.input.iter().enumerate();
    let mut names: HashMap<String, String> =
        inputs.map(|(i, name)| (name.clone(), given(&call.input, i))).collect();
    for (i, name) in function.output.iter().enumerate() {
        let output = given(&call.output, i);
        if !output.is_empty() && !function.input.contains(name) {
            names.insert(name.clone(), output);
        }
    }
    let label = crate::model::engine::proto::label(call);
    let prefix = format!("{label}/");
    let scope = Scope { names, prefix, attributes: &call.attribute, function };
    let mut nodes =
        function.node.iter().map(|node| scope.node(node)).collect::<Result<Vec<_>>>()?;
    // An input that is handed on as an output needs a node that makes it.
    for (i, name) in function.output.iter().enumerate() {
        if function.input.contains(name) {
            nodes.push(NodeProto {
                op_type: "Identity".to_string(),
                input: vec![scope.name(name)],
                output: vec![given(&call.output, i)],
                ..NodeProto::default()
            });
        }
    }
    Ok(nodes)
}

/// Names and attributes inside a call.
struct Scope<'a> {
    names: HashMap<String, String>,
    prefix: String,
    attributes: &'a [AttributeProto],
    function: &'a FunctionProto,
}

impl Scope<'_> {
    fn name(&self, name: &str) -> String {
        match self.names.get(name) {
            Some(outside) => outside.clone(),
            None if name.is_empty() => String::new(),
            None => format!("{}{name}", self.prefix),
        }
    }

    fn node(&self, node: &NodeProto) -> Result<NodeProto> {
        let renamed = |names: &[String]| names.iter().map(|name| self.name(name)).collect();
        let attributes = node.attribute.iter().map(|attribute| self.attribute(attribute));
        Ok(NodeProto {
            input: renamed(&node.input),
            output: renamed(&node.output),
            name: self.name(&node.name),
            attribute: attributes.filter_map(Result::transpose).collect::<Result<_>>()?,
            op_type: node.op_type.clone(),
            domain: node.domain.clone(),
            doc_string: String::new(),
        })
    }

    /// An attribute with the call's value where it refers to one; none if the call has none.
    fn attribute(&self, attribute: &AttributeProto) -> Result<Option<AttributeProto>> {
        let reference = &attribute.ref_attr_name;
        if reference.is_empty() {
            let mut own = attribute.clone();
            own.g.iter_mut().chain(&mut own.graphs).try_for_each(|graph| self.rename(graph))?;
            return Ok(Some(own));
        }
        let given = self.attributes.iter().find(|given| given.name == *reference);
        if given.is_none() && !self.function.attribute.contains(reference) {
            return Err(not_inlined(self.function, "has attributes with default values"));
        }
        Ok(given.map(|given| AttributeProto { name: attribute.name.clone(), ..given.clone() }))
    }

    /// Renames the tensors of a graph inside the function.
    fn rename(&self, graph: &mut GraphProto) -> Result<()> {
        graph.node = graph.node.iter().map(|node| self.node(node)).collect::<Result<_>>()?;
        let values = graph.input.iter_mut().chain(&mut graph.output);
        let tensors = graph.initializer.iter_mut().map(|tensor| &mut tensor.name);
        for name in values.map(|value| &mut value.name).chain(tensors) {
            *name = self.name(name);
        }
        Ok(())
    }
}
