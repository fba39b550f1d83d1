//! From scores of held-out in-distribution data to a decision and a p-value.

use crate::{Error, Result};

/// A threshold that lets a wanted share of in-distribution samples pass, by split conformal calibration.
///
/// With `n` calibration scores that the fit has not seen, the threshold is the k-th smallest, `k = ceil((n + 1) * rate)`. A new
/// in-distribution sample then passes with a probability of at least `rate`, whatever the distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    id_pass_rate: f64,
    sorted: Vec<f32>,
}

impl Threshold {
    /// Calibrates on the scores of held-out in-distribution samples, in any order.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless 0 < `id_pass_rate` < 1, [`Error::NotFinite`] for a score that is NaN.
    pub fn calibrate(mut scores: Vec<f32>, id_pass_rate: f64) -> Result<Self> {
        check_rate(id_pass_rate)?;
        if let Some(index) = scores.iter().position(|score| score.is_nan()) {
            return Err(Error::NotFinite { place: "the calibration scores".to_string(), index, value: f32::NAN });
        }
        scores.sort_by(f32::total_cmp);
        Ok(Self { id_pass_rate, sorted: scores })
    }

    /// Share of in-distribution samples that is wanted to pass.
    pub fn id_pass_rate(&self) -> f64 {
        self.id_pass_rate
    }

    /// The calibration scores, ascending.
    pub fn scores(&self) -> &[f32] {
        &self.sorted
    }

    /// The threshold: a sample is out-of-distribution when its score is above it.
    ///
    /// +infinity, so that everything passes, when there are too few calibration scores to promise the rate (fewer than 19 for
    /// 0.95).
    pub fn value(&self) -> f32 {
        let n = self.sorted.len();
        // Rounding must not lift an exact product, such as 20 * 0.95, over the next whole number.
        let rank = ((n + 1) as f64 * self.id_pass_rate - 1e-9).ceil().max(1.0) as usize;
        self.sorted.get(rank - 1).copied().unwrap_or(f32::INFINITY)
    }

    /// Whether a score is above the threshold. NaN is: what cannot be judged does not pass.
    pub fn is_ood(&self, score: f32) -> bool {
        score.is_nan() || score > self.value()
    }

    /// Conformal p-value, 1/(n+1) to 1: the share of calibration scores, the sample counted among them, that are at least as
    /// high. Small = hardly ever seen in-distribution.
    pub fn p_value(&self, score: f32) -> f32 {
        let below = self.sorted.partition_point(|&calibration| calibration < score);
        let n = self.sorted.len();
        ((1 + n - below) as f64 / (n + 1) as f64) as f32
    }
}

/// Refuses pass rates outside (0, 1).
pub(crate) fn check_rate(id_pass_rate: f64) -> Result<()> {
    if id_pass_rate > 0.0 && id_pass_rate < 1.0 {
        return Ok(());
    }
    let given = id_pass_rate.to_string();
    Err(Error::InvalidOption { option: "the ID pass rate", given, allowed: "a number between 0 and 1, both excluded" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_to(n: u8) -> Vec<f32> {
        (1..=n).rev().map(f32::from).collect()
    }

    #[test]
    fn the_threshold_is_the_conformal_rank() {
        assert_eq!(Threshold::calibrate(one_to(19), 0.95).unwrap().value(), 19.0);
        assert_eq!(Threshold::calibrate(one_to(39), 0.95).unwrap().value(), 38.0);
        assert_eq!(Threshold::calibrate(one_to(100), 0.95).unwrap().value(), 96.0);
        assert_eq!(Threshold::calibrate(one_to(100), 0.001).unwrap().value(), 1.0);
    }

    #[test]
    fn too_few_scores_promise_nothing_and_pass_everything() {
        let threshold = Threshold::calibrate(one_to(18), 0.95).unwrap();
        assert_eq!(threshold.value(), f32::INFINITY);
        assert!(!threshold.is_ood(f32::MAX));
    }

    #[test]
    fn ties_count_as_at_least_as_high() {
        let threshold = Threshold::calibrate(vec![1.0, 2.0, 2.0, 3.0], 0.5).unwrap();
        assert_eq!(threshold.p_value(2.0), 4.0 / 5.0);
        assert_eq!(threshold.p_value(2.5), 2.0 / 5.0);
        assert_eq!(threshold.p_value(9.0), 1.0 / 5.0);
        assert_eq!(threshold.p_value(0.0), 1.0);
        assert!(!threshold.is_ood(2.0) && threshold.is_ood(2.1));
    }

    #[test]
    fn impossible_rates_and_scores_are_refused() {
        for rate in [0.0, 1.0, -0.5, f64::NAN] {
            assert_eq!(Threshold::calibrate(one_to(9), rate).unwrap_err().code(), "invalid-option");
        }
        assert_eq!(Threshold::calibrate(vec![f32::NAN], 0.5).unwrap_err().code(), "not-finite");
    }
}
