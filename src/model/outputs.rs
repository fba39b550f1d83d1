//! The outputs of a run, from the engine's buffers to a sample's own values.

use std::borrow::Cow;

use tract_onnx::prelude::{TValue, TVec};

use super::{Layer, OutputKind, run_failed};
use crate::tensor::check_finite;
use crate::{Result, Tensor};

/// Raw outputs of a [`Model`](crate::Model) for one sample.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Activations {
    /// Unnormalised class scores, one per class. For a model that ends in a softmax: its input.
    /// None of a backbone.
    pub logits: Vec<f32>,
    /// The tapped layers in the order asked for, `[D]` or `[channels, height, width]`.
    pub layers: Vec<Tensor>,
}

/// The engine's buffers for a batch: the logits, then the tapped layers.
pub(crate) struct EngineOutputs {
    pub(super) values: TVec<TValue>,
    /// Number of samples that the plan runs at once.
    pub(super) batch: usize,
    /// Number of samples that were given.
    pub(super) samples: usize,
    /// Meaning of the logits.
    pub(super) kind: OutputKind,
    /// Whether the first output holds the logits.
    pub(super) has_logits: bool,
}

/// Logits and tapped layers of one sample, borrowed from the engine's buffers. Each is row-major.
pub(crate) struct SampleOutputs<'a> {
    pub logits: Cow<'a, [f32]>,
    pub layers: Vec<&'a [f32]>,
}

impl EngineOutputs {
    /// Logits and layers of each sample that was given.
    ///
    /// # Errors
    /// As [`EngineOutputs::sample`].
    pub(crate) fn samples(&self) -> impl Iterator<Item = Result<SampleOutputs<'_>>> {
        (0..self.samples).map(|index| self.sample(index))
    }

    /// Logits and layers of one sample of the batch.
    ///
    /// # Errors
    /// [`Error::NotFinite`](crate::Error::NotFinite) for the logits,
    /// [`Error::ModelRun`](crate::Error::ModelRun) where something is missing.
    pub(crate) fn sample(&self, index: usize) -> Result<SampleOutputs<'_>> {
        let mut parts = self.values.iter().map(|value| self.part(value, index));
        let logits = match self.has_logits {
            true => {
                let logits = parts.next().ok_or_else(|| run_failed("no output"))??;
                check_finite("the model's logits", logits)?;
                to_logits(logits, self.kind)?
            }
            false => Cow::default(),
        };
        Ok(SampleOutputs { logits, layers: parts.collect::<Result<_>>()? })
    }

    fn part<'a>(&self, value: &'a TValue, index: usize) -> Result<&'a [f32]> {
        let view = value.to_plain_array_view::<f32>().map_err(run_failed)?;
        let values =
            view.to_slice().ok_or_else(|| run_failed("an output is not in row-major order"))?;
        let volume = values.len() / self.batch;
        values
            .get(index * volume..(index + 1) * volume)
            .ok_or_else(|| run_failed("an output has too few samples"))
    }
}

/// Logits of each class from outputs of this meaning. A single output belongs to the second of two
/// classes.
fn to_logits(outputs: &[f32], kind: OutputKind) -> Result<Cow<'_, [f32]>> {
    match (kind, outputs) {
        (OutputKind::Probabilities, &[second]) => two_classes(second).map(Cow::from),
        (OutputKind::Probabilities, _) => {
            Ok(outputs.iter().map(|&probability| logarithm(probability)).collect())
        }
        (_, &[second]) => Ok(vec![0.0, second].into()),
        _ => Ok(outputs.into()),
    }
}

fn two_classes(second: f32) -> Result<Vec<f32>> {
    match is_probability(second) {
        true => Ok(vec![logarithm(1.0 - second), logarithm(second)]),
        false => Err(run_failed(format!(
            "its output was taken for a probability, and this one is {second}"
        ))),
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

impl SampleOutputs<'_> {
    /// Copies the values out of the engine's buffers. `taps` are the layers.
    pub(super) fn to_activations(&self, taps: &[Layer]) -> Result<Activations> {
        let layers = taps.iter().zip(&self.layers);
        let layers = layers.map(|(tap, values)| Tensor::new(tap.shape.as_slice(), values.to_vec()));
        Ok(Activations { logits: self.logits.to_vec(), layers: layers.collect::<Result<_>>()? })
    }
}
