//! Streaming mean and variance.

/// Mean and variance of numbers seen one by one (Welford), in f64.
#[derive(Debug, Clone, Default)]
pub(in crate::score) struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    pub(in crate::score) fn push(&mut self, value: f32) {
        let value = f64::from(value);
        self.count += 1.0;
        let from_old_mean = value - self.mean;
        self.mean += from_old_mean / self.count;
        self.squares += from_old_mean * (value - self.mean);
    }

    /// Population standard deviation.
    pub(in crate::score) fn std(&self) -> f32 {
        (self.squares / self.count).sqrt() as f32
    }

    pub(in crate::score) fn mean(&self) -> f32 {
        self.mean as f32
    }

    pub(in crate::score) fn absolute_mean(&self) -> f32 {
        self.mean.abs() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_the_population_standard_deviation() {
        let mut spread = Spread::default();
        [-2.0, -4.0, -4.0, -4.0, -5.0, -5.0, -7.0, -9.0]
            .into_iter()
            .for_each(|value| spread.push(value));
        assert_eq!((spread.std(), spread.absolute_mean()), (2.0, 5.0));
    }
}
