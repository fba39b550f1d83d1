//! How unlikely each class is, by the logits.

use super::logits::first_maximum;

/// Logarithm of the odds against each class: `ln((1 - p) / p)` for its softmax probability `p`.
///
/// It ranks classes as `1 - p` does, without rounding to 0 or 1 where the classifier is very sure.
/// Infinite only beyond the range of `f32`, and for the only class of a model.
pub(crate) fn odds_against(logits: &[f32]) -> Vec<f32> {
    let (top, max) = first_maximum(logits);
    let exps: Vec<f64> = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    let odds = |(class, (&logit, exp)): (usize, (&f32, f64))| {
        // Subtracting the largest part of the sum would leave nothing but rounding.
        let others = if class == top { others_than(top, logits) } else { max + (sum - exp).ln() };
        (others - f64::from(logit)) as f32
    };
    logits.iter().zip(exps).enumerate().map(odds).collect()
}

/// `ln(sum exp(logit))` over all classes but one.
fn others_than(class: usize, logits: &[f32]) -> f64 {
    let others = logits.iter().enumerate().filter(|&(other, _)| other != class);
    let others = others.map(|(_, &logit)| f64::from(logit));
    let max = others.clone().fold(f64::NEG_INFINITY, f64::max);
    if max.is_finite() {
        max + others.map(|logit| (logit - max).exp()).sum::<f64>().ln()
    } else {
        max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: &[f32], expected: &[f32]) {
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
        assert!(
            found.len() == expected.len() && found.iter().zip(expected).all(close),
            "{found:?}, expected {expected:?}"
        );
    }

    /// Expected values by SciPy: `-logit(softmax([1, 3, 2]))`.
    #[test]
    fn odds_are_those_of_the_softmax() {
        assert_close(&odds_against(&[1.0, 3.0, 2.0]), &[2.313_261_7, -0.686_738_3, 1.126_928]);
        assert_close(&odds_against(&[0.0, 0.0]), &[0.0, 0.0]);
    }

    #[test]
    fn a_classifier_that_is_very_sure_keeps_its_order() {
        assert_close(&odds_against(&[100.0, 0.0]), &[-100.0, 100.0]);
        assert_close(&odds_against(&[1000.0, 0.0, -3.0]), &[-999.951_4, 1000.0, 1003.0]);
        assert_close(&odds_against(&[3e37, -3e37]), &[-6e37, 6e37]);
        assert_eq!(odds_against(&[3e38, -3e38]), [f32::NEG_INFINITY, f32::INFINITY]);
        assert_eq!(odds_against(&[0.5]), [f32::NEG_INFINITY]);
    }
}
