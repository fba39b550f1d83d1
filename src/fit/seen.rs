//! What a fit notices of its samples beside their patterns.

use crate::tensor::total;
use crate::{Error, Features, OutputKind, Result};

/// How far the sum of probabilities may be from 1: half precision and many classes round a lot.
const ROUNDING: f64 = 2e-3;

/// Counts of labels, and whether outputs are probabilities and features vary.
pub(super) struct Seen {
    /// Number of samples with each label.
    samples: Vec<u64>,
    probabilities: bool,
    first: Option<Vec<Vec<f32>>>,
    /// For each layer, whether a sample has other features than the first.
    varies: Vec<bool>,
}

impl Seen {
    pub(super) fn new(classes: usize, layers: usize) -> Self {
        Self { samples: vec![0; classes], probabilities: true, first: None, varies: vec![false; layers] }
    }

    /// # Errors
    /// [`Error::UnknownClass`] for a label that the model does not have.
    pub(super) fn push(&mut self, features: &Features, label: usize) -> Result<()> {
        let classes = self.samples.len();
        *self.samples.get_mut(label).ok_or(Error::UnknownClass { class: label, classes })? += 1;
        self.probabilities &= are_probabilities(&features.logits) || are_their_logarithms(&features.logits);
        let first = self.first.get_or_insert_with(|| features.layers.clone());
        for (varies, (first, layer)) in self.varies.iter_mut().zip(first.iter().zip(&features.layers)) {
            *varies = *varies || first != layer;
        }
        Ok(())
    }

    /// Refuses a layer that is the same for all of several samples: it gives all of them one score.
    pub(super) fn check_layers(&self, names: &[String]) -> Result<()> {
        let samples: u64 = self.samples.iter().sum();
        match self.varies.iter().zip(names).find(|(varies, _)| !**varies && samples > 1) {
            Some((_, name)) => Err(Error::Fit {
                reason: format!("the features of layer {name:?} are the same for all {samples} samples, choose another layer"),
            }),
            None => Ok(()),
        }
    }

    /// What the outputs of the model are, as far as these samples tell.
    pub(super) fn outputs(&self) -> OutputKind {
        if self.probabilities { OutputKind::Probabilities } else { OutputKind::Logits }
    }

    pub(super) fn into_samples(self) -> Vec<u64> {
        self.samples
    }
}

/// Whether numbers are probabilities of classes.
pub(super) fn are_probabilities(outputs: &[f32]) -> bool {
    let within = outputs.iter().all(|output| (0.0..=1.0 + ROUNDING as f32).contains(output));
    within && outputs.len() > 1 && (total(outputs) - 1.0).abs() <= ROUNDING
}

/// Whether numbers are logarithms of probabilities: a detector of such a model gives them as its logits.
fn are_their_logarithms(outputs: &[f32]) -> bool {
    let powers: Vec<f32> = outputs.iter().map(|output| output.exp()).collect();
    are_probabilities(&powers)
}
