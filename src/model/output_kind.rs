//! Meaning of a classifier's outputs.

use serde::{Deserialize, Serialize};

use crate::names::named;

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
