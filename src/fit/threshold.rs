//! What held-out samples decide: the threshold, the prediction sets, how the energy joins the
//! score, and whether patterns lose anything in half the bits.

use super::judge::OwnScores;
use super::recipe::Recipe;
use super::row::Row;
use super::scores::Scores;
use super::{CalibrationSample, FitOptions, Observation, Observations};
use crate::scorer::PredictionSets;
use crate::{Aggregator, Error, Model, Precision, Result, She, Threshold, WithEnergy, baselines};

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
    row: Row,
}

impl Scored {
    /// A score of the layers, joined with the sample's energy where that joins.
    fn joined(&self, she: f32, energy: Option<WithEnergy>) -> f32 {
        energy.map_or(she, |with| with.join(she, self.row.energy).1)
    }
}

/// The scorer with patterns in half the bits, where the recipe allows it and they can be stored so.
pub(super) fn halved(recipe: &Recipe, she: &She) -> Option<She> {
    let to_half = || she.clone().with_precision(Precision::Float16).ok();
    recipe.compact.then(to_half).flatten()
}

impl HeldOut {
    pub(super) fn score(
        model: &Model,
        options: &FitOptions,
        scores: &Scores,
        samples: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Self> {
        let halved = halved(&options.recipe(), &scores.she);
        let row = |sample: Result<CalibrationSample>| {
            let sample = sample?;
            sample.features.check(model)?;
            Row::of(&scores.she, halved.as_ref(), &sample)
        };
        let rows: Vec<Row> = samples.into_iter().map(row).collect::<Result<_>>()?;
        Ok(Self::of_rows(rows, &scores.aggregator, halved, model.classes()))
    }

    /// Samples whose layers are scored; `halved` is what scored them in half the bits.
    pub(super) fn of_rows(
        rows: impl IntoIterator<Item = Row>,
        aggregator: &Aggregator,
        halved: Option<She>,
        classes: usize,
    ) -> Self {
        let scored = |row: Row| {
            let halved =
                if row.halved.is_empty() { f32::NAN } else { aggregator.join(&row.halved) };
            Scored { she: aggregator.join(&row.scores), halved, row }
        };
        Self { samples: rows.into_iter().map(scored).collect(), halved, classes }
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
            return self.own_energy(weight);
        }
        let pair = |observation: Result<Observation>| {
            let Observation { features, predicted, .. } = observation?;
            let energy = baselines(features.logits())?.1.energy;
            Ok((scores.of(&features, predicted), energy))
        };
        WithEnergy::fit(weight, fit.pass().map(pair).collect::<Result<Vec<_>>>()?)
    }

    /// How the energy joins the score, standardised on these samples.
    pub(super) fn own_energy(&self, weight: f32) -> Result<WithEnergy> {
        WithEnergy::fit(weight, self.samples.iter().map(|s| (s.she, s.row.energy)))
    }

    /// The classifier's own scores of these samples.
    pub(super) fn own_scores(&self) -> OwnScores {
        let rows = || self.samples.iter().map(|sample| &sample.row);
        OwnScores {
            msp: rows().map(|row| row.msp).collect(),
            energy: rows().map(|row| row.energy).collect(),
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
        let score = |sample: &Scored| (sample.row.predicted, sample.joined(sample.she, energy));
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
            by_class(self.classes, self.samples.iter().filter_map(|sample| sample.row.label))?;
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
