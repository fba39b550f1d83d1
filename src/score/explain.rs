//! Where a similarity comes from: the part of each feature of a layer, and of each position of a
//! feature map.

use serde::Serialize;

use super::linear_form::LinearForm;
use super::she::She;
use crate::{ChannelAxis, Features, Layer, Pooling};

/// The similarity of one layer, by feature and by position. Positive parts make the sample more
/// similar, negative parts less.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LayerExplanation {
    /// Name of the layer.
    pub name: String,
    /// Similarity to the class, as in
    /// [`LayerReport::similarities`](crate::LayerReport::similarities).
    /// Higher = more alike.
    pub similarity: f32,
    /// The part of each feature. They sum to the similarity.
    pub channels: Vec<f32>,
    /// The similarity at each position of a feature map, in one row for `[channels, length]`.
    /// `None` for a vector, a sequence of tokens, a map of three dimensions, and a layer that is
    /// not pooled by its mean.
    pub map: Option<SimilarityMap>,
}

/// Similarity by position. The mean of its values is the similarity of the layer; a value by itself
/// may lie outside the range of the similarity, such as a cosine above 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SimilarityMap {
    /// Number of rows of the feature map.
    pub height: usize,
    /// Number of values in a row.
    pub width: usize,
    /// The values, row by row from the top.
    pub values: Vec<f32>,
}

impl She {
    /// Takes the similarities of one sample to `class` apart. `similarities` and `raw` hold, for
    /// each layer, the similarity to that class and the values that the features were pooled from.
    ///
    /// `None` for a class without patterns.
    pub(crate) fn explain(
        &self,
        class: usize,
        similarities: &[f32],
        features: &Features,
        taps: &[Layer],
        raw: &[&[f32]],
    ) -> Option<Vec<LayerExplanation>> {
        let scorers = self.layers().iter().zip(self.clip_of_each());
        let layers = scorers.zip(features.layers()).zip(similarities).zip(taps.iter().zip(raw));
        let explained =
            layers.map(|((((patterns, clip), features), &similarity), (layer, raw))| {
                let form = LinearForm::new(self.similarity(), patterns, class, features, clip)?;
                Some(LayerExplanation {
                    name: layer.name.clone(),
                    similarity,
                    channels: form.channels(features),
                    map: similarity_map(&form, layer, raw),
                })
            });
        explained.collect()
    }
}

/// The similarity at each position, where the layer is the mean of a map of one or two dimensions.
/// The tokens of a sequence have no known place.
fn similarity_map(form: &LinearForm, layer: &Layer, raw: &[f32]) -> Option<SimilarityMap> {
    let is_last = layer.channel_axis == Some(ChannelAxis::Last);
    let (height, width) = match *layer.places() {
        [height, width] => (height, width),
        [width] if !is_last => (1, width),
        _ => return None,
    };
    let values = match layer.pooling {
        Pooling::Mean if is_last => form.by_row(raw),
        Pooling::Mean => form.by_position(raw, height * width),
        _ => return None,
    };
    Some(SimilarityMap { height, width, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, CompareWith, Patterns, Similarity, Whitening};

    const SIMILARITIES: [Similarity; 6] = [
        Similarity::Inner,
        Similarity::Dot,
        Similarity::Cosine,
        Similarity::Euclidean,
        Similarity::Mahalanobis,
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
        let patterns = match similarity {
            Similarity::Mahalanobis => Whitening::new(2, vec![1.5, -0.5, 2.0])
                .and_then(|whitening| patterns.with_whitening(whitening))
                .unwrap(),
            _ => patterns,
        };
        She::new(vec![patterns], similarity, CompareWith::Nearest)
            .and_then(|she| she.with_clips(clip.map(|clip| vec![clip])))
            .unwrap()
    }

    fn explained(
        she: &She,
        class: usize,
        shape: &[usize],
        raw: &[f32],
    ) -> Option<LayerExplanation> {
        let similarities = she.score(&[FEATURES.to_vec()], 0).unwrap().remove(0).similarities;
        let row = she.classes().iter().position(|patterned| patterned.index == class)?;
        let features = Features::new(vec![0.0], vec![FEATURES.to_vec()]).unwrap();
        let layer = Layer::new("layer", "Relu", shape, Some(0));
        she.explain(class, &[similarities[row]], &features, &[layer], &[raw])
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
            "{she:?}: the channels {channels:?} are not parts of {similarity}"
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
