//! ReAct: where each layer's features are cut off.

use super::Observations;
use super::quantile::Quantile;
use crate::{Features, Result};

/// A quantile of the features of each layer, found in two passes over the samples.
pub(super) struct Clips(Vec<Quantile>);

impl Clips {
    /// The quantile `share`, 0 to 1, of so many layers.
    pub(super) fn new(share: f64, layers: usize) -> Self {
        Self(vec![Quantile::new(share); layers])
    }

    /// First pass: counts the features of a sample.
    pub(super) fn count(&mut self, features: &Features) {
        self.each_value(features, Quantile::count);
    }

    /// Goes through the samples again and returns a quantile for each layer.
    ///
    /// # Errors
    /// Those of the samples.
    pub(super) fn finish(mut self, samples: &mut impl Observations) -> Result<Vec<f32>> {
        self.0.iter_mut().for_each(Quantile::narrow);
        for observation in samples.pass() {
            self.each_value(&observation?.features, Quantile::refine);
        }
        Ok(self.0.iter().map(Quantile::value).collect())
    }

    fn each_value(&mut self, features: &Features, see: fn(&mut Quantile, f32)) {
        for (quantile, layer) in self.0.iter_mut().zip(features.layers()) {
            layer.iter().for_each(|&value| see(quantile, value));
        }
    }
}
