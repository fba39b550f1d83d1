//! Makes nodes, attributes and constants.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};

/// Marks tensors that rules make between a node's inputs and outputs.
pub(in crate::model) const INTERNAL: &str = " ~";

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.to_string(), r#type: kind.into(), ..AttributeProto::default() }
}

pub(super) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { i, ..attribute(name, AttributeType::Int) }
}

pub(super) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { ints: ints.to_vec(), ..attribute(name, AttributeType::Ints) }
}

pub(super) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { f, ..attribute(name, AttributeType::Float) }
}

pub(super) fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto { s: text.as_bytes().to_vec(), ..attribute(name, AttributeType::String) }
}

pub(super) fn tensor(name: &str, tensor: TensorProto) -> AttributeProto {
    AttributeProto { t: Some(tensor), ..attribute(name, AttributeType::Tensor) }
}

/// A tensor of floats.
pub(super) fn floats_of(dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        dims: dims.to_vec(),
        data_type: DataType::Float.into(),
        float_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// A tensor of integers.
pub(super) fn ints_of(dims: &[i64], values: &[i64]) -> TensorProto {
    TensorProto {
        dims: dims.to_vec(),
        data_type: DataType::Int64.into(),
        int64_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// The nodes that replace one, in the order they run.
pub(super) struct Parts<'a> {
    node: &'a NodeProto,
    depth: usize,
    nodes: Vec<NodeProto>,
}

impl<'a> Parts<'a> {
    /// No parts yet of what replaces `node`. A replacement may be replaced again, and `depth` keeps
    /// their tensors apart.
    pub(super) fn of(node: &'a NodeProto, depth: usize) -> Self {
        Self { node, depth, nodes: Vec::new() }
    }

    /// A name for the output of the next node.
    pub(super) fn name(&self) -> String {
        let label = self.node.output.iter().find(|name| !name.is_empty());
        let label = label.map_or("", String::as_str);
        format!("{label}{INTERNAL}{}.{}", self.depth, self.nodes.len())
    }

    /// Adds a node and returns the name of its output.
    pub(super) fn add(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        let output = self.name();
        self.push(operator, inputs, attribute, vec![output.clone()]);
        output
    }

    /// Adds a node of one input and three outputs and returns their names.
    pub(super) fn three(&mut self, operator: &str, input: &str) -> [String; 3] {
        let outputs = ["a", "b", "c"].map(|letter| self.name() + letter);
        self.push(operator, &[input], vec![], outputs.to_vec());
        outputs
    }

    /// Adds a constant and returns its name.
    pub(super) fn constant(&mut self, value: TensorProto) -> String {
        self.add("Constant", &[], vec![tensor("value", value)])
    }

    /// Adds a single float and returns its name.
    pub(super) fn scalar(&mut self, value: f32) -> String {
        self.constant(floats_of(&[], &[value]))
    }

    /// Adds a list of integers and returns its name.
    pub(super) fn list(&mut self, values: &[i64]) -> String {
        self.constant(ints_of(&[i64::try_from(values.len()).unwrap_or(0)], values))
    }

    /// Adds the node that makes the first output of the replaced node, and returns all.
    pub(super) fn end(
        mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> Vec<NodeProto> {
        self.finish(operator, inputs, attribute);
        self.nodes
    }

    /// Adds the node that makes the first output of the replaced node.
    pub(super) fn finish(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) {
        let output = self.node.output.first().cloned().unwrap_or_default();
        self.push(operator, inputs, attribute, vec![output]);
    }

    /// Adds a node whose outputs have names of their own.
    pub(super) fn push(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
        output: Vec<String>,
    ) {
        self.nodes.push(NodeProto {
            name: output.iter().find(|name| !name.is_empty()).cloned().unwrap_or_default(),
            op_type: operator.to_string(),
            input: inputs.iter().map(ToString::to_string).collect(),
            output,
            attribute,
            ..NodeProto::default()
        });
    }

    /// All nodes.
    pub(super) fn nodes(self) -> Vec<NodeProto> {
        self.nodes
    }
}
