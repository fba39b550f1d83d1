//! The outputs of a run, from the engine's buffers to a sample's own values.

use std::borrow::Cow;

use tract_onnx::prelude::{TValue, TVec, tvec};

use super::{Layer, OutputKind, Plan, run_failed};
use crate::tensor::check_finite;
use crate::{Result, Tensor};

/// Raw outputs of a [`Model`](crate::Model) for one sample.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Activations {
    /// Unnormalised class scores, one per class. For a model that ends in a softmax: its input.
    pub logits: Vec<f32>,
    /// The tapped layers in the order asked for, `[D]` or `[channels, height, width]`.
    pub layers: Vec<Tensor>,
}

/// Runs a plan for `batch` samples on that many samples or fewer. Missing ones are zero, so that a
/// short batch gives the same outputs as a full one.
pub(super) fn run(
    plan: &Plan,
    input_shape: &[usize],
    samples: &[f32],
    batch: usize,
) -> Result<EngineOutputs> {
    let shape: Vec<usize> = [&[batch], input_shape].concat();
    let mut input = tract_onnx::prelude::Tensor::zero::<f32>(&shape).map_err(run_failed)?;
    let mut plain = input.try_as_plain_ram_mut().map_err(run_failed)?;
    let values = plain.as_slice_mut::<f32>().map_err(run_failed)?;
    values.iter_mut().zip(samples).for_each(|(value, &sample)| *value = sample);
    let given = samples.len() * batch / values.len();
    Ok(EngineOutputs {
        samples: given,
        values: plan.run(tvec!(input.into())).map_err(run_failed)?,
        batch,
        kind: OutputKind::default(),
    })
}

/// The engine's buffers for a batch: the logits, then the tapped layers.
pub(crate) struct EngineOutputs {
    values: TVec<TValue>,
    /// Number of samples that the plan runs at once.
    batch: usize,
    /// Number of samples that were given.
    samples: usize,
    kind: OutputKind,
}

/// Logits and tapped layers of one sample, borrowed from the engine's buffers. Each is row-major.
pub(crate) struct SampleOutputs<'a> {
    pub logits: Cow<'a, [f32]>,
    pub layers: Vec<&'a [f32]>,
}

impl EngineOutputs {
    /// Sets the meaning of the first output.
    #[must_use]
    pub(super) fn with_kind(self, kind: OutputKind) -> Self {
        Self { kind, ..self }
    }

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
        let logits = parts.next().ok_or_else(|| run_failed("no output"))??;
        check_finite("the model's logits", logits)?;
        Ok(SampleOutputs { logits: self.to_logits(logits), layers: parts.collect::<Result<_>>()? })
    }

    fn to_logits<'a>(&self, outputs: &'a [f32]) -> Cow<'a, [f32]> {
        match self.kind {
            OutputKind::Logits | OutputKind::LogProbabilities | OutputKind::Bounded => {
                outputs.into()
            }
            // Zero has no logarithm; the smallest normal number takes its place.
            OutputKind::Probabilities => {
                outputs.iter().map(|probability| probability.max(f32::MIN_POSITIVE).ln()).collect()
            }
        }
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

impl SampleOutputs<'_> {
    /// Copies the values out of the engine's buffers. `taps` are the layers.
    pub(super) fn to_activations(&self, taps: &[Layer]) -> Result<Activations> {
        let layers = taps.iter().zip(&self.layers);
        let layers = layers.map(|(tap, values)| Tensor::new(tap.shape.as_slice(), values.to_vec()));
        Ok(Activations { logits: self.logits.to_vec(), layers: layers.collect::<Result<_>>()? })
    }
}
