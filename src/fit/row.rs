//! What a fit needs to know of a held-out sample.

mod bytes;

pub(super) use self::bytes::Rows;
use super::CalibrationSample;
use super::scores::layer_scores;
use crate::score::Softmax;
use crate::{Result, She};

/// Scores of a held-out sample, before those of the layers are joined.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Score of each layer.
    pub scores: Vec<f32>,
    /// The same by patterns in half the bits; empty where they cannot be stored so.
    pub halved: Vec<f32>,
    pub msp: f32,
    pub energy: f32,
    pub predicted: usize,
    /// Its label, if it has one, and the odds against that.
    pub label: Option<(usize, f32)>,
}

impl Row {
    /// Scores of a sample by the patterns, and by those in half the bits.
    pub fn of(she: &She, halved: Option<&She>, sample: &CalibrationSample) -> Result<Self> {
        let CalibrationSample { features, predicted, class } = sample;
        let by = |she| layer_scores(she, features, *predicted);
        let softmax = Softmax::of(features.logits())?;
        let own = softmax.baselines();
        Ok(Self {
            scores: by(she),
            halved: halved.map(by).unwrap_or_default(),
            msp: own.msp,
            energy: own.energy,
            predicted: *predicted,
            label: class.map(|class| (class, softmax.odds_against(class))),
        })
    }
}
