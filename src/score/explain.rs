//! Where a similarity comes from: the part of each feature of a layer, and of each position of a
//! feature map.
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
//! | Hopfield | `beta sum_s p_s s` with `p = softmax(beta <f, s>)` | 0 | entropy of `p` |
//!
//! The sums of the distance and of the Hopfield energy are their first-order expansions around the
//! sample, that of the cosine keeps the sample's length. Of several patterns `mu` is the most
//! similar one. Where ReAct cuts a feature off, every position of its channel is lowered by what
//! the feature loses.

use serde::Serialize;

use super::she::{She, clipped};
use crate::tensor::{norm, sum, widened};
use crate::{LayerReport, Similarity, Tensor};

/// The similarity of one layer, taken apart. What is above zero makes the sample more alike, what
/// is below less.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerExplanation {
    /// Name of the layer.
    pub name: String,
    /// Similarity to the class, that of [`LayerReport::similarities`]. Higher = more alike.
    pub similarity: f32,
    /// The part of each feature, in their order. They sum to the similarity.
    pub channels: Vec<f32>,
    /// The similarity at each position of a feature map, `None` for a layer that is a vector.
    pub map: Option<SimilarityMap>,
}

/// Similarity by position. The mean of its values is the similarity of the layer; a value by itself
/// may lie outside the range of the similarity, such as a cosine above 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimilarityMap {
    /// Number of rows, that of the feature map.
    pub height: usize,
    /// Number of values in a row.
    pub width: usize,
    /// The values, row by row from the top.
    pub values: Vec<f32>,
}

impl She {
    /// The similarities to `class` taken apart, from the features of each layer and the `raw`
    /// layers that they were pooled from; `None` for a class without patterns.
    pub(crate) fn explain(
        &self,
        class: usize,
        reports: &[LayerReport],
        features: &[Vec<f32>],
        raw: &[Tensor],
    ) -> Option<Vec<LayerExplanation>> {
        let scorers = self.layers.iter().zip(self.clips());
        let layers = scorers.zip(features.iter().zip(raw)).zip(reports);
        let explained = layers.map(|(((patterns, clip), (features, raw)), report)| {
            let position = patterns.position_of(class)?;
            let form = LinearForm::new(
                self.similarity,
                &patterns.rows_of(position).collect::<Vec<_>>(),
                features,
                clip,
            );
            let (name, similarity) = (report.name.clone(), *report.similarities.get(position)?);
            Some(LayerExplanation {
                name,
                similarity,
                channels: form.channels(features),
                map: form.map(raw),
            })
        });
        explained.collect()
    }
}

/// A similarity as a sum over the features of one sample, a term for each.
struct LinearForm(Vec<Term>);

/// One feature's part in a similarity.
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
    /// The similarity to a class with the patterns `rows`, for features as they are before ReAct.
    fn new(similarity: Similarity, rows: &[Row], features: &[f32], clip: Option<f32>) -> Self {
        let kept = widened(&clipped(features, clip));
        let mut form = Self::of_kept(similarity, rows, &kept);
        let lost = features.iter().zip(&kept).map(|(&feature, kept)| f64::from(feature) - kept);
        form.0.iter_mut().zip(lost).for_each(|(term, lost)| term.centre += lost);
        form
    }

    /// The similarity for features as ReAct leaves them.
    fn of_kept(similarity: Similarity, rows: &[Row], features: &[f64]) -> Self {
        let (pattern, length) =
            similarity.most_similar(features, rows.iter().copied()).unwrap_or_default();
        match similarity {
            Similarity::Inner => Self::proportional(pattern, features.len() as f64),
            Similarity::Dot => Self::proportional(pattern, 1.0),
            Similarity::Cosine => Self::proportional(pattern, norm(features) * length),
            Similarity::Euclidean => Self::distance(pattern, features),
            Similarity::Hopfield { beta } => Self::energy(f64::from(beta), rows, features),
        }
    }

    /// Each feature weighs as much as that of the pattern, over a common divisor.
    fn proportional(pattern: &[f64], divisor: f64) -> Self {
        Self(
            pattern
                .iter()
                .map(|&value| Term { weight: quotient(value, divisor), centre: 0.0, offset: 0.0 })
                .collect(),
        )
    }

    /// Each feature weighs as much as it is off the pattern.
    fn distance(pattern: &[f64], features: &[f64]) -> Self {
        let distance = sum(features, pattern, |f, p| (f - p) * (f - p)).sqrt();
        let term = |(&f, &p): (&f64, &f64)| Term {
            weight: quotient(p - f, distance),
            centre: p,
            offset: 0.0,
        };
        Self(features.iter().zip(pattern).map(term).collect())
    }

    /// Each feature weighs as much as that of the patterns' mean, of which the similar ones have
    /// the largest shares.
    fn energy(beta: f64, rows: &[Row], features: &[f64]) -> Self {
        let energies: Vec<f64> =
            rows.iter().map(|(pattern, _)| beta * sum(features, pattern, |f, p| f * p)).collect();
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
    fn channels(&self, features: &[f32]) -> Vec<f32> {
        self.0.iter().zip(features).map(|(term, &feature)| term.at(feature) as f32).collect()
    }

    /// The sum at each position of a feature map.
    fn map(&self, raw: &Tensor) -> Option<SimilarityMap> {
        let &[_, height, width] = raw.shape() else { return None };
        let mut values = vec![0.0; height * width];
        for (term, channel) in self.0.iter().zip(raw.data().chunks_exact(values.len().max(1))) {
            values.iter_mut().zip(channel).for_each(|(value, &feature)| *value += term.at(feature));
        }
        Some(SimilarityMap {
            height,
            width,
            values: values.into_iter().map(|value| value as f32).collect(),
        })
    }
}

/// A quotient, 0 where there is nothing to divide by.
fn quotient(value: f64, divisor: f64) -> f64 {
    if divisor == 0.0 { 0.0 } else { value / divisor }
}

/// The share of each value in the sum of their powers, and the entropy of the shares.
fn softmax(values: &[f64]) -> (Vec<f64>, f64) {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = values.iter().map(|value| (value - largest).exp()).collect();
    let total: f64 = powers.iter().sum();
    let shares: Vec<f64> = powers.iter().map(|power| power / total).collect();
    // Without the logarithms of the shares, which may be those of zero.
    let entropy = total.ln()
        - shares.iter().zip(values).map(|(share, value)| share * (value - largest)).sum::<f64>();
    (shares, entropy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, CompareWith, Patterns};

    const SIMILARITIES: [Similarity; 5] = [
        Similarity::Inner,
        Similarity::Dot,
        Similarity::Cosine,
        Similarity::Euclidean,
        Similarity::Hopfield { beta: 0.7 },
    ];

    /// Two channels of a map of 1 x 3, and their means.
    const RAW: [f32; 6] = [1.0, 2.0, 6.0, 0.0, 0.5, -3.5];
    const FEATURES: [f32; 2] = [3.0, -1.0];

    /// The class 1 has two patterns, the class 4 one.
    fn she(similarity: Similarity, clip: Option<f32>, values: [f32; 6]) -> She {
        let class = |index, rows| Class { index, count: 9, rows };
        let patterns =
            Patterns::new("layer", vec![class(1, 2), class(4, 1)], values.to_vec()).unwrap();
        She {
            layers: vec![patterns],
            similarity,
            compare_with: CompareWith::Nearest,
            clips: clip.map(|clip| vec![clip]),
        }
    }

    fn explained(
        she: &She,
        class: usize,
        shape: &[usize],
        raw: &[f32],
    ) -> Option<LayerExplanation> {
        let similarities = she.score(&[FEATURES.to_vec()], 0).unwrap().remove(0).similarities;
        let report = LayerReport { name: "layer".to_string(), score: 0.0, similarities };
        let raw = Tensor::new(shape, raw.to_vec()).unwrap();
        she.explain(class, &[report], &[FEATURES.to_vec()], &[raw])
            .map(|mut layers| layers.remove(0))
    }

    fn on_map(she: &She, class: usize) -> LayerExplanation {
        explained(she, class, &[2, 1, 3], &RAW).unwrap()
    }

    #[track_caller]
    fn assert_parts(she: &She, class: usize) {
        let LayerExplanation { similarity, channels, map, .. } = on_map(she, class);
        let SimilarityMap { height, width, values } = map.unwrap();
        assert_eq!((channels.len(), height, width, values.len()), (2, 1, 3, 3));
        let (sum, mean) = (channels.iter().sum::<f32>(), values.iter().sum::<f32>() / 3.0);
        assert!(
            (sum - similarity).abs() < 1e-6,
            "{she:?}: the channels {channels:?} are no parts of {similarity}"
        );
        assert!(
            (mean - similarity).abs() < 1e-6,
            "{she:?}: the positions {values:?} are not on average {similarity}"
        );
    }

    #[test]
    fn channels_sum_to_the_similarity_and_positions_average_to_it() {
        let patterns = [0.5, 0.2, -0.3, -0.9, 1.0, 0.0];
        for similarity in SIMILARITIES {
            for clip in [None, Some(1.25), Some(-2.0)] {
                [1, 4]
                    .iter()
                    .for_each(|&class| assert_parts(&she(similarity, clip, patterns), class));
            }
        }
    }

    #[test]
    fn the_patterns_of_the_class_decide() {
        let inner = she(Similarity::Inner, None, [0.5, 0.2, -0.3, -0.9, 1.0, 2.0]);
        assert_eq!(
            (on_map(&inner, 1).similarity, on_map(&inner, 1).channels),
            (0.65, vec![0.75, -0.1])
        );
        assert_eq!(on_map(&inner, 4).map.unwrap().values, [0.5, 1.5, -0.5]);
        assert_eq!(explained(&inner, 2, &[2, 1, 3], &RAW), None);
    }

    /// `f - mu` is (3, -4), of length 5.
    #[test]
    fn a_feature_on_the_other_side_of_the_pattern_makes_up_for_the_rest() {
        let euclidean = she(Similarity::Euclidean, None, [9.0, 9.0, 9.0, 9.0, 0.0, 3.0]);
        let explanation = on_map(&euclidean, 4);
        assert_eq!((explanation.similarity, explanation.channels), (-5.0, vec![-1.8, -3.2]));
        assert_eq!(explanation.map.unwrap().values, [-3.0, -3.2, -8.8]);
    }

    /// The first channel loses 2 at each position.
    #[test]
    fn what_react_cuts_off_is_taken_from_every_position() {
        let clipped = on_map(&she(Similarity::Dot, Some(1.0), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]), 4);
        assert_eq!((clipped.similarity, clipped.channels), (1.0, vec![1.0, 0.0]));
        assert_eq!(clipped.map.unwrap().values, [-1.0, 0.0, 4.0]);
    }

    #[test]
    fn a_sample_on_its_pattern_and_a_pattern_of_zeros_have_no_parts() {
        for (similarity, pattern) in
            [(Similarity::Euclidean, FEATURES), (Similarity::Cosine, [0.0, 0.0])]
        {
            let [a, b] = pattern;
            let explanation = on_map(&she(similarity, None, [9.0, 9.0, 9.0, 9.0, a, b]), 4);
            assert_eq!((explanation.similarity, explanation.channels), (0.0, vec![0.0, 0.0]));
            assert_eq!(explanation.map.unwrap().values, [0.0; 3]);
        }
    }

    #[test]
    fn far_patterns_of_an_energy_have_a_share_of_zero_and_equal_ones_the_entropy_of_a_coin() {
        let hopfield = Similarity::Hopfield { beta: 1.0 };
        let far = on_map(&she(hopfield, None, [1e3, 0.0, -1e3, 0.0, 1.0, 0.0]), 1);
        assert_eq!((far.similarity, far.channels), (3e3, vec![3e3, 0.0]));
        let equal = on_map(&she(hopfield, None, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]), 1);
        let half = std::f32::consts::LN_2 / 2.0;
        assert_eq!(
            (equal.similarity, equal.channels),
            (2.0 + 2.0 * half, vec![3.0 + half, -1.0 + half])
        );
    }

    #[test]
    fn a_vector_has_no_map() {
        let explanation =
            explained(&she(Similarity::Dot, None, [1.0; 6]), 4, &[2], &FEATURES).unwrap();
        assert_eq!((explanation.channels, explanation.map), (vec![3.0, -1.0], None));
    }
}
