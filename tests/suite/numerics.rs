//! The ends of what numbers can be, held against closed forms. The same natively and in
//! WebAssembly.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use she_ood::{Aggregator, CompareWith, PatternsBuilder, She, Similarity, Store, Threshold};

use crate::fixtures::means;

const SIMILARITIES: [Similarity; 5] = [
    Similarity::Inner,
    Similarity::Dot,
    Similarity::Cosine,
    Similarity::Euclidean,
    Similarity::Hopfield { beta: 0.5 },
];

/// Scores of features by every similarity, each of the rows being the pattern of a class.
fn scores(rows: &[Vec<f32>], features: &[f32]) -> [f32; 5] {
    SIMILARITIES.map(|similarity| {
        let layers = vec![means("layer", &(0..rows.len()).collect::<Vec<_>>(), rows.concat())];
        let she = She::new(layers, similarity, CompareWith::Nearest).unwrap();
        she.score(&[features.to_vec()], 0).unwrap().remove(0).score
    })
}

#[test]
fn one_feature_and_a_hundred_thousand_have_the_scores_of_their_formulas() {
    for size in [1, 7, 1000, 100_000] {
        let (pattern, features) = (vec![2.0; size], vec![0.5; size]);
        let d = size as f64;
        let expected = [-1.0, -d, -1.0, 1.5 * d.sqrt(), -0.5 * d].map(|score| score as f32);
        assert_eq!(scores(&[pattern], &features), expected, "{size} features");
    }
}

#[test]
fn features_that_are_all_zero_are_like_nothing() {
    let found = scores(&[vec![3.0, 4.0], vec![0.0, 0.0]], &[0.0, 0.0]);
    assert_eq!(found, [0.0; 5]);
    assert_eq!(scores(&[vec![3.0, 4.0]], &[0.0, 0.0]), [0.0, 0.0, 0.0, 5.0, 0.0]);
}

#[test]
fn denormal_and_largest_numbers_have_the_right_scores() {
    // As 64-bit floats neither vanishes nor overflows; as a 32-bit score it may.
    let (tiny, huge) = (f32::from_bits(1), f32::MAX);
    assert_eq!(scores(&[vec![tiny; 4]], &[tiny; 4]), [0.0, 0.0, -1.0, 0.0, 0.0]);
    let found = scores(&[vec![huge; 4]], &[huge; 4]);
    assert_eq!(found, [f32::NEG_INFINITY, f32::NEG_INFINITY, -1.0, 0.0, f32::NEG_INFINITY]);
    assert_eq!(scores(&[vec![tiny; 4]], &[huge; 4])[2], -1.0);
}

#[test]
fn a_thousand_classes_are_told_apart_in_any_order() {
    let rows: Vec<Vec<f32>> = (0..1000)
        .map(|class| (0..10).map(|bit| ((class >> bit & 1) * 2) as f32 - 1.0).collect())
        .collect();
    for class in [0, 1, 511, 999] {
        let (found, mut turned) = (scores(&rows, &rows[class]), rows.clone());
        turned.rotate_left(377);
        assert_eq!(found, [-1.0, -10.0, -1.0, 0.0, -5.0], "class {class}");
        assert_eq!(found, scores(&turned, &rows[class]));
    }
}

#[test]
fn one_class_and_one_sample_make_a_detector_of_that_sample() {
    let mut builder = PatternsBuilder::new("layer", Store::Mean);
    builder.push(&[1.0, -2.0], 3, 3).unwrap();
    let patterns = builder.finish().unwrap();
    assert_eq!(
        (patterns.values(), patterns.classes()[0].index, patterns.classes()[0].count),
        (&[1.0, -2.0][..], 3, 1)
    );
    let threshold = Threshold::calibrate(vec![-1.0], 0.5).unwrap();
    assert_eq!(
        (threshold.value(), threshold.is_ood(-1.0, 0), threshold.is_ood(-0.9, 0)),
        (-1.0, false, true)
    );
    assert_eq!((threshold.p_value(-1.0, 0), threshold.p_value(5.0, 0)), (1.0, 0.5));
}

#[test]
fn infinite_scores_of_layers_join_to_an_infinite_score() {
    for aggregator in [
        Aggregator::Sum,
        Aggregator::Std { stds: vec![1.0, 2.0] },
        Aggregator::Mean { means: vec![1.0, 2.0] },
    ] {
        assert_eq!(aggregator.join(&[f32::INFINITY, 1.0]), f32::INFINITY, "{aggregator:?}");
        assert_eq!(aggregator.join(&[f32::NEG_INFINITY, 1.0]), f32::NEG_INFINITY, "{aggregator:?}");
    }
}
