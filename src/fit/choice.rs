//! Chooses layers, similarity, aggregator and energy without meeting a stranger.

mod candidates;
mod column;
mod gathered;

use self::candidates::{Rated, candidates};
use self::gathered::Gathered;
use super::Observations;
use crate::{Because, Candidate, Choice, Error, Model, Result};

/// Samples put aside that a choice needs.
const LEAST: usize = 20;

/// Candidates that a detector lists.
const LISTED: usize = 10;

/// AUROCs that differ by less are as good.
const NEAR: f64 = 1e-3;

/// Chooses among the tapped layers of a model, in one pass over the samples.
///
/// # Errors
/// Those of the samples; [`Error::Fit`] when none is classified correctly.
pub(super) fn choose(
    model: &Model,
    is_picture: bool,
    samples: &mut impl Observations,
) -> Result<Choice> {
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
    let rated = candidates(model, &gathered)?;
    let tried = rated.len();
    Ok(Choice { because: Because::Criterion, samples, tried, candidates: best_first(rated)? })
}

/// The chosen candidate, then the best of the others.
fn best_first(mut rated: Vec<Rated>) -> Result<Vec<Candidate>> {
    rated.sort_by(|a, b| b.auroc.total_cmp(&a.auroc));
    let allowed = || rated.iter().filter(|rated| !rated.candidate.passed_over);
    let best = allowed().next();
    let chosen = best.and_then(|best| {
        let is_as_good = |other: &&Rated| best.auroc - other.auroc < NEAR;
        allowed().filter(is_as_good).min_by_key(|rated| rated.size)
    });
    let chosen = chosen.map(|rated| rated.candidate.clone()).ok_or_else(|| Error::Fit {
        reason: "no layer tells samples apart: name layers and a similarity".to_string(),
    })?;
    let others = rated.into_iter().map(|rated| rated.candidate).filter(|other| *other != chosen);
    Ok(std::iter::once(chosen.clone()).chain(others.take(LISTED - 1)).collect())
}
