//! Laws that hold for all features, patterns and scores.

use proptest::prelude::*;
use she_ood::{CompareWith, PatternsBuilder, She, Similarity, Store, Threshold};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::means;

const SIMILARITIES: [Similarity; 5] = [
    Similarity::Inner,
    Similarity::Dot,
    Similarity::Cosine,
    Similarity::Euclidean,
    Similarity::Hopfield { beta: 0.5 },
];

fn vector(size: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-10.0f32..10.0, size)
}

/// Features and three patterns of the same length.
fn features_and_patterns() -> impl Strategy<Value = (Vec<f32>, Vec<Vec<f32>>)> {
    (1usize..12).prop_flat_map(|size| (vector(size), prop::collection::vec(vector(size), 3)))
}

fn scorer(rows: &[Vec<f32>], similarity: Similarity) -> She {
    let classes: Vec<usize> = (0..rows.len()).collect();
    let layers = vec![means("layer", &classes, rows.concat())];
    She::new(layers, similarity, CompareWith::Nearest).unwrap()
}

fn score(rows: &[Vec<f32>], similarity: Similarity, features: &[f32]) -> (f32, Vec<f32>) {
    let layer = scorer(rows, similarity).score(&[features.to_vec()], 0).unwrap().remove(0);
    (layer.score, layer.similarities)
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-4 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_order_of_classes_permutes_similarities_and_leaves_the_score(
        (features, rows) in features_and_patterns(),
    ) {
        for similarity in SIMILARITIES {
            let (forward, similarities) = score(&rows, similarity, &features);
            let reversed: Vec<_> = rows.iter().rev().cloned().collect();
            let (backward, mut permuted) = score(&reversed, similarity, &features);
            permuted.reverse();
            prop_assert_eq!(forward, backward);
            prop_assert_eq!(similarities, permuted);
        }
    }

    #[test]
    fn another_pattern_never_makes_a_sample_more_out_of_distribution(
        (features, rows) in features_and_patterns(),
    ) {
        for similarity in SIMILARITIES {
            let (all, _) = score(&rows, similarity, &features);
            let (fewer, _) = score(&rows[..2], similarity, &features);
            prop_assert!(all <= fewer);
        }
    }

    #[test]
    fn the_inner_product_is_linear_in_the_features(
        (features, rows) in features_and_patterns(),
        factor in 0.1f32..10.0,
    ) {
        let scaled: Vec<f32> = features.iter().map(|feature| feature * factor).collect();
        let (plain, _) = score(&rows, Similarity::Inner, &features);
        prop_assert!(close(score(&rows, Similarity::Inner, &scaled).0, factor * plain));
    }

    #[test]
    fn the_cosine_ignores_length_and_stays_between_minus_one_and_one(
        (features, rows) in features_and_patterns(),
        factor in 0.1f32..10.0,
    ) {
        let scaled: Vec<f32> = features.iter().map(|feature| feature * factor).collect();
        let (plain, similarities) = score(&rows, Similarity::Cosine, &features);
        prop_assert!(close(score(&rows, Similarity::Cosine, &scaled).0, plain));
        prop_assert!(similarities.iter().all(|similarity| similarity.abs() <= 1.0 + 1e-6));
    }

    #[test]
    fn the_distance_to_a_pattern_is_zero_only_on_it((features, rows) in features_and_patterns()) {
        prop_assert_eq!(score(&rows, Similarity::Euclidean, &rows[1]).0, 0.0);
        prop_assume!(!rows.contains(&features));
        prop_assert!(score(&rows, Similarity::Euclidean, &features).0 > 0.0);
    }

    #[test]
    fn the_pattern_of_one_sample_is_the_sample(features in vector(5)) {
        let mut builder = PatternsBuilder::new("layer", Store::Mean);
        builder.push(&features, 2, 2).unwrap();
        prop_assert_eq!(builder.finish().unwrap().values().to_vec(), features);
    }

    #[test]
    fn the_order_of_samples_does_not_change_patterns(
        samples in prop::collection::vec(vector(3), 1..20),
    ) {
        let pattern = |samples: &mut dyn Iterator<Item = &Vec<f32>>| {
            let mut builder = PatternsBuilder::new("layer", Store::Mean);
            samples.for_each(|sample| builder.push(sample, 0, 0).unwrap());
            builder.finish().unwrap().values().to_vec()
        };
        let forward = pattern(&mut samples.iter());
        let backward = pattern(&mut samples.iter().rev());
        prop_assert!(forward.iter().zip(&backward).all(|(a, b)| (a - b).abs() <= 1e-6));
    }

    #[test]
    fn the_threshold_lets_the_promised_share_of_calibration_pass(
        scores in prop::collection::vec(-5.0f32..5.0, 1..200),
        rate in 0.01f64..0.99,
    ) {
        let threshold = Threshold::calibrate(scores.clone(), rate).unwrap();
        let passed = scores.iter().filter(|&&score| !threshold.is_ood(score, 0)).count();
        prop_assert!(passed as f64 >= rate * scores.len() as f64);
    }

    #[test]
    fn a_higher_score_never_has_a_higher_p_value(
        scores in prop::collection::vec(-5.0f32..5.0, 0..50),
        a in -6.0f32..6.0,
        b in -6.0f32..6.0,
    ) {
        let threshold = Threshold::calibrate(scores, 0.9).unwrap();
        let (low, high) = (threshold.p_value(a.min(b), 0), threshold.p_value(a.max(b), 0));
        prop_assert!(high <= low && high > 0.0 && low <= 1.0);
    }
}
