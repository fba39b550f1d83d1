//! Class patterns: the mean features of each class over correctly classified samples.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1};

use crate::tensor::check_finite;
use crate::{Error, Result};

/// The largest number of samples that JSON and JavaScript hold exactly.
const MOST_SAMPLES: u64 = (1 << 53) - 1;

/// The patterns of one layer, one row a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Patterns {
    layer: String,
    classes: Vec<usize>,
    counts: Vec<u64>,
    means: Array2<f32>,
}

impl Patterns {
    /// Patterns from their parts: name of the layer, class indices (positions in the logits, ascending), samples behind each
    /// mean, and the means row-major, one row a class.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] when the parts do not fit together, [`Error::NotFinite`] for a mean that is no number.
    pub fn new(layer: impl Into<String>, classes: Vec<usize>, counts: Vec<u64>, means: Vec<f32>) -> Result<Self> {
        let damaged = |reason: String| Error::InvalidDetector { field: "patterns".to_string(), reason };
        if classes.is_empty() || classes.len() != counts.len() {
            return Err(damaged(format!("{} classes with {} counts", classes.len(), counts.len())));
        }
        if !classes.is_sorted_by(|a, b| a < b) {
            return Err(damaged(format!("the classes {classes:?} are not ascending")));
        }
        if counts.iter().any(|&count| count > MOST_SAMPLES) {
            return Err(damaged(format!("the counts {counts:?} are not all below 2^53")));
        }
        check_finite("the patterns", &means)?;
        let (rows, values) = (classes.len(), means.len());
        if values == 0 {
            return Err(damaged("there are no values".to_string()));
        }
        let means = Array2::from_shape_vec((rows, values / rows), means)
            .map_err(|_| damaged(format!("{values} values cannot be {rows} rows")))?;
        Ok(Self { layer: layer.into(), classes, counts, means })
    }

    /// Name of the layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// Class index of each row.
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// Number of samples behind each row.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Length of a pattern.
    pub fn size(&self) -> usize {
        self.means.ncols()
    }

    /// The pattern of each class, in the order of [`Patterns::classes`].
    pub fn rows(&self) -> impl Iterator<Item = ArrayView1<'_, f32>> {
        self.means.rows().into_iter()
    }

    /// All patterns, row-major.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        self.means.iter().copied()
    }

    /// Row of a class, if it has a pattern.
    pub fn row_of(&self, class: usize) -> Option<usize> {
        self.classes.binary_search(&class).ok()
    }
}

/// Gathers patterns sample by sample. Sums are kept in f64, so order and number of samples do not matter.
#[derive(Debug, Clone)]
pub struct PatternsBuilder {
    layer: String,
    size: Option<usize>,
    sums: BTreeMap<usize, (u64, Vec<f64>)>,
}

impl PatternsBuilder {
    /// A builder that has seen nothing yet of `layer`.
    pub fn new(layer: impl Into<String>) -> Self {
        Self { layer: layer.into(), size: None, sums: BTreeMap::new() }
    }

    /// Adds one sample. It counts only when the model is right about it: `predicted == label`.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] unless all features are of the same length.
    pub fn push(&mut self, features: &[f32], label: usize, predicted: usize) -> Result<()> {
        let size = *self.size.get_or_insert(features.len());
        if size != features.len() {
            return Err(Error::PatternsMismatch { layer: self.layer.clone(), patterns: size, features: features.len() });
        }
        if predicted != label {
            return Ok(());
        }
        let (count, sum) = self.sums.entry(label).or_insert_with(|| (0, vec![0.0; features.len()]));
        *count += 1;
        sum.iter_mut().zip(features).for_each(|(sum, &feature)| *sum += f64::from(feature));
        Ok(())
    }

    /// The means. A class without a correctly classified sample has no pattern.
    ///
    /// # Errors
    /// [`Error::Fit`] when no class has one.
    pub fn finish(self) -> Result<Patterns> {
        if self.sums.is_empty() {
            return Err(Error::Fit { reason: "no sample is classified correctly, so no class has a pattern".to_string() });
        }
        let mean = |(count, sum): &(u64, Vec<f64>)| sum.iter().map(|s| (s / *count as f64) as f32).collect::<Vec<_>>();
        let means = self.sums.values().flat_map(mean).collect();
        let counts = self.sums.values().map(|(count, _)| *count).collect();
        Patterns::new(self.layer, self.sums.into_keys().collect(), counts, means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_correctly_classified_samples_count() {
        let mut builder = PatternsBuilder::new("dense");
        let samples = [([1.0, 0.0], 0, 0), ([1.0, 1.0], 0, 0), ([9.0, 9.0], 0, 3), ([0.0, 2.0], 3, 3), ([0.0, 2.0], 1, 0)];
        samples.iter().for_each(|(features, label, predicted)| builder.push(features, *label, *predicted).unwrap());
        let patterns = builder.finish().unwrap();
        assert_eq!(patterns.classes(), [0, 3]);
        assert_eq!(patterns.counts(), [2, 1]);
        assert_eq!(patterns.values().collect::<Vec<_>>(), [1.0, 0.5, 0.0, 2.0]);
        assert_eq!((patterns.row_of(3), patterns.row_of(1)), (Some(1), None));
    }

    #[test]
    fn nothing_correct_is_an_error_and_not_nan() {
        let mut builder = PatternsBuilder::new("dense");
        builder.push(&[1.0], 0, 1).unwrap();
        assert_eq!(builder.finish().unwrap_err().code(), "fit");
    }

    #[test]
    fn features_of_another_length_are_refused() {
        let mut builder = PatternsBuilder::new("dense");
        builder.push(&[1.0, 2.0], 0, 0).unwrap();
        assert_eq!(builder.push(&[1.0], 1, 1).unwrap_err().code(), "patterns-mismatch");
    }

    #[test]
    fn parts_that_do_not_fit_together_are_refused() {
        for (counts, means) in
            [(vec![1], vec![0.0; 4]), (vec![1, 1], vec![]), (vec![1, 1], vec![0.0; 3]), (vec![1, 1 << 53], vec![0.0; 4])]
        {
            assert_eq!(Patterns::new("dense", vec![0, 1], counts, means).unwrap_err().code(), "invalid-detector");
        }
    }
}
