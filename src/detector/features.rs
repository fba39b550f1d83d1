//! Inputs to features, without a score.

use super::Detector;
use crate::{Features, Result, Tensor};

impl Detector {
    /// Logits and features of one sample.
    ///
    /// # Errors
    /// As [`Model::run`](crate::Model::run).
    pub fn features(&self, input: &Tensor) -> Result<Features> {
        Features::from_outputs(&self.model.forward(input)?.sample(0)?, self.model.taps())
    }

    /// Logits and features of samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run_batch`](crate::Model::run_batch).
    pub fn features_batch(&self, data: &[f32]) -> Result<Vec<Features>> {
        Features::of_batch(&self.model, data)
    }
}
