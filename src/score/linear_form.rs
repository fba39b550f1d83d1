//! Similarities as sums over features: the linear form of each.
//!
//! A similarity is written as a sum over the features `f_d`, with weights `w`, a centre `c` and an
//! offset `b`. A feature is the mean of its channel of the map `F`, so the same sum at each
//! position `p` has the similarity as its mean:
//!
//! ```text
//! s = sum_d w_d (f_d - c_d) + b = mean_p [ sum_d w_d (F_dp - c_d) + b ]
//! ```
//!
//! | similarity | `w` | `c` | `b` |
//! |---|---|---|---|
//! | inner | `mu / D` | 0 | 0 |
//! | dot | `mu` | 0 | 0 |
//! | cosine | `mu / (\|f\| \|mu\|)`, 0 where either is | 0 | 0 |
//! | Euclidean | `(mu - f) / \|f - mu\|`, 0 where `f` is `mu` | `mu` | 0 |
//! | Mahalanobis | `C^-1 (mu - u) / (d \|f\|)` with `d` the distance, 0 where that is | `mu \|f\|` | 0 |
//! | few-shot | the derivative by the root `u` of `f`, times `u / f` | 0 | what is left |
//! | Hopfield | `beta sum_s p_s s` with `p = softmax(beta <f, s>)` | 0 | entropy of `p` |
//!
//! The forms of the distances and of the Hopfield energy are first-order expansions around the
//! sample; the form of the cosine keeps the sample's length. With several patterns, `mu` is the
//! most similar one. Where ReAct cuts a feature off, every position of its channel is lowered by
//! the same amount as the feature.

use she_ood_kernel::{dot, squared_distance, widened};

use super::few_shot::root_scales;
use super::she::clipped;
use super::{FewShot, Patterns, Similarity, Whitening};
use crate::tensor::norm;

/// A similarity as a sum over the features of one sample, with a term for each feature.
pub(super) struct LinearForm(Vec<Term>);

/// One feature's part in a similarity: `weight * (feature - centre) + offset`.
struct Term {
    weight: f64,
    centre: f64,
    offset: f64,
}

impl Term {
    fn at(&self, feature: f32) -> f64 {
        self.weight * (f64::from(feature) - self.centre) + self.offset
    }
}

/// A pattern and its Euclidean length.
type Row<'a> = (&'a [f64], f64);

impl LinearForm {
    /// The similarity to a class, over features before ReAct. `None` for a class without patterns.
    pub(super) fn new(
        similarity: Similarity,
        patterns: &Patterns,
        class: usize,
        features: &[f32],
        clip: Option<f32>,
    ) -> Option<Self> {
        let kept = clipped(features, clip);
        let mut form = match (patterns.whitening(), patterns.few_shot()) {
            (Some(whitening), _) => Self::whitened(whitening, patterns, class, &kept)?,
            (_, Some(few_shot)) => Self::few_shot(few_shot, patterns, class, &kept)?,
            (None, None) => {
                let rows: Vec<_> = patterns.rows_of(class).collect();
                Self::of_kept(similarity, &rows, &widened(&kept))?
            }
        };
        let lost = features.iter().zip(kept.iter());
        let lost = lost.map(|(&feature, &kept)| f64::from(feature) - f64::from(kept));
        form.0.iter_mut().zip(lost).for_each(|(term, lost)| term.centre += lost);
        Some(form)
    }

    /// The similarity over features after ReAct.
    fn of_kept(similarity: Similarity, rows: &[Row], features: &[f64]) -> Option<Self> {
        let (pattern, length) = similarity.most_similar(features, rows.iter().copied())?;
        Some(match similarity {
            Similarity::Inner => Self::proportional(pattern, features.len() as f64),
            Similarity::Dot => Self::proportional(pattern, 1.0),
            Similarity::Cosine => Self::proportional(pattern, norm(features) * length),
            Similarity::Euclidean | Similarity::Mahalanobis | Similarity::FewShot => {
                Self::distance(pattern, features)
            }
            Similarity::Hopfield { beta } => Self::energy(f64::from(beta), rows, features),
        })
    }

    /// Each weight is the pattern's value over a common divisor.
    fn proportional(pattern: &[f64], divisor: f64) -> Self {
        Self(
            pattern
                .iter()
                .map(|&value| Term { weight: quotient(value, divisor), centre: 0.0, offset: 0.0 })
                .collect(),
        )
    }

    /// Each weight is the feature's distance from the pattern, over the whole distance.
    fn distance(pattern: &[f64], features: &[f64]) -> Self {
        let distance = squared_distance(features, pattern).sqrt();
        let term = |(&f, &p): (&f64, &f64)| Term {
            weight: quotient(p - f, distance),
            centre: p,
            offset: 0.0,
        };
        Self(features.iter().zip(pattern).map(term).collect())
    }

    /// Each weight is the derivative of the distance to the nearest pattern of the class, whose
    /// values are stretched to the length of the features.
    fn whitened(
        whitening: &Whitening,
        patterns: &Patterns,
        class: usize,
        features: &[f32],
    ) -> Option<Self> {
        let compared = patterns.comparable(features);
        let distant = |(row, _): (&[f64], f64)| {
            compared.iter().zip(row).map(|(f, p)| p - f).collect::<Vec<f64>>()
        };
        let rows = patterns.rows_of(class).map(distant).zip(patterns.values_of(class));
        let (gap, mean) =
            rows.reduce(|best, next| if norm(&next.0) < norm(&best.0) { next } else { best })?;
        let length = Some(norm(&widened(features))).filter(|length| *length > 0.0).unwrap_or(1.0);
        let term = |(slope, &mean): (f64, &f32)| Term {
            weight: quotient(slope, norm(&gap) * length),
            centre: f64::from(mean) * length,
            offset: 0.0,
        };
        Some(Self(whitening.apply_transposed(&gap).into_iter().zip(mean).map(term).collect()))
    }

    /// Each weight is the derivative by the root of the feature, times what makes the feature that
    /// root.
    fn few_shot(
        few_shot: &FewShot,
        patterns: &Patterns,
        class: usize,
        features: &[f32],
    ) -> Option<Self> {
        let (pattern, _) = patterns.rows_of(class).next()?;
        let compared = patterns.comparable(features);
        let (slopes, rest) = few_shot.slopes(&compared, pattern, patterns.centre());
        let rest = rest / features.len() as f64;
        let term = |((slope, from), scale): ((f64, f64), f64)| Term {
            weight: slope * scale,
            centre: 0.0,
            offset: rest - from,
        };
        Some(Self(slopes.into_iter().zip(root_scales(features)).map(term).collect()))
    }

    /// Each weight is the value of a mean pattern, in which similar patterns count most.
    fn energy(beta: f64, rows: &[Row], features: &[f64]) -> Self {
        let energies: Vec<f64> =
            rows.iter().map(|(pattern, _)| beta * dot(features, pattern)).collect();
        let (shares, entropy) = softmax(&energies);
        let mut weights = vec![0.0; features.len()];
        for ((pattern, _), share) in rows.iter().zip(shares) {
            weights
                .iter_mut()
                .zip(*pattern)
                .for_each(|(weight, value)| *weight += beta * share * value);
        }
        let offset = entropy / features.len() as f64;
        Self(weights.into_iter().map(|weight| Term { weight, centre: 0.0, offset }).collect())
    }

    /// The part of each feature.
    pub(super) fn channels(&self, features: &[f32]) -> Vec<f32> {
        self.0.iter().zip(features).map(|(term, &feature)| term.at(feature) as f32).collect()
    }

    /// The sum at each of so many positions of a feature map, channels first.
    pub(super) fn by_position(&self, map: &[f32], positions: usize) -> Vec<f32> {
        let mut sums = vec![0.0; positions];
        for (term, channel) in self.0.iter().zip(map.chunks_exact(positions)) {
            sums.iter_mut().zip(channel).for_each(|(sum, &feature)| *sum += term.at(feature));
        }
        sums.into_iter().map(|sum| sum as f32).collect()
    }

    /// The sum at each position of a feature map, channels last.
    pub(super) fn by_row(&self, map: &[f32]) -> Vec<f32> {
        let at = |row: &[f32]| self.0.iter().zip(row).map(|(term, &value)| term.at(value)).sum();
        map.chunks_exact(self.0.len().max(1)).map(at).map(|sum: f64| sum as f32).collect()
    }
}

/// A quotient, 0 where the divisor is.
fn quotient(value: f64, divisor: f64) -> f64 {
    if divisor == 0.0 { 0.0 } else { value / divisor }
}

/// The softmax of some values, and its entropy.
fn softmax(values: &[f64]) -> (Vec<f64>, f64) {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = values.iter().map(|value| (value - largest).exp()).collect();
    let total: f64 = powers.iter().sum();
    let shares: Vec<f64> = powers.iter().map(|power| power / total).collect();
    // Avoids the logarithms of the shares, which may be zero.
    let entropy = total.ln()
        - shares.iter().zip(values).map(|(share, value)| share * (value - largest)).sum::<f64>();
    (shares, entropy)
}
