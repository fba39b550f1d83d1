//! Scores of held-out in-distribution data to a decision and a p-value.

use statrs::distribution::{Beta, ContinuousCDF};

use crate::tensor::check_comparable;
use crate::{Error, Result};

/// A threshold that passes a given share of in-distribution samples, by split conformal
/// calibration.
///
/// With `n` calibration scores that the fit has not seen, the threshold is the k-th smallest, `k =
/// ceil((n + 1) * rate)`. A new in-distribution sample then passes with a probability of at least
/// `rate`, whatever the distribution.
///
/// There is one threshold for all samples, or one for each predicted class (Mondrian conformal
/// prediction), so that the guarantee holds within each class. A class with too few calibration
/// scores to promise the rate uses the scores of all classes.
///
/// Scores of samples that were left out of patterns, rather than held out, are interpolated between
/// the ranks below and at `(n + 1) * rate`: such scores are few, and the rank above is too often
/// that of a single odd sample. As scores become rarer towards the end, a sample still passes with
/// a probability of about `rate` or more.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    id_pass_rate: f64,
    all: Calibration,
    /// Empty where one threshold serves all classes.
    by_class: Vec<Calibration>,
    /// Whether thresholds lie between scores.
    is_interpolated: bool,
}

impl Threshold {
    /// Calibrates one threshold on the scores of held-out in-distribution samples, in any order.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless 0 < `id_pass_rate` < 1, [`Error::NotFinite`] for a score
    /// that is NaN.
    pub fn calibrate(scores: Vec<f32>, id_pass_rate: f64) -> Result<Self> {
        check_rate(id_pass_rate)?;
        let (all, by_class) = (Calibration::new(scores)?, Vec::new());
        Ok(Self { id_pass_rate, all, by_class, is_interpolated: false })
    }

    /// The same scores, of samples that were each left out of the patterns.
    pub(crate) fn interpolated(self) -> Self {
        Self { is_interpolated: true, ..self }
    }

    /// Calibrates a threshold for each predicted class; `scores[c]` are those of the held-out
    /// samples predicted as `c`.
    ///
    /// # Errors
    /// As [`Threshold::calibrate`].
    pub fn calibrate_by_class(scores: Vec<Vec<f32>>, id_pass_rate: f64) -> Result<Self> {
        let pooled = Self::calibrate(scores.concat(), id_pass_rate)?;
        Ok(Self {
            by_class: scores.into_iter().map(Calibration::new).collect::<Result<_>>()?,
            ..pooled
        })
    }

    /// Share of in-distribution samples that the threshold aims to pass.
    pub fn id_pass_rate(&self) -> f64 {
        self.id_pass_rate
    }

    /// All calibration scores, ascending.
    pub fn scores(&self) -> &[f32] {
        &self.all.sorted
    }

    /// The calibration scores of each predicted class, ascending; `None` where one threshold serves
    /// all.
    pub fn scores_by_class(&self) -> Option<impl Iterator<Item = &[f32]>> {
        (!self.by_class.is_empty())
            .then(|| self.by_class.iter().map(|calibration| calibration.sorted.as_slice()))
    }

    /// The threshold over all classes: a sample with a higher score is out-of-distribution.
    ///
    /// +infinity, so that everything passes, when there are too few calibration scores to promise
    /// the rate (fewer than 19 for 0.95).
    pub fn value(&self) -> f32 {
        self.of(&self.all)
    }

    /// The threshold for samples predicted as `class`: the class's own if it has one, else the one
    /// over all classes.
    pub fn value_for(&self, class: usize) -> f32 {
        self.of(self.calibration(class))
    }

    fn of(&self, calibration: &Calibration) -> f32 {
        match self.is_interpolated {
            true => calibration.interpolated(self.id_pass_rate),
            false => calibration.threshold(self.id_pass_rate),
        }
    }

    /// Whether the score of a sample predicted as `class` is above its threshold. NaN never passes.
    pub fn is_ood(&self, score: f32, class: usize) -> bool {
        self.decide(score, class).is_ood
    }

    /// Conformal p-value of a sample predicted as `class`, 1/(n+1) to 1: the share of calibration
    /// scores, the sample counted among them, that are at least as high. Small = hardly ever
    /// seen in-distribution.
    ///
    /// A sample is out-of-distribution exactly when its p-value is at most `1.0 - id_pass_rate`,
    /// computed in f64: a share that equals this level but for rounding, such as 1/10 at a rate
    /// of 0.9, is moved to the side of the decision.
    pub fn p_value(&self, score: f32, class: usize) -> f64 {
        self.decide(score, class).p_value
    }

    /// Decides on the score of a sample predicted as `class`.
    pub(crate) fn decide(&self, score: f32, class: usize) -> Decision {
        let calibration = self.calibration(class);
        let threshold = self.of(calibration);
        let is_ood = score.is_nan() || score > threshold;
        let (share, level) = (calibration.share_from(score), 1.0 - self.id_pass_rate);
        let p_value = if is_ood { share.min(level) } else { share.max(level.next_up()) };
        Decision { threshold, is_ood, p_value }
    }

    /// 95 % interval of the share of in-distribution samples that really pass, given the number of
    /// calibration scores: the quantiles 0.025 and 0.975 of Beta(k, n + 1 - k). (1, 1) when
    /// everything passes.
    pub fn pass_rate_interval(&self) -> (f64, f64) {
        let (n, rank) = (self.all.sorted.len(), self.all.rank(self.id_pass_rate));
        let passing =
            (rank <= n).then(|| Beta::new(rank as f64, (n + 1 - rank) as f64).ok()).flatten();
        passing.map_or((1.0, 1.0), |beta| (beta.inverse_cdf(0.025), beta.inverse_cdf(0.975)))
    }

    /// Whether thresholds lie between scores.
    pub(crate) fn is_interpolated(&self) -> bool {
        self.is_interpolated
    }

    /// The scores that decide on samples predicted as `class`, ascending.
    pub(crate) fn scores_for(&self, class: usize) -> &[f32] {
        &self.calibration(class).sorted
    }

    /// Whether a class has enough scores for a threshold of its own.
    pub(crate) fn has_own(&self, class: usize) -> bool {
        !std::ptr::eq(self.calibration(class), &raw const self.all)
    }

    fn calibration(&self, class: usize) -> &Calibration {
        let own =
            self.by_class.get(class).filter(|own| own.rank(self.id_pass_rate) <= own.sorted.len());
        own.unwrap_or(&self.all)
    }
}

/// How a [`Threshold`] decides on a sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision {
    /// As [`Threshold::value_for`] of the predicted class.
    pub threshold: f32,
    /// As [`Threshold::is_ood`].
    pub is_ood: bool,
    /// As [`Threshold::p_value`].
    pub p_value: f64,
}

/// Scores of held-out samples, ascending.
#[derive(Debug, Clone, PartialEq)]
struct Calibration {
    sorted: Vec<f32>,
}

impl Calibration {
    fn new(mut scores: Vec<f32>) -> Result<Self> {
        check_comparable("the calibration scores", &scores)?;
        scores.sort_by(f32::total_cmp);
        Ok(Self { sorted: scores })
    }

    /// Rank of the threshold among the scores.
    fn rank(&self, rate: f64) -> usize {
        rank(self.sorted.len(), rate)
    }

    fn threshold(&self, rate: f64) -> f32 {
        self.sorted.get(self.rank(rate) - 1).copied().unwrap_or(f32::INFINITY)
    }

    /// Share of the scores that are at least as high, counting the sample itself among them.
    fn share_from(&self, score: f32) -> f64 {
        let below = self.sorted.partition_point(|&calibration| calibration < score);
        (1 + self.sorted.len() - below) as f64 / (self.sorted.len() + 1) as f64
    }

    /// Between the score at the rank and the one before it.
    fn interpolated(&self, rate: f64) -> f32 {
        let (rank, above) = (self.rank(rate), self.threshold(rate));
        let below = rank.checked_sub(2).and_then(|at| self.sorted.get(at).copied());
        let share = rank as f64 - (self.sorted.len() + 1) as f64 * rate;
        match below {
            Some(below) if above.is_finite() => {
                (f64::from(above) - share.max(0.0) * f64::from(above - below)) as f32
            }
            _ => above,
        }
    }
}

/// Rank of the threshold among `n` scores, counted from 1. Beyond them when they are too few.
pub(crate) fn rank(n: usize, rate: f64) -> usize {
    let product = (n + 1) as f64 * rate;
    // A rate such as 0.95 or 99.9 / 100.0 is a few roundings away from the fraction that it means:
    // where that fraction gives a whole number, rounding must not lift the rank over it.
    (product - 8.0 * f64::EPSILON * product).ceil().max(1.0) as usize
}

/// Number of scores that `n` lack for a threshold at this rate.
pub(crate) fn missing(n: usize, rate: f64) -> usize {
    let about = (rate / (1.0 - rate)) as usize;
    (n.max(about.saturating_sub(2))..)
        .find(|&enough| rank(enough, rate) <= enough)
        .map_or(0, |enough| enough - n)
}

/// Refuses pass rates outside (0, 1).
pub(crate) fn check_rate(id_pass_rate: f64) -> Result<()> {
    // A rate so small that 1 - rate is 1 leaves no p-value above that.
    if id_pass_rate < 1.0 && 1.0 - id_pass_rate < 1.0 {
        return Ok(());
    }
    let given = id_pass_rate.to_string();
    Err(Error::InvalidOption {
        option: "the ID pass rate",
        given,
        allowed: "a number between 0 and 1, both excluded",
    })
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
        assert!(!threshold.is_ood(f32::MAX, 0));
    }

    #[test]
    fn ties_count_as_at_least_as_high() {
        let threshold = Threshold::calibrate(vec![1.0, 2.0, 2.0, 3.0], 0.5).unwrap();
        assert_eq!(threshold.p_value(2.0, 0), 4.0 / 5.0);
        assert_eq!(threshold.p_value(2.5, 0), 2.0 / 5.0);
        assert_eq!(threshold.p_value(9.0, 0), 1.0 / 5.0);
        assert_eq!(threshold.p_value(0.0, 0), 1.0);
        assert!(!threshold.is_ood(2.0, 0) && threshold.is_ood(2.1, 0));
    }

    /// What a user computes from a report agrees with its decision, for every number of scores and
    /// every rate.
    #[test]
    fn flagged_means_a_p_value_of_at_most_one_minus_the_rate() {
        let rates = (1..1000).map(|thousandth| f64::from(thousandth) / 1000.0);
        let rates: Vec<f64> = rates
            .chain([1.0 / 3.0, 2.0 / 3.0, 1.0 - 1.0 / 3.0, 99.9 / 100.0, 0.123_456_789])
            .collect();
        for (n, rate) in (1..=60).flat_map(|n| rates.iter().map(move |&rate| (n, rate))) {
            let threshold = Threshold::calibrate(one_to(n), rate).unwrap();
            for score in (0..=2 * i32::from(n) + 2).map(|half| half as f32 / 2.0).chain([f32::NAN])
            {
                let (flagged, p) = (threshold.is_ood(score, 0), threshold.p_value(score, 0));
                assert_eq!(
                    flagged,
                    p <= 1.0 - rate,
                    "{n} scores, rate {rate}, score {score}: p = {p}"
                );
                let share = (1 + (1..=n).filter(|&other| f32::from(other) >= score).count()) as f64
                    / (f64::from(n) + 1.0);
                assert!(
                    score.is_nan() || (p - share).abs() < 1e-15,
                    "{n} scores, rate {rate}: {p} for {share}"
                );
            }
        }
    }

    /// The smallest numbers of scores that keep the promise: 19, 9 and 4.
    #[test]
    fn the_fewest_scores_flag_what_is_above_all_of_them() {
        for (n, rate) in
            [(19, 0.95), (9, 0.9), (4, 0.8), (2, 2.0 / 3.0), (2, 1.0 - 1.0 / 3.0), (199, 0.995)]
        {
            let threshold = Threshold::calibrate(one_to(n), rate).unwrap();
            assert_eq!(threshold.value(), f32::from(n), "{n} scores, rate {rate}");
            assert!(
                threshold.is_ood(f32::from(n) + 0.5, 0)
                    && threshold.p_value(f32::from(n) + 0.5, 0) <= 1.0 - rate
            );
        }
        let many = (0..999).map(|i| i as f32).collect();
        assert_eq!(Threshold::calibrate(many, 99.9 / 100.0).unwrap().value(), 998.0);
    }

    #[test]
    fn impossible_rates_and_scores_are_refused() {
        for rate in [0.0, 1.0, -0.5, f64::NAN, 1e-17, f64::INFINITY] {
            assert_eq!(Threshold::calibrate(one_to(9), rate).unwrap_err().code(), "invalid-option");
        }
        assert_eq!(Threshold::calibrate(vec![f32::NAN], 0.5).unwrap_err().code(), "not-finite");
    }

    #[test]
    fn classes_have_their_own_thresholds_and_those_with_too_few_scores_the_common_one() {
        let scores =
            vec![one_to(39), one_to(39).iter().map(|score| score * 100.0).collect(), one_to(3)];
        let threshold = Threshold::calibrate_by_class(scores, 0.95).unwrap();
        assert_eq!((threshold.value_for(0), threshold.value_for(1)), (38.0, 3800.0));
        assert_eq!(
            (threshold.value_for(2), threshold.value_for(7)),
            (threshold.value(), threshold.value())
        );
        assert!(threshold.is_ood(39.0, 0) && !threshold.is_ood(39.0, 1));
        assert_eq!((threshold.p_value(39.0, 0), threshold.p_value(39.0, 1)), (2.0 / 40.0, 1.0));
        assert_eq!(threshold.scores().len(), 81);
    }

    /// Expected values by SciPy: `scipy.stats.beta.ppf([.025, .975], 1901, 100)` and `(38, 2)`.
    #[test]
    fn the_interval_of_the_true_pass_rate_is_that_of_the_beta_distribution() {
        for (n, expected) in
            [(2000, (0.940_062_68, 0.959_135_73)), (39, (0.865_236_08, 0.993_728_03))]
        {
            let scores = (0..n).map(|i| i as f32).collect();
            let (low, high) = Threshold::calibrate(scores, 0.95).unwrap().pass_rate_interval();
            assert!(
                (low - expected.0).abs() < 1e-6 && (high - expected.1).abs() < 1e-6,
                "{n}: {low} to {high}"
            );
        }
        assert_eq!(Threshold::calibrate(one_to(5), 0.95).unwrap().pass_rate_interval(), (1.0, 1.0));
    }
}
