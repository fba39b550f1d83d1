//! Patterns as the classifier.

use serde::{Deserialize, Serialize};

use super::Scorer;
use crate::names::named;
use crate::{Error, Result};

/// What tells the class of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Classify {
    /// The model, by its logits.
    #[default]
    Model,
    /// The patterns: a sample is of the class that it is most similar to. The classes are those of
    /// the samples, whatever the model was trained for.
    Patterns,
}

named!(Classify, "what classifies", "model" => Model, "patterns" => Patterns);

/// A detector whose patterns classify.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Taught {
    /// Temperature, above 0: the probabilities are the softmax of the similarities over it.
    pub temperature: f32,
    /// Share of the calibration samples that are of the class that they are most similar to; `None`
    /// where there are none with a label.
    pub accuracy: Option<f32>,
    /// Whether the calibration samples are the fit samples, each compared with patterns that it was
    /// left out of, and not held out.
    pub leave_one_out: bool,
}

impl Taught {
    /// The similarities as logits.
    pub(crate) fn logits(&self, similarities: impl IntoIterator<Item = f32>) -> Vec<f32> {
        let temperature = f64::from(self.temperature);
        let logit = |similarity| (f64::from(similarity) / temperature) as f32;
        similarities.into_iter().map(logit).collect()
    }
}

impl Scorer {
    /// Refuses a temperature that is none, and classes without a pattern to be found by.
    pub(super) fn check_taught(&self) -> Result<()> {
        let Some(taught) = &self.taught else { return Ok(()) };
        let is_complete = self.classes().len() == self.labels.len();
        let is_usable = taught.temperature.is_finite() && taught.temperature > 0.0;
        match is_complete && is_usable && self.energy.is_none() {
            true => Ok(()),
            false => Err(Error::InvalidDetector {
                field: "taught".to_string(),
                reason: format!(
                    "{taught:?} needs a temperature above 0, no energy, and a pattern for each of \
                     {} classes",
                    self.labels.len()
                ),
                source: None,
            }),
        }
    }
}
