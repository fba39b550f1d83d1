//! The transform after which a shared covariance is the identity: distances become Mahalanobis
//! distances.

use she_ood_kernel::{dot, widened};

use super::Precision;
use crate::tensor::check_finite;
use crate::{Error, Result};

/// The whitening of a layer's features: the inverse `W` of the Cholesky factor of a covariance `C`,
/// so that `|W x|^2 = x' C^-1 x`.
///
/// `W` is lower triangular. Its rows are stored end to end, each up to the diagonal:
/// `size * (size + 1) / 2` values.
#[derive(Debug, Clone, PartialEq)]
pub struct Whitening {
    size: usize,
    values: Vec<f32>,
    /// The values in the precision that scores are computed in.
    wide: Vec<f64>,
}

impl Whitening {
    /// A whitening of features of length `size` from its stored values.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] for another number of values, [`Error::NotFinite`] for a value
    /// that is not a number.
    pub fn new(size: usize, values: Vec<f32>) -> Result<Self> {
        if packed_length(size) != Some(values.len()) {
            return Err(Error::InvalidDetector {
                field: "whitening".to_string(),
                reason: format!("{} values are not a triangle of {size} rows", values.len()),
                source: None,
            });
        }
        check_finite("the whitening", &values)?;
        Ok(Self { size, wide: widened(&values), values })
    }

    /// The whitening of a covariance of length `size`, whose lower triangle is given row by row.
    /// `None` unless it is positive definite.
    pub(crate) fn of_covariance(size: usize, covariance: Vec<f64>) -> Option<Self> {
        let inverse = inverted(cholesky(covariance)?);
        Self::new(size, inverse.into_iter().map(|value| value as f32).collect()).ok()
    }

    /// The same whitening as it can be stored.
    pub(super) fn rounded(&self, precision: Precision) -> Result<Self> {
        Self::new(self.size, self.values.iter().map(|&value| precision.rounded(value)).collect())
    }

    /// Length of the features.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The lower triangle, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// `W'` as a whole matrix, row by row.
    pub(crate) fn transposed(&self) -> Vec<f64> {
        let mut matrix = vec![0.0; self.size * self.size];
        for (column, row) in rows(&self.wide).enumerate() {
            let places = matrix.iter_mut().skip(column).step_by(self.size);
            places.zip(row).for_each(|(place, &value)| *place = value);
        }
        matrix
    }

    /// `W x`.
    pub(super) fn apply(&self, x: &[f64]) -> Vec<f64> {
        let start = |row: &[f64]| x.get(..row.len()).unwrap_or_default();
        rows(&self.wide).map(|row| dot(row, start(row))).collect()
    }

    /// `W' y`.
    pub(super) fn apply_transposed(&self, y: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.size];
        for (row, y) in rows(&self.wide).zip(y) {
            product.iter_mut().zip(row).for_each(|(value, w)| *value += w * y);
        }
        product
    }
}

/// Number of values of a packed triangle with so many rows.
pub(crate) fn packed_length(rows: usize) -> Option<usize> {
    Some(rows.checked_mul(rows.checked_add(1)?)? / 2)
}

/// The rows of a packed triangle, one value longer each.
fn rows(mut packed: &[f64]) -> impl Iterator<Item = &[f64]> {
    (1..).map_while(move |length| {
        let (row, rest) = packed.split_at_checked(length)?;
        packed = rest;
        Some(row)
    })
}

/// The Cholesky factor `L` of a packed matrix, `L L' = C`. `None` unless that is positive definite.
pub(crate) fn cholesky(mut packed: Vec<f64>) -> Option<Vec<f64>> {
    let (mut start, end) = (0, Some(packed.len()));
    for length in (1..).take_while(|length| packed_length(*length) <= end) {
        let (above, rest) = packed.split_at_mut_checked(start)?;
        let row = rest.get_mut(..length)?;
        for (column, factor) in rows(above).enumerate() {
            let (diagonal, factor) = factor.split_last()?;
            let known = dot(row.get(..column)?, factor);
            let value = row.get_mut(column)?;
            *value = (*value - known) / diagonal;
        }
        let (diagonal, before) = row.split_last_mut()?;
        *diagonal = Some(*diagonal - dot(before, before)).filter(|d| *d > 0.0)?.sqrt();
        start += length;
    }
    Some(packed)
}

/// `L^-1 b` for a packed lower triangle without zeros on its diagonal.
pub(crate) fn solve(factor: &[f64], b: Vec<f64>) -> Vec<f64> {
    let mut solved: Vec<f64> = Vec::with_capacity(b.len());
    for (row, value) in rows(factor).zip(b) {
        let Some((diagonal, before)) = row.split_last() else { continue };
        let known = dot(before, &solved);
        solved.push((value - known) / diagonal);
    }
    solved
}

/// `L'^-1 b`, likewise.
pub(crate) fn solve_transposed(factor: &[f64], mut b: Vec<f64>) -> Vec<f64> {
    let rows: Vec<&[f64]> = rows(factor).take(b.len()).collect();
    for row in rows.into_iter().rev() {
        let Some((diagonal, before)) = row.split_last() else { continue };
        let (above, rest) = b.split_at_mut(before.len());
        let Some(value) = rest.first_mut() else { continue };
        *value /= diagonal;
        above.iter_mut().zip(before).for_each(|(above, factor)| *above -= factor * *value);
    }
    b
}

/// The inverse of a packed lower triangle without zeros on its diagonal.
fn inverted(factor: Vec<f64>) -> Vec<f64> {
    let mut inverse: Vec<f64> = Vec::with_capacity(factor.len());
    for row in rows(&factor) {
        let Some((diagonal, before)) = row.split_last() else { continue };
        let mut solved = vec![0.0; row.len()];
        for (above, value) in rows(&inverse).zip(before) {
            solved.iter_mut().zip(above).for_each(|(solved, above)| *solved -= value * above);
        }
        solved.iter_mut().for_each(|solved| *solved /= diagonal);
        solved.pop();
        inverse.extend(solved);
        inverse.push(1.0 / diagonal);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by NumPy: `numpy.linalg.inv(numpy.linalg.cholesky(c))`.
    #[test]
    fn the_factor_is_that_of_numpy() {
        let whitening = Whitening::of_covariance(3, vec![4.0, 2.0, 5.0, -1.0, 0.5, 3.0]).unwrap();
        let expected = [0.5, -0.25, 0.5, 0.237_170_82, -0.158_113_88, 0.632_455_5];
        for (found, expected) in whitening.values().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-7, "{:?}", whitening.values());
        }
    }

    #[test]
    fn a_product_with_the_transpose_is_the_same_sum_the_other_way() {
        let whitening = Whitening::new(2, vec![2.0, 3.0, 4.0]).unwrap();
        assert_eq!(whitening.apply(&[1.0, 10.0]), [2.0, 43.0]);
        assert_eq!(whitening.apply_transposed(&[1.0, 10.0]), [32.0, 40.0]);
    }

    #[test]
    fn what_is_no_covariance_and_no_triangle_is_refused() {
        assert_eq!(Whitening::of_covariance(2, vec![1.0, 1.0, 1.0]), None);
        assert_eq!(Whitening::of_covariance(1, vec![f64::NAN]), None);
        assert_eq!(Whitening::new(2, vec![1.0; 4]).unwrap_err().code(), "invalid-detector");
        assert_eq!(Whitening::new(usize::MAX, vec![]).unwrap_err().code(), "invalid-detector");
        let infinite = Whitening::new(1, vec![f32::INFINITY]).unwrap_err();
        assert_eq!(infinite.code(), "not-finite");
    }
}
