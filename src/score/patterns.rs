//! Class patterns: what is stored of the features of each class, over correctly classified samples.

use she_ood_kernel::widened;

use super::few_shot::rooted;
use super::{FewShot, Precision, Whitening};
use crate::tensor::{check_finite, norm, unit};
use crate::{Error, Result};

/// The largest number of samples that JSON and JavaScript hold exactly.
pub(crate) const MOST_SAMPLES: u64 = (1 << 53) - 1;

/// The patterns of one layer: for each class the mean of its features, or for Hopfield energies
/// several stored features.
#[derive(Debug, Clone, PartialEq)]
pub struct Patterns {
    layer: String,
    size: usize,
    classes: Vec<Class>,
    values: Vec<f32>,
    whitening: Option<Whitening>,
    few_shot: Option<FewShot>,
    /// The mean of the rows below, for `few_shot`.
    centre: Vec<f64>,
    /// The values as features are compared with them: in the precision that scores are computed in,
    /// and whitened.
    wide: Vec<f64>,
    /// Euclidean length of each row of them.
    norms: Vec<f64>,
}

/// A class that has patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Position in the logits.
    pub index: usize,
    /// Number of samples behind its patterns, correctly classified all.
    pub count: u64,
    /// Number of its patterns, 1 where the mean is stored.
    pub rows: usize,
}

impl Patterns {
    /// Patterns from their parts: name of the layer, the classes in ascending order, and the
    /// values, row-major, one row a pattern, class by class.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] when the parts do not fit together, [`Error::NotFinite`] for a
    /// value that is not a number.
    pub fn new(layer: impl Into<String>, classes: Vec<Class>, values: Vec<f32>) -> Result<Self> {
        let damaged = |reason: String| Error::InvalidDetector {
            field: "patterns".to_string(),
            reason,
            source: None,
        };
        if !classes.is_sorted_by(|a, b| a.index < b.index) {
            return Err(damaged("the classes are not ascending".to_string()));
        }
        if let Some(class) = classes.iter().find(|class| class.count > MOST_SAMPLES) {
            return Err(damaged(format!("the count {} is not below 2^53", class.count)));
        }
        check_finite("the block of patterns", &values)?;
        let rows = classes.iter().try_fold(0usize, |rows, class| rows.checked_add(class.rows));
        match rows.filter(|_| classes.iter().all(|class| class.rows > 0)) {
            Some(rows) if rows > 0 && !values.is_empty() && values.len().is_multiple_of(rows) => {
                let size = values.len() / rows;
                let wide = widened(&values);
                let norms = wide.chunks_exact(size).map(norm).collect();
                let (layer, whitening, few_shot, centre) = (layer.into(), None, None, Vec::new());
                Ok(Self { layer, size, classes, values, whitening, few_shot, centre, wide, norms })
            }
            _ => Err(damaged(format!(
                "{} values cannot be one row or more for each of {} classes",
                values.len(),
                classes.len()
            ))),
        }
    }

    /// The same patterns, of features of unit length, with the whitening under which features are
    /// compared with them: for [`Similarity::Mahalanobis`](crate::Similarity::Mahalanobis).
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for a whitening of features of another length.
    pub fn with_whitening(self, whitening: Whitening) -> Result<Self> {
        if whitening.size() != self.size {
            let (layer, patterns) = (self.layer, self.size);
            return Err(Error::PatternsMismatch { layer, patterns, features: whitening.size() });
        }
        let whitened = |row: &[f32]| whitening.apply(&widened(row));
        let wide: Vec<f64> = self.values.chunks_exact(self.size).flat_map(whitened).collect();
        let norms = wide.chunks_exact(self.size).map(norm).collect();
        Ok(Self { wide, norms, whitening: Some(whitening), ..self })
    }

    /// The same patterns with a way of comparing for features of their length.
    pub(super) fn compared_by(self, few_shot: FewShot) -> Self {
        let extended = |row: &[f32]| few_shot.extended(widened(row));
        let rows: Vec<Vec<f64>> = self.values.chunks_exact(self.size).map(extended).collect();
        let centre = mean_row(&rows);
        let norms = rows.iter().map(|row| norm(row)).collect();
        Self { wide: rows.concat(), norms, centre, few_shot: Some(few_shot), ..self }
    }

    /// The same patterns as they can be stored.
    pub(super) fn rounded(&self, precision: Precision) -> Result<Self> {
        let values = self.values.iter().map(|&value| precision.rounded(value)).collect();
        let patterns = Self::new(self.layer.clone(), self.classes.clone(), values)?;
        match (&self.whitening, &self.few_shot) {
            (Some(whitening), _) => patterns.with_whitening(whitening.rounded(precision)?),
            (_, Some(few_shot)) => Ok(patterns.compared_by(few_shot.rounded(precision)?)),
            (None, None) => Ok(patterns),
        }
    }

    /// The whitening under which features are compared, if there is one.
    pub fn whitening(&self) -> Option<&Whitening> {
        self.whitening.as_ref()
    }

    /// How features are compared where classes have few samples, if they are.
    pub fn few_shot(&self) -> Option<&FewShot> {
        self.few_shot.as_ref()
    }

    /// Whether these are patterns for [`Similarity::FewShot`](crate::Similarity::FewShot), or are
    /// not, as they should be.
    pub(super) fn suits_few_shot(&self, is_few_shot: bool) -> bool {
        match &self.few_shot {
            Some(few_shot) => {
                let is_one_class = self.classes.len() == 1;
                let has_means = self.classes.iter().all(|class| class.rows == 1);
                is_few_shot && has_means && is_one_class == few_shot.cosine().is_none()
            }
            None => !is_few_shot,
        }
    }

    /// The mean of all rows, from which [`FewShot`] takes directions.
    pub(crate) fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// Features as they are compared with [`Patterns::rows`].
    pub(crate) fn comparable(&self, features: &[f32]) -> Vec<f64> {
        match (&self.whitening, &self.few_shot) {
            (Some(whitening), _) => whitening.apply(&unit(&widened(features))),
            (_, Some(few_shot)) => few_shot.extended(rooted(features)),
            (None, None) => widened(features),
        }
    }

    /// Name of the layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// The classes that have patterns, ascending.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Length of a pattern.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The patterns of each class, row-major, in the order of [`Patterns::classes`].
    #[expect(clippy::expect_used, reason = "`new` refuses values that are not all rows")]
    pub fn of_classes(&self) -> impl Iterator<Item = &[f32]> {
        let mut rest = self.values.as_slice();
        self.classes.iter().map(move |class| {
            let (rows, others) =
                rest.split_at_checked(class.rows * self.size).expect("each class has its rows");
            rest = others;
            rows
        })
    }

    /// Every pattern as features are compared with it, with its Euclidean length.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        let length = self.wide.len() / self.norms.len().max(1);
        self.wide.chunks_exact(length.max(1)).zip(self.norms.iter().copied())
    }

    /// The patterns of a class, each with its Euclidean length. Empty for a class without any.
    pub(crate) fn rows_of(&self, class: usize) -> impl Iterator<Item = (&[f64], f64)> {
        let rows = |class: &Class| class.rows;
        let before = self.classes.iter().take_while(|other| other.index < class).map(rows).sum();
        let own = self.classes.iter().find(|other| other.index == class).map_or(0, rows);
        self.rows().skip(before).take(own)
    }

    /// The same patterns as they are stored.
    pub(super) fn values_of(&self, class: usize) -> impl Iterator<Item = &[f32]> {
        let position = self.position_of(class);
        let rows = position.and_then(|position| self.of_classes().nth(position));
        rows.unwrap_or_default().chunks_exact(self.size)
    }

    /// Whether both have the same classes with the same samples and numbers of patterns.
    pub(super) fn has_classes_of(&self, other: &Self) -> bool {
        self.classes == other.classes
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Position of a class among [`Patterns::classes`], if it has patterns.
    pub fn position_of(&self, class: usize) -> Option<usize> {
        self.classes.binary_search_by_key(&class, |class| class.index).ok()
    }
}

/// The mean of rows of the same length.
pub(crate) fn mean_row(rows: &[Vec<f64>]) -> Vec<f64> {
    let mut mean = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / rows.len() as f64);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(index: usize, rows: usize) -> Class {
        Class { index, count: 9, rows }
    }

    #[test]
    fn each_class_has_its_own_rows() {
        let patterns = Patterns::new(
            "dense",
            vec![class(1, 2), class(4, 1)],
            vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        )
        .unwrap();
        assert_eq!(
            patterns.of_classes().collect::<Vec<_>>(),
            [&[1.0, 2.0, 3.0, 4.0][..], &[5.0, 6.0]]
        );
        assert_eq!(
            (patterns.size(), patterns.position_of(4), patterns.position_of(2)),
            (2, Some(1), None)
        );
    }

    #[test]
    fn parts_that_do_not_fit_together_are_refused() {
        let many = Class { count: 1 << 53, ..class(1, 1) };
        for (classes, values) in [
            (vec![class(0, 1), class(1, 1)], 0),
            (vec![class(0, 1), class(1, 1)], 3),
            (vec![class(0, 1), class(1, 0)], 4),
            (vec![class(0, usize::MAX), class(1, 2)], 4),
            (vec![class(1, 1), class(0, 1)], 4),
            (vec![class(0, 1), many], 4),
            (vec![], 0),
        ] {
            assert_eq!(
                Patterns::new("dense", classes, vec![0.0; values]).unwrap_err().code(),
                "invalid-detector"
            );
        }
    }
}
