//! Features to reports.

use std::borrow::Cow;

use super::Scorer;
use crate::score::{Prediction, baselines};
use crate::{
    Baselines, Error, Features, LayerReport, LayerScore, Nearest, Parts, Predicted, Report, Result,
    Timings, Verdict,
};

/// What tells the class of a sample, and the layers compared on the way.
struct Classified<'a> {
    prediction: Prediction,
    /// Scores from the model's logits, where those classify.
    baselines: Option<Baselines>,
    logits: Cow<'a, [f32]>,
    layers: Vec<LayerScore>,
}

impl Scorer {
    /// Report on features computed earlier. Its timings are zero.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for features of another detector, [`Error::InvalidOption`]
    /// unless there is a logit for each class, [`Error::NotFinite`] for features so large that
    /// their score overflows.
    pub fn report(&self, features: &Features) -> Result<Report> {
        self.check_sizes(features)?;
        self.report_of(features)
    }

    /// Number of logits of a sample: none of a backbone.
    pub(super) fn logit_count(&self) -> usize {
        if self.taught.is_some() { 0 } else { self.labels.len() }
    }

    /// Refuses another number of logits than of classes, or of features than the patterns have.
    pub(super) fn check_sizes(&self, features: &Features) -> Result<()> {
        self.check_logit_count(features.logits().len())?;
        self.she.check_sizes(features.layers())
    }

    pub(super) fn check_logit_count(&self, given: usize) -> Result<()> {
        let expected = self.logit_count();
        if given == expected {
            return Ok(());
        }
        Err(Error::InvalidOption {
            option: "the number of logits",
            given: format!("{given}, the model has {expected} classes"),
            allowed: "one a class",
        })
    }

    /// As [`Scorer::report`], for features of this detector.
    pub(crate) fn report_of(&self, features: &Features) -> Result<Report> {
        let Classified { prediction, baselines, logits, layers } = self.classify(features)?;
        let class = prediction.class();
        let (parts, score) = self.join(&layers, baselines)?;
        let (threshold, is_ood) =
            (self.threshold.value_for(class), self.threshold.is_ood(score, class));
        let set = self.sets.as_ref().map(|sets| sets.of(&logits));
        Ok(Report {
            score,
            parts,
            threshold,
            is_ood,
            p_value: self.threshold.p_value(score, class),
            verdict: Verdict::of(is_ood, threshold, set.as_deref()),
            set,
            predicted: self.predicted(&prediction)?,
            probabilities: prediction.into_probabilities(),
            nearest: self.nearest(&layers)?,
            layers: self.layer_reports(layers),
            baselines,
            timings: Timings::default(),
        })
    }

    /// The class by the model's logits, or by the similarities.
    fn classify<'a>(&self, features: &'a Features) -> Result<Classified<'a>> {
        let Some(taught) = &self.taught else {
            let (prediction, scores) = baselines(features.logits())?;
            let layers = self.she.compare(features.layers(), prediction.class());
            let logits = features.logits().into();
            return Ok(Classified { prediction, baselines: Some(scores), logits, layers });
        };
        // Only the nearest class is compared with: which is predicted follows.
        let layers = self.she.compare(features.layers(), 0);
        let rows = 0..self.classes().len();
        let logits = taught.logits(rows.map(|row| self.joined_similarity(&layers, row).0));
        let (prediction, _) = baselines(&logits)?;
        Ok(Classified { prediction, baselines: None, logits: logits.into(), layers })
    }

    /// Joins the scores of the layers to one, and with the energy.
    fn join(
        &self,
        layers: &[LayerScore],
        baselines: Option<Baselines>,
    ) -> Result<(Option<Parts>, f32)> {
        let scores: Vec<_> = layers.iter().map(|layer| layer.score).collect();
        let she = self.aggregator.join(&scores);
        let energy = self.energy.zip(baselines);
        let joined = energy.map(|(with, baselines)| with.join(she, baselines.energy));
        let (parts, score) = joined.map_or((None, she), |(parts, score)| (Some(parts), score));
        // +infinity is the score of a predicted class without patterns.
        if score.is_nan() || score == f32::NEG_INFINITY {
            let place = "the score".to_string();
            return Err(Error::NotFinite { place, index: 0, value: score });
        }
        Ok((parts, score))
    }

    fn predicted(&self, prediction: &Prediction) -> Result<Predicted> {
        let class = self.class(prediction.class())?;
        Ok(Predicted {
            index: class.get(),
            label: self.label(class).to_string(),
            probability: prediction.probability(),
        })
    }

    /// The class with the highest similarity, the layers joined as their scores are.
    #[expect(clippy::expect_used, reason = "`Patterns` have a class")]
    fn nearest(&self, layers: &[LayerScore]) -> Result<Nearest> {
        let candidates = self.classes().iter().enumerate().map(|(row, class)| {
            let (similarity, sum) = self.joined_similarity(layers, row);
            (class.index, similarity, sum)
        });
        let nearer = |best: (usize, f32, f32), next: (usize, f32, f32)| {
            if (next.1, next.2) > (best.1, best.2) { next } else { best }
        };
        let (index, similarity, _) = candidates.reduce(nearer).expect("a class has patterns");
        let class = self.class(index)?;
        Ok(Nearest { index, label: self.label(class).to_string(), similarity })
    }

    /// Similarity to the class at a row of the similarities: joined as the scores are, and summed.
    /// Far out, Fisher's method joins to the same number for all classes; the sum still differs.
    fn joined_similarity(&self, layers: &[LayerScore], row: usize) -> (f32, f32) {
        let similarities = layers.iter().filter_map(|layer| layer.similarities.get(row).copied());
        let scores: Vec<_> = similarities.clone().map(|similarity| -similarity).collect();
        (-self.aggregator.join(&scores), similarities.sum())
    }

    fn layer_reports(&self, layers: Vec<LayerScore>) -> Vec<LayerReport> {
        let named = self.she.layers().iter().zip(layers);
        named
            .map(|(patterns, LayerScore { score, similarities })| LayerReport {
                name: patterns.layer().to_string(),
                score,
                similarities,
            })
            .collect()
    }
}
