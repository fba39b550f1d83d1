//! Reports: plain data, with the same names in every language.

use serde::Serialize;

use super::scored::Scored;
use super::threshold::Decision;
use crate::names::named;
use crate::{Baselines, Parts};

/// Report on one sample.
///
/// Scores are higher for what is more out-of-distribution; similarities are higher for what is more
/// alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[must_use]
pub struct Report {
    /// The layers' scores joined to one, and with the energy where the detector takes it in.
    pub score: f32,
    /// The two parts of the score where the detector takes the energy in: they sum to it.
    pub parts: Option<Parts>,
    /// Scores above this are out-of-distribution. Where classes have their own thresholds, that of
    /// the predicted class.
    pub threshold: f32,
    /// `score > threshold`.
    pub is_ood: bool,
    /// Conformal p-value, 0 to 1. Small = hardly ever seen in-distribution. `is_ood` means that it
    /// is at most `1.0 - id_pass_rate`.
    pub p_value: f64,
    /// Whether the sample is known, and as one class.
    pub verdict: Verdict,
    /// Conformal prediction set: the classes that the sample may be of, as positions in the logits,
    /// the most probable first. It holds the true class of an in-distribution sample with a
    /// probability of at least [`SetsInfo::level`](crate::SetsInfo::level), and may be empty.
    /// `None` where the calibration samples had no labels.
    pub set: Option<Vec<usize>>,
    /// What the classifier says.
    pub predicted: Predicted,
    /// Softmax probability of each class, in the order of the logits.
    pub probabilities: Vec<f32>,
    /// The most similar pattern, over the layers taken together.
    pub nearest: Nearest,
    /// Each layer by itself.
    pub layers: Vec<LayerReport>,
    /// Scores from the model's logits alone. `None` where patterns classify.
    pub baselines: Option<Baselines>,
    /// How long it took.
    pub timings: Timings,
}

/// Whether a sample is known, and as one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Verdict {
    /// Not flagged, with one class in its prediction set. Where there are no prediction sets: not
    /// flagged.
    Known = 0,
    /// Not flagged, with several classes in its prediction set, or none; and whatever a detector
    /// scores that has no threshold, as it has too few calibration samples.
    Unsure = 1,
    /// Flagged as out-of-distribution.
    Unknown = 2,
}

impl Verdict {
    pub(super) fn of(decision: Decision, set: Option<&[usize]>) -> Self {
        match (decision.is_ood, set) {
            (true, _) => Self::Unknown,
            _ if decision.threshold == f32::INFINITY => Self::Unsure,
            (false, None | Some([_])) => Self::Known,
            (false, Some(_)) => Self::Unsure,
        }
    }
}

named!(
    Verdict,
    "the verdict",
    "known" => Known,
    "unsure" => Unsure,
    "unknown" => Unknown,
);

/// The class that the classifier predicts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Predicted {
    /// Position in the logits.
    pub index: usize,
    /// Its name.
    pub label: String,
    /// Softmax probability, 0 to 1.
    pub probability: f32,
}

/// The class whose patterns are most similar.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Nearest {
    /// Position in the logits.
    pub index: usize,
    /// Its name.
    pub label: String,
    /// Its similarity. With several layers: minus the score that the aggregator would join for
    /// this class alone.
    pub similarity: f32,
}

/// One layer's part in the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LayerReport {
    /// Name of the layer.
    pub name: String,
    /// Its score alone.
    pub score: f32,
    /// Similarity to the pattern of each class, in the order of
    /// [`Info::classes`](crate::Info::classes).
    pub similarities: Vec<f32>,
}

/// Milliseconds spent in each stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Timings {
    /// Resizing and normalising the picture, 0 for ready inputs.
    pub image: f64,
    /// Running the classifier.
    pub model: f64,
    /// Features, similarities, score and decision.
    pub she: f64,
}

/// Reports on many samples: one array per quantity, in the order of the samples.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct BatchReport {
    /// As [`Report::score`].
    pub scores: Vec<f32>,
    /// As [`Report::is_ood`], 1 or 0.
    pub is_ood: Vec<u8>,
    /// As [`Report::p_value`].
    pub p_values: Vec<f64>,
    /// As [`Report::verdict`]: 0 for known, 1 for unsure, 2 for unknown.
    pub verdicts: Vec<u8>,
    /// Number of classes in each [`Report::set`]. Empty where there are no sets.
    pub set_sizes: Vec<u32>,
    /// The classes of all sets, end to end.
    pub set_classes: Vec<u32>,
    /// As [`Predicted::index`].
    pub predicted: Vec<u32>,
    /// As [`Predicted::probability`].
    pub probabilities: Vec<f32>,
    /// As [`Nearest::index`].
    pub nearest: Vec<u32>,
    /// As [`Baselines::msp`].
    pub msp: Vec<f32>,
    /// As [`Baselines::max_logit`].
    pub max_logit: Vec<f32>,
    /// As [`Baselines::energy`].
    pub energy: Vec<f32>,
}

/// What a batch keeps of a report.
struct Row<'a> {
    score: f32,
    is_ood: bool,
    p_value: f64,
    verdict: Verdict,
    set: Option<&'a [usize]>,
    predicted: (usize, f32),
    nearest: usize,
    baselines: Option<Baselines>,
}

impl BatchReport {
    /// Appends the report on the next sample.
    pub fn push(&mut self, report: &Report) {
        let &Report { score, is_ood, p_value, verdict, baselines, .. } = report;
        let predicted = (report.predicted.index, report.predicted.probability);
        let (nearest, set) = (report.nearest.index, report.set.as_deref());
        self.add(Row { score, is_ood, p_value, verdict, set, predicted, nearest, baselines });
    }

    /// As [`BatchReport::push`], of a report without names.
    pub(crate) fn push_scored(&mut self, scored: &Scored<'_>) {
        let &Scored { score, decision, verdict, baselines, .. } = scored;
        let Decision { is_ood, p_value, .. } = decision;
        let predicted = (scored.softmax.class(), scored.softmax.probability());
        let (nearest, set) = (scored.nearest.class, scored.set.as_deref());
        self.add(Row { score, is_ood, p_value, verdict, set, predicted, nearest, baselines });
    }

    /// Appends the reports of the samples that follow.
    pub(crate) fn append(&mut self, mut next: Self) {
        self.scores.append(&mut next.scores);
        self.is_ood.append(&mut next.is_ood);
        self.p_values.append(&mut next.p_values);
        self.verdicts.append(&mut next.verdicts);
        self.set_sizes.append(&mut next.set_sizes);
        self.set_classes.append(&mut next.set_classes);
        self.predicted.append(&mut next.predicted);
        self.probabilities.append(&mut next.probabilities);
        self.nearest.append(&mut next.nearest);
        self.msp.append(&mut next.msp);
        self.max_logit.append(&mut next.max_logit);
        self.energy.append(&mut next.energy);
    }

    fn add(&mut self, row: Row<'_>) {
        self.scores.push(row.score);
        self.is_ood.push(row.is_ood.into());
        self.p_values.push(row.p_value);
        self.verdicts.push(row.verdict as u8);
        self.set_sizes.extend(row.set.iter().map(|set| set.len() as u32));
        self.set_classes.extend(row.set.iter().copied().flatten().map(|&class| class as u32));
        self.predicted.push(row.predicted.0 as u32);
        self.probabilities.push(row.predicted.1);
        self.nearest.push(row.nearest as u32);
        self.msp.extend(row.baselines.map(|baselines| baselines.msp));
        self.max_logit.extend(row.baselines.map(|baselines| baselines.max_logit));
        self.energy.extend(row.baselines.map(|baselines| baselines.energy));
    }
}
