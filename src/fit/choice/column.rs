//! Scores of the samples put aside, and what they say of the candidate that gives them.

use crate::Stranger;

/// Share of the samples put aside that pass, where false alarms are counted.
const PASS_RATE: f64 = 0.95;

/// Scores of the samples put aside and of each of their alterations.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub known: Vec<f64>,
    /// By alteration: strangers, then mild changes. Each is as long as `known`.
    pub altered: Vec<Vec<f64>>,
}

/// A figure with each sample's part in it, of which it is the mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure(Vec<f64>);

impl Column {
    /// The sum of columns.
    pub fn sum<'a>(columns: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        columns.into_iter().cloned().reduce(|sum, column| sum.zip(&column, |a, b| a + b))
    }

    /// Less their mean and over their standard deviation over the unchanged samples. `None` where
    /// they do not vary.
    pub fn standardised(&self) -> Option<Self> {
        let count = self.known.len() as f64;
        let mean = self.known.iter().sum::<f64>() / count;
        let squares: f64 = self.known.iter().map(|score| (score - mean).powi(2)).sum();
        let deviation = (squares / count).sqrt();
        let is_usable = deviation.is_finite() && deviation > 0.0;
        is_usable.then(|| self.map(|score| (score - mean) / deviation))
    }

    /// Mean AUROC against each kind of stranger.
    pub fn auroc(&self) -> Figure {
        let mut parts = vec![0.0; self.known.len()];
        let known = sorted(&self.known);
        let strangers = self.altered.iter().take(Stranger::ALL.len());
        for scores in strangers.clone() {
            let strange = sorted(scores);
            for ((part, own), score) in parts.iter_mut().zip(&self.known).zip(scores) {
                *part += 1.0 - share_below(&strange, *own) + share_below(&known, *score);
            }
        }
        // A sample's place among the strangers, and its strangers' places among the samples: both
        // are the AUROC on average, and both vary with the sample (DeLong et al., 1988).
        let kinds = strangers.len() as f64;
        let auroc = parts.iter().sum::<f64>() / parts.len() as f64 / kinds / 2.0;
        Figure(parts.into_iter().map(|part| part / kinds - auroc).collect())
    }

    /// Share of mild changes flagged where 95 % of the unchanged samples pass.
    pub fn false_alarms(&self) -> Figure {
        let known = sorted(&self.known);
        let rank = (PASS_RATE * known.len() as f64).ceil() as usize;
        let threshold = known.get(rank.saturating_sub(1)).copied().unwrap_or(f64::INFINITY);
        let changes = || self.altered.iter().skip(Stranger::ALL.len());
        let count = changes().count().max(1) as f64;
        let flagged = |sample| {
            let scores = changes().filter_map(|scores| scores.get(sample));
            scores.filter(|score| **score > threshold).count() as f64 / count
        };
        Figure((0..self.known.len()).map(flagged).collect())
    }

    fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let all = |scores: &Vec<f64>| scores.iter().copied().map(&change).collect();
        Self { known: all(&self.known), altered: self.altered.iter().map(all).collect() }
    }

    fn zip(&self, other: &Self, join: fn(f64, f64) -> f64) -> Self {
        let all = |(a, b): (&Vec<f64>, &Vec<f64>)| {
            a.iter().zip(b).map(|(a, b)| join(*a, *b)).collect::<Vec<_>>()
        };
        let altered = self.altered.iter().zip(&other.altered).map(all).collect();
        Self { known: all((&self.known, &other.known)), altered }
    }
}

impl Figure {
    pub fn value(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// How much larger this figure is than another of the same samples, in standard errors of the
    /// difference.
    pub fn errors_above(&self, other: &Self) -> f64 {
        let differences = || self.0.iter().zip(&other.0).map(|(own, other)| own - other);
        let count = self.0.len() as f64;
        let mean = differences().sum::<f64>() / count;
        let squares: f64 = differences().map(|difference| (difference - mean).powi(2)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        if mean == 0.0 { 0.0 } else { mean / error }
    }
}

fn sorted(scores: &[f64]) -> Vec<f64> {
    let mut scores = scores.to_vec();
    scores.sort_unstable_by(f64::total_cmp);
    scores
}

/// Share of sorted scores below one, equal ones counted by half.
fn share_below(sorted: &[f64], score: f64) -> f64 {
    let below = sorted.partition_point(|other| *other < score);
    let not_above = sorted.partition_point(|other| *other <= score);
    (below + not_above) as f64 / 2.0 / sorted.len() as f64
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Made by `tests/data/choice.py` with scikit-learn, SciPy and NumPy.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Golden {
        columns: [Vec<Vec<f64>>; 2],
        aurocs: [f64; 2],
        false_alarms: [f64; 2],
        errors_above: [f64; 2],
        joined_auroc: f64,
    }

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    fn column(scores: &[Vec<f64>]) -> Column {
        Column { known: scores[0].clone(), altered: scores[1..].to_vec() }
    }

    #[test]
    fn figures_equal_those_of_scikit_learn_and_numpy() {
        let golden: Golden =
            serde_json::from_str(include_str!("../../../tests/data/choice.json")).unwrap();
        let [one, other] = golden.columns.map(|scores| column(&scores));
        for (at, column) in [&one, &other].into_iter().enumerate() {
            assert!(close(column.auroc().value(), golden.aurocs[at]));
            assert!(close(column.false_alarms().value(), golden.false_alarms[at]));
        }
        let [aurocs, alarms] = golden.errors_above;
        assert!(close(one.auroc().errors_above(&other.auroc()), aurocs));
        assert!(close(one.false_alarms().errors_above(&other.false_alarms()), alarms));
        let joined = [one.standardised().unwrap(), other.standardised().unwrap()];
        assert!(close(Column::sum(&joined).unwrap().auroc().value(), golden.joined_auroc));
    }

    #[test]
    fn scores_that_do_not_vary_cannot_be_standardised() {
        let scores = vec![vec![1.0; 3]; 5];
        assert_eq!(column(&scores).standardised(), None);
        assert_eq!(column(&scores).auroc().errors_above(&column(&scores).auroc()), 0.0);
    }
}
