//! Sums over vectors, in `f64`.
//!
//! They are here because this crate is compiled for speed where the rest is compiled for size. Each
//! sum has eight lanes, which compile to vector instructions, so its order is the same everywhere.

const LANES: usize = 8;

/// Inner product of two vectors of one length.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum(a, b, |a, b| a * b)
}

/// Squared Euclidean distance of two points of one space.
#[must_use]
pub fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    sum(a, b, |a, b| (a - b) * (a - b))
}

/// Sum of all numbers.
#[must_use]
pub fn total(values: &[f32]) -> f64 {
    let (values, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for values in values {
        lanes.iter_mut().zip(values).for_each(|(lane, &value)| *lane += f64::from(value));
    }
    lanes.into_iter().chain(rest.iter().copied().map(f64::from)).sum()
}

/// The numbers in the precision of these sums.
#[must_use]
pub fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// Whether there is no NaN and no infinity.
#[must_use]
pub fn are_finite(values: &[f32]) -> bool {
    // Without an early exit, this loop compiles to vector instructions.
    values.iter().fold(true, |finite, value| finite & value.is_finite())
}

#[inline]
fn sum(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    debug_assert_eq!(a.len(), b.len());
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (&a, &b))| *lane += term(a, b));
    }
    let rest = a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a, b));
    lanes.into_iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// Whole numbers, whose sums are exact in any order.
    fn whole(count: usize, from: i32) -> Vec<f64> {
        (0..count as i32).map(|i| f64::from((i * 37 + from) % 101 - 50)).collect()
    }

    #[test]
    fn sums_are_exact_of_whole_numbers_at_every_length() {
        for count in 0..40 {
            let (a, b) = (whole(count, 3), whole(count, 70));
            let plain = |term: fn(f64, f64) -> f64| {
                a.iter().zip(&b).map(|(&a, &b)| term(a, b)).sum::<f64>()
            };
            assert_eq!(dot(&a, &b), plain(|a, b| a * b), "{count}");
            assert_eq!(squared_distance(&a, &b), plain(|a, b| (a - b).powi(2)), "{count}");
            let narrow: Vec<f32> = a.iter().map(|&value| value as f32).collect();
            assert_eq!(total(&narrow), a.iter().sum::<f64>(), "{count}");
            assert_eq!(widened(&narrow), a);
        }
    }

    #[test]
    fn the_order_of_a_sum_is_the_same_everywhere() {
        let fractions = |count: i32| (1..=count).map(|i| 1.0 / f64::from(i)).collect::<Vec<_>>();
        // Lane by lane, then the rest, as Python's floats add up.
        let values = fractions(100);
        let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        assert_eq!(dot(&values, &values).to_bits(), 0x3ffa_28e4_e0cc_7d84);
        assert_eq!(squared_distance(&values, &vec![0.1; 100]).to_bits(), 0x3ff9_8f64_f6eb_a21c);
        assert_eq!(total(&narrow).to_bits(), 0x4014_bfdf_e840_0000);
    }

    #[test]
    fn one_value_that_is_not_finite_tells_anywhere() {
        for (count, at) in (1..20).flat_map(|count| (0..count).map(move |at| (count, at))) {
            for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut values = vec![f32::MAX; count];
                assert!(are_finite(&values));
                values[at] = wrong;
                assert!(!are_finite(&values), "{wrong} at {at} of {count}");
            }
        }
    }
}
