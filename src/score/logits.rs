//! Scores from the logits alone: baselines to compare SHE with, at no cost.

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
    check_logits(logits)?;
    let (class, max) = first_maximum(logits);
    let exps: Vec<f64> = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    let softmax = |exp: f64| (exp / sum) as f32;
    let prediction = Prediction {
        class,
        // The predicted class has the largest logit: its exponential is exp(0).
        probability: softmax(1.0),
        probabilities: exps.into_iter().map(softmax).collect(),
    };
    let scores = Baselines {
        msp: -prediction.probability(),
        max_logit: -max as f32,
        energy: -(max + sum.ln()) as f32,
    };
    Ok((prediction, scores))
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
