//! The temperature of probabilities made from similarities.

/// The inverse temperatures between which the best is looked for.
const LEAST: f64 = 1e-3;
const MOST: f64 = 1e3;

/// Halvings of the range of logarithms, beyond the precision of `f32`.
const STEPS: usize = 40;

/// Similarities of a sample to all classes, and its class.
pub(super) type Labelled<'a> = (&'a [f32], usize);

/// The temperature at which the softmax of the similarities is most likely to give the classes.
///
/// As in Platt's scaling (1999), the classes are softened: with `n` samples of `C` classes, the
/// true one has the probability `(n + 1) / (n + C)`, each other one `1 / (n + C)`. So it is finite,
/// too, where every sample is most similar to its own class. 1 without samples or for one class.
pub(super) fn temperature(samples: &[Labelled<'_>]) -> f32 {
    let is_choice = samples.first().is_some_and(|(similarities, _)| similarities.len() > 1);
    if !is_choice {
        return 1.0;
    }
    let (mut low, mut high) = (LEAST.ln(), MOST.ln());
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if slope(samples, middle.exp()) > 0.0 { high = middle } else { low = middle }
    }
    (-f64::midpoint(low, high)).exp() as f32
}

/// The derivative of the cross entropy by the inverse temperature, in which it is convex.
fn slope(samples: &[Labelled<'_>], inverse: f64) -> f64 {
    samples
        .iter()
        .map(|&(similarities, class)| slope_of(similarities, class, inverse, samples.len()))
        .sum()
}

fn slope_of(similarities: &[f32], class: usize, inverse: f64, samples: usize) -> f64 {
    let largest = similarities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |&value: &f32| (inverse * (f64::from(value) - f64::from(largest))).exp();
    let total: f64 = similarities.iter().map(power).sum();
    let all = (samples + similarities.len()) as f64;
    let target = |at: usize| if at == class { (samples + 1) as f64 / all } else { 1.0 / all };
    let terms = similarities.iter().enumerate();
    terms.map(|(at, value)| (power(value) / total - target(at)) * f64::from(*value)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by SciPy: `scipy.optimize.minimize_scalar` of the cross entropy with
    /// softened classes.
    #[test]
    fn a_single_sample_of_two_classes_has_the_temperature_of_its_target() {
        // Of one sample the true class has the probability 2/3: ln 2 is the difference of logits.
        let found = temperature(&[(&[3.0, 1.0], 0)]);
        assert!((f64::from(found) - 2.0 / std::f64::consts::LN_2).abs() < 1e-5, "{found}");
    }

    #[test]
    fn where_nothing_can_be_chosen_it_is_one() {
        assert_eq!(temperature(&[]), 1.0);
        assert_eq!(temperature(&[(&[3.0], 0)]), 1.0);
    }

    #[test]
    fn it_stays_finite_where_all_or_none_are_right() {
        let right: Vec<_> = (0..50).map(|_| (&[5.0, -5.0][..], 0)).collect();
        let wrong: Vec<_> = (0..50).map(|_| (&[5.0, -5.0][..], 1)).collect();
        let (sharp, flat) = (temperature(&right), temperature(&wrong));
        assert!(sharp > 0.5 && sharp < 10.0 && flat > 100.0 && flat.is_finite(), "{sharp} {flat}");
    }
}
