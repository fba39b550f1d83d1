//! The threshold and the prediction sets, from held-out samples.

use super::scores::Scores;
use super::{CalibrationSample, FitOptions};
use crate::detector::PredictionSets;
use crate::score::odds_against;
use crate::{Error, Model, Result, Threshold};

/// Sets the threshold that lets the wanted share of the samples pass, and the prediction sets that
/// hold the label of the same share of the labelled ones, if there are any.
pub(super) fn calibrate(
    model: &Model,
    options: &FitOptions,
    scores: &Scores,
    samples: impl IntoIterator<Item = Result<CalibrationSample>>,
) -> Result<(Threshold, Option<PredictionSets>)> {
    let mut by_predicted = vec![Vec::new(); model.classes()];
    let mut by_label = by_predicted.clone();
    for sample in samples {
        let CalibrationSample { features, predicted, class } = sample?;
        features.check(model)?;
        let score = scores.of(&features, predicted);
        check_score(score)?;
        push(&mut by_predicted, predicted, score)?;
        if let Some(label) = class {
            let odds = odds_against(features.logits());
            push(&mut by_label, label, odds.get(label).copied().unwrap_or(f32::INFINITY))?;
        }
    }
    check_spread(&by_predicted)?;
    let is_labelled = by_label.iter().any(|odds| !odds.is_empty());
    let sets = is_labelled.then(|| threshold(by_label, options).map(PredictionSets::new));
    Ok((threshold(by_predicted, options)?, sets.transpose()?))
}

fn push(by_class: &mut [Vec<f32>], class: usize, value: f32) -> Result<()> {
    let classes = by_class.len();
    by_class.get_mut(class).ok_or(Error::UnknownClass { class, classes })?.push(value);
    Ok(())
}

/// One threshold for all classes or one for each.
fn threshold(by_class: Vec<Vec<f32>>, options: &FitOptions) -> Result<Threshold> {
    match options.class_conditional {
        true => Threshold::calibrate_by_class(by_class, options.id_pass_rate),
        false => Threshold::calibrate(by_class.concat(), options.id_pass_rate),
    }
}

/// Refuses a score that cannot be ranked. +infinity can: it is the score of a class without a
/// pattern.
fn check_score(score: f32) -> Result<()> {
    if score == f32::NEG_INFINITY || score.is_nan() {
        let place = "the score of a calibration sample".to_string();
        return Err(Error::NotFinite { place, index: 0, value: score });
    }
    Ok(())
}

/// Refuses scores that are the same for all of several samples: nothing would ever be flagged.
fn check_spread(by_class: &[Vec<f32>]) -> Result<()> {
    let all: Vec<f32> = by_class.concat();
    match all.as_slice() {
        [first, rest @ ..]
            if !rest.is_empty() && first.is_finite() && rest.iter().all(|score| score == first) =>
        {
            Err(Error::Fit {
                reason: format!(
                    "all {} calibration samples have the score {first}: choose another layer or \
                     similarity",
                    all.len()
                ),
            })
        }
        _ => Ok(()),
    }
}
