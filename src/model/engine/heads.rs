//! Chooses the classifier among the outputs of a model.

use std::collections::HashSet;

use tract_onnx::pb::GraphProto;

use super::invalid;
use super::logits::Search;
use crate::listed::listed;
use crate::{Error, Result};

/// Words in the names of classifiers' outputs.
const WORDS: [&str; 5] = ["logit", "prob", "score", "class", "pred"];

/// Chooses the output that holds a float for each class.
///
/// Of several it is the one named `logits`, else the one that is computed from the others, such as
/// probabilities beside an embedding, else the one whose name says so.
///
/// # Errors
/// [`Error::UnsupportedModel`] when no output can be meant, or several.
pub(super) fn choose<'a>(search: &Search<'a>, graph: &'a GraphProto) -> Result<&'a str> {
    let (outputs, floats) = outputs(search, graph);
    let rows: Vec<&str> = floats
        .iter()
        .copied()
        .filter(|name| search.shape(name).is_none() || search.row(name).is_some())
        .collect();
    let (choices, rows): (Vec<&str>, Vec<&str>) =
        rows.into_iter().partition(|name| search.choice(name).is_some());
    match rows.as_slice() {
        [one] => Ok(one),
        [] if !choices.is_empty() => Err(only_choices(search, &choices)),
        [] => Err(without_rows(search, &outputs)),
        several => of_several(search, several),
    }
}

/// Chooses the output of a backbone: a row of features before a map or a sequence, and of several
/// the first that no other one is computed from.
///
/// # Errors
/// [`Error::UnsupportedModel`] when no output holds floats that features can be made from.
pub(super) fn choose_features<'a>(search: &Search<'a>, graph: &'a GraphProto) -> Result<&'a str> {
    let (outputs, floats) = outputs(search, graph);
    let last = search.not_read_by(&floats);
    let is_row = |name: &&&str| search.row(name).is_some();
    let chosen = last.iter().find(is_row).or_else(|| floats.iter().find(is_row));
    chosen.or(last.first()).copied().ok_or_else(|| without_rows(search, &outputs))
}

/// The names of all outputs, and of those that are floats and that a node computes.
fn outputs<'a>(search: &Search<'a>, graph: &'a GraphProto) -> (Vec<&'a str>, Vec<&'a str>) {
    let outputs: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
    let made = outputs.iter().copied().filter(|name| search.maker(name).is_some());
    let floats = made.filter(|name| search.is_float(name)).collect();
    (outputs, floats)
}

fn of_several<'a>(search: &Search<'a>, outputs: &[&'a str]) -> Result<&'a str> {
    let named = outputs.iter().find(|name| **name == "logits");
    let last = search.not_read_by(outputs);
    let worded = last.iter().copied().filter(|name| is_worded(name)).collect::<Vec<_>>();
    let same = |names: &[&'a str]| {
        let logits: HashSet<_> =
            names.iter().map(|name| search.logits_of(name).unwrap_or(name)).collect();
        names.first().copied().filter(|_| logits.len() == 1)
    };
    named.copied().or_else(|| same(&last)).or_else(|| same(&worded)).ok_or_else(|| {
        Error::UnsupportedModel {
            reason: format!(
                "it has several outputs that may be the classifier's: {}. Name one (--logits on \
                 the command line, logits in JavaScript)",
                listed(&outputs.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>())
            ),
        }
    })
}

fn only_choices(search: &Search<'_>, outputs: &[&str]) -> Error {
    let made = |name: &&str| format!("{name:?} by {}", search.choice(name).unwrap_or_default());
    Error::UnsupportedModel {
        reason: format!(
            "its outputs hold no number for each class, but what was chosen among the classes: {}. \
             Name the tensor before that (--logits on the command line, logits in JavaScript)",
            listed(&outputs.iter().map(made).collect::<Vec<_>>())
        ),
    }
}

fn is_worded(name: &str) -> bool {
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

fn without_rows(search: &Search<'_>, outputs: &[&str]) -> Error {
    let described = |name: &&str| match search.shape(name) {
        Some(shape) => format!("{name:?} {shape:?}"),
        None => format!("{name:?}"),
    };
    if outputs.is_empty() {
        return invalid("the graph has no output");
    }
    Error::UnsupportedModel {
        reason: format!(
            "none of its outputs holds a number for each class, [batch, classes]: {}. Name the \
             tensor that does (--logits on the command line, logits in JavaScript)",
            listed(&outputs.iter().map(described).collect::<Vec<_>>())
        ),
    }
}

impl<'a> Search<'a> {
    /// The operator that chose the values of a tensor among the classes, if one did: they stand at
    /// the places of no classes, or are only one.
    fn choice(&self, tensor: &'a str) -> Option<&'a str> {
        let operator = self.maker(self.origin(tensor))?.op_type.as_str();
        let is_choice = match operator {
            "ArgMax" | "ArgMin" | "Hardmax" | "NonMaxSuppression" | "OneHot" | "TopK" => true,
            "ReduceMax" | "ReduceMin" => self.row(tensor) == Some(1),
            _ => false,
        };
        is_choice.then_some(operator)
    }

    /// The tensors that no other one is computed from.
    fn not_read_by(&self, tensors: &[&'a str]) -> Vec<&'a str> {
        let read: Vec<_> = tensors.iter().map(|tensor| self.ancestors(tensor)).collect();
        let is_read = |tensor: &str| read.iter().any(|ancestors| ancestors.contains(tensor));
        tensors.iter().copied().filter(|tensor| !is_read(tensor)).collect()
    }

    /// The tensors that a tensor is computed from.
    fn ancestors(&self, tensor: &str) -> HashSet<&'a str> {
        let (mut found, mut waiting) = (HashSet::new(), self.inputs(tensor));
        while let Some(tensor) = waiting.pop() {
            if found.insert(tensor) {
                waiting.extend(self.inputs(tensor));
            }
        }
        found
    }

    fn inputs(&self, tensor: &str) -> Vec<&'a str> {
        let node = self.maker(tensor);
        node.map_or(vec![], |node| node.input.iter().map(String::as_str).collect())
    }
}
