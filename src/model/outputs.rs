//! The engine's outputs for a batch of samples.

use std::borrow::Cow;

use tract_onnx::prelude::{TValue, TVec, tvec};

use super::{Activations, Layer, OutputKind, Plan, run_failed};
use crate::tensor::check_finite;
use crate::{Result, Tensor};

/// Runs a plan for this many samples of a shape.
pub(super) fn run(
    plan: &Plan,
    input_shape: &[usize],
    samples: &[f32],
    batch: usize,
) -> Result<EngineOutputs> {
    let shape: Vec<usize> = [&[batch], input_shape].concat();
    let input = tract_onnx::prelude::Tensor::from_shape(&shape, samples).map_err(run_failed)?;
    Ok(EngineOutputs {
        values: plan.run(tvec!(input.into())).map_err(run_failed)?,
        batch,
        kind: OutputKind::default(),
    })
}

/// What the engine gave for a batch, where it put it: the logits, then the tapped layers.
pub(crate) struct EngineOutputs {
    values: TVec<TValue>,
    batch: usize,
    kind: OutputKind,
}

/// Logits and tapped layers of one sample, each row-major.
pub(crate) struct SampleOutputs<'a> {
    pub logits: Cow<'a, [f32]>,
    pub layers: Vec<&'a [f32]>,
}

impl EngineOutputs {
    /// The same, with the meaning of the first output.
    pub(super) fn taken_for(self, kind: OutputKind) -> Self {
        Self { kind, ..self }
    }

    /// Logits and layers of one sample of the batch.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for the logits, [`Error::ModelRun`] where something is missing.
    pub(crate) fn sample(&self, index: usize) -> Result<SampleOutputs<'_>> {
        let mut parts = self.values.iter().map(|value| self.part(value, index));
        let logits = parts.next().ok_or_else(|| run_failed("no output"))??;
        check_finite("the model's logits", logits)?;
        let logits = match self.kind {
            OutputKind::Logits | OutputKind::LogProbabilities | OutputKind::Bounded => {
                logits.into()
            }
            // Zero has no logarithm; the smallest normal number takes its place.
            OutputKind::Probabilities => {
                logits.iter().map(|probability| probability.max(f32::MIN_POSITIVE).ln()).collect()
            }
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

    pub(super) fn activations(&self, index: usize, taps: &[Layer]) -> Result<Activations> {
        let SampleOutputs { logits, layers } = self.sample(index)?;
        let layers = taps
            .iter()
            .zip(layers)
            .map(|(tap, values)| Tensor::new(tap.shape.as_slice(), values.to_vec()));
        Ok(Activations { logits: logits.into_owned(), layers: layers.collect::<Result<_>>()? })
    }
}
