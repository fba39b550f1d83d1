//! Features against patterns, one layer at a time.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::tensor::check_finite;
use crate::{Class, Error, Patterns, Precision, Result, Similarity};

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

/// The scorer: the patterns of each layer and how features are compared with them.
#[derive(Debug, Clone, PartialEq)]
pub struct She {
    layers: Vec<Patterns>,
    similarity: Similarity,
    compare_with: CompareWith,
    clips: Option<Vec<f32>>,
    precision: Precision,
}

impl She {
    /// A scorer from the patterns of each layer, in the order of the features.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] without layers, for layers with different classes, for a
    /// temperature that is not above 0, and unless patterns have a whitening exactly for
    /// [`Similarity::Mahalanobis`] and a [`FewShot`](crate::FewShot) exactly for
    /// [`Similarity::FewShot`].
    pub fn new(
        layers: Vec<Patterns>,
        similarity: Similarity,
        compare_with: CompareWith,
    ) -> Result<Self> {
        let [first, others @ ..] = layers.as_slice() else {
            return Err(unusable("there are no layers".to_string()));
        };
        if others.iter().any(|other| !other.has_classes_of(first)) {
            return Err(unusable("the layers have patterns of different classes".to_string()));
        }
        let is_whitened = similarity == Similarity::Mahalanobis;
        if let Some(layer) = layers.iter().find(|layer| layer.whitening().is_some() != is_whitened)
        {
            let (layer, lacks) = (layer.layer(), if is_whitened { "lacks" } else { "has" });
            return Err(unusable(format!(
                "the similarity is {similarity}, and the layer {layer:?} {lacks} a whitening"
            )));
        }
        let is_few_shot = similarity == Similarity::FewShot;
        if layers.iter().any(|layer| !layer.suits_few_shot(is_few_shot)) {
            return Err(unusable(format!(
                "the similarity is {similarity}, and it alone compares one pattern a class with \
                 the residuals of few samples"
            )));
        }
        if !similarity.is_usable() {
            return Err(unusable(format!("the similarity is {similarity:?}")));
        }
        let (clips, precision) = (None, Precision::default());
        Ok(Self { layers, similarity, compare_with, clips, precision })
    }

    /// The same scorer with ReAct (Sun et al., 2021): features above a layer's clip are cut off at
    /// it. Patterns are not. `None` cuts nothing off.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] unless there is a finite clip for each layer.
    pub fn with_clips(self, clips: Option<Vec<f32>>) -> Result<Self> {
        let fits = |clips: &Vec<f32>| {
            clips.len() == self.layers.len() && clips.iter().all(|clip| clip.is_finite())
        };
        match clips {
            Some(clips) if !fits(&clips) => Err(unusable(format!(
                "the clips {clips:?} are not one number for each of {} layers",
                self.layers.len()
            ))),
            clips => Ok(Self { clips, ..self }),
        }
    }

    /// The same scorer with patterns and whitenings rounded to how they are to be stored.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for a value beyond the range of the precision.
    pub fn with_precision(self, precision: Precision) -> Result<Self> {
        // Values are kept in 32 bits: there is nothing to round, and comparing need not be prepared
        // again.
        if precision == Precision::Float32 {
            return Ok(Self { precision, ..self });
        }
        let rounded = self.layers.iter().map(|layer| layer.rounded(precision));
        Ok(Self { layers: rounded.collect::<Result<_>>()?, precision, ..self })
    }

    /// Precision in which patterns and whitenings are stored.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Patterns of each layer, in the order of the features.
    pub fn layers(&self) -> &[Patterns] {
        &self.layers
    }

    /// How features are compared with patterns.
    pub fn similarity(&self) -> Similarity {
        self.similarity
    }

    /// Class that a sample is compared with.
    pub fn compare_with(&self) -> CompareWith {
        self.compare_with
    }

    /// ReAct's clip of each layer, if there are any.
    pub fn clips(&self) -> Option<&[f32]> {
        self.clips.as_deref()
    }

    /// The classes that have patterns, ascending, the same in all layers.
    #[expect(clippy::expect_used, reason = "`new` refuses a scorer without layers")]
    pub fn classes(&self) -> &[Class] {
        self.layers.first().expect("a scorer has a layer").classes()
    }

    /// Scores one sample, layer by layer, from its features and predicted class.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] when the features of a layer and its patterns differ in length
    /// or number, [`Error::NotFinite`] for NaN and infinities.
    pub fn score(&self, features: &[Vec<f32>], predicted: usize) -> Result<Vec<LayerScore>> {
        self.check_sizes(features)?;
        for (patterns, features) in self.layers.iter().zip(features) {
            check_finite(format_args!("the vector of layer {:?}", patterns.layer()), features)?;
        }
        Ok(self.compare(features, predicted))
    }

    /// As [`She::score`], for features of the right sizes that are finite.
    pub(crate) fn compare(&self, features: &[Vec<f32>], predicted: usize) -> Vec<LayerScore> {
        let layers = self.layers.iter().zip(features).zip(self.clip_of_each());
        layers
            .map(|((patterns, features), clip)| {
                self.score_layer(patterns, &clipped(features, clip), predicted)
            })
            .collect()
    }

    /// Refuses features whose layers are not of the sizes of the patterns.
    pub(crate) fn check_sizes(&self, features: &[Vec<f32>]) -> Result<()> {
        self.check_count(features.len())?;
        let mut layers = self.layers.iter().zip(features);
        layers.try_for_each(|(patterns, features)| check_size(patterns, features.len()))
    }

    /// Refuses another number of layers than there are patterns of.
    pub(crate) fn check_count(&self, features: usize) -> Result<()> {
        let patterns = self.layers.len();
        match features == patterns {
            true => Ok(()),
            false => Err(Error::PatternsMismatch { layer: "all".to_string(), patterns, features }),
        }
    }

    /// The clip of each layer, without end.
    pub(super) fn clip_of_each(&self) -> impl Iterator<Item = Option<f32>> {
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
        // A predicted class without patterns is as dissimilar as can be.
        LayerScore { score: -chosen.unwrap_or(f32::NEG_INFINITY), similarities }
    }
}

fn unusable(reason: String) -> Error {
    Error::InvalidDetector { field: "scorer".to_string(), reason, source: None }
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
