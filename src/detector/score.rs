//! Inputs and images to reports.

use std::borrow::Cow;

use super::Detector;
use super::stopwatch::Stopwatch;
use crate::parallel::map_in_order;
use crate::score::{Prediction, baselines};
use crate::{
    Baselines, BatchReport, Error, Features, Image, LayerReport, LayerScore, Nearest, Parts,
    Predicted, Report, Result, Tensor, Timings, Verdict,
};

/// What tells the class of a sample, and the layers compared on the way.
struct Classified<'a> {
    prediction: Prediction,
    /// Scores from the model's logits, where those classify.
    baselines: Option<Baselines>,
    logits: Cow<'a, [f32]>,
    layers: Vec<LayerScore>,
}

impl Detector {
    /// Scores one sample of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run`](crate::Model::run), and [`Error::NotFinite`] for features so large that
    /// their score overflows.
    pub fn score(&self, input: &Tensor) -> Result<Report> {
        let mut watch = Stopwatch::start();
        let outputs = self.model.forward(input)?;
        let model = watch.lap();
        let features = Features::from_outputs(&outputs.sample(0)?, self.model.taps())?;
        let mut report = self.report_of(&features)?;
        report.timings = Timings { image: 0.0, model, she: watch.lap() };
        Ok(report)
    }

    /// Scores an image of any size, with the detector's preprocessing.
    ///
    /// # Errors
    /// As [`Detector::preprocess`] and [`Detector::score`].
    pub fn score_image(&self, image: &Image<'_>) -> Result<Report> {
        let mut watch = Stopwatch::start();
        let input = self.preprocess(image)?;
        let image = watch.lap();
        let mut report = self.score(&input)?;
        report.timings.image = image;
        Ok(report)
    }

    /// Scores many samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// [`Error::InputLength`] unless `data` is a whole number of samples, [`Error::NotFinite`] with
    /// the index in `data`, else as [`Model::run`](crate::Model::run).
    pub fn score_batch(&self, data: &[f32]) -> Result<BatchReport> {
        self.model.check_batch(data)?;
        let mut batch = BatchReport::default();
        let score = |chunk| -> Result<Vec<_>> {
            let features = Features::of_chunk(&self.model, chunk)?;
            features.iter().map(|features| self.report_of(features)).collect()
        };
        for reports in map_in_order(self.model.chunks(data), score) {
            reports?.iter().for_each(|report| batch.push(report));
        }
        Ok(batch)
    }

    /// Report on features computed earlier. Its timings are zero.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for features of another detector, [`Error::InvalidOption`]
    /// unless there is a logit for each class, [`Error::NotFinite`] for features so large that
    /// their score overflows.
    pub fn report(&self, features: &Features) -> Result<Report> {
        let (given, classes) = (features.logits().len(), self.model.classes());
        if given != classes {
            return Err(Error::InvalidOption {
                option: "the number of logits",
                given: format!("{given}, the model has {classes} classes"),
                allowed: "one a class",
            });
        }
        self.she.check_sizes(features.layers())?;
        self.report_of(features)
    }

    /// As [`Detector::report`], for features of this detector.
    pub(super) fn report_of(&self, features: &Features) -> Result<Report> {
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
