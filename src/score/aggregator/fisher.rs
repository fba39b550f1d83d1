//! Fisher's method with Brown's correction, as in oodeel 0.4.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::{Error, Result};

/// Joins the p-values of several layers to one statistic, `tau = -2 sum_l ln p_l`, where `p_l` is
/// the share of fit scores at least as high. Brown's correction accounts for layers that depend on
/// each other: `tau / c` is held against a chi-squared distribution with `k` degrees of freedom,
/// `c` and `k` from mean and variance of `tau` over the fit samples.
///
/// The joined score is the distribution function, 0 to 1; it saturates at 1 for what is far
/// out-of-distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fisher {
    /// `c`: `tau / c` has the distribution.
    scale: f64,
    /// `k`: its degrees of freedom.
    freedom: f64,
    /// For each layer the negated fit scores, ascending, with a bound before and behind. Too many
    /// for a manifest.
    #[serde(skip)]
    similarities: Arc<Vec<Vec<f64>>>,
}

impl Fisher {
    /// Fits to the scores of each layer over the fit samples, each in the same order.
    ///
    /// # Errors
    /// [`Error::Fit`] unless the layers have the same number of scores and at least two of them
    /// differ.
    pub fn fit(columns: Vec<Vec<f32>>) -> Result<Self> {
        let samples = match columns.first().map(Vec::len) {
            Some(samples) if samples > 0 => samples,
            _ => return Err(Error::Fit { reason: "there are no scores".to_string() }),
        };
        if columns.iter().any(|scores| scores.len() != samples) {
            let reason = "the layers differ in the number of scores".to_string();
            return Err(Error::Fit { reason });
        }
        let similarities: Vec<Vec<f64>> = columns.iter().map(|scores| bounded(scores)).collect();
        let taus = (0..samples).map(|i| {
            tau(&similarities, columns.iter().filter_map(|scores| scores.get(i).copied()))
        });
        // In an order that is not that of the samples, which changes the last bits.
        let mut taus: Vec<f64> = taus.collect();
        taus.sort_by(f64::total_cmp);
        let (mean, variance) = moments(taus.into_iter());
        let fitted = Self {
            similarities: Arc::new(similarities),
            scale: variance / (2.0 * mean),
            freedom: 2.0 * mean * mean / variance,
        };
        match fitted.is_usable() {
            true => Ok(fitted),
            false => Err(Error::Fit {
                reason: format!("Fisher's statistic has mean {mean} and variance {variance}"),
            }),
        }
    }

    /// The same correction with the scores of each layer, in any order: without knowing which
    /// belong to one sample, the correction cannot be computed from them again.
    pub(crate) fn with_scores(&self, columns: Vec<&[f32]>) -> Self {
        Self { similarities: Arc::new(columns.into_iter().map(bounded).collect()), ..*self }
    }

    /// The fit scores of each layer, in no promised order.
    pub(crate) fn scores(&self) -> impl Iterator<Item = impl Iterator<Item = f32>> {
        let inner = |column: &[f64]| column.len().saturating_sub(2);
        self.similarities.iter().map(move |column| {
            column.iter().skip(1).take(inner(column)).map(|&value| -value as f32)
        })
    }

    /// For each layer the negated fit scores, ascending, with a bound before and behind.
    pub(crate) fn similarities(&self) -> &[Vec<f64>] {
        &self.similarities
    }

    /// `c`: the statistic over it has a chi-squared distribution.
    pub(crate) fn scale(&self) -> f64 {
        self.scale
    }

    /// `k`: its degrees of freedom.
    pub(crate) fn freedom(&self) -> f64 {
        self.freedom
    }

    /// Number of layers.
    pub(super) fn layers(&self) -> usize {
        self.similarities.len()
    }

    pub(super) fn is_usable(&self) -> bool {
        [self.scale, self.freedom].iter().all(|value| value.is_finite() && *value > 0.0)
    }

    pub(super) fn join(&self, scores: impl Iterator<Item = f32>) -> f32 {
        let tau = tau(&self.similarities, scores);
        ChiSquared::new(self.freedom)
            .map_or(f32::NAN, |chi_squared| chi_squared.cdf(tau / self.scale) as f32)
    }
}

/// Negated scores, ascending, between two bounds far out, beyond which every p-value is the same.
fn bounded(scores: &[f32]) -> Vec<f64> {
    let n = scores.len() as f64;
    let mut sorted: Vec<f64> = scores.iter().map(|&score| -f64::from(score)).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else { return sorted };
    let low = if min > 0.0 { min / n } else { min * n };
    let high = if max > 0.0 { max * n } else { max / n };
    [vec![low], sorted, vec![high]].concat()
}

fn tau(similarities: &[Vec<f64>], scores: impl Iterator<Item = f32>) -> f64 {
    -2.0 * similarities
        .iter()
        .zip(scores)
        .map(|(column, score)| p_value(column, -f64::from(score)).ln())
        .sum::<f64>()
}

/// Empirical distribution function, interpolated linearly between its steps.
fn p_value(ascending: &[f64], similarity: f64) -> f64 {
    let n = ascending.len() as f64;
    let rank = ascending.partition_point(|&other| other <= similarity);
    let (below, above) = (rank.checked_sub(1).and_then(|i| ascending.get(i)), ascending.get(rank));
    match (below, above) {
        (Some(below), Some(above)) => (rank as f64 + (similarity - below) / (above - below)) / n,
        (None, _) => 1.0 / n,
        (_, None) => 1.0,
    }
}

/// Mean and population variance.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_interpolated_and_bounded() {
        let column = [0.0, 1.0, 1.0, 3.0];
        for (similarity, expected) in [
            (-1.0, 0.25),
            (0.0, 0.25),
            (0.5, 0.375),
            (1.0, 0.75),
            (2.0, 0.875),
            (3.0, 1.0),
            (9.0, 1.0),
        ] {
            assert_eq!(p_value(&column, similarity), expected, "{similarity}");
        }
    }

    #[test]
    fn bounds_lie_outside_of_the_scores_whatever_their_sign() {
        assert_eq!(bounded(&[-2.0, -8.0]), [1.0, 2.0, 8.0, 16.0]);
        assert_eq!(bounded(&[2.0, 8.0]), [-16.0, -8.0, -2.0, -1.0]);
    }

    #[test]
    fn scores_without_variance_are_refused() {
        assert_eq!(Fisher::fit(vec![vec![1.0; 3], vec![2.0; 3]]).unwrap_err().code(), "fit");
        assert_eq!(Fisher::fit(vec![vec![1.0, 2.0], vec![2.0]]).unwrap_err().code(), "fit");
    }
}
