//! Chooses layers, similarity, aggregator and energy without meeting a stranger.

mod candidates;
mod column;
mod gathered;

use std::cmp::Reverse;

use self::candidates::{Rated, candidates};
use self::gathered::Gathered;
use super::observation::Narrowed;
use super::probes::LEAST;
use super::{CalibrationSample, Fit, Observations};
use crate::model::Names;
use crate::{Because, Candidate, Choice, Detector, Error, Model, Result};

/// Candidates that a detector lists.
const LISTED: usize = 10;

/// Standard errors of a difference that may be chance.
const CHANCE: f64 = 1.0;

impl Fit {
    /// Chooses, then fits the choice to all samples, those put aside too.
    pub(super) fn fit_by_choice(
        self,
        samples: &mut impl Observations,
        calibration: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Detector> {
        let choice = choose(&self.model, self.picture().is_some(), samples)?;
        let (fit, layers) = self.narrowed(&choice)?;
        let calibration = calibration.into_iter().map(|sample| Ok(sample?.of_layers(&layers)));
        let samples = &mut Narrowed { samples, layers: &layers };
        let mut detector = fit.fit_as_told(samples, calibration)?;
        detector.scorer.choice = Some(choice);
        Ok(detector)
    }

    /// The fit of the chosen candidate, and the positions of its layers among those of this one.
    fn narrowed(self, choice: &Choice) -> Result<(Self, Vec<usize>)> {
        let [chosen, ..] = choice.candidates.as_slice() else {
            return Err(Error::Fit { reason: "there is nothing to choose from".to_string() });
        };
        let position = |name: &String| self.model.taps().iter().position(|tap| tap.name == *name);
        let layers = chosen.layers.iter().filter_map(position).collect();
        let options = self.options.with_choice(chosen);
        let model = Model::load_file(&self.onnx, &options.model, Names::GivenOrDefault)?;
        Ok((Self { model, options, ..self }, layers))
    }
}

/// Chooses among the tapped layers of a model, in one pass over the samples.
///
/// # Errors
/// Those of the samples; [`Error::Fit`] when none is classified correctly.
fn choose(model: &Model, is_picture: bool, samples: &mut impl Observations) -> Result<Choice> {
    let mut gathered = Gathered::new(model);
    for observation in samples.pass() {
        gathered.push(observation?)?;
    }
    let samples = gathered.probes.len();
    if samples < LEAST {
        let because = if is_picture { Because::FewSamples } else { Because::NoPictures };
        let candidates = vec![gathered.fallback(model)?];
        return Ok(Choice { because, samples, tried: 0, candidates });
    }
    gathered.check()?;
    let rated = candidates(model, &gathered)?;
    let tried = rated.len();
    Ok(Choice { because: Because::Criterion, samples, tried, candidates: best_first(rated)? })
}

/// The chosen candidate, then the best of the others.
fn best_first(mut rated: Vec<Rated>) -> Result<Vec<Candidate>> {
    rated.sort_by(|a, b| b.auroc.value().total_cmp(&a.auroc.value()));
    let allowed = || rated.iter().filter(|rated| !rated.candidate.passed_over);
    let best = allowed().next();
    let chosen = best.and_then(|best| {
        let is_as_good = |other: &&Rated| best.auroc.errors_above(&other.auroc) <= CHANCE;
        // The first of equal ones is the best.
        allowed().filter(is_as_good).min_by_key(|rated| Reverse(rated.parts))
    });
    let chosen = chosen.map(|rated| rated.candidate.clone()).ok_or_else(|| Error::Fit {
        reason: "no layer tells samples apart: name layers and a similarity".to_string(),
    })?;
    let others = rated.into_iter().map(|rated| rated.candidate).filter(|other| *other != chosen);
    Ok(std::iter::once(chosen.clone()).chain(others.take(LISTED - 1)).collect())
}
