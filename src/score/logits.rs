//! Scores from the logits alone: baselines to compare SHE with, at no cost.

use std::borrow::Cow;

use serde::Serialize;

use crate::tensor::check_finite;
use crate::{Error, Result};

/// Classic scores of one sample. Higher = more out-of-distribution, for all three.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Baselines {
    /// Negated maximum softmax probability, -1 to 0 (Hendrycks and Gimpel, 2017).
    pub msp: f32,
    /// Negated maximum logit (Hendrycks et al., 2022).
    pub max_logit: f32,
    /// Energy at temperature 1, `-log sum_c exp(logit_c)` (Liu et al., 2020).
    pub energy: f32,
}

/// The classifier's prediction for one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    class: usize,
    probability: f32,
    probabilities: Vec<f32>,
}

impl Prediction {
    /// Index of the largest logit, the first of equal ones.
    pub fn class(&self) -> usize {
        self.class
    }

    /// Softmax probability of the predicted class, 0 to 1.
    pub fn probability(&self) -> f32 {
        self.probability
    }

    /// Softmax probability of each class, 0 to 1.
    pub fn probabilities(&self) -> &[f32] {
        &self.probabilities
    }

    /// Moves the probabilities of all classes out.
    pub(crate) fn into_probabilities(self) -> Vec<f32> {
        self.probabilities
    }
}

/// Prediction and baseline scores from logits, computed in f64 around the largest logit, so that
/// none overflows.
///
/// # Errors
/// [`Error::InvalidOption`] when there are none, [`Error::NotFinite`] for NaN and infinities.
pub fn baselines(logits: &[f32]) -> Result<(Prediction, Baselines)> {
    let softmax = Softmax::of(logits)?;
    Ok((softmax.prediction(), softmax.baselines()))
}

/// Logits, and their exponentials around the largest one.
#[derive(Debug)]
pub(crate) struct Softmax<'a> {
    pub(super) logits: Cow<'a, [f32]>,
    /// Position of the largest logit, the first of equal ones.
    pub(super) top: usize,
    pub(super) max: f64,
    pub(super) exps: Vec<f64>,
    pub(super) sum: f64,
}

impl<'a> Softmax<'a> {
    /// # Errors
    /// As [`baselines`].
    pub(crate) fn of(logits: impl Into<Cow<'a, [f32]>>) -> Result<Self> {
        let logits = logits.into();
        check_logits(&logits)?;
        let (top, max) = first_maximum(&logits);
        let exps: Vec<f64> = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).collect();
        let sum = exps.iter().sum();
        Ok(Self { logits, top, max, exps, sum })
    }

    pub(crate) fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// Index of the largest logit, the first of equal ones.
    pub(crate) fn class(&self) -> usize {
        self.top
    }

    /// Probability of the predicted class. It has the largest logit: its exponential is exp(0).
    pub(crate) fn probability(&self) -> f32 {
        self.share(1.0)
    }

    pub(crate) fn prediction(&self) -> Prediction {
        Prediction {
            class: self.top,
            probability: self.probability(),
            probabilities: self.exps.iter().map(|&exp| self.share(exp)).collect(),
        }
    }

    pub(crate) fn baselines(&self) -> Baselines {
        Baselines {
            msp: -self.probability(),
            max_logit: -self.max as f32,
            energy: -(self.max + self.sum.ln()) as f32,
        }
    }

    fn share(&self, exp: f64) -> f32 {
        (exp / self.sum) as f32
    }
}

/// Refuses a sample without logits, NaN and infinities.
pub(super) fn check_logits(logits: &[f32]) -> Result<()> {
    if logits.is_empty() {
        return Err(Error::InvalidOption {
            option: "the number of logits",
            given: "0".to_string(),
            allowed: "at least one",
        });
    }
    check_finite("the vector of logits", logits)
}

/// Position and value of the largest number, the first of equal ones.
pub(crate) fn first_maximum(values: &[f32]) -> (usize, f64) {
    values.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (i, &value)| {
        let value = f64::from(value);
        if value > best.1 { (i, value) } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by NumPy and SciPy: `softmax`, `logsumexp` of [1, 3, 2].
    #[test]
    fn softmax_and_energy_equal_scipy() {
        let (prediction, scores) = baselines(&[1.0, 3.0, 2.0]).unwrap();
        assert_eq!(prediction.class(), 1);
        assert!((prediction.probabilities()[0] - 0.090_030_57).abs() < 1e-7);
        assert!((prediction.probability() - 0.665_240_94).abs() < 1e-7);
        assert_eq!(scores.msp, -prediction.probability());
        assert_eq!(scores.max_logit, -3.0);
        assert!((scores.energy + 3.407_606).abs() < 1e-6);
    }

    #[test]
    fn large_logits_do_not_overflow_and_ties_go_to_the_first() {
        let (prediction, scores) = baselines(&[3e38, 3e38]).unwrap();
        assert_eq!((prediction.class(), prediction.probability()), (0, 0.5));
        assert_eq!(scores.energy, -3e38);
    }

    #[test]
    fn what_no_probability_follows_from_is_refused() {
        assert_eq!(baselines(&[]).unwrap_err().code(), "invalid-option");
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(baselines(&[0.0, value]).unwrap_err().code(), "not-finite");
        }
    }
}
