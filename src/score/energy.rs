//! The energy of the logits beside the similarity of the features: one knows near strangers better,
//! the other far ones.

use serde::{Deserialize, Serialize};

use super::aggregator::Spread;
use crate::{Error, Result};

/// How the energy of the logits joins the score of the layers: as the sum of both, each
/// standardised on held-out in-distribution samples, the energy times a weight.
///
/// ```text
/// score = (she - she.mean) / she.std + weight * (energy - energy.mean) / energy.std
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WithEnergy {
    /// Weight of the energy, above 0.
    pub weight: f32,
    /// Mean and spread of the layers' joined scores.
    pub she: Moments,
    /// Mean and spread of the energies.
    pub energy: Moments,
}

/// Mean and population standard deviation of some scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Moments {
    /// Their mean.
    pub mean: f32,
    /// Their standard deviation, above 0.
    pub std: f32,
}

/// The two parts of a score with energy, standardised and weighted. Higher = more
/// out-of-distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Parts {
    /// The part of the layers.
    pub she: f32,
    /// The part of the energy.
    pub energy: f32,
}

impl WithEnergy {
    /// Standardises on pairs of a joined score and an energy. Infinite scores, of a predicted class
    /// without pattern, say nothing of the spread.
    ///
    /// # Errors
    /// [`Error::Fit`] when either does not vary.
    pub(crate) fn fit(weight: f32, pairs: impl IntoIterator<Item = (f32, f32)>) -> Result<Self> {
        let (mut she, mut energy) = (Spread::default(), Spread::default());
        for (score, value) in pairs.into_iter().filter(|(score, _)| score.is_finite()) {
            she.push(score);
            energy.push(value);
        }
        let (she, energy) = (Moments::of(&she), Moments::of(&energy));
        match [("scores of the layers", she), ("energies", energy)]
            .into_iter()
            .find(|(_, moments)| !moments.is_usable())
        {
            Some((what, Moments { std, .. })) => Err(Error::Fit {
                reason: format!(
                    "the score cannot be joined with the energy, as the {what} of the samples have \
                     standard deviation {std}: fit without energy"
                ),
            }),
            None => Ok(Self { weight, she, energy }),
        }
    }

    /// Whether scores can be computed with it.
    pub(crate) fn is_usable(&self) -> bool {
        is_usable_weight(self.weight) && self.she.is_usable() && self.energy.is_usable()
    }

    /// The parts of a score, and their sum.
    pub(crate) fn join(&self, she: f32, energy: f32) -> (Parts, f32) {
        let she = self.she.standardised(she);
        let energy = f64::from(self.weight) * self.energy.standardised(energy);
        (Parts { she: she as f32, energy: energy as f32 }, (she + energy) as f32)
    }
}

impl Moments {
    /// Those of some scores, if they vary.
    pub(crate) fn over(scores: impl Iterator<Item = f32>) -> Option<Self> {
        let mut spread = Spread::default();
        scores.for_each(|score| spread.push(score));
        Some(Self::of(&spread)).filter(|moments| moments.is_usable())
    }

    fn of(spread: &Spread) -> Self {
        Self { mean: spread.mean(), std: spread.std() }
    }

    /// Whether scores can be standardised with them.
    pub(super) fn is_usable(self) -> bool {
        self.mean.is_finite() && self.std.is_finite() && self.std > 0.0
    }

    fn standardised(self, score: f32) -> f64 {
        self.standardised_f64(f64::from(score))
    }

    /// A score less the mean, over the standard deviation.
    pub(super) fn standardised_f64(self, score: f64) -> f64 {
        (score - f64::from(self.mean)) / f64::from(self.std)
    }
}

/// Whether a weight of the energy is above 0 and finite.
pub(crate) fn is_usable_weight(weight: f32) -> bool {
    weight.is_finite() && weight > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_standardised_and_sum_to_the_score() {
        let pairs = [(1.0, -10.0), (3.0, -30.0), (f32::INFINITY, -99.0)];
        let with = WithEnergy::fit(0.5, pairs).unwrap();
        assert_eq!((with.she.mean, with.she.std, with.energy.std), (2.0, 1.0, 10.0));
        assert_eq!(with.join(5.0, 0.0), (Parts { she: 3.0, energy: 1.0 }, 4.0));
        assert_eq!(with.join(f32::INFINITY, 0.0).1, f32::INFINITY);
    }

    #[test]
    fn what_does_not_vary_cannot_be_joined() {
        for pairs in [[(1.0, 0.0), (2.0, 0.0)], [(1.0, 1.0), (1.0, 2.0)]] {
            let error = WithEnergy::fit(1.0, pairs).unwrap_err();
            assert!(error.to_string().ends_with("standard deviation 0: fit without energy"));
        }
        assert_eq!(WithEnergy::fit(1.0, []).unwrap_err().code(), "fit");
    }
}
