//! Conformal prediction sets: the classes that a sample may be of.

use std::cmp::Ordering;

use crate::Threshold;
use crate::score::odds_against;

/// Sets of classes that hold the true one with a given probability, by split conformal prediction
/// with the softmax probability as score ("LAC": Sadinle, Lei and Wasserman, 2019).
///
/// With `n` labelled calibration samples, a class is in a sample's set unless the odds against it
/// are above the k-th smallest odds against the true class of a calibration sample, `k = ceil((n +
/// 1) * level)`. Of all sets with that promise these are the smallest on average. They hold no
/// class where the classifier is less sure than it is of nearly all it knows, and every class where
/// `n` is too small to promise the level.
///
/// The promise is for all classes together, or within each (Mondrian conformal prediction on the
/// true class). A class with too few samples uses those of all classes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PredictionSets(Threshold);

impl PredictionSets {
    /// Sets by the odds against the true class of calibration samples, see
    /// [`odds_against`](crate::score::odds_against).
    pub(crate) fn new(odds: Threshold) -> Self {
        Self(odds)
    }

    /// The calibration odds, as a threshold on them.
    pub(super) fn odds(&self) -> &Threshold {
        &self.0
    }

    /// Indices of the classes in a sample's set, the most probable first.
    pub(super) fn of(&self, logits: &[f32]) -> Vec<usize> {
        let odds = odds_against(logits).into_iter().zip(logits).enumerate();
        let mut set: Vec<(usize, f32)> = odds
            .filter(|&(class, (odds, _))| odds <= self.0.value_for(class))
            .map(|(class, (_, &logit))| (class, logit))
            .collect();
        // By logit, as the prediction: of equal ones the first.
        set.sort_by(|(_, a), (_, b)| b.partial_cmp(a).unwrap_or(Ordering::Equal));
        set.into_iter().map(|(class, _)| class).collect()
    }
}
