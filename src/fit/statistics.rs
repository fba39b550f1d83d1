//! Statistics of the fit samples besides their patterns: counts, kind of outputs, constant layers.

mod bytes;

use sha2::{Digest, Sha256};

use super::Observation;
use crate::model::{are_bounded, are_log_probabilities, are_probabilities};
use crate::{Error, Model, OutputKind, Result, Warning};

/// Samples of each class, what all outputs have in common, and whether features vary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    /// Number of samples of each class.
    pub samples: Vec<u64>,
    /// Number of those classified correctly, where some classes have too few for a pattern.
    pub correct: Option<Vec<u64>>,
    pub outputs: Outputs,
    /// Whether the features of each layer vary.
    pub layers: Vec<Variation>,
    /// Samples put aside.
    pub probes: Vec<Observation>,
}

/// What the outputs of all samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outputs {
    pub probabilities: bool,
    pub logarithms: bool,
    pub bounded: bool,
}

/// Whether the features of a layer are the same for all samples: by a hash, so that none is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variation {
    /// There are no samples.
    Empty,
    Same([u8; 32]),
    Varies,
}

impl Statistics {
    pub(super) fn new(classes: usize, layers: usize) -> Self {
        Self {
            samples: vec![0; classes],
            correct: None,
            outputs: Outputs::default(),
            layers: vec![Variation::Empty; layers],
            probes: Vec::new(),
        }
    }

    /// Takes in one sample.
    ///
    /// # Errors
    /// [`Error::UnknownClass`] for a class that the model does not have.
    pub(super) fn push(&mut self, observation: &Observation) -> Result<()> {
        let Observation { features, class, altered, .. } = observation;
        let (class, classes) = (*class, self.samples.len());
        *self.samples.get_mut(class).ok_or(Error::UnknownClass { class, classes })? += 1;
        self.outputs.push(features.logits());
        self.probes.extend(altered.is_some().then(|| observation.clone()));
        let layers = self.layers.iter_mut().zip(features.layers());
        layers.for_each(|(variation, features)| variation.push(features));
        Ok(())
    }

    /// Adds the statistics of other samples.
    pub(super) fn merge(&mut self, other: Self) {
        let samples = self.samples.iter_mut().zip(other.samples);
        samples.for_each(|(count, other)| *count = count.saturating_add(other));
        self.outputs.merge(other.outputs);
        let layers = self.layers.iter_mut().zip(other.layers);
        layers.for_each(|(variation, other)| variation.merge(other));
        self.probes.extend(other.probes);
    }

    /// Forgets all samples. What outputs are is told by these.
    pub(super) fn forget(&mut self, outputs: &[f32]) {
        let layers = vec![Variation::Varies; self.layers.len()];
        *self = Self { layers, ..Self::new(self.samples.len(), 0) };
        self.outputs.push(outputs);
    }

    /// Number of samples.
    pub(super) fn count(&self) -> u64 {
        self.samples.iter().fold(0, |count, samples| count.saturating_add(*samples))
    }

    /// Refuses a layer that is the same for all of several samples: it gives them all one score.
    pub(super) fn check_layers(&self, names: &[String]) -> Result<()> {
        let samples = self.count();
        let mut layers = self.layers.iter().zip(names);
        match layers.find(|(variation, _)| **variation != Variation::Varies && samples > 1) {
            Some((_, name)) => Err(Error::Fit {
                reason: format!(
                    "the features of layer {name:?} are the same for all {samples} samples: \
                     choose another layer"
                ),
            }),
            None => Ok(()),
        }
    }

    /// Meaning of the model's outputs, judged by these samples.
    ///
    /// Features may come from a detector, which has taken logarithms already, so the model itself
    /// is run to tell.
    pub(super) fn output_kind(&self, model: &Model) -> OutputKind {
        let gives_probabilities =
            || model.run_noise().is_ok_and(|run| are_probabilities(&run.logits));
        if model.has_single_output() {
            return model.output_kind();
        }
        match (model.is_before_softmax(), self.outputs.probabilities, self.outputs.logarithms) {
            (true, _, true) => OutputKind::LogProbabilities,
            (true, ..) => OutputKind::Logits,
            (_, true, _) | (_, _, true) if gives_probabilities() => OutputKind::Probabilities,
            (_, _, true) => OutputKind::LogProbabilities,
            _ if self.outputs.bounded => OutputKind::Bounded,
            _ => OutputKind::Logits,
        }
    }
}

impl Default for Outputs {
    /// Of no samples.
    fn default() -> Self {
        Self { probabilities: true, logarithms: true, bounded: true }
    }
}

impl Outputs {
    /// A warning where they are probabilities, which are no logits unless the model has none.
    pub(super) fn warning(&self) -> Option<Warning> {
        let what = match (self.probabilities, self.logarithms) {
            (true, _) => "probabilities",
            (_, true) => "logarithms of probabilities",
            _ => return None,
        };
        let message = format!(
            "the logits of all samples are {what}. If the model has logits, the numbers before its \
             softmax, give those: energy and probabilities are wrong otherwise"
        );
        Some(Warning { code: "probabilities", message })
    }

    pub(super) fn push(&mut self, outputs: &[f32]) {
        self.probabilities &= are_probabilities(outputs);
        self.logarithms &= are_log_probabilities(outputs);
        self.bounded &= are_bounded(outputs);
    }

    fn merge(&mut self, other: Self) {
        self.probabilities &= other.probabilities;
        self.logarithms &= other.logarithms;
        self.bounded &= other.bounded;
    }
}

impl Variation {
    fn push(&mut self, features: &[f32]) {
        if *self != Self::Varies {
            self.merge(Self::Same(hash(features)));
        }
    }

    fn merge(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Empty, one) | (one, Self::Empty) => one,
            (one, other) if one == other => one,
            _ => Self::Varies,
        };
    }
}

/// Zeros of both signs are the same.
fn hash(features: &[f32]) -> [u8; 32] {
    let add = |hash: Sha256, value: &f32| hash.chain_update((value + 0.0).to_le_bytes());
    features.iter().fold(Sha256::new(), add).finalize().into()
}
