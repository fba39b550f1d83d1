//! Conformal prediction sets: the classes that a sample may be of.

use std::cmp::Ordering;

use crate::Threshold;
use crate::score::Softmax;

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
    /// [`Softmax::odds_against`].
    pub(crate) fn new(odds: Threshold) -> Self {
        Self(odds)
    }

    /// The calibration odds, as a threshold on them.
    pub(super) fn odds(&self) -> &Threshold {
        &self.0
    }

    /// Indices of the classes in a sample's set, the most probable first.
    pub(super) fn of(&self, softmax: &Softmax<'_>) -> Vec<usize> {
        let may_be = |&class: &usize| softmax.odds_against(class) <= self.0.value_for(class);
        let mut set: Vec<usize> = (0..softmax.logits().len()).filter(may_be).collect();
        // By logit, as the prediction: of equal ones the first.
        let logit = |class: &usize| softmax.logits().get(*class);
        set.sort_by(|one, other| logit(other).partial_cmp(&logit(one)).unwrap_or(Ordering::Equal));
        set
    }
}
