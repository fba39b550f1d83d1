//! How features are compared with the means of classes that have few samples.

use she_ood_kernel::{dot, widened};

use super::energy::Moments;
use super::whitening::{packed_length, solve, solve_transposed};
use super::{Patterns, Precision};
use crate::tensor::{check_finite, norm, unit};
use crate::{Error, Result};

/// What [`Similarity::FewShot`](crate::Similarity::FewShot) compares features by: the squared
/// Mahalanobis distance to the mean of a class, and the cosine to it as seen from the centre of all
/// classes.
///
/// Features are taken by the square roots of their values, with their signs, at unit length. Their
/// covariance within classes is shrunk half way to a multiple of the identity: up to a factor it is
/// `A = I + R' R / r`, with the residuals `R` of some samples as rows and `r` the mean variance of
/// a feature times their number. By the factor `L` of `L L' = r I + R R'`, inner products under it
/// need no matrix larger than the number of residuals (Woodbury's identity):
///
/// ```text
/// <x, y> = x' A^-1 y = x' y - (L^-1 R x)' (L^-1 R y)
/// ```
///
/// The two parts are standardised on samples that their patterns do not know, and summed:
///
/// ```text
/// similarity = (cos(x - m, mu_c - m) - cosine.mean) / cosine.std
///            - (|x - mu_c|^2 - distance.mean) / distance.std        m = mean of all mu_c
/// ```
///
/// The distance tells far samples, the direction near ones. With a single class there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct FewShot {
    size: usize,
    residuals: Vec<f32>,
    factor: Vec<f32>,
    distance: Moments,
    cosine: Option<Moments>,
    wide_residuals: Vec<f64>,
    wide_factor: Vec<f64>,
}

impl FewShot {
    /// From its parts: the length of the features, the residuals row by row, the lower triangle of
    /// their factor row by row, and the moments of both parts, no cosine for a single class.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] when the parts do not fit together or the factor is none,
    /// [`Error::NotFinite`] for a value that is not a number.
    pub fn new(
        size: usize,
        residuals: Vec<f32>,
        factor: Vec<f32>,
        distance: Moments,
        cosine: Option<Moments>,
    ) -> Result<Self> {
        let unusable = |reason: String| Error::InvalidDetector {
            field: "few-shot".to_string(),
            reason,
            source: None,
        };
        let rows = residuals.len().checked_div(size).unwrap_or_default();
        if rows.checked_mul(size) != Some(residuals.len())
            || packed_length(rows) != Some(factor.len())
        {
            return Err(unusable(format!(
                "{} residuals of {size} features do not go with a factor of {} values",
                residuals.len(),
                factor.len()
            )));
        }
        check_finite("the block of residuals", &residuals)?;
        check_finite("the factor of the residuals", &factor)?;
        let has_zero = (1..=rows).any(|row| {
            let diagonal = packed_length(row).and_then(|end| factor.get(end - 1));
            diagonal.is_none_or(|diagonal| *diagonal <= 0.0)
        });
        if has_zero || !distance.is_usable() || cosine.is_some_and(|cosine| !cosine.is_usable()) {
            return Err(unusable(
                "the diagonal of the factor and all deviations must be above 0".to_string(),
            ));
        }
        let (wide_residuals, wide_factor) = (widened(&residuals), widened(&factor));
        Ok(Self { size, residuals, factor, distance, cosine, wide_residuals, wide_factor })
    }

    /// The same as it can be stored.
    pub(super) fn rounded(&self, precision: Precision) -> Result<Self> {
        let residuals = self.residuals.iter().map(|&value| precision.rounded(value)).collect();
        Self::new(self.size, residuals, self.factor.clone(), self.distance, self.cosine)
    }

    /// Length of the features.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The residuals, row by row.
    pub fn residuals(&self) -> &[f32] {
        &self.residuals
    }

    /// The lower triangle of the factor, row by row.
    pub fn factor(&self) -> &[f32] {
        &self.factor
    }

    /// Mean and spread of the squared distances to the nearest class.
    pub fn distance(&self) -> Moments {
        self.distance
    }

    /// Mean and spread of the cosines to the most similar class; `None` for a single class.
    pub fn cosine(&self) -> Option<Moments> {
        self.cosine
    }

    /// The features and the coordinates of their covariance: what inner products are made of.
    pub(super) fn extended(&self, mut features: Vec<f64>) -> Vec<f64> {
        let residuals = self.wide_residuals.chunks_exact(self.size);
        let products = residuals.map(|row| dot(row, &features)).collect();
        features.extend(solve(&self.wide_factor, products));
        features
    }

    /// The matrix that features are multiplied by for the coordinates of their covariance, `[size,
    /// residuals]`, row by row.
    pub(crate) fn coordinates(&self) -> Vec<f64> {
        let of_feature = |feature| {
            let column = self.wide_residuals.iter().skip(feature).step_by(self.size);
            solve(&self.wide_factor, column.copied().collect())
        };
        (0..self.size).flat_map(of_feature).collect()
    }

    /// `<x, y>` of extended features.
    fn inner(&self, x: &[f64], y: &[f64]) -> f64 {
        let (x, u) = x.split_at_checked(self.size).unwrap_or_default();
        let (y, v) = y.split_at_checked(self.size).unwrap_or_default();
        dot(x, y) - dot(u, v)
    }

    /// Squared length of extended features, 0 where rounding leaves less.
    fn square(&self, x: &[f64]) -> f64 {
        self.inner(x, x).max(0.0)
    }

    fn length(&self, x: &[f64]) -> f64 {
        self.square(x).sqrt()
    }

    /// Similarity of extended features to extended patterns with this centre.
    pub(super) fn similarities<'a>(
        &'a self,
        features: &'a [f64],
        patterns: impl Iterator<Item = &'a [f64]> + 'a,
        centre: &'a [f64],
    ) -> impl Iterator<Item = f64> + 'a {
        let from_centre = difference(features, centre);
        let length = self.length(&from_centre);
        patterns.map(move |pattern| {
            let distance = self.square(&difference(features, pattern));
            let direction = difference(pattern, centre);
            let product = self.inner(&from_centre, &direction);
            let cosine = cosine(product, length * self.length(&direction));
            self.join(distance, cosine)
        })
    }

    /// The similarity of a squared distance and a cosine.
    pub(crate) fn join(&self, distance: f64, cosine: f64) -> f64 {
        let direction = self.cosine.map_or(0.0, |moments| moments.standardised_f64(cosine));
        direction - self.distance.standardised_f64(distance)
    }

    /// The similarity to a pattern as a sum over the features taken by their roots: for each a
    /// weight, and the value from which it counts. The rest is the same for all features.
    pub(super) fn slopes(
        &self,
        features: &[f64],
        pattern: &[f64],
        centre: &[f64],
    ) -> (Vec<(f64, f64)>, f64) {
        let gap = difference(features, pattern);
        let to_pattern = self.scaled(&gap, -f64::from(self.distance.std));
        let (from_centre, direction) = (difference(features, centre), difference(pattern, centre));
        let lengths = self.length(&from_centre) * self.length(&direction);
        let std = self.cosine.map_or(0.0, |moments| f64::from(moments.std));
        let along = self.scaled(&direction, lengths * std);
        let terms = to_pattern.iter().zip(&along).zip(pattern.iter().zip(centre));
        let terms = terms.map(|((a, b), (pattern, centre))| (a + b, a * pattern + b * centre));
        (terms.take(self.size).collect(), self.join(0.0, 0.0))
    }

    /// `A^-1 x` over a divisor, zeros where that is zero.
    fn scaled(&self, x: &[f64], divisor: f64) -> Vec<f64> {
        let (x, u) = x.split_at_checked(self.size).unwrap_or_default();
        let mut values = x.to_vec();
        let weights = solve_transposed(&self.wide_factor, u.to_vec());
        for (row, weight) in self.wide_residuals.chunks_exact(self.size).zip(weights) {
            values.iter_mut().zip(row).for_each(|(value, residual)| *value -= weight * residual);
        }
        let scale = if divisor == 0.0 { 0.0 } else { 1.0 / divisor };
        values.iter().map(|value| value * scale).collect()
    }
}

impl Patterns {
    /// The same patterns, of features as [`FewShot`] takes them, to be compared by it.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for features of another length.
    pub fn with_few_shot(self, few_shot: FewShot) -> Result<Self> {
        if few_shot.size() != self.size() {
            let (layer, patterns) = (self.layer().to_string(), self.size());
            return Err(Error::PatternsMismatch { layer, patterns, features: few_shot.size() });
        }
        Ok(self.compared_by(few_shot))
    }
}

/// Square roots of the features, with their signs, at unit length.
pub(crate) fn rooted(features: &[f32]) -> Vec<f64> {
    let root = |&value: &f32| f64::from(value).abs().sqrt().copysign(f64::from(value));
    unit(&features.iter().map(root).collect::<Vec<_>>())
}

/// What each feature is multiplied by to become its root at unit length.
pub(super) fn root_scales(features: &[f32]) -> Vec<f64> {
    let roots: Vec<f64> = features.iter().map(|&value| f64::from(value).abs().sqrt()).collect();
    let length = norm(&roots);
    roots.iter().map(|&root| cosine(1.0, root * length)).collect()
}

/// A product over the lengths of both sides, 0 where either is 0.
pub(crate) fn cosine(product: f64, lengths: f64) -> f64 {
    if lengths == 0.0 { 0.0 } else { product / lengths }
}

fn difference(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}
