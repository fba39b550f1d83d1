//! A detector's model, patterns and settings, as plain data.

use serde::{Deserialize, Serialize};

use super::threshold::rank;
use super::warning::{Warning, warnings};
use super::{PredictionSets, Scorer};
use crate::{
    Aggregator, Choice, Classify, CompareWith, Judgement, OutputKind, Patterns, Precision,
    Preprocess, Similarity, Taught, Trial, WithEnergy,
};

/// A detector's model, patterns and settings, as plain data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Info {
    /// Shape of one sample, without the batch dimension.
    pub input_shape: Vec<usize>,
    /// Name of each class, in the order of the model's logits where the model classifies.
    pub labels: Vec<String>,
    /// Indices of the classes that have patterns, ascending.
    pub classes: Vec<usize>,
    /// Number of fit samples behind the patterns of each of `classes`.
    pub counts: Vec<u64>,
    /// Number of fit samples of each class, in the order of `labels`, classified correctly or not.
    /// `None` for files without these numbers.
    pub samples: Option<Vec<u64>>,
    /// Number of fit samples of each class that the model classifies correctly, in the order of
    /// `labels`, where some classes have too few for a pattern; else `None`, as `counts` has them.
    #[serde(skip)]
    pub correct: Option<Vec<u64>>,
    /// What tells the class of a sample.
    pub classify: Classify,
    /// How the patterns classify, where they do.
    pub taught: Option<Taught>,
    /// What the fit tried and why it chose what it did; `None` if the options told it.
    pub choice: Option<Choice>,
    /// Whether it works; `None` where no strangers could be made of the fit samples.
    pub judgement: Option<Judgement>,
    /// Number of patterns of each of `classes`: 1 where the mean is stored.
    pub rows: Vec<usize>,
    /// Meaning of the model's outputs.
    pub outputs: OutputKind,
    /// The tapped layers.
    pub layers: Vec<LayerInfo>,
    /// How features are compared with patterns.
    pub similarity: Similarity,
    /// Class that a sample is compared with.
    pub compare_with: CompareWith,
    /// How the scores of several layers are joined.
    pub aggregator: Aggregator,
    /// How the energy of the logits joins the score, if it does.
    pub energy: Option<WithEnergy>,
    /// Precision in which the patterns are stored.
    pub precision: Precision,
    /// ReAct: features of each layer above this are cut off at it. `None` without ReAct.
    pub clips: Option<Vec<f32>>,
    /// Scores above this are out-of-distribution.
    pub threshold: f32,
    /// Threshold of each predicted class, in the order of `labels`, where classes have their own.
    pub class_thresholds: Option<Vec<f32>>,
    /// Share of in-distribution samples that the threshold aims to pass, 0 to 1. The share that
    /// passes on other data may differ.
    pub id_pass_rate: f64,
    /// 95 % interval of the share that really passes, for data like the held-out samples. `None`
    /// where the fit samples calibrate, each left out of its pattern: no such bound is proved.
    pub pass_rate_interval: Option<(f64, f64)>,
    /// Number of held-out samples behind the threshold.
    pub calibration_size: usize,
    /// The prediction sets; `None` where the held-out samples had no labels.
    pub sets: Option<SetsInfo>,
    /// How images become inputs, if the detector takes images.
    pub preprocess: Option<Preprocess>,
    /// Warnings about the detector, the most important first. Empty when all is well.
    pub warnings: Vec<Warning>,
}

impl Info {
    /// Fills in the warnings, which follow from everything else.
    fn with_warnings(self) -> Self {
        Self { warnings: warnings(&self), ..self }
    }

    /// Fills in the judgement, which follows from the trial and everything else.
    fn with_judgement(self, trial: Option<&Trial>) -> Self {
        Self { judgement: trial.map(|trial| trial.judge(&self)), ..self }
    }

    /// Whether every threshold is infinite, so that no sample is out-of-distribution.
    pub fn flags_nothing(&self) -> bool {
        let is_infinite = |threshold: &f32| *threshold == f32::INFINITY;
        match &self.class_thresholds {
            Some(thresholds) => thresholds.iter().all(is_infinite),
            None => is_infinite(&self.threshold),
        }
    }

    /// Whether the calibration samples are fit samples that were left out of their patterns.
    pub(super) fn is_left_out(&self) -> bool {
        self.taught.is_some_and(|taught| taught.leave_one_out)
    }

    /// Number of fit samples that the model classifies correctly.
    pub fn correct_samples(&self) -> u64 {
        self.correct.as_ref().unwrap_or(&self.counts).iter().sum()
    }

    /// Number of fit samples of a class that the model classifies correctly.
    pub(super) fn correct_of(&self, class: usize) -> u64 {
        if let Some(correct) = &self.correct {
            return correct.get(class).copied().unwrap_or_default();
        }
        let mut counted = self.classes.iter().zip(&self.counts);
        counted.find(|(counted, _)| **counted == class).map_or(0, |(_, &count)| count)
    }
}

impl Scorer {
    /// Whether the calibration samples are fit samples that were left out of their patterns.
    pub(crate) fn is_left_out(&self) -> bool {
        self.taught.is_some_and(|taught| taught.leave_one_out)
    }

    /// The detector's model, patterns and settings.
    ///
    /// The shape of a sample is what the model's file declares, whose first dimension counts
    /// samples.
    pub fn info(&self) -> Info {
        let layer = |patterns: &Patterns| LayerInfo {
            name: patterns.layer().to_string(),
            size: patterns.size(),
        };
        let classes = self.classes();
        let class_threshold = |class| self.threshold.value_for(class);
        Info {
            input_shape: self.input_shape.clone(),
            labels: self.labels.clone(),
            classes: classes.iter().map(|class| class.index).collect(),
            counts: classes.iter().map(|class| class.count).collect(),
            samples: self.samples.clone(),
            correct: self.correct.clone(),
            classify: if self.taught.is_some() { Classify::Patterns } else { Classify::Model },
            taught: self.taught,
            choice: self.choice.clone(),
            judgement: None,
            rows: classes.iter().map(|class| class.rows).collect(),
            outputs: self.outputs,
            layers: self.she.layers().iter().map(layer).collect(),
            similarity: self.she.similarity(),
            compare_with: self.she.compare_with(),
            aggregator: self.aggregator.clone(),
            energy: self.energy,
            precision: self.she.precision(),
            clips: self.she.clips().map(<[f32]>::to_vec),
            threshold: self.threshold.value(),
            class_thresholds: self
                .threshold
                .scores_by_class()
                .map(|_| (0..self.labels.len()).map(class_threshold).collect()),
            id_pass_rate: self.threshold.id_pass_rate(),
            pass_rate_interval: (!self.is_left_out()).then(|| self.threshold.pass_rate_interval()),
            calibration_size: self.threshold.scores().len(),
            sets: self.sets.as_ref().map(SetsInfo::of),
            preprocess: self.preprocess.clone(),
            warnings: Vec::new(),
        }
        .with_warnings()
        .with_judgement(self.trial.as_ref())
    }
}

/// The conformal prediction sets of a detector.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SetsInfo {
    /// Probability, 0 to 1, with which a set holds the true class of an in-distribution sample: at
    /// least this, for data like the held-out samples. It is the pass rate.
    pub level: f64,
    /// Whether the promise holds within each true class, not only over all.
    pub by_class: bool,
    /// Number of labelled held-out samples behind the sets. With too few to promise the level,
    /// fewer than 19 for 0.95, every set holds every class.
    pub size: usize,
}

impl SetsInfo {
    fn of(sets: &PredictionSets) -> Self {
        let odds = sets.odds();
        Self {
            level: odds.id_pass_rate(),
            by_class: odds.scores_by_class().is_some(),
            size: odds.scores().len(),
        }
    }

    /// Whether the samples are too few to promise the level.
    pub(super) fn has_too_few(&self) -> bool {
        rank(self.size, self.level) > self.size
    }
}

/// A tapped layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayerInfo {
    /// Name of the tensor in the ONNX file.
    pub name: String,
    /// Length of its features.
    pub size: usize,
}
