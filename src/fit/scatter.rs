//! How the features of all classes scatter together: what a whitening is fitted to.

use crate::Whitening;
use crate::tensor::sum;

/// The least variance, all features together, that is more than rounding to single precision makes
/// of features of unit length.
const LEAST_VARIANCE: f64 = 1e-12;

/// The sum of `x x'` over samples, of which the classes' own means are taken out in the end. The
/// lower triangle, row by row.
#[derive(Debug, Clone, Default)]
pub(super) struct Scatter {
    count: u64,
    products: Vec<f64>,
}

impl Scatter {
    pub(super) fn push(&mut self, x: &[f64]) {
        self.count += 1;
        self.add_products(x, 1.0);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.products.resize(self.products.len().max(other.products.len()), 0.0);
        self.products.iter_mut().zip(other.products).for_each(|(product, other)| *product += other);
    }

    pub(super) fn subtract(&mut self, x: &[f64]) {
        self.count -= 1;
        self.add_products(x, -1.0);
    }

    /// Takes the mean of a class out, given the sum of its features and their number.
    pub(super) fn centre(&mut self, sum: &[f64], count: u64) {
        self.add_products(sum, -1.0 / count as f64);
    }

    fn add_products(&mut self, x: &[f64], factor: f64) {
        self.products.resize(x.len() * (x.len() + 1) / 2, 0.0);
        let mut rest = self.products.as_mut_slice();
        for (row, value) in x.iter().enumerate() {
            let Some((products, others)) = rest.split_at_mut_checked(row + 1) else { return };
            let scaled = factor * value;
            products.iter_mut().zip(x).for_each(|(product, other)| *product += scaled * other);
            rest = others;
        }
    }

    /// The whitening of the covariance around the means that were taken out, of features of length
    /// `size`. `None` where nothing scatters.
    ///
    /// The covariance is shrunk towards a multiple of the identity by OAS (Chen, Wiesel, Eldar and
    /// Hero, 2010, equation 23): hardly at all with many samples, and as far as it takes to be
    /// invertible with few.
    pub(super) fn whitening(mut self, size: usize) -> Option<Whitening> {
        let count = self.count as f64;
        self.products.iter_mut().for_each(|product| *product /= count);
        let dimensions = size as f64;
        let diagonal = (0..size).map(|row| row * (row + 3) / 2);
        let variances: Vec<f64> =
            diagonal.clone().filter_map(|at| self.products.get(at).copied()).collect();
        let variance = variances.iter().sum::<f64>() / dimensions;
        if variance * dimensions < LEAST_VARIANCE {
            return None;
        }
        let squares = 2.0 * sum(&self.products, &self.products, |a, b| a * b)
            - sum(&variances, &variances, |a, b| a * b);
        let shrinkage = shrinkage(squares / dimensions.powi(2), variance, count, dimensions);
        self.products.iter_mut().for_each(|product| *product *= 1.0 - shrinkage);
        for at in diagonal {
            *self.products.get_mut(at)? += shrinkage * variance;
        }
        Whitening::of_covariance(size, self.products)
    }
}

/// Share of the identity, 0 to 1, from the mean square of the covariance's entries, its mean
/// variance, and the numbers of samples and dimensions.
fn shrinkage(mean_square: f64, variance: f64, samples: f64, dimensions: f64) -> f64 {
    let spread = (samples + 1.0) * (mean_square - variance.powi(2) / dimensions);
    if spread > 0.0 { ((mean_square + variance.powi(2)) / spread).min(1.0) } else { 1.0 }
}
