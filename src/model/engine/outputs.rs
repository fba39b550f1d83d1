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
    pub layers: TVec<&'a [f32]>,
}

impl EngineOutputs {
    /// Logits and layers of each sample that was given.
    ///
    /// # Errors
    /// [`Error::ModelRun`](crate::Error::ModelRun) for a missing output; each sample as
    /// [`EngineOutputs::sample`].
    pub(crate) fn samples(&self) -> Result<impl Iterator<Item = Result<SampleOutputs<'_>>>> {
        let values = self.slices()?;
        Ok((0..self.samples).map(move |index| self.cut(&values, index)))
    }

    /// Logits and layers of one sample of the batch.
    ///
    /// # Errors
    /// [`Error::NotFinite`](crate::Error::NotFinite) for the logits,
    /// [`Error::ModelRun`](crate::Error::ModelRun) where something is missing.
    pub(crate) fn sample(&self, index: usize) -> Result<SampleOutputs<'_>> {
        self.cut(&self.slices()?, index)
    }

    /// The values of each output, of all samples.
    fn slices(&self) -> Result<TVec<&[f32]>> {
        // Compiled for size, `collect` into a `Result` takes as long as everything else here.
        let mut slices = TVec::with_capacity(self.values.len());
        for value in &self.values {
            slices.push(slice_of(value)?);
        }
        Ok(slices)
    }

    /// A sample's part of the values of each output.
    fn cut<'a>(&self, values: &[&'a [f32]], index: usize) -> Result<SampleOutputs<'a>> {
        let (logits, rest) = match (self.has_logits, values) {
            (true, [logits, rest @ ..]) => (self.logits(self.part(logits, index)?)?, rest),
            (true, []) => return Err(run_failed("no output")),
            (false, rest) => (Cow::default(), rest),
        };
        let mut layers = TVec::with_capacity(rest.len());
        for values in rest {
            layers.push(self.part(values, index)?);
        }
        Ok(SampleOutputs { logits, layers })
    }

    fn logits<'a>(&self, values: &'a [f32]) -> Result<Cow<'a, [f32]>> {
        check_finite("the vector of the model's logits", values)?;
        self.kind.logits(values)
    }

    fn part<'a>(&self, values: &'a [f32], index: usize) -> Result<&'a [f32]> {
        let volume = values.len() / self.batch;
        values
            .get(index * volume..(index + 1) * volume)
            .ok_or_else(|| run_failed("an output has too few samples"))
    }
}

fn slice_of(value: &TValue) -> Result<&[f32]> {
    value.try_as_plain_ram().and_then(|plain| plain.as_slice()).map_err(run_failed)
}

impl SampleOutputs<'_> {
    /// Copies the values out of the engine's buffers. `taps` are the layers.
    pub(super) fn to_activations(&self, taps: &[Layer]) -> Result<Activations> {
        let layers = taps.iter().zip(&self.layers);
        let layers = layers.map(|(tap, values)| Tensor::new(tap.shape.as_slice(), values.to_vec()));
        Ok(Activations { logits: self.logits.to_vec(), layers: layers.collect::<Result<_>>()? })
    }
}
