//! Finds the logits of a classifier: its output, or the input of the softmax before it.
//!
//! Probabilities taken for logits go through a second softmax, which flattens them. So the search
//! walks back from the output through whatever keeps values as they are, and recognises a softmax
//! in each of the forms that exporters write.

use std::collections::HashMap;

use tract_onnx::model::ParseResult;
use tract_onnx::pb::{GraphProto, NodeProto};
use tract_onnx::tract_hir::infer::Factoid;

use super::graph::fact;
use super::heads;
use super::input::Form;
use super::plan::row;
use super::proto::Proto;
use super::wiring::outputs;
use crate::listed::listed;
use crate::{Error, Result};

/// Operators whose first output holds the values of their first input in the same order, up to
/// rounding.
const PRESERVING: [&str; 10] = [
    "Cast",
    "DequantizeLinear",
    "Dropout",
    "Flatten",
    "Identity",
    "QuantizeLinear",
    "Reshape",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

/// The most operators between an output and its softmax: a damaged graph may run in a circle.
pub(super) const MOST_STEPS: usize = 32;

/// Finds the logits of a graph, or takes the tensor that is named.
pub(super) fn find(
    proto: &Proto,
    form: &Form,
    parsed: &ParseResult,
    named: Option<&str>,
) -> Result<Logits> {
    let (graph, search) = (proto.graph(), Search::new(proto, form, parsed));
    let output = match named {
        Some(name) => search.named(graph, name)?,
        None => heads::choose(&search, graph)?,
    };
    search.check_single(output)?;
    match search.logits_of(output) {
        Some(logits) => Ok(search.logits(logits, true)),
        None if named.is_none() => search.checked(output),
        None => Ok(search.logits(output, false)),
    }
}

/// Finds the output of a backbone, or takes the tensor that is named, and tells whether a
/// classifier makes it.
pub(super) fn find_features(
    proto: &Proto,
    form: &Form,
    parsed: &ParseResult,
    named: Option<&str>,
) -> Result<Embedding> {
    let search = Search::new(proto, form, parsed);
    let output = match named {
        Some(name) => search.named(proto.graph(), name)?,
        None => heads::choose_features(&search, proto.graph())?,
    };
    Ok(Embedding { name: output.to_string(), is_classified: search.is_classified(output) })
}

/// The output of a backbone.
pub(super) struct Embedding {
    /// Name of the tensor.
    pub name: String,
    /// Whether a classifier's last layer makes it, whose input has the features.
    pub is_classified: bool,
}

/// Where the logits are.
pub(super) struct Logits {
    /// Name of the tensor.
    pub name: String,
    /// Whether a softmax or sigmoid is known to follow, so that they are no probabilities, whatever
    /// their values.
    pub before_softmax: bool,
    /// Whether the last layer of a classifier makes them.
    pub is_classified: bool,
    /// Whether a single output is the probability of the second of two classes.
    pub is_single_probability: bool,
}

pub(super) struct Search<'a> {
    pub(super) makers: HashMap<&'a str, &'a NodeProto>,
    pub(super) opset: i64,
    pub(super) form: &'a Form,
    pub(super) parsed: &'a ParseResult,
}

impl<'a> Search<'a> {
    fn new(proto: &'a Proto, form: &'a Form, parsed: &'a ParseResult) -> Self {
        let nodes = proto.graph().node.iter();
        let makers = nodes.flat_map(|node| outputs(node).map(move |name| (name, node)));
        Self { makers: makers.collect(), opset: proto.opset(), form, parsed }
    }

    /// Whether a classifier makes a tensor: probabilities, or sums with a bias. Projections into a
    /// space of features have none.
    fn is_classified(&self, output: &'a str) -> bool {
        let is_constant = |name: &str| {
            fact(self.parsed, name).is_some_and(|fact| fact.value.concretize().is_some())
        };
        let maker = self.maker(self.origin(output));
        let is_biased = maker.is_some_and(|node| match node.op_type.as_str() {
            "Gemm" | "QGemm" => input(node, 2).is_some_and(|bias| !bias.is_empty()),
            "Add" => node.input.iter().any(|name| is_constant(name)) && self.adds_to_product(node),
            _ => false,
        });
        is_biased || self.logits_of(output).is_some() || self.before_sigmoid(output).is_some()
    }

    fn adds_to_product(&self, node: &'a NodeProto) -> bool {
        let makers = node.input.iter().filter_map(|name| self.maker(self.origin(name)));
        makers.into_iter().any(|maker| matches!(maker.op_type.as_str(), "MatMul" | "Gemm"))
    }

    /// The tensor that the caller names.
    fn named(&self, graph: &'a GraphProto, name: &str) -> Result<&'a str> {
        let made = graph.node.iter().flat_map(|node| &node.output);
        let mut floats = made.map(String::as_str).filter(|made| self.is_float(made));
        let found = floats.find(|made| *made == name);
        let problem = match found {
            Some(tensor) if self.row(tensor).is_some() => return Ok(tensor),
            Some(_) => "which has no row of numbers a sample",
            None => "which is not a tensor of floats",
        };
        let outputs: Vec<_> = graph.output.iter().map(|output| output.name.clone()).collect();
        Err(Error::InvalidOption {
            option: "the name of the logits",
            given: format!("{name:?}, {problem}; the model's outputs are {}", listed(&outputs)),
            allowed: "a tensor of floats with one value for each class",
        })
    }

    /// The logits behind probabilities or their logarithms.
    pub(super) fn logits_of(&self, output: &'a str) -> Option<&'a str> {
        let logits = self
            .of_probabilities(output, MOST_STEPS)
            .or_else(|| self.of_logarithms(output, MOST_STEPS))
            .or_else(|| self.before_sigmoid(output).filter(|_| self.row(output) == Some(1)));
        logits.filter(|logits| self.same_classes(logits, output))
    }

    /// An output that is taken as it is, unless it holds several sigmoids.
    fn checked(&self, output: &'a str) -> Result<Logits> {
        match self.before_sigmoid(output) {
            Some(before) => Err(Error::UnsupportedModel {
                reason: format!(
                    "its output {output:?} holds {} sigmoids, so several labels may be true at \
                     once, and SHE compares with one class. If only one is true at a time, name \
                     the numbers before the sigmoid as the logits: {before:?}",
                    self.row(output).unwrap_or(0)
                ),
            }),
            None => Ok(self.logits(output, false)),
        }
    }

    fn logits(&self, tensor: &'a str, before_softmax: bool) -> Logits {
        let is_single = !before_softmax && self.row(tensor) == Some(1);
        Logits {
            name: tensor.to_string(),
            before_softmax,
            is_classified: before_softmax || self.is_classified(tensor),
            is_single_probability: is_single && self.bounds(tensor, MOST_STEPS).is_probability(),
        }
    }

    /// Refuses the softmax of a single number.
    fn check_single(&self, output: &'a str) -> Result<()> {
        let node = self.makers.get(self.origin(output));
        let is_softmax = node.is_some_and(|node| node.op_type == "Softmax");
        match is_softmax && self.row(output) == Some(1) {
            true => Err(Error::UnsupportedModel {
                reason: format!(
                    "its output {output:?} is a softmax over one class, which is always 1: train \
                     it with a sigmoid, or name the tensor that tells classes apart (--logits on \
                     the command line, logits in JavaScript)"
                ),
            }),
            false => Ok(()),
        }
    }

    /// The value of a tensor that is one constant number.
    pub(super) fn scalar(&self, name: &str) -> Option<f32> {
        let value = fact(self.parsed, name)?.value.concretize()?;
        value.cast_to_scalar::<f32>().ok()
    }

    /// The numbers whose sigmoid is `tensor`.
    fn before_sigmoid(&self, tensor: &'a str) -> Option<&'a str> {
        let node = self.makers.get(self.origin(tensor))?;
        (node.op_type == "Sigmoid").then(|| input(node, 0))?
    }

    pub(super) fn maker(&self, tensor: &str) -> Option<&'a NodeProto> {
        self.makers.get(tensor).copied()
    }

    pub(super) fn is_float(&self, name: &str) -> bool {
        let kind = fact(self.parsed, name).and_then(|fact| fact.datum_type.concretize());
        kind.is_none_or(|kind| kind.is_float())
    }

    /// The earliest tensor with the values of this one.
    pub(super) fn origin(&self, tensor: &'a str) -> &'a str {
        let earlier = |tensor: &&'a str| {
            let node = self
                .makers
                .get(tensor)
                .filter(|node| node.output.first().is_some_and(|first| first == tensor))?;
            let keeps = |input: &&str| node.op_type != "Transpose" || self.is_row(input, node);
            input(node, 0)
                .filter(|input| PRESERVING.contains(&node.op_type.as_str()) && keeps(input))
        };
        std::iter::successors(Some(tensor), earlier)
            .take(MOST_STEPS)
            .fold(tensor, |_, earlier| earlier)
    }

    /// Whether a tensor has one row of numbers a sample, whose order no transposition of the other
    /// dimensions changes.
    fn is_row(&self, tensor: &str, transpose: &NodeProto) -> bool {
        let order = transpose.attribute.iter().find(|attribute| attribute.name == "perm");
        let samples_first = order.is_some_and(|order| order.ints.first() == Some(&0));
        samples_first && self.row(tensor).is_some()
    }

    /// Whether two tensors hold one row of the same length for each sample.
    fn same_classes(&self, one: &str, other: &str) -> bool {
        self.row(one).is_some() && self.row(one) == self.row(other)
    }

    /// Length of the row of numbers that a tensor holds for each sample.
    pub(super) fn row(&self, tensor: &str) -> Option<usize> {
        row(self.form.part(&self.shape(tensor)?)?)
    }

    pub(super) fn shape(&self, tensor: &str) -> Option<Vec<usize>> {
        fact(self.parsed, tensor)?.shape.as_concrete_finite().ok()?.map(|shape| shape.to_vec())
    }
}

pub(super) fn input(node: &NodeProto, index: usize) -> Option<&str> {
    node.input.get(index).map(String::as_str)
}
