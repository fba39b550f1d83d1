//! Features of samples that a model runs.

use crate::model::{Layer, Model, SampleOutputs};
use crate::parallel::map_in_order;
use crate::{Error, Features, Result};

impl Features {
    /// Features from the outputs of the layers `taps`. The engine's logits are finite already.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a layer holds NaN or an infinity.
    pub(crate) fn from_outputs(outputs: &SampleOutputs<'_>, taps: &[Layer]) -> Result<Self> {
        Self::of_values(outputs.logits.to_vec(), outputs.layers.iter().copied(), taps)
    }

    /// Features of samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run_batch`] and [`Features::pool`].
    pub(crate) fn of_batch(model: &Model, data: &[f32]) -> Result<Vec<Self>> {
        model.check_batch(data)?;
        let mut all = Vec::new();
        for features in map_in_order(model.chunks(data), |chunk| Self::of_chunk(model, chunk)) {
            all.extend(features?);
        }
        Ok(all)
    }

    /// As [`Features::of_batch`], on one thread, of samples that [`Model::check_batch`] has
    /// accepted.
    pub(crate) fn of_chunk(model: &Model, data: &[f32]) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        Self::each_of_chunk(model, data, |features| {
            all.push(features.clone());
            Ok(())
        })?;
        Ok(all)
    }

    /// Shows the features of each sample of [`Features::of_chunk`] in turn, all in the same memory:
    /// allocating for each takes longer than running a small model.
    pub(crate) fn each_of_chunk(
        model: &Model,
        data: &[f32],
        mut show: impl FnMut(&Self) -> Result<()>,
    ) -> Result<()> {
        let mut features = Self::of_values(Vec::new(), [], model.taps())?;
        for outputs in model.forward_batches(data) {
            for sample in outputs?.samples()? {
                let SampleOutputs { logits, layers } = sample?;
                features.refill(&logits, layers, model.taps())?;
                show(&features)?;
            }
        }
        Ok(())
    }

    /// Checks that the features have this model's sizes.
    ///
    /// # Errors
    /// [`Error::Fit`] for other numbers of logits, layers or values.
    pub(crate) fn check(&self, model: &Model) -> Result<()> {
        let sizes: Vec<_> = model.taps().iter().map(Layer::size).collect();
        self.check_sizes("model", model.classes(), &sizes)
    }

    /// Checks that the features have the sizes that `owner` expects.
    ///
    /// # Errors
    /// As [`Features::check`].
    pub(crate) fn check_sizes(&self, owner: &str, classes: usize, sizes: &[usize]) -> Result<()> {
        let given: Vec<_> = self.layers().iter().map(Vec::len).collect();
        if given == sizes && self.logits().len() == classes {
            return Ok(());
        }
        let reason = format!(
            "features have {} logits and layers of {given:?} values, the {owner} has {classes} \
             and {sizes:?}",
            self.logits().len(),
        );
        Err(Error::Fit { reason })
    }
}
