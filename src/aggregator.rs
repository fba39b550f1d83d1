//! Joins the scores of several layers to one.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How the scores of the layers become one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Aggregator {
    /// There is one layer, its score is the score.
    Single,
    /// Mean of each layer's score over its spread, `mean_l(s_l / std_l)`: oodeel's default.
    Std {
        /// Population standard deviation of each layer's scores over all fit samples.
        stds: Vec<f32>,
    },
}

impl Aggregator {
    /// Refuses an aggregator that is not for this number of layers, or whose deviations are not positive numbers: a layer
    /// without spread tells no two samples apart.
    pub(crate) fn check(&self, layers: usize) -> Result<()> {
        let invalid = |reason: String| Err(Error::InvalidDetector { field: "aggregator".to_string(), reason });
        match self {
            Aggregator::Single if layers != 1 => invalid(format!("\"single\" is for one layer, there are {layers}")),
            Aggregator::Std { stds } if stds.len() != layers => {
                invalid(format!("{} standard deviations for {layers} layers", stds.len()))
            }
            Aggregator::Std { stds } if !stds.iter().all(|&std| std.is_finite() && std > 0.0) => {
                invalid(format!("the standard deviations {stds:?} are not all positive"))
            }
            _ => Ok(()),
        }
    }

    /// One value from those of the layers, scores or similarities. The sign stays.
    pub fn join(&self, values: &[f32]) -> f32 {
        let wide = values.iter().map(|&value| f64::from(value));
        let sum: f64 = match self {
            Aggregator::Single => wide.sum(),
            Aggregator::Std { stds } => wide.zip(stds).map(|(value, &std)| value / f64::from(std)).sum(),
        };
        (sum / values.len() as f64) as f32
    }
}

/// Streaming mean and variance of one layer's scores (Welford), in f64.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    /// Adds a score. An infinite one, of a predicted class without pattern, says nothing of the spread and is left out.
    pub(crate) fn push(&mut self, score: f32) {
        if !score.is_finite() {
            return;
        }
        let score = f64::from(score);
        self.count += 1.0;
        let from_old_mean = score - self.mean;
        self.mean += from_old_mean / self.count;
        self.squares += from_old_mean * (score - self.mean);
    }

    /// Population standard deviation.
    pub(crate) fn std(&self) -> f32 {
        (self.squares / self.count).sqrt() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_is_passed_through_and_several_are_weighed_by_spread() {
        assert_eq!(Aggregator::Single.join(&[-3.0]), -3.0);
        assert_eq!(Aggregator::Std { stds: vec![2.0, 4.0] }.join(&[-3.0, 1.0]), (-1.5 + 0.25) / 2.0);
    }

    #[test]
    fn layers_without_spread_or_without_deviation_are_refused() {
        for stds in [vec![1.0, 0.0], vec![1.0, f32::NAN], vec![1.0]] {
            assert_eq!(Aggregator::Std { stds }.check(2).unwrap_err().code(), "invalid-detector");
        }
        assert_eq!(Aggregator::Single.check(2).unwrap_err().code(), "invalid-detector");
        assert_eq!(Aggregator::Std { stds: vec![1.0, 2.0] }.check(2), Ok(()));
    }

    #[test]
    fn the_spread_is_the_population_standard_deviation() {
        let mut spread = Spread::default();
        [2.0, 4.0, 4.0, f32::INFINITY, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter().for_each(|score| spread.push(score));
        assert_eq!(spread.std(), 2.0);
    }
}
