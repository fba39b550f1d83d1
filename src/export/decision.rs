//! A score to a decision and a p-value.

use super::builder::{BOOL, Builder, FLOAT, INT64, Name};
use super::features::column;
use crate::{Moments, Threshold};

/// Scores this close are taken for equal, as a share of the largest: other runtimes sum in another
/// order, and a calibration sample must find its own score again.
const ROUNDING: f32 = 5e-7;
/// The most that is taken for equal, likewise.
const SLACK: f32 = 5e-6;
/// What is taken for equal where these bounds allow it, as a share of the deviation of the
/// calibration scores over their number: about one new sample in ten thousand is that close to one.
const RARELY: f64 = 3e-4;

/// Decision and p-value, `[N]` each.
pub(super) struct Decision {
    pub is_ood: Name,
    pub p_value: Name,
}

/// Scores, and which samples have none because a number is not finite, `[N, 1]` each.
pub(super) struct Scored {
    /// Infinite for these.
    pub score: Name,
    pub is_refused: Name,
}

impl Scored {
    /// Of scores, some of which may follow from numbers that are not finite.
    pub fn of(graph: &mut Builder, score: &Name) -> Self {
        let is_finite = graph.are_finite();
        let least = graph.floats(&[], &[f32::NEG_INFINITY]);
        // Infinity is the score of a predicted class without patterns.
        let is_number = graph.op("Greater", &[score, &least]);
        let is_scored = graph.op("And", &[&is_finite, &is_number]);
        let infinity = graph.floats(&[], &[f32::INFINITY]);
        let score = graph.op("Where", &[&is_scored, score, &infinity]);
        Self { score, is_refused: graph.op("Not", &[&is_scored]) }
    }
}

/// The threshold as it is written: the calibration scores behind it, and who uses which.
pub(super) struct Calibrated<'a> {
    pub threshold: &'a Threshold,
    /// Number of classes.
    pub classes: usize,
}

impl Calibrated<'_> {
    fn is_by_class(&self) -> bool {
        self.threshold.scores_by_class().is_some()
    }

    /// The threshold of each class, or the one of all.
    pub fn values(&self) -> Vec<f32> {
        match self.is_by_class() {
            true => (0..self.classes).map(|class| self.threshold.value_for(class)).collect(),
            false => vec![self.threshold.value()],
        }
    }

    /// Decides on scores `[N, 1]` of samples predicted as `[N]`.
    pub fn write(
        &self,
        graph: &mut Builder,
        Scored { score, is_refused }: &Scored,
        predicted: &Name,
        given: &Name,
    ) -> Decision {
        let slack = graph.floats(&[], &[self.slack()]);
        let lowered = graph.op("Sub", &[score, &slack]);
        let own = |graph: &mut Builder, values: &Name| match self.is_by_class() {
            true => {
                let own = graph.gathered(values, predicted, 0);
                graph.reshaped(&own, &[-1, 1])
            }
            false => values.clone(),
        };
        let threshold = own(graph, given);
        let is_above = graph.op("Greater", &[&lowered, &threshold]);
        let is_ood = graph.op("Or", &[&is_above, is_refused]);
        let counted = self.counted(graph, &lowered, predicted);
        let one = graph.floats(&[], &[1.0]);
        let counted = graph.op("Add", &[&counted, &one]);
        let sizes = self.sizes();
        let all = graph.floats(&[sizes.len()], &sizes);
        let all = own(graph, &all);
        let share = graph.op("Div", &[&counted, &all]);
        let share = match self.threshold.is_interpolated() {
            true => {
                let calibrated = graph.floats(&[self.values().len()], &self.values());
                let calibrated = own(graph, &calibrated);
                self.moved(graph, &share, &lowered, &calibrated)
            }
            false => share,
        };
        let none = graph.floats(&[], &[0.0]);
        let share = graph.op("Where", &[is_refused, &none, &share]);
        Decision { is_ood: graph.reshaped(&is_ood, &[-1]), p_value: graph.reshaped(&share, &[-1]) }
    }

    fn slack(&self) -> f32 {
        let finite = || self.threshold.scores().iter().copied().filter(|score| score.is_finite());
        let scale = finite().fold(1.0f32, |largest, score| largest.max(score.abs()));
        let std = Moments::over(finite()).map_or(0.0, |moments| moments.std.into());
        let (least, most) = (ROUNDING * scale, SLACK * scale);
        ((RARELY * std / finite().count().max(1) as f64) as f32).clamp(least, most)
    }

    /// One more than the number of calibration scores, of each class or of all.
    fn sizes(&self) -> Vec<f32> {
        let size = |class| (self.threshold.scores_for(class).len() + 1) as f32;
        (0..self.values().len()).map(size).collect()
    }

    /// Number of calibration scores that are at least as high, `[N, 1]`.
    fn counted(&self, graph: &mut Builder, score: &Name, predicted: &Name) -> Name {
        let scores = match self.threshold.scores_by_class() {
            Some(classes) => classes.flatten().copied().collect(),
            None => self.threshold.scores().to_vec(),
        };
        let table = graph.floats(&[1, scores.len()], &scores);
        let is_lower = graph.op("Less", &[&table, score]);
        let counts = graph.op("Not", &[&is_lower]);
        let counts = match self.threshold.scores_by_class() {
            Some(classes) => {
                let own = classes
                    .enumerate()
                    .flat_map(|(class, scores)| std::iter::repeat_n(class as i64, scores.len()));
                let is_own = self.is_own(graph, own.collect(), predicted);
                graph.op("And", &[&counts, &is_own])
            }
            None => counts,
        };
        let counts = graph.cast(&counts, FLOAT);
        graph.reduced("ReduceSum", &counts, 1, true)
    }

    /// Whether each calibration score, of the class `owners` says, counts for a sample: those of
    /// its own class, or all where that has too few.
    fn is_own(&self, graph: &mut Builder, owners: Vec<i64>, predicted: &Name) -> Name {
        let owners = graph.ints(&[1, owners.len()], &owners);
        let predicted = column(graph, predicted);
        let is_own = graph.op("Equal", &[&owners, &predicted]);
        let pooled = |class| i64::from(!self.threshold.has_own(class));
        let pooled: Vec<i64> = (0..self.classes).map(pooled).collect();
        let pooled = graph.ints(&[pooled.len()], &pooled);
        let pooled = graph.gathered(&pooled, &predicted, 0);
        let pooled = graph.cast(&pooled, BOOL);
        graph.op("Or", &[&is_own, &pooled])
    }

    /// Interpolated thresholds lie between scores: the p-value is moved to the side of the
    /// decision that the detector itself takes.
    fn moved(&self, graph: &mut Builder, share: &Name, score: &Name, threshold: &Name) -> Name {
        let level = 1.0 - self.threshold.id_pass_rate();
        let level = graph.floats(&[], &[level as f32]);
        let is_ood = graph.op("Greater", &[score, threshold]);
        let low = graph.op("Min", &[share, &level]);
        let high = graph.op("Max", &[share, &level]);
        graph.op("Where", &[&is_ood, &low, &high])
    }
}

/// Whole numbers of the classes at these positions, `[N]`.
pub(super) fn indices(graph: &mut Builder, positions: &Name, classes: Vec<i64>) -> Name {
    let classes = graph.ints(&[classes.len()], &classes);
    let found = graph.gathered(&classes, positions, 0);
    graph.cast(&found, INT64)
}
