//! How features are compared with patterns.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use she_ood_kernel::{dot, squared_distance};

use crate::tensor::norm;
use crate::{Error, Patterns, Result};

/// How features are compared with the patterns of a class. Higher = more alike, for all.
///
/// All but [`Similarity::Hopfield`] are meant for one pattern a class, the mean; of several they
/// take the most similar one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Similarity {
    /// Inner product over length, `<f, mu> / D`: the SHE of oodeel. It grows with the norm of the
    /// features.
    #[default]
    Inner,
    /// Inner product as it is, `<f, mu>`: the SHE of the paper, OpenOOD and pytorch-ood.
    Dot,
    /// Cosine of the angle, -1 to 1. Where either vector is all zeros it is 0.
    Cosine,
    /// Negative Euclidean distance, `-|f - mu|`, at most 0.
    Euclidean,
    /// Negative Mahalanobis distance, `-sqrt((u - mu)' C^-1 (u - mu))`, at most 0, of the features
    /// at unit length, `u = f / |f|`: "Mahalanobis++" of Müller and Hein (ICML 2025), without the
    /// square. The means `mu` and the covariance `C` within classes are those of features of unit
    /// length, too. Features of zeros stay zeros.
    Mahalanobis,
    /// For classes of few samples, which a [`FewShot`](crate::FewShot) belongs to: the squared
    /// Mahalanobis distance and the cosine from the centre of all classes, each standardised, and
    /// summed.
    FewShot,
    /// `log sum_s exp(beta <f, s>)` over the patterns `s` of a class: the Hopfield energy HE of the
    /// paper, negated.
    Hopfield {
        /// Inverse temperature, above 0. Small = near the mean of all patterns, large = near the
        /// best one. The paper has 0.01 for ResNets.
        beta: f32,
    },
}

impl Display for Similarity {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Similarity::Inner => "inner",
            Similarity::Dot => "dot",
            Similarity::Cosine => "cosine",
            Similarity::Euclidean => "euclidean",
            Similarity::Mahalanobis => "mahalanobis",
            Similarity::FewShot => "few-shot",
            Similarity::Hopfield { .. } => "hopfield",
        })
    }
}

/// By name. `hopfield` gets the temperature [`Similarity::HOPFIELD_BETA`].
impl FromStr for Similarity {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "inner" => Ok(Similarity::Inner),
            "dot" => Ok(Similarity::Dot),
            "cosine" => Ok(Similarity::Cosine),
            "euclidean" => Ok(Similarity::Euclidean),
            "mahalanobis" => Ok(Similarity::Mahalanobis),
            "few-shot" => Ok(Similarity::FewShot),
            "hopfield" => Ok(Similarity::Hopfield { beta: Self::HOPFIELD_BETA }),
            _ => Err(Error::InvalidOption {
                option: "the similarity",
                given: format!("{name:?}"),
                allowed: "inner, dot, cosine, euclidean, mahalanobis, few-shot, hopfield",
            }),
        }
    }
}

impl Similarity {
    /// Inverse temperature of the paper's Hopfield energies for ResNets.
    pub const HOPFIELD_BETA: f32 = 0.01;

    /// Whether scores can be computed with its temperature, if it has one.
    pub(crate) fn is_usable(self) -> bool {
        !matches!(self, Similarity::Hopfield { beta } if !(beta.is_finite() && beta > 0.0))
    }

    /// Similarity of features to each class, in the order of [`Patterns::classes`], computed in
    /// f64.
    pub(super) fn to_classes(self, features: &[f32], patterns: &Patterns) -> Vec<f32> {
        let features = patterns.comparable(features);
        if let Some(few_shot) = patterns.few_shot() {
            let rows = patterns.rows().map(|(row, _)| row);
            let similarities = few_shot.similarities(&features, rows, patterns.centre());
            return similarities.map(|similarity| similarity as f32).collect();
        }
        let norm = if self == Similarity::Cosine { norm(&features) } else { 0.0 };
        let mut rows = patterns
            .rows()
            .map(|(pattern, length)| self.to_pattern(&features, pattern, norm * length));
        patterns.classes().iter().map(|class| self.joined(rows.by_ref().take(class.rows))).collect()
    }

    /// Similarity to one pattern; `norms` is the product of both lengths, for the cosine.
    fn to_pattern(self, features: &[f64], pattern: &[f64], norms: f64) -> f64 {
        let product = || dot(features, pattern);
        match self {
            Similarity::Inner => product() / features.len() as f64,
            Similarity::Dot => product(),
            Similarity::Cosine if norms == 0.0 => 0.0,
            Similarity::Cosine => product() / norms,
            // Of whitened features, the Euclidean distance is that of Mahalanobis. Few-shot
            // patterns compare by themselves.
            Similarity::Euclidean | Similarity::Mahalanobis | Similarity::FewShot => {
                -squared_distance(features, pattern).sqrt()
            }
            Similarity::Hopfield { beta } => f64::from(beta) * product(),
        }
    }

    /// The most similar of some patterns with their Euclidean lengths, the first of equal ones.
    pub(crate) fn most_similar<'a>(
        self,
        features: &[f64],
        rows: impl Iterator<Item = (&'a [f64], f64)>,
    ) -> Option<(&'a [f64], f64)> {
        let norm = norm(features);
        let compared = rows.map(|row| (row, self.to_pattern(features, row.0, norm * row.1)));
        compared.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(row, _)| row)
    }

    /// One value for all patterns of a class.
    fn joined(self, values: impl Iterator<Item = f64>) -> f32 {
        match self {
            Similarity::Hopfield { .. } => log_sum_exp(&values.collect::<Vec<_>>()) as f32,
            _ => values.fold(f64::NEG_INFINITY, f64::max) as f32,
        }
    }
}

/// The largest term is taken out, so that no power overflows.
fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}
