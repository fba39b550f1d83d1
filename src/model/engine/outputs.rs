//! The outputs of a run, from the engine's buffers to a sample's own values.

use std::borrow::Cow;

use tract_onnx::prelude::{TValue, TVec};

use super::{Activations, Layer, OutputKind, run_failed};
use crate::tensor::check_finite;
use crate::{Result, Tensor};

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
                check_finite("the vector of the model's logits", logits)?;
                self.kind.logits(logits)?
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

impl SampleOutputs<'_> {
    /// Copies the values out of the engine's buffers. `taps` are the layers.
    pub(super) fn to_activations(&self, taps: &[Layer]) -> Result<Activations> {
        let layers = taps.iter().zip(&self.layers);
        let layers = layers.map(|(tap, values)| Tensor::new(tap.shape.as_slice(), values.to_vec()));
        Ok(Activations { logits: self.logits.to_vec(), layers: layers.collect::<Result<_>>()? })
    }
}
