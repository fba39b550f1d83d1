//! Statistics of the fit samples besides their patterns: counts, kind of outputs, constant layers.

use super::Observation;
use crate::model::{are_bounded, are_log_probabilities, are_probabilities};
use crate::{Error, Model, OutputKind, Result};

/// Samples of each class, what all outputs have in common, and whether features vary.
pub(super) struct Statistics {
    /// Number of samples of each class.
    samples: Vec<u64>,
    all_probabilities: bool,
    all_logarithms: bool,
    all_bounded: bool,
    /// Features of the first sample.
    first: Option<Vec<Vec<f32>>>,
    /// Samples put aside.
    pub probes: Vec<Observation>,
    /// For each layer, whether any sample's features differ from the first's.
    varies: Vec<bool>,
}

impl Statistics {
    pub(super) fn new(classes: usize, layers: usize) -> Self {
        let (samples, varies) = (vec![0; classes], vec![false; layers]);
        Self {
            samples,
            all_probabilities: true,
            all_logarithms: true,
            all_bounded: true,
            first: None,
            probes: Vec::new(),
            varies,
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
        self.all_probabilities &= are_probabilities(features.logits());
        self.all_logarithms &= are_log_probabilities(features.logits());
        self.all_bounded &= are_bounded(features.logits());
        self.probes.extend(altered.is_some().then(|| observation.clone()));
        let first = self.first.get_or_insert_with(|| features.layers().to_vec());
        let layers = first.iter().zip(features.layers());
        for (varies, (first, layer)) in self.varies.iter_mut().zip(layers) {
            *varies = *varies || first != layer;
        }
        Ok(())
    }

    /// Refuses a layer that is the same for all of several samples: it gives them all one score.
    pub(super) fn check_layers(&self, names: &[String]) -> Result<()> {
        let samples: u64 = self.samples.iter().sum();
        match self.varies.iter().zip(names).find(|(varies, _)| !**varies && samples > 1) {
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
