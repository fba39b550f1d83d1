//! What held-out samples decide: the threshold, the prediction sets, how the energy joins the
//! score, and whether patterns lose anything in half the bits.

use super::judge::OwnScores;
use super::scores::Scores;
use super::{CalibrationSample, FitOptions, Observation, Observations};
use crate::score::odds_against;
use crate::scorer::PredictionSets;
use crate::{Baselines, Error, Model, Precision, Result, She, Threshold, WithEnergy, baselines};

/// The largest change of a held-out score by patterns in half the bits.
const LARGEST_CHANGE: f32 = 1e-4;

/// Held-out samples, scored.
pub(super) struct HeldOut {
    samples: Vec<Scored>,
    /// The scorer with patterns in half the bits, if they can be stored so.
    halved: Option<She>,
    classes: usize,
}

/// A held-out sample, scored.
struct Scored {
    /// Joined score of the layers.
    she: f32,
    /// The same by patterns in half the bits.
    halved: f32,
    own: Baselines,
    predicted: usize,
    /// Its label, if it has one, and the odds against that.
    label: Option<(usize, f32)>,
}

impl Scored {
    /// A score of the layers, joined with the sample's energy where that joins.
    fn joined(&self, she: f32, energy: Option<WithEnergy>) -> f32 {
        energy.map_or(she, |with| with.join(she, self.own.energy).1)
    }
}

impl HeldOut {
    pub(super) fn score(
        model: &Model,
        options: &FitOptions,
        scores: &Scores,
        samples: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Self> {
        let to_half = || scores.she.clone().with_precision(Precision::Float16).ok();
        let halved = options.compact.then(to_half).flatten();
        let scored = |sample: Result<CalibrationSample>| {
            let CalibrationSample { features, predicted, class } = sample?;
            features.check(model)?;
            let she = scores.of(&features, predicted);
            let by_halved = |halved| scores.by(halved, &features, predicted);
            let halved = halved.as_ref().map_or(f32::NAN, by_halved);
            let (_, own) = baselines(features.logits())?;
            let odds_of = |class| {
                let odds = odds_against(features.logits());
                (class, odds.get(class).copied().unwrap_or(f32::INFINITY))
            };
            Ok(Scored { she, halved, own, predicted, label: class.map(odds_of) })
        };
        let samples = samples.into_iter().map(scored).collect::<Result<_>>()?;
        Ok(Self { samples, halved, classes: model.classes() })
    }

    /// How the energy joins the score, standardised on these samples; on those of the fit where
    /// there are fewer than two.
    pub(super) fn energy(
        &self,
        weight: f32,
        scores: &Scores,
        fit: &mut impl Observations,
    ) -> Result<WithEnergy> {
        if self.samples.len() > 1 {
            return WithEnergy::fit(weight, self.samples.iter().map(|s| (s.she, s.own.energy)));
        }
        let pair = |observation: Result<Observation>| {
            let Observation { features, predicted, .. } = observation?;
            let energy = baselines(features.logits())?.1.energy;
            Ok((scores.of(&features, predicted), energy))
        };
        WithEnergy::fit(weight, fit.pass().map(pair).collect::<Result<Vec<_>>>()?)
    }

    /// The classifier's own scores of these samples.
    pub(super) fn own_scores(&self) -> OwnScores {
        let own = || self.samples.iter().map(|sample| sample.own);
        OwnScores {
            msp: own().map(|own| own.msp).collect(),
            energy: own().map(|own| own.energy).collect(),
        }
    }

    /// The scorer with patterns in half the bits, if the options allow it and it changes no score.
    pub(super) fn take_halved(&mut self, energy: Option<WithEnergy>) -> Option<She> {
        let is_kept = |s: &Scored| {
            let (she, halved) = (s.joined(s.she, energy), s.joined(s.halved, energy));
            she == halved || (she - halved).abs() <= LARGEST_CHANGE
        };
        let can_halve = !self.samples.is_empty() && self.samples.iter().all(is_kept);
        let halved = self.halved.take().filter(|_| can_halve)?;
        self.samples.iter_mut().for_each(|sample| sample.she = sample.halved);
        Some(halved)
    }

    /// The threshold that lets the wanted share of the samples pass.
    pub(super) fn threshold(
        &self,
        options: &FitOptions,
        energy: Option<WithEnergy>,
    ) -> Result<Threshold> {
        let score = |sample: &Scored| (sample.predicted, sample.joined(sample.she, energy));
        let scores: Vec<_> = self.samples.iter().map(score).collect();
        scores.iter().try_for_each(|&(_, score)| check_score(score))?;
        let by_predicted = by_class(self.classes, scores)?;
        check_spread(&by_predicted)?;
        threshold(by_predicted, options)
    }

    /// The prediction sets that hold the label of the wanted share of the labelled samples, if
    /// there are any.
    pub(super) fn sets(&self, options: &FitOptions) -> Result<Option<PredictionSets>> {
        let by_label =
            by_class(self.classes, self.samples.iter().filter_map(|sample| sample.label))?;
        let is_labelled = by_label.iter().any(|odds| !odds.is_empty());
        is_labelled.then(|| threshold(by_label, options).map(PredictionSets::new)).transpose()
    }
}

/// Values of classes, sorted by class.
///
/// # Errors
/// [`Error::UnknownClass`].
pub(super) fn by_class(
    classes: usize,
    values: impl IntoIterator<Item = (usize, f32)>,
) -> Result<Vec<Vec<f32>>> {
    let mut by_class = vec![Vec::new(); classes];
    for (class, value) in values {
        by_class.get_mut(class).ok_or(Error::UnknownClass { class, classes })?.push(value);
    }
    Ok(by_class)
}

/// One threshold for all classes or one for each.
pub(super) fn threshold(by_class: Vec<Vec<f32>>, options: &FitOptions) -> Result<Threshold> {
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
pub(super) fn check_spread(by_class: &[Vec<f32>]) -> Result<()> {
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
