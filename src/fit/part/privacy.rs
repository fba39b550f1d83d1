//! Clipping and noise, so that a part hardly tells whether a sample is in it.

use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;

use crate::fit::recipe::Recipe;
use crate::{AggregatorKind, Error, Result, Similarity, Store};

/// Chance with which the bound on what a sample changes may fail.
const DELTA: f64 = 1e-5;

/// The largest bound that is stated: beyond, it promises nothing.
const MOST: f64 = 100.0;

/// How the features of a sample are bounded, and how much noise hides it.
///
/// A sample changes, for each layer, the sum of its class by at most the clip, and the count of its
/// class by one. In units of the clip and of one that is a step of length `sqrt(layers + 1)`, to
/// which noise with the deviation `noise` is added. Balle and Wang's analytic Gaussian mechanism
/// (ICML 2018, theorem 8) tells the smallest epsilon for this delta.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Privacy {
    /// Greatest Euclidean length of a sample's features, in each layer. Longer ones are scaled.
    pub clip: f64,
    /// Standard deviation of the noise on counts; on sums it is `clip` times that. `None` for none.
    pub noise: Option<f64>,
    /// Bound on the logarithm by which one sample changes the odds of any part, except with the
    /// chance `delta`. `None` without noise.
    pub epsilon: Option<f64>,
    /// 0.00001.
    pub delta: f64,
}

impl Privacy {
    /// # Errors
    /// [`Error::InvalidOption`] unless both are finite and above 0, for noise of which no epsilon
    /// up to 100 can be stated, and for a recipe that gathers more than sums with noise.
    pub(super) fn new(
        clip: f64,
        noise: Option<f64>,
        recipe: &Recipe,
        layers: usize,
    ) -> Result<Self> {
        check_positive("the clip of features", clip)?;
        let epsilon = |noise: f64| {
            check_positive("the noise", noise)?;
            check_recipe(recipe, layers)?;
            epsilon(((layers + 1) as f64).sqrt() / noise).ok_or_else(|| Error::InvalidOption {
                option: "the noise",
                given: noise.to_string(),
                allowed: "a deviation for which epsilon is at most 100",
            })
        };
        let epsilon = noise.map(epsilon).transpose()?;
        Ok(Self { clip, noise, epsilon, delta: DELTA })
    }

    /// Features of at most the greatest length.
    pub(super) fn clipped(&self, features: &[f32]) -> Vec<f32> {
        let square = |value: &f32| f64::from(*value).powi(2);
        let length = features.iter().map(square).sum::<f64>().sqrt();
        let factor = if length > self.clip { self.clip / length } else { 1.0 };
        features.iter().map(|value| (f64::from(*value) * factor) as f32).collect()
    }
}

fn check_positive(option: &'static str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    let given = value.to_string();
    Err(Error::InvalidOption { option, given, allowed: "a finite number above 0" })
}

/// Refuses what is not gathered with noise.
fn check_recipe(recipe: &Recipe, layers: usize) -> Result<()> {
    let is_summed = recipe.store == Store::Mean
        && recipe.similarity != Similarity::Mahalanobis
        && recipe.react.is_none()
        && (layers == 1 || recipe.aggregator == Some(AggregatorKind::Sum));
    if is_summed {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "the noise",
        given: "given for a fit that gathers more than sums and counts".to_string(),
        allowed: "for means alone: no store, mahalanobis or react, one layer or the aggregator sum",
    })
}

/// The smallest epsilon of noise, for a step of this length in its deviations.
fn epsilon(step: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, MOST);
    if delta(high, step) > DELTA {
        return None;
    }
    while high - low > 1e-9 {
        let middle = f64::midpoint(low, high);
        if delta(middle, step) > DELTA { low = middle } else { high = middle }
    }
    Some(high)
}

/// The smallest delta for an epsilon.
fn delta(epsilon: f64, step: f64) -> f64 {
    let below = |z: f64| erfc(-z / std::f64::consts::SQRT_2) / 2.0;
    let (half, far) = (step / 2.0, epsilon / step);
    below(half - far) - epsilon.exp() * below(-half - far)
}

/// Numbers drawn from the standard normal distribution, by what the system has of chance.
pub(in crate::fit) fn gauss() -> Result<f64> {
    // Halfway between two of 2^53 steps, so that it is neither 0 nor 1.
    let uniform = || Ok::<f64, Error>(((random()? >> 11) as f64 + 0.5) / (1u64 << 53) as f64);
    let (radius, angle) = ((-2.0 * uniform()?.ln()).sqrt(), uniform()?);
    Ok(radius * (std::f64::consts::TAU * angle).cos())
}

/// Bits from the system's generator for secrets.
pub(super) fn random() -> Result<u64> {
    getrandom::u64().map_err(|error| Error::Fit {
        reason: format!("the system gives no random numbers for the noise: {error}"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Expected values by SciPy: `scipy.optimize.brentq` of theorem 8 with `scipy.stats.norm`.
    #[test]
    fn epsilon_is_that_of_the_analytic_gaussian_mechanism() {
        let expected = [
            (0.1, 0.340_669_365),
            (0.5, 1.993_091_404),
            (1.0, 4.377_178_096),
            (3.0, 16.675_494_403),
        ];
        for (step, expected) in expected {
            let found = epsilon(step).unwrap();
            assert!((found - expected).abs() < 1e-6, "{step}: {found}");
        }
        assert_eq!(epsilon(30.0), None);
    }

    #[test]
    fn noise_is_normal() {
        let draws: Vec<f64> = (0..20_000).map(|_| gauss().unwrap()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let square = draws.iter().map(|draw| draw * draw).sum::<f64>() / draws.len() as f64;
        let beyond = draws.iter().filter(|draw| draw.abs() > 1.959_964).count() as f64;
        // Six standard errors.
        assert!(mean.abs() < 0.043 && (square - 1.0).abs() < 0.06, "{mean}, {square}");
        assert!((beyond / draws.len() as f64 - 0.05).abs() < 0.0093, "{beyond}");
    }
}
