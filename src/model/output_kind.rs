//! Meaning of a classifier's outputs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use she_ood_kernel::total;

use crate::names::named;
use crate::{Error, Result};

/// Meaning of a classifier's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OutputKind {
    /// Unnormalised class scores.
    #[default]
    Logits,
    /// Probabilities that sum to 1, in a model without a softmax whose input could be tapped.
    /// Their logarithms serve as logits and give the same probabilities.
    Probabilities,
    /// Logarithms of probabilities. They serve as logits, with an energy of 0.
    LogProbabilities,
    /// Numbers from 0 to 1 that do not sum to 1, such as sigmoids. A softmax over them says little.
    Bounded,
}

named!(
    OutputKind,
    "the meaning of the outputs",
    "logits" => Logits,
    "probabilities" => Probabilities,
    "log-probabilities" => LogProbabilities,
    "bounded" => Bounded,
);

impl OutputKind {
    /// Logits of each class from outputs of this meaning. A single output belongs to the second of
    /// two classes.
    ///
    /// # Errors
    /// [`Error::ModelRun`] for a single output that should be a probability and is not.
    pub(crate) fn logits(self, outputs: &[f32]) -> Result<Cow<'_, [f32]>> {
        match (self, outputs) {
            (Self::Probabilities, &[second]) => two_classes(second).map(Cow::from),
            (Self::Probabilities, _) => {
                Ok(outputs.iter().map(|&probability| logarithm(probability)).collect())
            }
            (_, &[second]) => Ok(vec![0.0, second].into()),
            _ => Ok(outputs.into()),
        }
    }
}

fn two_classes(second: f32) -> Result<Vec<f32>> {
    match is_probability(second) {
        true => Ok(vec![logarithm(1.0 - second), logarithm(second)]),
        false => Err(Error::ModelRun {
            reason: format!("its output was taken for a probability, and this one is {second}"),
        }),
    }
}

/// Zero has no logarithm; the smallest normal number takes its place.
fn logarithm(probability: f32) -> f32 {
    probability.max(f32::MIN_POSITIVE).ln()
}

/// Whether an output may be a probability, up to the rounding of half precision.
fn is_probability(output: f32) -> bool {
    (-2e-3..=1.002).contains(&output)
}

/// Allowed distance of a sum of probabilities from 1: half precision and many classes round a lot.
const ROUNDING: f64 = 2e-3;

/// Whether outputs are probabilities of exclusive classes.
pub(crate) fn are_probabilities(outputs: &[f32]) -> bool {
    are_bounded(outputs) && outputs.len() > 1 && (total(outputs) - 1.0).abs() <= ROUNDING
}

pub(crate) fn are_bounded(outputs: &[f32]) -> bool {
    outputs.iter().all(|output| (0.0..=1.0 + ROUNDING as f32).contains(output))
}

/// Whether outputs are logarithms of probabilities, which a detector of such a model gives as
/// logits.
pub(crate) fn are_log_probabilities(outputs: &[f32]) -> bool {
    let powers: Vec<f32> = outputs.iter().map(|output| output.exp()).collect();
    are_probabilities(&powers)
}
