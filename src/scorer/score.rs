//! Features to reports.

use super::Scorer;
use super::scored::{Nearness, Scored};
use crate::score::Softmax;
use crate::{
    Baselines, BatchReport, Error, Features, LayerScore, Parts, Report, Result, Timings, Verdict,
};

/// What tells the class of a sample, and the layers compared on the way.
struct Classified<'a> {
    softmax: Softmax<'a>,
    /// Scores from the model's logits, where those classify.
    baselines: Option<Baselines>,
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
    pub(crate) fn score<'a>(&self, features: &'a Features) -> Result<Scored<'a>> {
        let Classified { softmax, baselines, layers } = self.classify(features)?;
        let (parts, score) = self.join(&layers, baselines)?;
        let decision = self.threshold.decide(score, softmax.class());
        let set = self.sets.as_ref().map(|sets| sets.of(&softmax));
        Ok(Scored {
            score,
            parts,
            decision,
            verdict: Verdict::of(decision, set.as_deref()),
            set,
            softmax,
            nearest: self.nearest(&layers),
            layers,
            baselines,
            timings: Timings::default(),
        })
    }

    /// The class by the model's logits, or by the similarities.
    fn classify<'a>(&self, features: &'a Features) -> Result<Classified<'a>> {
        let Some(taught) = &self.taught else {
            let softmax = Softmax::of(features.logits())?;
            let baselines = Some(softmax.baselines());
            let layers = self.she.compare(features.layers(), softmax.class());
            return Ok(Classified { softmax, baselines, layers });
        };
        // Only the nearest class is compared with: which is predicted follows.
        let layers = self.she.compare(features.layers(), 0);
        let logits = taught.logits(self.joined_similarities(&layers).map(|(joined, _)| joined));
        let softmax = Softmax::of(logits)?;
        Ok(Classified { softmax, baselines: None, layers })
    }

    /// Joins the scores of the layers to one, and with the energy.
    fn join(
        &self,
        layers: &[LayerScore],
        baselines: Option<Baselines>,
    ) -> Result<(Option<Parts>, f32)> {
        let she = self.aggregator.join_each(layers.iter().map(|layer| layer.score));
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
        (0..self.classes().len()).map(|row| {
            let similarities =
                layers.iter().filter_map(move |layer| layer.similarities.get(row).copied());
            let scores = similarities.clone().map(|similarity| -similarity);
            (-self.aggregator.join_each(scores), similarities.sum())
        })
    }
}
