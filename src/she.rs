//! The formula: features against patterns, one layer at a time.
//!
//! SHE, the Simplified Hopfield Energy (Zhang et al., ICLR 2023), compares the features `f` of a sample with the mean pattern
//! `mu_c` of each class. In the form of oodeel, the default here, the score of a layer of length `D` is
//!
//! ```text
//! s(x) = - max_c <f(x), mu_c> / D          higher = more out-of-distribution
//! ```
//!
//! [`Similarity`] replaces the inner product, [`PatternChoice`] the maximum. With many stored patterns a class and
//! [`Similarity::Hopfield`] the score is the full Hopfield energy of which SHE is the simplification.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::tensor::{check_finite, norm, sum, widened};
use crate::{Error, Patterns, Result};

/// How features are compared with the patterns of a class. Higher = more alike, for all.
///
/// All but [`Similarity::Hopfield`] are meant for one pattern a class, the mean; of several they take the most similar one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Similarity {
    /// Inner product over length, `<f, mu> / D`: the SHE of oodeel. It grows with the norm of the features.
    #[default]
    Inner,
    /// Inner product as it is, `<f, mu>`: the SHE of the paper, OpenOOD and pytorch-ood.
    Dot,
    /// Cosine of the angle, -1 to 1. Where either vector is all zeros it is 0.
    Cosine,
    /// Negative Euclidean distance, at most 0.
    Euclidean,
    /// `log sum_s exp(beta <f, s>)` over the patterns `s` of a class: the Hopfield energy HE of the paper, negated.
    Hopfield {
        /// Inverse temperature, above 0. Small = near the mean of all patterns, large = near the best one. The paper has 0.01
        /// for ResNets.
        beta: f32,
    },
}

impl Similarity {
    /// Whether scores can be computed with its temperature, if it has one.
    pub(crate) fn is_usable(self) -> bool {
        !matches!(self, Similarity::Hopfield { beta } if !(beta.is_finite() && beta > 0.0))
    }

    /// Similarity of features to each class, in the order of [`Patterns::classes`], computed in f64.
    fn to_classes(self, features: &[f32], patterns: &Patterns) -> Vec<f32> {
        let features = widened(features);
        let norm = if self == Similarity::Cosine { norm(&features) } else { 0.0 };
        let mut rows = patterns.rows().map(|(pattern, length)| self.to_pattern(&features, pattern, norm * length));
        patterns.classes().iter().map(|class| self.joined(rows.by_ref().take(class.rows))).collect()
    }

    /// Similarity to one pattern; `norms` is the product of both lengths, for the cosine.
    fn to_pattern(self, features: &[f64], pattern: &[f64], norms: f64) -> f64 {
        let dot = || sum(features, pattern, |f, p| f * p);
        match self {
            Similarity::Inner => dot() / features.len() as f64,
            Similarity::Dot => dot(),
            Similarity::Cosine if norms == 0.0 => 0.0,
            Similarity::Cosine => dot() / norms,
            Similarity::Euclidean => -sum(features, pattern, |f, p| (f - p) * (f - p)).sqrt(),
            Similarity::Hopfield { beta } => f64::from(beta) * dot(),
        }
    }

    /// The most similar of some patterns with their Euclidean lengths, the first of equal ones.
    pub(crate) fn most_similar<'a>(
        self,
        features: &[f64],
        rows: impl Iterator<Item = (&'a [f64], f64)>,
    ) -> Option<(&'a [f64], f64)> {
        let norm = norm(features);
        let compared = rows.map(|row| (row, self.to_pattern(features, row.0, norm * row.1)));
        compared.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(row, _)| row)
    }

    /// One value for all patterns of a class.
    fn joined(self, values: impl Iterator<Item = f64>) -> f32 {
        match self {
            Similarity::Hopfield { .. } => log_sum_exp(&values.collect::<Vec<_>>()) as f32,
            _ => values.fold(f64::NEG_INFINITY, f64::max) as f32,
        }
    }
}

/// The largest term is taken out, so that no power overflows.
fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

/// Which class's patterns a sample is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatternChoice {
    /// The most similar class, as in oodeel.
    #[default]
    Best,
    /// The class that the model predicts, as in the paper, OpenOOD and pytorch-ood. A predicted class without a pattern
    /// gives the score +infinity: nothing is known that the sample could be like.
    Predicted,
}

/// One layer's verdict on one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerScore {
    /// Negated similarity to the chosen class. Higher = more out-of-distribution.
    pub score: f32,
    /// Similarity to each class, in the order of [`Patterns::classes`]. Higher = more alike.
    pub similarities: Vec<f32>,
}

/// The scorer: the patterns of each layer and how features are held against them.
#[derive(Debug, Clone, PartialEq)]
pub struct She {
    /// Patterns of each layer, in the order of the features.
    pub layers: Vec<Patterns>,
    /// How features are compared with patterns.
    pub similarity: Similarity,
    /// Which class's patterns judge a sample.
    pub pattern: PatternChoice,
    /// ReAct (Sun et al., 2021): features above this are cut off at it, one value a layer. Patterns are not cut.
    pub clips: Option<Vec<f32>>,
}

impl She {
    /// Scores the features of each layer of one sample whose predicted class is `predicted`.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] when the features of a layer and its patterns differ in length or number,
    /// [`Error::NotFinite`] for NaN and infinities.
    pub fn score(&self, features: &[Vec<f32>], predicted: usize) -> Result<Vec<LayerScore>> {
        self.check_features(features)?;
        Ok(self.compare(features, predicted))
    }

    /// As [`She::score`], for features that were checked when they were made.
    pub(crate) fn compare(&self, features: &[Vec<f32>], predicted: usize) -> Vec<LayerScore> {
        let layers = self.layers.iter().zip(features).zip(self.clips());
        layers.map(|((patterns, features), clip)| self.score_layer(patterns, &clipped(features, clip), predicted)).collect()
    }

    /// Refuses features that cannot be compared with the patterns.
    pub(crate) fn check_features(&self, features: &[Vec<f32>]) -> Result<()> {
        if features.len() != self.layers.len() {
            let (layer, patterns) = ("all".to_string(), self.layers.len());
            return Err(Error::PatternsMismatch { layer, patterns, features: features.len() });
        }
        self.layers.iter().zip(features).try_for_each(|(patterns, features)| {
            check_size(patterns, features.len())?;
            check_finite(format_args!("the features of layer {:?}", patterns.layer()), features)
        })
    }

    /// Where ReAct cuts the features of each layer off, without end.
    pub(crate) fn clips(&self) -> impl Iterator<Item = Option<f32>> {
        self.clips.iter().flatten().copied().map(Some).chain(std::iter::repeat(None))
    }

    fn score_layer(&self, patterns: &Patterns, features: &[f32], predicted: usize) -> LayerScore {
        let similarities = self.similarity.to_classes(features, patterns);
        let chosen = match self.pattern {
            PatternChoice::Best => similarities.iter().copied().reduce(f32::max),
            PatternChoice::Predicted => patterns.position_of(predicted).and_then(|class| similarities.get(class).copied()),
        };
        LayerScore { score: -chosen.unwrap_or(f32::NEG_INFINITY), similarities }
    }

    /// Refuses a temperature or clips that no score can be computed with.
    pub(crate) fn check(&self) -> Result<()> {
        let damaged = |reason: String| Err(Error::InvalidDetector { field: "scorer".to_string(), reason });
        match &self.clips {
            _ if !self.similarity.is_usable() => damaged(format!("the similarity is {:?}", self.similarity)),
            Some(clips) if clips.len() != self.layers.len() || clips.iter().any(|clip| !clip.is_finite()) => {
                damaged(format!("the clips {clips:?} are not one number for each of {} layers", self.layers.len()))
            }
            _ => Ok(()),
        }
    }
}

/// Features as ReAct leaves them.
pub(crate) fn clipped(features: &[f32], clip: Option<f32>) -> Cow<'_, [f32]> {
    match clip {
        Some(clip) => features.iter().map(|feature| feature.min(clip)).collect(),
        None => features.into(),
    }
}

/// Refuses patterns that are not of the length of their layer's features.
pub(crate) fn check_size(patterns: &Patterns, features: usize) -> Result<()> {
    if patterns.size() == features {
        return Ok(());
    }
    Err(Error::PatternsMismatch { layer: patterns.layer().to_string(), patterns: patterns.size(), features })
}
