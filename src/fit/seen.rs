//! Facts that a fit gathers about its samples besides their patterns.

use crate::tensor::total;
use crate::{Error, Features, Model, OutputKind, Result};

/// How far the sum of probabilities may be from 1: half precision and many classes round a lot.
const ROUNDING: f64 = 2e-3;

/// Counts of labels, what outputs have in common, and whether features vary.
pub(super) struct Seen {
    /// Number of samples with each label.
    samples: Vec<u64>,
    all_probabilities: bool,
    all_logarithms: bool,
    all_bounded: bool,
    first: Option<Vec<Vec<f32>>>,
    /// For each layer, whether a sample has other features than the first.
    varies: Vec<bool>,
}

impl Seen {
    pub(super) fn new(classes: usize, layers: usize) -> Self {
        let (samples, varies) = (vec![0; classes], vec![false; layers]);
        Self {
            samples,
            all_probabilities: true,
            all_logarithms: true,
            all_bounded: true,
            first: None,
            varies,
        }
    }

    /// # Errors
    /// [`Error::UnknownClass`] for a label that the model does not have.
    pub(super) fn push(&mut self, features: &Features, label: usize) -> Result<()> {
        let classes = self.samples.len();
        *self.samples.get_mut(label).ok_or(Error::UnknownClass { class: label, classes })? += 1;
        self.all_probabilities &= are_probabilities(features.logits());
        self.all_logarithms &= are_their_logarithms(features.logits());
        self.all_bounded &= are_bounded(features.logits());
        let first = self.first.get_or_insert_with(|| features.layers().to_vec());
        for (varies, (first, layer)) in
            self.varies.iter_mut().zip(first.iter().zip(features.layers()))
        {
            *varies = *varies || first != layer;
        }
        Ok(())
    }

    /// Refuses a layer that is the same for all of several samples: it gives all of them one score.
    pub(super) fn check_layers(&self, names: &[String]) -> Result<()> {
        let samples: u64 = self.samples.iter().sum();
        match self.varies.iter().zip(names).find(|(varies, _)| !**varies && samples > 1) {
            Some((_, name)) => Err(Error::Fit {
                reason: format!(
                    "the features of layer {name:?} are the same for all {samples} samples, choose another layer"
                ),
            }),
            None => Ok(()),
        }
    }

    /// Meaning of the model's outputs, from these samples. Features may come from a detector, which
    /// has taken logarithms already; a run of the model itself tells.
    pub(super) fn output_kind(&self, model: &Model) -> OutputKind {
        let gives_probabilities =
            || model.run_noise().is_ok_and(|run| are_probabilities(&run.logits));
        match (model.is_before_softmax(), self.all_probabilities, self.all_logarithms) {
            (true, _, true) => OutputKind::LogProbabilities,
            (true, ..) => OutputKind::Logits,
            (_, true, _) | (_, _, true) if gives_probabilities() => OutputKind::Probabilities,
            (_, _, true) => OutputKind::LogProbabilities,
            _ if self.all_bounded => OutputKind::Bounded,
            _ => OutputKind::Logits,
        }
    }

    pub(super) fn into_samples(self) -> Vec<u64> {
        self.samples
    }
}

/// Whether numbers are probabilities of classes.
fn are_probabilities(outputs: &[f32]) -> bool {
    are_bounded(outputs) && outputs.len() > 1 && (total(outputs) - 1.0).abs() <= ROUNDING
}

fn are_bounded(outputs: &[f32]) -> bool {
    outputs.iter().all(|output| (0.0..=1.0 + ROUNDING as f32).contains(output))
}

/// Whether numbers are logarithms of probabilities: a detector of such a model gives them as its
/// logits.
fn are_their_logarithms(outputs: &[f32]) -> bool {
    let powers: Vec<f32> = outputs.iter().map(|output| output.exp()).collect();
    are_probabilities(&powers)
}
