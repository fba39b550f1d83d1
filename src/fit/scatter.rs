//! How the features of all classes scatter together: what a whitening is fitted to.

use she_ood_kernel::dot;

use crate::Whitening;
use crate::exact::Sum;

/// The least variance, all features together, that is more than rounding to single precision makes
/// of features of unit length.
const LEAST_VARIANCE: f64 = 1e-12;

/// Added to a product and taken away again, this rounds it to a whole multiple of 2^-26, as numbers
/// of its size are 2^-26 apart.
const COARSE: f64 = 1.5 * (1u64 << 26) as f64;

/// Likewise to a multiple of 2^-53.
const FINE: f64 = 0.75;

/// The sum of `x x'` over samples of unit length, of which the classes' own means are taken out in
/// the end. Lower triangles, row by row.
///
/// Each product is rounded to a multiple of 2^-53, in two parts that each add up without rounding
/// for 2^27 samples. So no order and no split changes a sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Scatter {
    pub count: u64,
    /// Sums of the products' multiples of 2^-26.
    high: Vec<f64>,
    /// Sums of what these leave out.
    low: Vec<f64>,
    /// What is to be taken out.
    means: Vec<f64>,
}

impl Scatter {
    /// A scatter of this many samples from its products.
    pub(super) fn of_products(count: u64, products: &[Sum]) -> Self {
        let (high, low) = products.iter().map(|sum| sum.parts().into()).unzip();
        Self { count, high, low, means: Vec::new() }
    }

    /// The sums of products, before means are taken out.
    pub(super) fn products(&self) -> Vec<Sum> {
        let products = self.high.iter().zip(&self.low);
        products.map(|(&high, &low)| Sum::of_parts([high, low])).collect()
    }

    pub(super) fn push(&mut self, x: &[f64]) {
        self.count += 1;
        self.add_products(x, 1.0);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        add(&mut self.high, &other.high);
        add(&mut self.low, &other.low);
    }

    pub(super) fn subtract(&mut self, x: &[f64]) {
        self.count -= 1;
        self.add_products(x, -1.0);
    }

    /// Takes the mean of a class out, given the sum of its features and their number.
    pub(super) fn centre(&mut self, sum: &[f64], count: u64) {
        self.means.resize(packed(sum.len()), 0.0);
        for (means, value) in rows(&mut self.means).zip(sum) {
            let scaled = value / count as f64;
            means.iter_mut().zip(sum).for_each(|(mean, other)| *mean += scaled * other);
        }
    }

    fn add_products(&mut self, x: &[f64], sign: f64) {
        let size = packed(x.len());
        self.high.resize(size, 0.0);
        self.low.resize(size, 0.0);
        for ((high, low), value) in rows(&mut self.high).zip(rows(&mut self.low)).zip(x) {
            let signed = sign * value;
            for ((high, low), other) in high.iter_mut().zip(low).zip(x) {
                let product = signed * other;
                let coarse = (product + COARSE) - COARSE;
                *high += coarse;
                *low += ((product - coarse) + FINE) - FINE;
            }
        }
    }

    /// The products around the means that were taken out.
    fn centred(&self) -> Vec<f64> {
        let products = self.high.iter().zip(&self.low).map(|(high, low)| high + low);
        let means = self.means.iter().copied().chain(std::iter::repeat(0.0));
        products.zip(means).map(|(product, mean)| product - mean).collect()
    }

    /// The whitening of the covariance around the means that were taken out, of features of length
    /// `size`. `None` where nothing scatters.
    ///
    /// The covariance is shrunk towards a multiple of the identity by OAS (Chen, Wiesel, Eldar and
    /// Hero, 2010, equation 23): hardly at all with many samples, and as far as it takes to be
    /// invertible with few.
    pub(super) fn whitening(&self, size: usize) -> Option<Whitening> {
        let (count, mut products) = (self.count as f64, self.centred());
        products.iter_mut().for_each(|product| *product /= count);
        let dimensions = size as f64;
        let diagonal = (0..size).map(|row| row * (row + 3) / 2);
        let variances: Vec<f64> =
            diagonal.clone().filter_map(|at| products.get(at).copied()).collect();
        let variance = variances.iter().sum::<f64>() / dimensions;
        if variance * dimensions < LEAST_VARIANCE {
            return None;
        }
        let squares = 2.0 * dot(&products, &products) - dot(&variances, &variances);
        let shrinkage = shrinkage(squares / dimensions.powi(2), variance, count, dimensions);
        products.iter_mut().for_each(|product| *product *= 1.0 - shrinkage);
        for at in diagonal {
            *products.get_mut(at)? += shrinkage * variance;
        }
        Whitening::of_covariance(size, products)
    }
}

/// Adds values one by one to those that there are.
fn add(values: &mut Vec<f64>, others: &[f64]) {
    values.resize(values.len().max(others.len()), 0.0);
    values.iter_mut().zip(others).for_each(|(value, other)| *value += other);
}

/// Values of a packed triangle with so many rows.
fn packed(rows: usize) -> usize {
    rows * (rows + 1) / 2
}

/// The rows of a packed triangle, one value longer each.
fn rows<T>(mut packed: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    (1..).map_while(move |length| {
        let (row, rest) = std::mem::take(&mut packed).split_at_mut_checked(length)?;
        packed = rest;
        Some(row)
    })
}

/// Share of the identity, 0 to 1, from the mean square of the covariance's entries, its mean
/// variance, and the numbers of samples and dimensions.
fn shrinkage(mean_square: f64, variance: f64, samples: f64, dimensions: f64) -> f64 {
    let spread = (samples + 1.0) * (mean_square - variance.powi(2) / dimensions);
    if spread > 0.0 { ((mean_square + variance.powi(2)) / spread).min(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::exact::product;

    fn scatter(samples: &[Vec<f64>]) -> Scatter {
        let mut scatter = Scatter::default();
        samples.iter().for_each(|sample| scatter.push(sample));
        scatter
    }

    /// The sum of products of two features, in twice the precision.
    fn exact(samples: &[Vec<f64>], row: usize, column: usize) -> f64 {
        let mut sum = Sum::default();
        let products = samples.iter().flat_map(|sample| product(sample[row], sample[column]));
        products.for_each(|part| sum.add(part));
        sum.value()
    }

    proptest! {
        #[test]
        fn no_order_and_no_split_changes_a_bit(
            mut samples in prop::collection::vec(prop::collection::vec(-1.0f64..1.0, 3), 2..60),
            cut in 0usize..60,
            turn in 0usize..60,
        ) {
            samples.iter_mut().step_by(3).for_each(|sample| sample[0] *= 1e-9);
            let whole = scatter(&samples);
            for (at, found) in whole.centred().into_iter().enumerate() {
                let (row, column) = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)][at];
                let bound = samples.len() as f64 * f64::EPSILON;
                prop_assert!((found - exact(&samples, row, column)).abs() <= bound);
            }
            let length = samples.len();
            samples.rotate_left(turn % length);
            let (one, other) = samples.split_at(cut % length);
            let mut merged = scatter(other);
            merged.merge(scatter(one));
            prop_assert_eq!(&merged, &whole);
            one.iter().for_each(|sample| merged.subtract(sample));
            prop_assert_eq!(merged.products(), scatter(other).products());
        }
    }
}
