//! From merged parts to a detector.

use std::borrow::Cow;

use super::Part;
use super::header::Header;
use super::shards::{Shard, Shards};
use crate::fit::scores::Scores;
use crate::fit::threshold::{HeldOut, halved};
use crate::fit::{Fit, FitOptions};
use crate::model::{OnnxFile, metadata};
use crate::{Aggregator, Classify, Detector, Error, ModelOptions, Result};

impl Part {
    /// The fit that this is a part of, given the model's file. Of the options it takes the limits
    /// on the model, and what decides the threshold: `id_pass_rate` and `class_conditional`.
    ///
    /// # Errors
    /// [`Error::PartsMismatch`] for another model; else as [`Fit::load`].
    pub fn fit<'a>(&self, onnx: impl Into<Cow<'a, [u8]>>, options: FitOptions) -> Result<Fit> {
        let (onnx, _) = metadata::take_entries(onnx.into().into_owned())?;
        let (onnx, header) = (OnnxFile::new(onnx), self.header.clone());
        if onnx.sha256() != header.model {
            let what = "the SHA-256 of the model".to_string();
            let other = onnx.sha256().to_string();
            return Err(Error::PartsMismatch { what, one: header.model, other });
        }
        let model = ModelOptions {
            layers: header.layer_names(),
            logits: header.logits,
            input_shape: header.input_shape,
            backbone: false,
            image_size: None,
            limits: options.model.limits,
        };
        let (labels, preprocess, classify) =
            (Some(header.labels), header.preprocess, Classify::Model);
        let options = FitOptions { model, labels, preprocess, classify, ..options };
        Fit::load_file(onnx, options.with_recipe(header.recipe).ready()?)
    }

    /// The detector of all samples that were merged: the one that a fit on one machine makes,
    /// but for [`Judgement`](crate::Judgement), which needs pictures.
    ///
    /// # Errors
    /// [`Error::InvalidPart`] while the part lacks patterns or scores; [`Error::PartsMismatch`]
    /// when other samples were scored than there are patterns of, or `fit` is of other parts; else
    /// as [`fit()`](crate::fit()).
    pub fn detector(&self, fit: Fit) -> Result<Detector> {
        self.check_complete()?;
        let of_fit = fit.header(self.header.hold_out)?;
        self.header.check_same(&Header { privacy: self.header.privacy, ..of_fit })?;
        let (Some(learning), Some(ratings)) = (&self.learning, &self.ratings) else {
            let lacks = if self.learning.is_some() { "scores" } else { "patterns" };
            return Err(Error::InvalidPart {
                reason: format!(
                    "it has no {lacks}, and a detector needs both: merge it with parts that have \
                     them, which `she-ood calibrate` and Calibration make from merged patterns"
                ),
            });
        };
        check_held_out(&learning.shards, &ratings.about.calibration)?;
        let (recipe, layers) = (&self.header.recipe, self.header.layer_names());
        let (she, mut statistics) = learning.scorer(&self.header)?;
        if self.noised {
            // Labels are not counted with noise: there are as many as correct samples.
            statistics.samples = learning.counts();
        }
        let aggregator = match (recipe.aggregator, &ratings.fit) {
            (Some(_), Some(fit)) => {
                check_counts(learning.samples(), ratings.about.fit.samples())?;
                fit.clone().finish(&layers)?
            }
            (Some(_), None) if layers.len() > 1 => Aggregator::Sum,
            _ => Aggregator::Single,
        };
        let halved = halved(recipe, &she);
        let rows = ratings.rows.rows().collect::<Result<Vec<_>>>()?;
        let held_out = HeldOut::of_rows(rows, &aggregator, halved, self.header.labels.len());
        let energy = recipe.energy.map(|weight| held_out.own_energy(weight)).transpose()?;
        let (labels, scores) = (fit.labels()?, Scores { she, aggregator, statistics });
        fit.assembled(labels, scores, held_out, energy)
    }
}

/// Refuses a threshold by samples that patterns are made of, which score lower than new ones.
fn check_held_out(fit: &Shards, calibration: &Shards) -> Result<()> {
    let Some(Shard { samples, .. }) = fit.shared_with(calibration) else { return Ok(()) };
    Err(Error::InvalidPart {
        reason: format!(
            "{samples} calibration samples are samples that its patterns are made of, which score \
             lower than new ones: calibrate with samples held out of the fit"
        ),
    })
}

/// Refuses scores of some of the samples, or of more.
fn check_counts(learnt: u64, scored: u64) -> Result<()> {
    if learnt == scored {
        return Ok(());
    }
    let what = "the number of samples, of patterns and of scores,".to_string();
    Err(Error::PartsMismatch { what, one: learnt.to_string(), other: scored.to_string() })
}
