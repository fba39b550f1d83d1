//! What a report says, with positions in place of names.

use super::Scorer;
use super::threshold::Decision;
use crate::score::{Prediction, Softmax};
use crate::{
    Baselines, LayerReport, LayerScore, Nearest, Parts, Predicted, Report, Result, Timings, Verdict,
};

/// A report without names: a batch has none, and looking them up takes time. Its fields match
/// [`Report`]'s, or are what those are computed from.
#[derive(Debug)]
pub(crate) struct Scored<'a> {
    pub score: f32,
    pub parts: Option<Parts>,
    pub decision: Decision,
    pub verdict: Verdict,
    pub set: Option<Vec<usize>>,
    pub softmax: Softmax<'a>,
    pub nearest: Nearness,
    pub layers: Vec<LayerScore>,
    pub baselines: Option<Baselines>,
    pub timings: Timings,
}

/// A class, by its position in the logits, and the similarity to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearness {
    pub class: usize,
    pub similarity: f32,
}

impl Scorer {
    /// The report with its names.
    pub(crate) fn named(&self, scored: Scored<'_>) -> Result<Report> {
        let prediction = scored.softmax.prediction();
        let Decision { threshold, is_ood, p_value } = scored.decision;
        Ok(Report {
            score: scored.score,
            parts: scored.parts,
            threshold,
            is_ood,
            p_value,
            verdict: scored.verdict,
            set: scored.set,
            predicted: self.predicted(&prediction)?,
            probabilities: prediction.into_probabilities(),
            nearest: self.nearest_class(scored.nearest)?,
            layers: self.layer_reports(scored.layers),
            baselines: scored.baselines,
            timings: scored.timings,
        })
    }

    fn predicted(&self, prediction: &Prediction) -> Result<Predicted> {
        let class = self.class(prediction.class())?;
        Ok(Predicted {
            index: class.get(),
            label: self.label(class).to_string(),
            probability: prediction.probability(),
        })
    }

    fn nearest_class(&self, Nearness { class, similarity }: Nearness) -> Result<Nearest> {
        let class = self.class(class)?;
        Ok(Nearest { index: class.get(), label: self.label(class).to_string(), similarity })
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
