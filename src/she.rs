//! The formula: features against patterns, one layer at a time.
//!
//! SHE, the Simplified Hopfield Energy (Zhang et al., ICLR 2023), compares the features `f` of a sample with the mean pattern
//! `mu_c` of each class. In the form of oodeel, the default here, the score of a layer of length `D` is
//!
//! ```text
//! s(x) = - max_c <f(x), mu_c> / D          higher = more out-of-distribution
//! ```
//!
//! [`Similarity`] replaces the inner product, [`PatternChoice`] the maximum.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use crate::{Error, Patterns, Result};

/// How features are compared with a pattern. Higher = more alike, for all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Similarity {
    /// Inner product over length, `<f, mu> / D`: the SHE of paper and oodeel. It grows with the norm of the features.
    #[default]
    Inner,
    /// Cosine of the angle, -1 to 1. Where either vector is all zeros it is 0.
    Cosine,
    /// Negative Euclidean distance, at most 0.
    Euclidean,
}

impl Similarity {
    /// Similarity of features to a pattern of the same length, computed in f64.
    pub fn between(self, features: &[f32], pattern: ArrayView1<'_, f32>) -> f32 {
        let pairs = || features.iter().zip(pattern).map(|(&f, &p)| (f64::from(f), f64::from(p)));
        let value = match self {
            Similarity::Inner => sum(pairs().map(|(f, p)| f * p)) / features.len() as f64,
            Similarity::Cosine => {
                let norms = (sum(pairs().map(|(f, _)| f * f)) * sum(pairs().map(|(_, p)| p * p))).sqrt();
                if norms == 0.0 { 0.0 } else { sum(pairs().map(|(f, p)| f * p)) / norms }
            }
            Similarity::Euclidean => -sum(pairs().map(|(f, p)| (f - p) * (f - p))).sqrt(),
        };
        value as f32
    }
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.sum()
}

/// Which class's pattern a sample is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatternChoice {
    /// The most similar pattern of all classes, as in oodeel.
    #[default]
    Best,
    /// The pattern of the class that the model predicts, as in the paper and OpenOOD. A predicted class without a pattern
    /// gives the score +infinity: nothing is known that the sample could be like.
    Predicted,
}

/// One layer's verdict on one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerScore {
    /// Negated similarity to the chosen pattern. Higher = more out-of-distribution.
    pub score: f32,
    /// Similarity to each pattern, in the order of [`Patterns::classes`]. Higher = more alike.
    pub similarities: Vec<f32>,
}

/// The scorer: the patterns of each layer and how features are held against them.
#[derive(Debug, Clone, PartialEq)]
pub struct She {
    /// Patterns of each layer, in the order of the features.
    pub layers: Vec<Patterns>,
    /// How features are compared with a pattern.
    pub similarity: Similarity,
    /// Which pattern judges a sample.
    pub pattern: PatternChoice,
}

impl She {
    /// Scores the features of each layer of one sample whose predicted class is `predicted`.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] when the features of a layer and its patterns differ in length or number.
    pub fn score(&self, features: &[Vec<f32>], predicted: usize) -> Result<Vec<LayerScore>> {
        if features.len() != self.layers.len() {
            let (layer, patterns) = ("all".to_string(), self.layers.len());
            return Err(Error::PatternsMismatch { layer, patterns, features: features.len() });
        }
        let pairs = self.layers.iter().zip(features);
        pairs.map(|(patterns, features)| self.score_layer(patterns, features, predicted)).collect()
    }

    fn score_layer(&self, patterns: &Patterns, features: &[f32], predicted: usize) -> Result<LayerScore> {
        check_size(patterns, features.len())?;
        let similarities: Vec<f32> = patterns.rows().map(|pattern| self.similarity.between(features, pattern)).collect();
        let chosen = match self.pattern {
            PatternChoice::Best => similarities.iter().copied().reduce(f32::max),
            PatternChoice::Predicted => patterns.row_of(predicted).and_then(|row| similarities.get(row).copied()),
        };
        Ok(LayerScore { score: -chosen.unwrap_or(f32::NEG_INFINITY), similarities })
    }
}

/// Refuses patterns that are not of the length of their layer's features.
pub(crate) fn check_size(patterns: &Patterns, features: usize) -> Result<()> {
    if patterns.size() == features {
        return Ok(());
    }
    Err(Error::PatternsMismatch { layer: patterns.layer().to_string(), patterns: patterns.size(), features })
}
