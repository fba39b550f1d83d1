//! Joins the scores of several layers to one.

mod fisher;
mod spread;

use serde::{Deserialize, Serialize};

pub use self::fisher::Fisher;
pub(crate) use self::spread::Spread;
use crate::names::named;
use crate::{Error, Result};

/// How the scores of the layers become one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Aggregator {
    /// There is one layer, its score is the score.
    Single,
    /// Sum of the layers' scores, as in oodeel 0.3.
    Sum,
    /// Mean of each layer's score over its spread, `mean_l(s_l / std_l)`: the default of oodeel
    /// 0.4.
    Std {
        /// Population standard deviation of each layer's scores over all fit samples.
        stds: Vec<f32>,
    },
    /// Mean of each layer's score over the size of its mean, `mean_l(s_l / |mean_l|)`. oodeel
    /// divides by the mean itself, which is negative for SHE, and so turns its scores round.
    Mean {
        /// Absolute mean of each layer's scores over all fit samples.
        means: Vec<f32>,
    },
    /// Fisher's method on the layers' p-values, with Brown's correction.
    Fisher(Fisher),
}

/// The kinds of [`Aggregator`] that join several layers, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AggregatorKind {
    /// [`Aggregator::Std`].
    #[default]
    Std,
    /// [`Aggregator::Sum`].
    Sum,
    /// [`Aggregator::Mean`].
    Mean,
    /// [`Aggregator::Fisher`]. It keeps every fit score of every layer, four bytes each.
    Fisher,
}

named!(
    AggregatorKind,
    "the aggregator",
    "std" => Std,
    "sum" => Sum,
    "mean" => Mean,
    "fisher" => Fisher,
);

impl Aggregator {
    /// Refuses an aggregator that is not for this number of layers, or whose divisors are not
    /// positive numbers: a layer without spread tells no two samples apart.
    pub(crate) fn check(&self, layers: usize) -> Result<()> {
        let invalid = |reason: String| {
            Err(Error::InvalidDetector { field: "aggregator".to_string(), reason, source: None })
        };
        let (what, divisors) = match self {
            Aggregator::Single if layers != 1 => {
                return invalid(format!("\"single\" is for one layer, there are {layers}"));
            }
            Aggregator::Single | Aggregator::Sum => return Ok(()),
            Aggregator::Fisher(fisher) if fisher.layers() == layers && fisher.is_usable() => {
                return Ok(());
            }
            Aggregator::Fisher(_) => {
                return invalid(format!("Fisher's correction is not for {layers} layers"));
            }
            Aggregator::Std { stds } => ("standard deviations", stds),
            Aggregator::Mean { means } => ("means", means),
        };
        if divisors.len() != layers {
            return invalid(format!("{} {what} for {layers} layers", divisors.len()));
        }
        if !divisors.iter().all(|&divisor| divisor.is_finite() && divisor > 0.0) {
            return invalid(format!("the {what} {divisors:?} are not all positive"));
        }
        Ok(())
    }

    /// Joins the scores of the layers to one. Higher = more out-of-distribution.
    pub fn join(&self, scores: &[f32]) -> f32 {
        self.join_each(scores.iter().copied())
    }

    /// Like [`Aggregator::join`], for scores that come one at a time.
    pub(crate) fn join_each(&self, scores: impl Iterator<Item = f32>) -> f32 {
        match self {
            Aggregator::Single | Aggregator::Sum => scores.map(f64::from).sum::<f64>() as f32,
            Aggregator::Std { stds: divisors } | Aggregator::Mean { means: divisors } => {
                let weighed = scores
                    .zip(divisors)
                    .map(|(score, &divisor)| f64::from(score) / f64::from(divisor));
                (weighed.sum::<f64>() / divisors.len() as f64) as f32
            }
            Aggregator::Fisher(fisher) => fisher.join(scores),
        }
    }
}

/// Gathers what an [`Aggregator`] needs from the layers' scores of all fit samples, the
/// misclassified ones too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AggregatorBuilder {
    kind: AggregatorKind,
    pub spreads: Vec<Spread>,
    /// The scores themselves, for Fisher: sample by sample, end to end.
    pub rows: Vec<f32>,
}

impl AggregatorBuilder {
    pub(crate) fn new(kind: AggregatorKind, layers: usize) -> Self {
        Self { kind, spreads: vec![Spread::default(); layers], rows: Vec::new() }
    }

    /// Adds the scores of one sample. Infinite ones, of a predicted class without pattern, say
    /// nothing of the spread.
    pub(crate) fn push(&mut self, scores: &[f32]) {
        if scores.iter().any(|score| !score.is_finite()) {
            return;
        }
        self.spreads.iter_mut().zip(scores).for_each(|(spread, &score)| spread.push(score));
        if self.kind == AggregatorKind::Fisher {
            self.rows.extend(scores);
        }
    }

    /// Adds everything that another builder of the same kind and layers has gathered.
    pub(crate) fn merge(&mut self, other: Self) {
        self.spreads.iter_mut().zip(&other.spreads).for_each(|(spread, other)| spread.merge(other));
        self.rows.extend(other.rows);
    }

    /// # Errors
    /// [`Error::Fit`] when the scores of a layer do not vary, or are zero on average where they are
    /// divided by their mean.
    pub(crate) fn finish(self, names: &[String]) -> Result<Aggregator> {
        let divisors = |what: &str, value: fn(&Spread) -> f32| {
            let values: Vec<f32> = self.spreads.iter().map(value).collect();
            match values.iter().zip(names).find(|(value, _)| !(value.is_finite() && **value > 0.0))
            {
                Some((value, layer)) => Err(Error::Fit {
                    reason: format!("the scores of layer {layer:?} have {what} {value}"),
                }),
                None => Ok(values),
            }
        };
        match self.kind {
            AggregatorKind::Sum => Ok(Aggregator::Sum),
            AggregatorKind::Std => {
                Ok(Aggregator::Std { stds: divisors("standard deviation", Spread::std)? })
            }
            AggregatorKind::Mean => {
                Ok(Aggregator::Mean { means: divisors("absolute mean", Spread::absolute_mean)? })
            }
            AggregatorKind::Fisher => {
                divisors("standard deviation", Spread::std)?;
                Ok(Aggregator::Fisher(Fisher::fit(columns(&self.rows, names.len()))?))
            }
        }
    }
}

/// The scores of each layer.
fn columns(rows: &[f32], layers: usize) -> Vec<Vec<f32>> {
    let column = |layer| rows.iter().skip(layer).step_by(layers).copied().collect();
    (0..layers).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_is_passed_through_and_several_are_weighed() {
        assert_eq!(Aggregator::Single.join(&[-3.0]), -3.0);
        assert_eq!(Aggregator::Sum.join(&[-3.0, 1.0]), -2.0);
        assert_eq!(
            Aggregator::Std { stds: vec![2.0, 4.0] }.join(&[-3.0, 1.0]),
            (-1.5 + 0.25) / 2.0
        );
        assert_eq!(
            Aggregator::Mean { means: vec![2.0, 4.0] }.join(&[-3.0, 1.0]),
            (-1.5 + 0.25) / 2.0
        );
    }

    #[test]
    fn layers_without_spread_or_without_divisor_are_refused() {
        for divisors in [vec![1.0, 0.0], vec![1.0, f32::NAN], vec![1.0]] {
            let (stds, means) = (divisors.clone(), divisors);
            assert_eq!(Aggregator::Std { stds }.check(2).unwrap_err().code(), "invalid-detector");
            assert_eq!(Aggregator::Mean { means }.check(2).unwrap_err().code(), "invalid-detector");
        }
        assert_eq!(Aggregator::Single.check(2).unwrap_err().code(), "invalid-detector");
        assert_eq!(Aggregator::Std { stds: vec![1.0, 2.0] }.check(2), Ok(()));
    }

    #[test]
    fn scores_that_do_not_vary_cannot_be_weighed() {
        for kind in [AggregatorKind::Std, AggregatorKind::Fisher] {
            let mut builder = AggregatorBuilder::new(kind, 2);
            [[-1.0, -2.0], [-1.0, -3.0], [f32::INFINITY, -4.0]]
                .iter()
                .for_each(|scores| builder.push(scores));
            let error = builder.finish(&["a".to_string(), "b".to_string()]).unwrap_err();
            assert_eq!(
                error.to_string(),
                "cannot fit: the scores of layer \"a\" have standard deviation 0"
            );
        }
    }
}
