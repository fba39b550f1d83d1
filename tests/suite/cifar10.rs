//! Seven layers of a ResNet-20 and their joined scores equal those of oodeel 0.4.0 (eps = 0),
//! computed with PyTorch, within 1e-4.

use std::collections::HashMap;
use std::sync::LazyLock;

use she_ood::data::{Dataset, Picture, Sample};
use she_ood::{
    Aggregator, AggregatorKind, Channels, CompareWith, Detector, Features, FitOptions, Framing,
    Image, Interpolation, LayerExplanation, Layout, Model, ModelOptions, Preprocess, Similarity,
    fit, fit_features,
};

use crate::fixtures::{Array, DENSE, DENSE_1, MLP, assert_close, inputs, mini_fit, mini_samples};

const RESNET: &[u8] = include_bytes!("../../models/cifar10-model.onnx");
const SHIPPED: &[u8] = include_bytes!("../../models/cifar10.onnx");
const LAYERS: [&str; 7] = [
    "stage1_block3_conv2",
    "stage1_block3_relu2",
    "stage2_block3_conv2",
    "stage2_block3_relu2",
    "stage3_block3_conv2",
    "stage3_block3_relu2",
    "pooled",
];
/// Those of the shipped detector.
const TAPPED: [&str; 2] = ["stage1_block3_conv2", "pooled"];
const TOLERANCE: f32 = 1e-4;
/// Width and height of an image, and images in a row of the sheet.
const SIDE: usize = 32;
const TILES: usize = 16;

/// What oodeel makes of the images; `tools/golden/cifar10.py` tells more.
static GOLDEN: LazyLock<HashMap<String, Array>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/cifar10.json")).unwrap());

/// Features of all layers of the 256 images.
static FEATURES: LazyLock<Vec<Features>> = LazyLock::new(|| {
    let model = Model::load(RESNET, &ModelOptions::new(LAYERS)).unwrap();
    let features = |pixels: Vec<u8>| {
        let input = preprocess().apply(&Image::rgb(SIDE, SIDE, &pixels).unwrap()).unwrap();
        Features::pool(&model.run(&input).unwrap(), model.taps()).unwrap()
    };
    tiles().into_iter().map(features).collect()
});

fn preprocess() -> Preprocess {
    let (mean, std) = (vec![0.4914, 0.4822, 0.4465], vec![0.2470, 0.2435, 0.2616]);
    let (width, height) = (SIDE, SIDE);
    Preprocess {
        width,
        height,
        channels: Channels::Rgb,
        layout: Layout::Nchw,
        framing: Framing::Stretch,
        resize: None,
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        mean,
        std,
    }
}

/// The images, row by row of the sheet.
fn tiles() -> Vec<Vec<u8>> {
    let sheet = Dataset::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cifar10.png"))
        .unwrap()
        .sample(0)
        .unwrap();
    let Sample::Picture(Picture { pixels, .. }) = sheet else { panic!("{sheet:?}") };
    let lines: Vec<&[u8]> = pixels.chunks(3 * SIDE).collect();
    let tile = |i: usize| (0..SIDE).flat_map(move |y| [(i / TILES * SIDE + y) * TILES + i % TILES]);
    (0..TILES * TILES).map(|i| tile(i).flat_map(|line| lines[line].to_vec()).collect()).collect()
}

fn golden(name: &str) -> Vec<f32> {
    GOLDEN[name].values()
}

fn only(features: &Features, layers: &[&str]) -> Features {
    let position = |layer: &&str| LAYERS.iter().position(|name| name == layer).unwrap();
    let layers = layers.iter().map(|l| features.layers()[position(l)].clone());
    Features::new(features.logits().to_vec(), layers.collect()).unwrap()
}

/// A detector of the first 192 images and their labels, calibrated on the rest, and its scores of
/// all.
fn fitted(layers: &[&str], aggregator: AggregatorKind) -> (Detector, Vec<f32>) {
    let features: Vec<Features> = FEATURES.iter().map(|features| only(features, layers)).collect();
    let labels: Vec<usize> = golden("labels").iter().map(|&label| label as usize).collect();
    let (known, rest) = features.split_at(labels.len());
    let options = FitOptions {
        aggregator: Some(aggregator),
        preprocess: Some(preprocess()),
        ..FitOptions::new(layers.to_vec())
    };
    let detector = fit_features(RESNET, &options, known.iter().zip(labels), rest).unwrap();
    let scores = features.iter().map(|features| detector.report(features).unwrap().score).collect();
    (detector, scores)
}

#[test]
fn logits_equal_those_of_onnx_runtime() {
    let logits: Vec<f32> =
        FEATURES.iter().flat_map(|features| features.logits().to_vec()).collect();
    assert_close("logits", &logits, &golden("logits"), TOLERANCE);
}

#[test]
fn each_of_seven_layers_equals_oodeel() {
    for layer in LAYERS {
        assert_close(layer, &fitted(&[layer], AggregatorKind::Std).1, &golden(layer), TOLERANCE);
    }
}

#[test]
fn seven_layers_joined_equal_oodeel() {
    assert_close("std", &fitted(&LAYERS, AggregatorKind::Std).1, &golden("std"), TOLERANCE);
    assert_close("sum", &fitted(&LAYERS, AggregatorKind::Sum).1, &golden("sum"), TOLERANCE);
}

#[test]
fn a_fit_of_features_is_a_fit_of_their_samples() {
    let options = FitOptions {
        react: Some(0.9),
        class_conditional: true,
        ..FitOptions::new([DENSE, DENSE_1])
    };
    let (samples, calibration) = (mini_samples(), inputs("images"));
    let from_samples = fit(MLP, &options, samples.clone(), calibration.clone()).unwrap();
    let detector = mini_fit(&[DENSE, DENSE_1]);
    let labelled: Vec<(Features, usize)> =
        samples.iter().map(|(input, label)| (detector.features(input).unwrap(), *label)).collect();
    let held_out: Vec<Features> =
        calibration.iter().map(|input| detector.features(input).unwrap()).collect();
    let pairs = labelled.iter().map(|(features, label)| (features, *label));
    let from_features = fit_features(MLP, &options, pairs, &held_out).unwrap();
    assert_eq!(from_features.info().class_thresholds, from_samples.info().class_thresholds);
    for input in &calibration {
        let (a, b) = (from_features.score(input).unwrap(), from_samples.score(input).unwrap());
        assert_close("score", &[a.score], &[b.score], 1e-5);
    }
}

#[test]
fn features_of_another_model_are_refused() {
    let features = only(&FEATURES[0], &["pooled"]);
    let refused = |layers: &[&str], features: &Features| {
        fit_features(RESNET, &FitOptions::new(layers.to_vec()), [(features, 0)], []).unwrap_err()
    };
    for (layers, features, reason) in [
        (
            &["pooled"][..],
            Features::new(vec![0.0; 9], features.layers().to_vec()).unwrap(),
            "9 logits and layers of [64] values, the model has 10",
        ),
        (&["stage1_block3_conv2"], features.clone(), "[64] values, the model has 10 and [16]"),
        (
            &["stage3_block3_relu2", "pooled"],
            features.clone(),
            "[64] values, the model has 10 and [64, 64]",
        ),
    ] {
        let error = refused(layers, &features);
        assert_eq!(error.code(), "fit");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let broken = Features::new(features.logits().to_vec(), vec![vec![f32::NAN; 64]]);
    assert_eq!(broken.unwrap_err().code(), "not-finite");
}

#[test]
fn the_shipped_detector_is_the_model_with_what_its_page_says() {
    assert!(SHIPPED.starts_with(RESNET) && SHIPPED.len() < 1_500_000);
    let info = Detector::load(SHIPPED).unwrap().info();
    assert_eq!(info.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), TAPPED);
    assert_eq!(
        (info.similarity, info.compare_with, info.calibration_size),
        (Similarity::Mahalanobis, CompareWith::Nearest, 1000)
    );
    assert!(matches!(info.aggregator, Aggregator::Std { .. }));
    assert_eq!(info.preprocess, Some(preprocess()));
    assert_eq!((info.labels[0].as_str(), info.labels[9].as_str()), ("airplane", "truck"));
}

#[test]
fn the_shipped_detector_knows_most_test_images_and_neither_noise_nor_blanks() {
    let shipped = Detector::load(SHIPPED).unwrap();
    let is_ood = |pixels: &Vec<u8>| {
        shipped.score_image(&Image::rgb(SIDE, SIDE, pixels).unwrap()).unwrap().is_ood
    };
    let flagged: Vec<bool> = tiles().iter().skip(192).map(is_ood).collect();
    let count = |part: &[bool]| part.iter().filter(|&&is_ood| is_ood).count();
    assert!(count(&flagged[..48]) <= 6, "{flagged:?}");
    assert!(count(&flagged[48..]) >= 14, "{flagged:?}");
}

#[test]
fn the_shipped_detector_says_where_in_a_picture_its_similarity_comes_from() {
    let shipped = Detector::load(SHIPPED).unwrap();
    for pixels in tiles().iter().step_by(60) {
        let explanation =
            shipped.explain_image(&Image::rgb(SIDE, SIDE, pixels).unwrap(), None).unwrap();
        assert_eq!(explanation.class.index, explanation.report.nearest.index);
        let size = |layer: &LayerExplanation| layer.map.as_ref().map(|map| (map.height, map.width));
        assert_eq!(
            explanation.layers.iter().map(size).collect::<Vec<_>>(),
            [Some((SIDE, SIDE)), None]
        );
        for layer in &explanation.layers {
            let total = |values: &[f32]| values.iter().sum::<f32>();
            assert_close(&layer.name, &[total(&layer.channels)], &[layer.similarity], TOLERANCE);
            let mean = layer.map.as_ref().map(|map| total(&map.values) / map.values.len() as f32);
            assert_close(
                &layer.name,
                &[mean.unwrap_or(layer.similarity)],
                &[layer.similarity],
                TOLERANCE,
            );
        }
    }
}

/// The browser's tests load this detector and compare its scores with oodeel's.
#[test]
fn the_detector_is_left_for_the_tests_of_the_package() {
    let (detector, _) = fitted(&LAYERS, AggregatorKind::Std);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("cifar10-detector.onnx"), detector.to_bytes()).unwrap();
}
