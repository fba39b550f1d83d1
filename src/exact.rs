//! Sums that no order and no split changes.

/// Splits a number into two halves of its bits, as Veltkamp does.
const SPLIT: f64 = 134_217_729.0;

/// A sum in twice the precision of `f64`, by error-free additions (Knuth's `TwoSum`): the nearest
/// `f64`, and what it leaves out.
///
/// Of `f32` values the sum is exact while the largest is at most 2^60 times the smallest that is
/// not 0, for a million of them. Beyond, each addition rounds to 106 bits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// The sum with these two parts, as [`Sum::parts`] returns them.
    pub fn of_parts([high, low]: [f64; 2]) -> Self {
        Self { high, low }
    }

    pub fn parts(self) -> [f64; 2] {
        [self.high, self.low]
    }

    pub fn add(&mut self, value: f64) {
        let [high, error] = two_sum(self.high, value);
        [self.high, self.low] = two_sum(high, self.low + error);
    }

    pub fn merge(&mut self, other: Self) {
        let [high, error] = two_sum(self.high, other.high);
        let [low, least] = two_sum(self.low, other.low);
        let [high, error] = two_sum(high, error + low);
        [self.high, self.low] = two_sum(high, error + least);
    }

    /// The nearest `f64`.
    pub fn value(self) -> f64 {
        self.high
    }
}

/// The nearest sum, and its error.
fn two_sum(a: f64, b: f64) -> [f64; 2] {
    let sum = a + b;
    let of_b = sum - a;
    [sum, (a - (sum - of_b)) + (b - of_b)]
}

/// The nearest product, and its error (Dekker).
pub(crate) fn product(a: f64, b: f64) -> [f64; 2] {
    let halves = |value: f64| {
        let high = SPLIT * value - (SPLIT * value - value);
        (high, value - high)
    };
    let (product, (a, a_low), (b, b_low)) = (a * b, halves(a), halves(b));
    [product, ((a * b - product) + a * b_low + a_low * b) + a_low * b_low]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(values: &[f32]) -> Sum {
        let mut sum = Sum::default();
        values.iter().for_each(|&value| sum.add(f64::from(value)));
        sum
    }

    #[test]
    fn nothing_is_lost_that_f64_loses() {
        let values = [1e15, 1e-3, -1e15];
        assert_eq!(sum(&values).value(), f64::from(1e-3f32));
        assert_eq!(product(0.1, 0.1)[1], 0.1f64.mul_add(0.1, -(0.1 * 0.1)));
    }

    proptest! {
        #[test]
        fn no_order_and_no_split_changes_a_bit(
            mut values in prop::collection::vec(-1e6f32..1e6, 1..200),
            cut in 0usize..200,
            turn in 0usize..200,
        ) {
            // Eleven decimal digits apart.
            values.iter_mut().step_by(3).for_each(|value| *value *= 1e-11);
            let whole = sum(&values);
            let length = values.len();
            values.rotate_left(turn % length);
            let (one, other) = values.split_at(cut.min(length));
            let mut merged = sum(other);
            merged.merge(sum(one));
            prop_assert_eq!(merged.parts().map(f64::to_bits), whole.parts().map(f64::to_bits));
        }
    }
}
