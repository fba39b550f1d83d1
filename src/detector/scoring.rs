//! Features to a report.

use super::Detector;
use crate::LayerScore;
use crate::score::{Prediction, baselines};
use crate::{Baselines, Error, Features, LayerReport, Nearest, Predicted, Report, Result, Timings};

impl Detector {
    /// Report on features computed earlier. Its timings are zero.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for features that are not this detector's,
    /// [`Error::InvalidOption`] unless there is a logit for each class, [`Error::NotFinite`]
    /// for NaN and infinities, and for features so large that their score is no number.
    pub fn report(&self, features: &Features) -> Result<Report> {
        let (given, classes) = (features.logits.len(), self.model.classes());
        if given != classes {
            let given = format!("{given}, the model has {classes} classes");
            return Err(Error::InvalidOption {
                option: "the number of logits",
                given,
                allowed: "one a class",
            });
        }
        self.she.check_features(&features.layers)?;
        self.report_checked(features)
    }

    /// Report on features of this model.
    pub(super) fn report_checked(&self, features: &Features) -> Result<Report> {
        let (prediction, baselines) = baselines(&features.logits)?;
        let layers = self.she.compare(&features.layers, prediction.class);
        let score =
            self.aggregator.join(&layers.iter().map(|layer| layer.score).collect::<Vec<_>>());
        // Only a predicted class without patterns has an infinite score, above all others.
        if score.is_nan() || score == f32::NEG_INFINITY {
            return Err(Error::NotFinite {
                place: "the score".to_string(),
                index: 0,
                value: score,
            });
        }
        Ok(self.report_of(score, prediction, baselines, layers))
    }

    fn report_of(
        &self,
        score: f32,
        prediction: Prediction,
        baselines: Baselines,
        layers: Vec<LayerScore>,
    ) -> Report {
        let names = self.she.layers.iter().map(|patterns| patterns.layer().to_string());
        Report {
            score,
            threshold: self.threshold.value_for(prediction.class),
            is_ood: self.threshold.is_ood(score, prediction.class),
            p_value: self.threshold.p_value(score, prediction.class),
            predicted: Predicted {
                index: prediction.class,
                label: self.label(prediction.class),
                probability: prediction.probability(),
            },
            probabilities: prediction.probabilities,
            nearest: self.nearest(&layers),
            layers: names
                .zip(layers)
                .map(|(name, LayerScore { score, similarities })| LayerReport {
                    name,
                    score,
                    similarities,
                })
                .collect(),
            baselines,
            timings: Timings::default(),
        }
    }

    /// The class with the highest similarity, the layers joined as their scores are.
    fn nearest(&self, layers: &[LayerScore]) -> Nearest {
        let of = |layer: &LayerScore, row: usize| {
            layer.similarities.get(row).copied().unwrap_or_default()
        };
        let mut scores = Vec::with_capacity(layers.len());
        let mut similarity = |row: usize| {
            scores.clear();
            scores.extend(layers.iter().map(|layer| -of(layer, row)));
            -self.aggregator.join(&scores)
        };
        // Far out, Fisher's method gives all classes the same.
        let sum = |row: usize| layers.iter().map(|layer| of(layer, row)).sum::<f32>();
        let classes = self
            .classes()
            .iter()
            .enumerate()
            .map(|(row, class)| (class.index, similarity(row), sum(row)));
        let nearest = classes
            .reduce(|best, next| if (next.1, next.2) > (best.1, best.2) { next } else { best });
        let (index, similarity, _) = nearest.unwrap_or_default();
        Nearest { index, label: self.label(index), similarity }
    }
}
