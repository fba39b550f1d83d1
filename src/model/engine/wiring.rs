//! Who makes and who reads each tensor of a graph.

use std::collections::{HashMap, HashSet};

use tract_onnx::model::ParseResult;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_hir::infer::Factoid;

use super::graph::fact;
use super::input::Form;
use super::proto::Proto;

/// Operators whose outputs depend on the shape of their input alone.
const OF_SHAPE: [&str; 2] = ["Shape", "Size"];

/// The nodes of a graph, with what is known of the tensors between them.
pub(super) struct Wiring<'a> {
    /// Each after those that make its inputs.
    pub nodes: &'a [NodeProto],
    /// Name of the model's input.
    pub input: &'a str,
    pub form: &'a Form,
    parsed: &'a ParseResult,
    makers: HashMap<&'a str, &'a NodeProto>,
    /// Tensors that differ between samples.
    varying: HashSet<&'a str>,
}

impl<'a> Wiring<'a> {
    pub fn new(proto: &'a Proto, parsed: &'a ParseResult, form: &'a Form) -> Self {
        let (graph, input) = (proto.graph(), proto.input.name.as_str());
        let makers = graph.node.iter().flat_map(|node| outputs(node).map(move |name| (name, node)));
        let makers = makers.collect();
        let varying = HashSet::from([input]);
        let mut wiring = Self { nodes: &graph.node, input, form, parsed, makers, varying };
        for node in &graph.node {
            if !OF_SHAPE.contains(&node.op_type.as_str()) && wiring.varying_inputs(node).count() > 0
            {
                let varies = |name: &&str| !is_constant(parsed, name);
                // The scale of dynamic quantisation varies too, but holds no features.
                let is_scaled = node.op_type == "DynamicQuantizeLinear";
                let made = outputs(node).take(if is_scaled { 1 } else { usize::MAX });
                wiring.varying.extend(made.filter(varies));
            }
        }
        wiring
    }

    /// The node that makes a tensor as its first output.
    pub fn maker(&self, tensor: &str) -> Option<&'a NodeProto> {
        let node = self.makers.get(tensor).copied()?;
        (outputs(node).next() == Some(tensor)).then_some(node)
    }

    /// All tensors that nodes make.
    pub fn made(&self) -> impl Iterator<Item = &'a str> {
        self.nodes.iter().flat_map(outputs)
    }

    pub fn is_varying(&self, tensor: &str) -> bool {
        self.varying.contains(tensor)
    }

    /// Inputs of a node that differ between samples, as often as it reads them.
    pub fn varying_inputs(&self, node: &'a NodeProto) -> impl Iterator<Item = &'a str> {
        node.input.iter().map(String::as_str).filter(|name| self.is_varying(name))
    }

    /// The only tensor that differs between samples among a node's inputs.
    pub fn only_varying(&self, node: &'a NodeProto) -> Option<&'a str> {
        let mut inputs = self.varying_inputs(node);
        let first = inputs.next()?;
        inputs.all(|other| other == first).then_some(first)
    }

    /// Shape of a tensor, with the batch dimension.
    pub fn shape(&self, tensor: &str) -> Option<Vec<usize>> {
        fact(self.parsed, tensor)?.shape.as_concrete_finite().ok()?.map(|shape| shape.to_vec())
    }

    /// Whether a tensor holds floating-point numbers that differ between samples.
    pub fn is_float(&self, tensor: &str) -> bool {
        let kind = fact(self.parsed, tensor).and_then(|fact| fact.datum_type.concretize());
        kind.is_some_and(|kind| kind.is_float()) && self.is_varying(tensor)
    }

    /// Dimensions, all counted from the first, that an operator of a tensor of `rank` names in an
    /// attribute or, in later versions, a constant input.
    pub fn axes(&self, node: &'a NodeProto, rank: usize) -> Option<Vec<usize>> {
        let attribute = node.attribute.iter().find(|attribute| attribute.name == "axes");
        let given = match attribute {
            Some(attribute) => attribute.ints.clone(),
            None => self.integers(node.input.get(1)?)?,
        };
        given.into_iter().map(|axis| from_first(axis, rank)).collect()
    }

    fn integers(&self, tensor: &str) -> Option<Vec<i64>> {
        let value = fact(self.parsed, tensor)?.value.concretize()?;
        let wide = value.cast_to::<i64>().ok()?;
        Some(wide.to_plain_array_view::<i64>().ok()?.iter().copied().collect())
    }
}

/// A dimension that may be counted from the last one, as -1 is.
pub(super) fn from_first(axis: i64, rank: usize) -> Option<usize> {
    let axis = if axis < 0 { axis.checked_add(i64::try_from(rank).ok()?)? } else { axis };
    usize::try_from(axis).ok().filter(|&axis| axis < rank)
}

/// A whole number among a node's attributes.
pub(super) fn integer(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.i)
}

/// Names of a node's outputs, without the ones left out.
pub(super) fn outputs(node: &NodeProto) -> impl Iterator<Item = &str> {
    node.output.iter().map(String::as_str).filter(|name| !name.is_empty())
}

fn is_constant(parsed: &ParseResult, tensor: &str) -> bool {
    fact(parsed, tensor).is_some_and(|fact| fact.value.concretize().is_some())
}
