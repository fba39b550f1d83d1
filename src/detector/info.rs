//! What a detector says about itself.

use serde::{Deserialize, Serialize};

use super::warning::{Warning, warnings};
use crate::{Aggregator, CompareWith, OutputKind, Preprocess, Similarity};

/// A detector's model, patterns and settings, as plain data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Shape of one sample, without the batch dimension.
    pub input_shape: Vec<usize>,
    /// Name of each class of the model, in the order of its logits.
    pub labels: Vec<String>,
    /// Classes that have a pattern, as positions in the logits, ascending.
    pub classes: Vec<usize>,
    /// Number of fit samples behind the pattern of each of `classes`.
    pub counts: Vec<u64>,
    /// Number of fit samples with each label, in the order of `labels`, classified rightly or not.
    /// `None` for files that do not say.
    pub samples: Option<Vec<u64>>,
    /// Number of patterns of each of `classes`: 1 where the mean is stored.
    pub rows: Vec<usize>,
    /// What the model's outputs are.
    pub outputs: OutputKind,
    /// The tapped layers.
    pub layers: Vec<LayerInfo>,
    /// How features are compared with patterns.
    pub similarity: Similarity,
    /// Class that a sample is compared with.
    pub compare_with: CompareWith,
    /// How the scores of several layers are joined.
    pub aggregator: Aggregator,
    /// ReAct: where the features of each layer are cut off, if they are.
    pub clips: Option<Vec<f32>>,
    /// Scores above this are out-of-distribution.
    pub threshold: f32,
    /// The thresholds of samples by their predicted class, in the order of `labels`, where classes
    /// have their own.
    pub class_thresholds: Option<Vec<f32>>,
    /// Share of in-distribution samples that the threshold is set to let pass; what passes on
    /// other data may differ.
    pub id_pass_rate: f64,
    /// Where that share really lies with a probability of 95 %, for data like the held-out
    /// samples.
    pub pass_rate_interval: (f64, f64),
    /// Number of held-out samples behind the threshold.
    pub calibration_size: usize,
    /// How pictures become inputs, where the detector takes pictures.
    pub preprocess: Option<Preprocess>,
    /// Warnings about the detector, the most important first. Empty when all is well.
    pub warnings: Vec<Warning>,
}

impl Info {
    /// The same with its warnings.
    pub(crate) fn warned(self) -> Self {
        Self { warnings: warnings(&self), ..self }
    }

    /// Number of fit samples of a class that the model classifies rightly.
    pub(crate) fn correct_of(&self, class: usize) -> u64 {
        let row = self.classes.iter().position(|&known| known == class);
        row.and_then(|row| self.counts.get(row)).copied().unwrap_or_default()
    }

    pub(crate) fn label(&self, class: usize) -> &str {
        self.labels.get(class).map(String::as_str).unwrap_or_default()
    }
}

/// A tapped layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerInfo {
    /// Name of the tensor in the ONNX file.
    pub name: String,
    /// Length of its features.
    pub size: usize,
}
