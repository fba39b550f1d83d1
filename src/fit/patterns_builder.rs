//! Patterns gathered sample by sample.

mod bytes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use she_ood_kernel::widened;

use super::Store;
use super::part::gauss;
use super::reservoir::{Key, key};
use super::scatter::Scatter;
use crate::exact::Sum;
use crate::tensor::unit;
use crate::{Class, Error, Patterns, Result, Similarity};

/// Gathers the patterns of one layer sample by sample. Sums are kept in twice the precision of f64,
/// so the order and number of samples do not matter.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternsBuilder {
    layer: String,
    store: Store,
    size: Option<usize>,
    classes: BTreeMap<usize, Gathered>,
    /// For Mahalanobis distances, which take features at unit length.
    scatter: Option<Scatter>,
}

/// The samples of one class so far.
#[derive(Debug, Clone, Default, PartialEq)]
struct Gathered {
    /// With noise it may be below 0.
    count: i64,
    sum: Vec<Sum>,
    rows: Rows,
    /// Number of rows, counting equal ones separately.
    stored: usize,
}

/// Stored features by key, each with how often they came.
type Rows = BTreeMap<Key, (usize, Vec<f32>)>;

impl PatternsBuilder {
    /// An empty builder for `layer`.
    pub fn new(layer: impl Into<String>, store: Store) -> Self {
        Self { layer: layer.into(), store, size: None, classes: BTreeMap::new(), scatter: None }
    }

    /// The same builder for this similarity: for [`Similarity::Mahalanobis`] it scales features to
    /// unit length and gathers their covariance, too.
    #[must_use]
    pub fn for_similarity(self, similarity: Similarity) -> Self {
        let is_whitened = similarity == Similarity::Mahalanobis;
        Self { scatter: is_whitened.then(Scatter::default), ..self }
    }

    /// Adds one sample by its class index. It counts only if the model classifies it correctly,
    /// `predicted == class`.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] unless all features are of the same length.
    pub fn push(&mut self, features: &[f32], class: usize, predicted: usize) -> Result<()> {
        self.check_size(features.len())?;
        if predicted == class {
            let features = self.scaled(features);
            if let Some(scatter) = &mut self.scatter {
                scatter.push(&widened(&features));
            }
            self.classes.entry(class).or_default().push(&features, self.store);
        }
        Ok(())
    }

    /// Adds everything that another builder of the same layer has gathered.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] unless both have features of the same length, [`Error::Fit`]
    /// unless they have the same [`Store`] and are for the same similarity.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if other.scatter.is_some() != self.scatter.is_some() {
            let reason = "patterns with and without a covariance cannot be merged".to_string();
            return Err(Error::Fit { reason });
        }
        if other.store != self.store {
            return Err(Error::Fit {
                reason: format!(
                    "patterns of {:?} and {:?} cannot be merged",
                    self.store, other.store
                ),
            });
        }
        if let Some(size) = other.size {
            self.check_size(size)?;
        }
        for (class, gathered) in other.classes {
            self.classes.entry(class).or_default().merge(gathered, self.store);
        }
        if let (Some(scatter), Some(other)) = (&mut self.scatter, other.scatter) {
            scatter.merge(other);
        }
        Ok(())
    }

    /// Removes one sample that was pushed before. A reservoir is not filled up again.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for features of another length, [`Error::Fit`] when no sample of
    /// the class is left.
    pub fn subtract(&mut self, features: &[f32], class: usize, predicted: usize) -> Result<()> {
        self.check_size(features.len())?;
        if predicted != class {
            return Ok(());
        }
        let features = self.scaled(features);
        match self.classes.entry(class) {
            Entry::Occupied(mut gathered) => {
                if let Some(scatter) = &mut self.scatter {
                    scatter.subtract(&widened(&features));
                }
                gathered.get_mut().subtract(&features);
                if gathered.get().count == 0 {
                    gathered.remove();
                }
                Ok(())
            }
            Entry::Vacant(_) => {
                let reason = format!("no sample of class {class} is left to subtract");
                Err(Error::Fit { reason })
            }
        }
    }

    /// Number of samples that count.
    pub(super) fn count(&self) -> u64 {
        self.classes.values().fold(0, |all, gathered| all.saturating_add(gathered.samples()))
    }

    /// Number of samples of a class that count.
    pub(super) fn count_of(&self, class: usize) -> u64 {
        self.classes.get(&class).map_or(0, Gathered::samples)
    }

    /// Length of the mean of a class, 0 without samples.
    pub(super) fn length_of(&self, class: usize) -> f64 {
        let Some(gathered) = self.classes.get(&class) else { return 0.0 };
        let squares = gathered.sum.iter().map(|sum| sum.value() * sum.value());
        squares.sum::<f64>().sqrt() / gathered.samples().max(1) as f64
    }

    /// Adds these numbers to the counts of all classes, and noise of this deviation to each
    /// of `size` sums. These are rounded to 2^-20 of the deviation, so that their last bits tell
    /// nothing.
    pub(super) fn add_noise(&mut self, size: usize, counts: &[i64], deviation: f64) -> Result<()> {
        self.check_size(size)?;
        let step = deviation / f64::from(1 << 20);
        for (class, count) in counts.iter().enumerate() {
            let gathered = self.classes.entry(class).or_default();
            gathered.count = gathered.count.saturating_add(*count);
            gathered.sum.resize(size, Sum::default());
            for sum in &mut gathered.sum {
                let noised = sum.value() + deviation * gauss()?;
                *sum = Sum::of_parts([(noised / step).round() * step, 0.0]);
            }
        }
        Ok(())
    }

    /// Drops classes with fewer than `count` samples: the pattern of a few reveals much about each
    /// of them.
    ///
    /// # Errors
    /// [`Error::Fit`] when none is left.
    pub fn at_least(mut self, count: u64) -> Result<Self> {
        let most = self.classes.values().map(Gathered::samples).max();
        let (kept, dropped) =
            self.classes.into_iter().partition(|(_, gathered)| gathered.samples() >= count);
        self.classes = kept;
        centre(&mut self.scatter, &dropped);
        match most {
            Some(most) if most < count => Err(Error::Fit {
                reason: format!(
                    "no class has {count} correctly classified samples, as many as a pattern \
                     needs; the most are {most}"
                ),
            }),
            _ => Ok(self),
        }
    }

    /// The patterns. A class without a correctly classified sample has none.
    ///
    /// # Errors
    /// [`Error::Fit`] when no class has one, and for Mahalanobis distances when the samples of each
    /// class are all the same.
    pub fn finish(mut self) -> Result<Patterns> {
        if self.classes.is_empty() {
            return Err(Error::Fit {
                reason: "no sample is classified correctly, so no class has a pattern".to_string(),
            });
        }
        centre(&mut self.scatter, &self.classes);
        let (mut classes, mut values) = (Vec::new(), Vec::new());
        // Every row of a reservoir may have been subtracted again.
        for (index, gathered) in self
            .classes
            .into_iter()
            .filter(|(_, gathered)| self.store == Store::Mean || gathered.stored > 0)
        {
            let rows = gathered.rows(self.store, &mut values);
            classes.push(Class { index, count: gathered.samples(), rows });
        }
        let patterns = Patterns::new(self.layer, classes, values)?;
        match self.scatter {
            Some(scatter) => whitened(patterns, &scatter),
            None => Ok(patterns),
        }
    }

    /// Features as patterns are made of them.
    fn scaled<'a>(&self, features: &'a [f32]) -> Cow<'a, [f32]> {
        match &self.scatter {
            Some(_) => unit(&widened(features)).into_iter().map(|value| value as f32).collect(),
            None => features.into(),
        }
    }

    fn check_size(&mut self, features: usize) -> Result<()> {
        let patterns = *self.size.get_or_insert(features);
        if patterns == features {
            return Ok(());
        }
        Err(Error::PatternsMismatch { layer: self.layer.clone(), patterns, features })
    }
}

/// Takes the means of these classes out of a scatter.
fn centre(scatter: &mut Option<Scatter>, classes: &BTreeMap<usize, Gathered>) {
    let Some(scatter) = scatter else { return };
    for gathered in classes.values() {
        let sum: Vec<f64> = gathered.sum.iter().map(|sum| sum.value()).collect();
        scatter.centre(&sum, gathered.samples());
    }
}

fn whitened(patterns: Patterns, scatter: &Scatter) -> Result<Patterns> {
    match scatter.whitening(patterns.size()) {
        Some(whitening) => patterns.with_whitening(whitening),
        None => Err(Error::Fit {
            reason: format!(
                "within each class, the features of layer {:?} are the same for all samples: add \
                 samples, or choose another layer or similarity",
                patterns.layer()
            ),
        }),
    }
}

impl Gathered {
    fn samples(&self) -> u64 {
        self.count.max(0) as u64
    }

    fn push(&mut self, features: &[f32], store: Store) {
        self.count += 1;
        self.add(features.iter().map(|&feature| f64::from(feature)));
        if store != Store::Mean {
            self.keep(features, store);
        }
    }

    /// Stores the features, if they are among those that the store chooses.
    fn keep(&mut self, features: &[f32], store: Store) {
        self.rows.entry(key(features)).or_insert_with(|| (0, features.to_vec())).0 += 1;
        self.stored += 1;
        self.drop_surplus(store);
    }

    fn merge(&mut self, other: Self, store: Store) {
        self.count = self.count.saturating_add(other.count);
        self.sum.resize(self.sum.len().max(other.sum.len()), Sum::default());
        self.sum.iter_mut().zip(other.sum).for_each(|(sum, other)| sum.merge(other));
        for (key, (times, row)) in other.rows {
            self.rows.entry(key).or_insert((0, row)).0 += times;
            self.stored += times;
        }
        self.drop_surplus(store);
    }

    fn subtract(&mut self, features: &[f32]) {
        self.count -= 1;
        self.add(features.iter().map(|&feature| -f64::from(feature)));
        if let Entry::Occupied(mut row) = self.rows.entry(key(features)) {
            row.get_mut().0 -= 1;
            self.stored -= 1;
            if row.get().0 == 0 {
                row.remove();
            }
        }
    }

    fn add(&mut self, values: impl ExactSizeIterator<Item = f64>) {
        self.sum.resize(values.len(), Sum::default());
        self.sum.iter_mut().zip(values).for_each(|(sum, value)| sum.add(value));
    }

    /// Drops the rows with the highest keys: those that remain are a random choice.
    fn drop_surplus(&mut self, store: Store) {
        while let Some(mut last) =
            self.rows.last_entry().filter(|_| self.stored > store.most_rows())
        {
            self.stored -= 1;
            last.get_mut().0 -= 1;
            if last.get().0 == 0 {
                last.remove();
            }
        }
    }

    /// Appends the patterns of the class to `values` and returns how many there are.
    fn rows(&self, store: Store, values: &mut Vec<f32>) -> usize {
        if store == Store::Mean {
            values.extend(self.sum.iter().map(|sum| (sum.value() / self.count as f64) as f32));
            return 1;
        }
        for (times, row) in self.rows.values() {
            (0..*times).for_each(|_| values.extend(row));
        }
        self.stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [([f32; 2], usize, usize); 6] = [
        ([1.0, 0.0], 0, 0),
        ([1.0, 1.0], 0, 0),
        ([9.0, 9.0], 0, 3),
        ([0.0, 2.0], 3, 3),
        ([0.0, 2.0], 3, 3),
        ([0.0, 2.0], 1, 0),
    ];

    fn gathered(store: Store, samples: &[([f32; 2], usize, usize)]) -> PatternsBuilder {
        let mut builder = PatternsBuilder::new("dense", store);
        samples.iter().for_each(|(features, label, predicted)| {
            builder.push(features, *label, *predicted).unwrap()
        });
        builder
    }

    #[test]
    fn only_correctly_classified_samples_count() {
        let patterns = gathered(Store::Mean, &SAMPLES).finish().unwrap();
        let class = |index, count| Class { index, count, rows: 1 };
        assert_eq!(patterns.classes(), [class(0, 2), class(3, 2)]);
        assert_eq!(patterns.values(), [1.0, 0.5, 0.0, 2.0]);
    }

    #[test]
    fn nothing_correct_is_an_error_and_not_nan() {
        assert_eq!(gathered(Store::Mean, &SAMPLES[2..3]).finish().unwrap_err().code(), "fit");
    }

    #[test]
    fn features_of_another_length_are_refused() {
        let mut builder = gathered(Store::Mean, &SAMPLES);
        assert_eq!(builder.push(&[1.0], 1, 1).unwrap_err().code(), "patterns-mismatch");
        assert_eq!(builder.subtract(&[1.0], 1, 1).unwrap_err().code(), "patterns-mismatch");
    }

    #[test]
    fn parts_merge_to_the_whole_in_any_order() {
        for store in [Store::Mean, Store::All, Store::Reservoir(1), Store::Reservoir(3)] {
            let whole = gathered(store, &SAMPLES).finish().unwrap();
            for cut in 0..=SAMPLES.len() {
                let (first, second) = SAMPLES.split_at(cut);
                let mut merged = gathered(store, second);
                merged.merge(gathered(store, first)).unwrap();
                assert_eq!(merged.finish().unwrap(), whole, "{store:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn builders_that_store_different_things_do_not_merge() {
        let error =
            gathered(Store::Mean, &SAMPLES).merge(gathered(Store::All, &SAMPLES)).unwrap_err();
        assert_eq!(error.code(), "fit");
    }

    #[test]
    fn a_forgotten_sample_leaves_no_trace() {
        for store in [Store::Mean, Store::All] {
            let mut builder = gathered(store, &SAMPLES);
            let (features, label, predicted) = SAMPLES[1];
            builder.subtract(&features, label, predicted).unwrap();
            let rest = [SAMPLES[0], SAMPLES[2], SAMPLES[3], SAMPLES[4]];
            assert_eq!(builder.clone().finish().unwrap(), gathered(store, &rest).finish().unwrap());
            builder.subtract(&[1.0, 0.0], 0, 0).unwrap();
            assert_eq!(builder.subtract(&[1.0, 0.0], 0, 0).unwrap_err().code(), "fit");
        }
    }

    #[test]
    fn a_reservoir_holds_so_many_of_each_class_and_equal_features_as_often_as_they_came() {
        let rows = |store| {
            gathered(store, &SAMPLES)
                .finish()
                .unwrap()
                .classes()
                .iter()
                .map(|class| class.rows)
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(Store::All), [2, 2]);
        assert_eq!(rows(Store::Reservoir(1)), [1, 1]);
        assert_eq!(
            gathered(Store::All, &SAMPLES).finish().unwrap().of_classes().last().unwrap(),
            [0.0, 2.0, 0.0, 2.0]
        );
    }
}
