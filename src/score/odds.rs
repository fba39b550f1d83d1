//! How unlikely each class is, by the logits.

use super::logits::Softmax;

impl Softmax<'_> {
    /// Logarithm of the odds against a class: `ln((1 - p) / p)` for its softmax probability `p`.
    ///
    /// It ranks classes as `1 - p` does, without rounding to 0 or 1 where the classifier is very
    /// sure. Infinite only beyond the range of `f32`, for the only class of a model, and for a
    /// class without a logit.
    pub(crate) fn odds_against(&self, class: usize) -> f32 {
        let (Some(&logit), Some(exp)) = (self.logits.get(class), self.exps.get(class)) else {
            return f32::INFINITY;
        };
        // Subtracting the largest part of the sum would leave nothing but rounding.
        let others = match class == self.top {
            true => others_than(class, &self.logits),
            false => self.max + (self.sum - exp).ln(),
        };
        (others - f64::from(logit)) as f32
    }
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

    fn odds_against(logits: &[f32]) -> Vec<f32> {
        let softmax = Softmax::of(logits).unwrap();
        (0..logits.len()).map(|class| softmax.odds_against(class)).collect()
    }

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
