//! Features, patterns and scores equal those of oodeel 0.4.0 (eps = 0), computed with TensorFlow.
//!
//! The tolerance of 1e-5 is absolute; the patterns, up to 10, are compared relative to the largest
//! of them.

use crate::fixtures::{self, DENSE, DENSE_1, MLP, assert_close, golden, inputs, means, mini_fit};
use she_ood::{
    Aggregator, CompareWith, Detector, Model, ModelOptions, PatternsBuilder, She, Similarity, Store,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const TOLERANCE: f32 = 1e-5;

fn scores(detector: &Detector) -> Vec<f32> {
    inputs("images").iter().map(|input| detector.score(input).unwrap().score).collect()
}

#[test]
fn hidden_layers_and_logits_are_read_from_a_model_with_only_a_softmax_output() {
    let detector = mini_fit(&[DENSE, DENSE_1]);
    for (i, input) in inputs("images").iter().enumerate() {
        let features = detector.features(input).unwrap();
        assert_close("logits", features.logits(), &golden("logits").rows()[i], TOLERANCE);
        assert_close("dense", &features.layers()[0], &golden("dense").rows()[i], TOLERANCE);
        assert_close("dense_1", &features.layers()[1], &golden("dense_1").rows()[i], TOLERANCE);
    }
}

#[test]
fn every_layer_is_listed_with_its_operator_and_shape() {
    let layers = Model::layers(MLP, &ModelOptions::default()).unwrap();
    let listed: Vec<_> =
        layers.iter().map(|layer| (layer.name.as_str(), layer.op.as_str(), layer.size())).collect();
    assert!(
        listed.contains(&(DENSE, "Relu", 300)) && listed.contains(&(DENSE_1, "Relu", 150)),
        "{listed:?}"
    );
    assert_eq!(listed.first(), Some(&("sequential/flatten/Reshape:0", "Reshape", 784)));
    assert_eq!(listed.last(), Some(&("dense_2", "Softmax", 10)));
}

#[test]
fn patterns_of_the_mini_fit_leave_out_misclassified_samples() {
    let mut builders = ["dense", "dense_1"].map(|layer| PatternsBuilder::new(layer, Store::Mean));
    let detector = mini_fit(&[DENSE, DENSE_1]);
    for (input, label) in fixtures::mini_samples() {
        let features = detector.features(&input).unwrap();
        let predicted = she_ood::baselines(features.logits()).unwrap().0.class();
        builders
            .iter_mut()
            .zip(features.layers())
            .for_each(|(builder, layer)| builder.push(layer, label, predicted).unwrap());
    }
    for builder in builders {
        let patterns = builder.finish().unwrap();
        let expected = golden(&format!("mini_patterns_{}", patterns.layer())).values();
        let largest = expected.iter().copied().fold(0.0, f32::max);
        assert_close(patterns.layer(), patterns.values(), &expected, TOLERANCE * largest);
        assert_eq!(patterns.classes().iter().map(|class| class.count).sum::<u64>(), 290);
    }
}

#[test]
fn scores_of_one_layer_equal_oodeel() {
    assert_close(
        "dense",
        &scores(&mini_fit(&[DENSE])),
        &golden("mini_scores_dense").values(),
        TOLERANCE,
    );
    assert_close(
        "dense_1",
        &scores(&mini_fit(&[DENSE_1])),
        &golden("mini_scores_dense_1").values(),
        TOLERANCE,
    );
}

#[test]
fn scores_of_two_layers_joined_by_std_equal_oodeel() {
    let detector = mini_fit(&[DENSE, DENSE_1]);
    assert_close("joined", &scores(&detector), &golden("mini_scores").values(), TOLERANCE);
    for (i, input) in inputs("images").iter().enumerate() {
        let layers = detector.score(input).unwrap().layers;
        assert_close(
            "dense",
            &[layers[0].score],
            &[golden("mini_scores_dense").values()[i]],
            TOLERANCE,
        );
        assert_close(
            "dense_1",
            &[layers[1].score],
            &[golden("mini_scores_dense_1").values()[i]],
            TOLERANCE,
        );
    }
}

#[test]
fn scores_from_the_patterns_of_the_full_fit_equal_oodeel() {
    let patterns = |layer: &str| {
        means(layer, &[0, 1, 2, 3, 4], golden(&format!("full_patterns_{layer}")).values())
    };
    let she = She::new(
        vec![patterns("dense"), patterns("dense_1")],
        Similarity::Inner,
        CompareWith::Nearest,
    )
    .unwrap();
    let aggregator = Aggregator::Std { stds: golden("full_stds").values() };
    let features = golden("dense").rows().into_iter().zip(golden("dense_1").rows());
    let layers: Vec<Vec<f32>> = features
        .map(|(dense, dense_1)| {
            she.score(&[dense, dense_1], 0).unwrap().iter().map(|layer| layer.score).collect()
        })
        .collect();
    let column = |layer: usize| layers.iter().map(|scores| scores[layer]).collect::<Vec<_>>();
    let joined: Vec<f32> = layers.iter().map(|scores| aggregator.join(scores)).collect();
    assert_close("dense", &column(0), &golden("full_scores_dense").values(), TOLERANCE);
    assert_close("dense_1", &column(1), &golden("full_scores_dense_1").values(), TOLERANCE);
    assert_close("joined", &joined, &golden("full_scores").values(), TOLERANCE);
}

#[test]
fn a_detector_scores_the_same_after_a_round_trip_through_its_file() {
    let detector = mini_fit(&[DENSE, DENSE_1]);
    let loaded = Detector::load(detector.to_bytes()).unwrap();
    assert_eq!(loaded.info(), detector.info());
    assert_eq!(scores(&loaded), scores(&detector));
    assert_eq!(loaded.to_bytes(), detector.to_bytes());
}

#[test]
fn the_file_is_the_model_with_metadata_behind_it() {
    let bytes = mini_fit(&[DENSE_1]).to_bytes();
    assert!(bytes.starts_with(MLP) && bytes.len() > MLP.len());
}

#[test]
fn fitting_from_a_detector_file_replaces_its_metadata() {
    let (first, samples) = (mini_fit(&[DENSE]), fixtures::mini_samples());
    let options = she_ood::FitOptions::new([DENSE_1]);
    let again = she_ood::fit(&first.to_bytes(), &options, samples, inputs("images")).unwrap();
    assert_eq!(again.to_bytes(), mini_fit(&[DENSE_1]).to_bytes());
}

/// The package's tests load this detector and compare their scores with these.
#[cfg(not(target_family = "wasm"))]
#[test]
fn detector_and_scores_are_left_for_the_tests_of_the_package() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let detector = mini_fit(&[DENSE, DENSE_1]);
    std::fs::write(folder.join("golden-detector.onnx"), detector.to_bytes()).unwrap();
    std::fs::write(
        folder.join("golden-scores.json"),
        serde_json::json!(scores(&detector)).to_string(),
    )
    .unwrap();
}
