//! The threshold, from the scores of held-out samples.

use super::scores::Scores;
use super::{CalibrationSample, FitOptions};
use crate::{Error, Model, Result, Threshold};

/// Sets the threshold that lets the wanted share of the samples pass.
pub(super) fn calibrate(
    model: &Model,
    options: &FitOptions,
    scores: &Scores,
    samples: impl IntoIterator<Item = Result<CalibrationSample>>,
) -> Result<Threshold> {
    let mut by_class = vec![Vec::new(); model.classes()];
    for sample in samples {
        let CalibrationSample { features, predicted } = sample?;
        features.check(model)?;
        let score = scores.of(&features, predicted);
        check_score(score)?;
        by_class
            .get_mut(predicted)
            .ok_or(Error::UnknownClass { class: predicted, classes: model.classes() })?
            .push(score);
    }
    check_spread(&by_class)?;
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
