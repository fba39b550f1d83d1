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
const MOST_STEPS: usize = 32;

/// Finds the logits of a graph, or takes the tensor that is named.
pub(super) fn find(
    proto: &Proto,
    form: &Form,
    parsed: &ParseResult,
    named: Option<&str>,
) -> Result<Logits> {
    let graph = proto.graph();
    let makers = graph
        .node
        .iter()
        .flat_map(|node| node.output.iter().map(move |name| (name.as_str(), node)));
    let search = Search { makers: makers.collect(), opset: proto.opset(), form, parsed };
    let output = match named {
        Some(name) => search.named(graph, name)?,
        None => heads::choose(&search, graph)?,
    };
    match search.logits_of(output) {
        Some(logits) => Ok(Logits { name: logits.to_string(), before_softmax: true }),
        None if named.is_none() => search.checked(output),
        None => Ok(Logits { name: output.to_string(), before_softmax: false }),
    }
}

/// Where the logits are.
pub(super) struct Logits {
    /// Name of the tensor.
    pub name: String,
    /// Whether a softmax or sigmoid is known to follow, so that they are no probabilities, whatever
    /// their values.
    pub before_softmax: bool,
}

pub(super) struct Search<'a> {
    makers: HashMap<&'a str, &'a NodeProto>,
    opset: i64,
    form: &'a Form,
    parsed: &'a ParseResult,
}

impl<'a> Search<'a> {
    /// The tensor that the caller names.
    fn named(&self, graph: &'a GraphProto, name: &str) -> Result<&'a str> {
        let made = graph.node.iter().flat_map(|node| &node.output);
        let mut floats = made.map(String::as_str).filter(|made| self.is_float(made));
        let found = floats.find(|made| *made == name);
        let problem = match found {
            Some(tensor) if self.row(tensor).is_some() => return Ok(tensor),
            Some(_) => "which has no row of numbers a sample",
            None => "which is no tensor of floats",
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
    fn checked(&self, output: &str) -> Result<Logits> {
        match self.before_sigmoid(output) {
            Some(before) => Err(Error::UnsupportedModel {
                reason: format!(
                    "its output {output:?} holds {} sigmoids, so several labels may be true at \
                     once, and SHE compares with one class. If only one is true at a time, name \
                     the numbers before the sigmoid as the logits: {before:?}",
                    self.row(output).unwrap_or(0)
                ),
            }),
            None => Ok(Logits { name: output.to_string(), before_softmax: false }),
        }
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

    /// The numbers whose softmax is `tensor`.
    fn of_probabilities(&self, tensor: &'a str, steps: usize) -> Option<&'a str> {
        let node = self.makers.get(self.origin(tensor))?;
        match node.op_type.as_str() {
            "Softmax" if self.is_over_classes(node) => {
                self.before_logarithms(input(node, 0)?, steps)
            }
            "Exp" => self.of_logarithms(input(node, 0)?, steps.checked_sub(1)?),
            "Div" | "Mul" if self.is_scaled(node) => {
                self.of_probabilities(self.varying(node)?, steps.checked_sub(1)?)
            }
            "Div" => self
                .of_quotient(input(node, 0)?, input(node, 1)?)
                .or_else(|| self.of_normalised(node, steps)),
            "Mul" => self.of_product(node),
            _ => None,
        }
    }

    /// The numbers whose softmax has the logarithms `tensor`.
    fn of_logarithms(&self, tensor: &'a str, steps: usize) -> Option<&'a str> {
        let node = self.makers.get(self.origin(tensor))?;
        match node.op_type.as_str() {
            "LogSoftmax" if self.is_over_classes(node) => {
                self.before_logarithms(input(node, 0)?, steps)
            }
            "Log" => self.of_probabilities(input(node, 0)?, steps.checked_sub(1)?),
            "Sub" => self.of_difference(node),
            _ => None,
        }
    }

    /// The input of a softmax, or the logits before it if the input is itself a log-softmax.
    fn before_logarithms(&self, taken: &'a str, steps: usize) -> Option<&'a str> {
        self.of_logarithms(taken, steps.checked_sub(1)?).or_else(|| self.unshifted(taken))
    }

    /// Whether a product or quotient only scales by a positive constant, as percentages do.
    fn is_scaled(&self, node: &'a NodeProto) -> bool {
        let constant = |index| input(node, index).is_some_and(|name| self.is_positive_scalar(name));
        constant(1) || constant(0) && node.op_type == "Mul"
    }

    /// The factor that varies with the sample.
    fn varying(&self, node: &'a NodeProto) -> Option<&'a str> {
        node.input.iter().map(String::as_str).find(|name| !self.is_positive_scalar(name))
    }

    fn is_positive_scalar(&self, name: &str) -> bool {
        let value = fact(self.parsed, name).and_then(|fact| fact.value.concretize());
        let cast = value.and_then(|value| value.cast_to_scalar::<f32>().ok());
        cast.is_some_and(|value| value > 0.0)
    }

    /// `exp(x)` times one over its sum.
    fn of_product(&self, node: &'a NodeProto) -> Option<&'a str> {
        let (one, other) = (input(node, 0)?, input(node, 1)?);
        let inverse = |name: &'a str| {
            let node =
                self.makers.get(self.origin(name)).filter(|node| node.op_type == "Reciprocal")?;
            input(node, 0)
        };
        inverse(other)
            .and_then(|sum| self.of_quotient(one, sum))
            .or_else(|| inverse(one).and_then(|sum| self.of_quotient(other, sum)))
    }

    /// Probabilities over their sum, which is 1, so that they stay the same.
    fn of_normalised(&self, node: &'a NodeProto, steps: usize) -> Option<&'a str> {
        let (probabilities, sum) = (input(node, 0)?, input(node, 1)?);
        // A division by zero may be guarded against.
        let guarded = self.makers.get(sum).filter(|guard| guard.op_type == "Where");
        let sum = guarded.map_or(Some(sum), |guard| input(guard, 2))?;
        let summed = self.reduced(sum, &["ReduceSum", "ReduceL1"])?;
        (summed == self.origin(probabilities))
            .then(|| self.of_probabilities(probabilities, steps.checked_sub(1)?))?
    }

    /// A softmax in parts: `exp(x) / sum(exp(x))`, where `x` may be logits less the largest of
    /// them.
    fn of_quotient(&self, powers: &'a str, sum: &'a str) -> Option<&'a str> {
        let powers = self.origin(powers);
        let sum = self.reduced(sum, &["ReduceSum", "ReduceL1"])?;
        let exp = self.makers.get(powers).filter(|exp| exp.op_type == "Exp" && sum == powers)?;
        self.unshifted(input(exp, 0)?)
    }

    /// A logarithm of a softmax in parts: `x - log(sum(exp(x)))`, the logarithm perhaps in one
    /// operator.
    fn of_difference(&self, node: &'a NodeProto) -> Option<&'a str> {
        let (logits, normaliser) = (input(node, 0)?, input(node, 1)?);
        let of_sum = || {
            let log =
                self.makers.get(self.origin(normaliser)).filter(|log| log.op_type == "Log")?;
            let powers = self.reduced(input(log, 0)?, &["ReduceSum", "ReduceL1"])?;
            let exp = self.makers.get(powers).filter(|exp| exp.op_type == "Exp")?;
            Some(self.origin(input(exp, 0)?))
        };
        let summed = self.reduced(normaliser, &["ReduceLogSumExp"]).or_else(of_sum)?;
        (summed == self.origin(logits)).then(|| self.unshifted(logits))?
    }

    /// Logits before their largest was subtracted: it makes no difference to a softmax, but to the
    /// energy.
    fn unshifted(&self, tensor: &'a str) -> Option<&'a str> {
        let shifted = self.makers.get(self.origin(tensor)).filter(|node| node.op_type == "Sub");
        let original = shifted.and_then(|node| {
            let largest = self.reduced(input(node, 1)?, &["ReduceMax"])?;
            input(node, 0).filter(|logits| self.origin(logits) == largest)
        });
        original.or(Some(tensor))
    }

    /// The tensor that one of these operators reduces to a single value a sample, in `tensor`.
    fn reduced(&self, tensor: &'a str, operators: &[&str]) -> Option<&'a str> {
        let origin = self.origin(self.narrow(tensor));
        let node =
            self.makers.get(origin).filter(|node| operators.contains(&node.op_type.as_str()))?;
        let single = self.row(origin) == Some(1);
        single.then(|| input(node, 0).map(|input| self.origin(input)))?
    }

    /// A single value a sample before it was repeated for each class, or kept above the least
    /// number, as JAX does.
    fn narrow(&self, tensor: &'a str) -> &'a str {
        let before = |tensor: &&'a str| {
            let node = self.makers.get(self.origin(tensor))?;
            let is_least = |name: &&String| {
                let value = fact(self.parsed, name).and_then(|fact| fact.value.concretize());
                let cast = value.and_then(|value| value.cast_to_scalar::<f32>().ok());
                cast.is_some_and(|value| value <= f32::MIN)
            };
            match node.op_type.as_str() {
                "Expand" => input(node, 0),
                "Max" if node.input.iter().any(|name| is_least(&name)) => {
                    node.input.iter().find(|name| !is_least(name)).map(String::as_str)
                }
                _ => None,
            }
        };
        std::iter::successors(Some(tensor), before).take(MOST_STEPS).fold(tensor, |_, it| it)
    }

    /// The earliest tensor with the values of this one.
    fn origin(&self, tensor: &'a str) -> &'a str {
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

    /// Whether a softmax gives probabilities of all classes of a sample, and mixes no samples.
    fn is_over_classes(&self, node: &'a NodeProto) -> bool {
        let Some(shape) = input(node, 0).and_then(|input| self.shape(input)) else { return false };
        let given = node
            .attribute
            .iter()
            .find(|attribute| attribute.name == "axis")
            .map(|attribute| attribute.i);
        let whole_rest = self.opset < 13;
        let axis = given.unwrap_or(if whole_rest { 1 } else { -1 });
        let axis = if axis < 0 { axis + shape.len() as i64 } else { axis };
        let batch = i64::from(self.form.batch.is_some());
        let rest = shape.iter().skip(batch as usize);
        let classes = batch + rest.clone().position(|&size| size != 1).unwrap_or(0) as i64;
        axis >= batch && (classes == axis || whole_rest && classes > axis)
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
