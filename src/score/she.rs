//! Features against patterns, one layer at a time.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::tensor::check_finite;
use crate::{Error, Patterns, Result, Similarity};

/// Class that a sample is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompareWith {
    /// The most similar class, as in oodeel.
    #[default]
    Nearest,
    /// The class that the model predicts, as in the paper, OpenOOD and pytorch-ood. A predicted
    /// class without a pattern scores +infinity, as there is nothing to compare with.
    Predicted,
}

named!(CompareWith, "the class to compare with", "nearest" => Nearest, "predicted" => Predicted);

/// Score of one layer for one sample.
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
    /// Class that a sample is compared with.
    pub compare_with: CompareWith,
    /// ReAct (Sun et al., 2021): features above this are cut off at it, one value a layer.
    /// Patterns are not cut.
    pub clips: Option<Vec<f32>>,
}

impl She {
    /// Scores the features of each layer of one sample whose predicted class is `predicted`.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] when the features of a layer and its patterns differ in length
    /// or number, [`Error::NotFinite`] for NaN and infinities.
    pub fn score(&self, features: &[Vec<f32>], predicted: usize) -> Result<Vec<LayerScore>> {
        self.check_features(features)?;
        Ok(self.compare(features, predicted))
    }

    /// As [`She::score`], for features that were checked when they were made.
    pub(crate) fn compare(&self, features: &[Vec<f32>], predicted: usize) -> Vec<LayerScore> {
        let layers = self.layers.iter().zip(features).zip(self.clips());
        layers
            .map(|((patterns, features), clip)| {
                self.score_layer(patterns, &clipped(features, clip), predicted)
            })
            .collect()
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
        let chosen = match self.compare_with {
            CompareWith::Nearest => similarities.iter().copied().reduce(f32::max),
            CompareWith::Predicted => {
                patterns.position_of(predicted).and_then(|class| similarities.get(class).copied())
            }
        };
        LayerScore { score: -chosen.unwrap_or(f32::NEG_INFINITY), similarities }
    }

    /// Refuses a temperature or clips that no score can be computed with.
    pub(crate) fn check(&self) -> Result<()> {
        let damaged =
            |reason: String| Err(Error::InvalidDetector { field: "scorer".to_string(), reason });
        match &self.clips {
            _ if !self.similarity.is_usable() => {
                damaged(format!("the similarity is {:?}", self.similarity))
            }
            Some(clips)
                if clips.len() != self.layers.len()
                    || clips.iter().any(|clip| !clip.is_finite()) =>
            {
                damaged(format!(
                    "the clips {clips:?} are not one number for each of {} layers",
                    self.layers.len()
                ))
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
    Err(Error::PatternsMismatch {
        layer: patterns.layer().to_string(),
        patterns: patterns.size(),
        features,
    })
}
