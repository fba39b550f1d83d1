//! Features to reports.

use std::borrow::Cow;

use super::Scorer;
use super::scored::{Nearness, Scored};
use crate::score::{Prediction, baselines};
use crate::{
    Baselines, BatchReport, Error, Features, LayerScore, Parts, Report, Result, Timings, Verdict,
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

    /// Reports on the features of many samples, computed earlier.
    ///
    /// # Errors
    /// As [`Scorer::report`].
    pub fn report_batch(&self, features: &[Features]) -> Result<BatchReport> {
        let mut batch = BatchReport::default();
        for features in features {
            self.check_sizes(features)?;
            batch.push_scored(&self.score(features)?);
        }
        Ok(batch)
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
        self.named(self.score(features)?)
    }

    /// As [`Scorer::report_of`], without names: a batch has none.
    pub(crate) fn score(&self, features: &Features) -> Result<Scored> {
        let Classified { prediction, baselines, logits, layers } = self.classify(features)?;
        let class = prediction.class();
        let (parts, score) = self.join(&layers, baselines)?;
        let (threshold, is_ood) =
            (self.threshold.value_for(class), self.threshold.is_ood(score, class));
        let set = self.sets.as_ref().map(|sets| sets.of(&logits));
        Ok(Scored {
            score,
            parts,
            threshold,
            is_ood,
            p_value: self.threshold.p_value(score, class),
            verdict: Verdict::of(is_ood, threshold, set.as_deref()),
            set,
            prediction,
            nearest: self.nearest(&layers),
            layers,
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
        let logits = taught.logits(self.joined_similarities(&layers).map(|(joined, _)| joined));
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

    /// The class with the highest similarity, the layers joined as their scores are.
    #[expect(clippy::expect_used, reason = "`Patterns` have a class")]
    fn nearest(&self, layers: &[LayerScore]) -> Nearness {
        let joined = self.classes().iter().zip(self.joined_similarities(layers));
        let candidates = joined
            .map(|(class, (similarity, sum))| (Nearness { class: class.index, similarity }, sum));
        let nearer = |best: (Nearness, f32), next: (Nearness, f32)| {
            let is_nearer = (next.0.similarity, next.1) > (best.0.similarity, best.1);
            if is_nearer { next } else { best }
        };
        candidates.reduce(nearer).expect("a class has patterns").0
    }

    /// Similarity to each class that has patterns: joined as the scores are, and summed. Far out,
    /// Fisher's method joins to the same number for all classes; the sum still differs.
    fn joined_similarities(&self, layers: &[LayerScore]) -> impl Iterator<Item = (f32, f32)> {
        let mut scores = Vec::with_capacity(layers.len());
        (0..self.classes().len()).map(move |row| {
            let similarities =
                layers.iter().filter_map(|layer| layer.similarities.get(row).copied());
            scores.clear();
            scores.extend(similarities.clone().map(|similarity| -similarity));
            (-self.aggregator.join(&scores), similarities.sum())
        })
    }
}
