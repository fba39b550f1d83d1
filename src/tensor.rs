//! Tensors: numbers with a shape.

use she_ood_kernel::{are_finite, dot};

use crate::{Error, Result};

/// Row-major `f32` values with their shape. One sample: there is no batch dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// A tensor of `shape` (for an image model `[channels, height, width]` or `[height, width,
    /// channels]`, as the model has it).
    ///
    /// # Errors
    /// [`Error::InputLength`] when `data` does not fill `shape` exactly.
    pub fn new(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Result<Self> {
        let shape = shape.into();
        if volume(&shape) != Some(data.len()) {
            return Err(Error::InputLength { given: data.len(), expected: shape });
        }
        Ok(Self { shape, data })
    }

    /// Length of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values, row-major, without a copy.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }
}

/// Number of values of a shape, `None` on overflow.
pub(crate) fn volume(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |volume, &size| volume.checked_mul(size))
}

/// Euclidean length.
pub(crate) fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

/// The values scaled to unit length. All zeros stay as they are.
pub(crate) fn unit(values: &[f64]) -> Vec<f64> {
    let norm = norm(values);
    let norm = if norm > 0.0 { norm } else { 1.0 };
    values.iter().map(|value| value / norm).collect()
}

/// Refuses NaN and infinities. The error names `place`.
pub(crate) fn check_finite(place: impl std::fmt::Display, values: &[f32]) -> Result<()> {
    if are_finite(values) {
        return Ok(());
    }
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, &value)) => Err(Error::NotFinite { place: place.to_string(), index, value }),
        None => Ok(()),
    }
}

/// Refuses NaN; infinities can be compared.
pub(crate) fn check_comparable(
    place: impl std::fmt::Display,
    values: &[impl Copy + Into<f64>],
) -> Result<()> {
    match values.iter().position(|&value| value.into().is_nan()) {
        Some(index) => Err(Error::NotFinite { place: place.to_string(), index, value: f32::NAN }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_must_fill_the_shape() {
        assert!(Tensor::new([2, 3], vec![0.0; 6]).is_ok());
        let error = Tensor::new([2, 3], vec![0.0; 5]).unwrap_err();
        assert_eq!(error.to_string(), "the input has 5 values, expected 6 for shape [2, 3]");
        assert_eq!(Tensor::new([usize::MAX, 2], vec![]).unwrap_err().code(), "input-length");
    }

    #[test]
    fn the_first_non_finite_value_is_named() {
        let error = check_finite("the input", &[1.0, f32::NEG_INFINITY, f32::NAN]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "-inf at index 1 of the input, only finite numbers are allowed"
        );
    }
}
