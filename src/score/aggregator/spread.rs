//! Mean and variance, exactly summed.

use crate::exact::{Sum, product};

/// Mean and variance of numbers that come in any order, from their exact sum and that of their
/// squares.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spread {
    pub count: u64,
    pub sum: Sum,
    pub squares: Sum,
}

impl Spread {
    pub(in crate::score) fn push(&mut self, value: f32) {
        let value = f64::from(value);
        self.count += 1;
        self.sum.add(value);
        // The square of an `f32` is an `f64`.
        self.squares.add(value * value);
    }

    pub(in crate::score) fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum.merge(other.sum);
        self.squares.merge(other.squares);
    }

    /// Population standard deviation.
    pub(in crate::score) fn std(&self) -> f32 {
        (self.around_mean() / self.count as f64).sqrt() as f32
    }

    pub(in crate::score) fn mean(&self) -> f32 {
        self.wide_mean() as f32
    }

    pub(in crate::score) fn absolute_mean(&self) -> f32 {
        self.wide_mean().abs() as f32
    }

    fn wide_mean(&self) -> f64 {
        self.sum.value() / self.count as f64
    }

    /// The sum of squared distances from the mean `m`, `sum x^2 - 2 m sum x + n m^2`, in twice the
    /// precision, as the terms nearly cancel.
    fn around_mean(&self) -> f64 {
        let (mean, count, [sum, rest]) = (self.wide_mean(), self.count as f64, self.sum.parts());
        let [square, error] = product(mean, mean);
        let mut total = self.squares;
        [(-2.0 * mean, sum), (-2.0 * mean, rest), (count, square), (count, error)]
            .into_iter()
            .flat_map(|(a, b)| product(a, b))
            .for_each(|term| total.add(term));
        total.value().max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: impl IntoIterator<Item = f32>) -> Spread {
        let mut spread = Spread::default();
        values.into_iter().for_each(|value| spread.push(value));
        spread
    }

    #[test]
    fn the_spread_is_the_population_standard_deviation() {
        let spread = spread([-2.0, -4.0, -4.0, -4.0, -5.0, -5.0, -7.0, -9.0]);
        assert_eq!((spread.std(), spread.absolute_mean()), (2.0, 5.0));
    }

    #[test]
    fn numbers_far_from_zero_lose_nothing_and_equal_ones_do_not_vary() {
        assert_eq!(spread([16_777_214.0, 16_777_216.0]).std(), 1.0);
        assert_eq!(spread([0.1; 1000]).std(), 0.0);
    }
}
