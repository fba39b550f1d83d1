//! Layers of classifiers of every build: which one is tapped by default, which end a stage, and
//! features as NumPy pools what ONNX Runtime gives.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{
    Detector, Features, Fit, FitOptions, Layer, Model, ModelOptions, Pooling, Result, Tensor, fit,
};

#[derive(Deserialize)]
struct Case {
    model: String,
    sample: Vec<f32>,
    default: Option<String>,
    stages: Vec<String>,
    /// By the name that is given.
    layers: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Expected {
    /// Name in a detector.
    name: String,
    features: Vec<f64>,
}

/// Made by `data/layers.py`.
static CASES: LazyLock<BTreeMap<String, Case>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/layers.json")).unwrap());

impl Case {
    fn onnx(&self) -> Vec<u8> {
        STANDARD.decode(&self.model).unwrap()
    }

    fn layers(&self) -> Vec<Layer> {
        Model::layers(&self.onnx(), &ModelOptions::default()).unwrap()
    }

    fn tapped(&self, names: &[&str]) -> Result<Model> {
        Model::load(&self.onnx(), &ModelOptions::new(names.iter().copied()))
    }

    fn input(&self, model: &Model) -> Tensor {
        Tensor::new(model.input_shape(), self.sample.clone()).unwrap()
    }

    /// A detector of inputs that differ a little, on these layers.
    fn fitted(&self, names: &[&str]) -> Detector {
        let model = self.tapped(&[]).unwrap();
        let inputs = (0..24).map(|i| {
            let values = self.sample.iter().map(|value| value * (1.0 + i as f32 / 100.0));
            Tensor::new(model.input_shape(), values.collect()).unwrap()
        });
        let inputs: Vec<_> = inputs.collect();
        let label = |input: &Tensor| {
            she_ood::baselines(&model.run(input).unwrap().logits).unwrap().0.class()
        };
        let samples = inputs.iter().map(|input| (input.clone(), label(input)));
        let options = FitOptions::new(names.iter().copied());
        fit(&self.onnx(), &options, samples, inputs.iter().cloned()).unwrap()
    }
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let close = |(a, b): (&f32, &f64)| (f64::from(*a) - b).abs() <= tolerance * largest;
    assert_eq!(found.len(), expected.len(), "{what}");
    assert!(found.iter().zip(expected).all(close), "{what}: {found:?}, expected {expected:?}");
}

#[test]
fn the_default_layer_is_what_the_head_reads() {
    for (name, case) in CASES.iter() {
        let marked: Vec<_> = case.layers().into_iter().filter(|layer| layer.is_default).collect();
        let found = marked.first().map(|layer| layer.tensor.clone());
        assert_eq!((marked.len() < 2, &found), (true, &case.default), "{name}");
        let model = case.tapped(&[]).unwrap();
        assert_eq!(model.default_layer(), marked.first(), "{name}");
        assert!(model.taps().is_empty());
    }
}

#[test]
fn stages_end_with_their_last_tensor() {
    for (name, case) in CASES.iter() {
        let layers = case.layers();
        let stages = layers.iter().filter(|layer| layer.is_stage).map(|layer| &layer.tensor);
        assert_eq!(stages.collect::<Vec<_>>(), case.stages.iter().collect::<Vec<_>>(), "{name}");
        assert!(layers.iter().all(|layer| !layer.is_hidden || !layer.is_stage), "{name}");
    }
}

#[test]
fn features_are_pooled_over_the_right_axes() {
    for (name, case) in CASES.iter() {
        let tolerance = if name == "half" { 2e-3 } else { 1e-5 };
        for (given, expected) in &case.layers {
            let what = format!("{name}, {given}");
            let model = case.tapped(&[given]).unwrap();
            let activations = model.run(&case.input(&model)).unwrap();
            let features = Features::pool(&activations, model.taps()).unwrap();
            assert_eq!(model.taps()[0].name, expected.name, "{what}");
            assert_eq!(model.taps()[0].size(), expected.features.len(), "{what}");
            assert_close(&features.layers()[0], &expected.features, tolerance, &what);
        }
    }
}

/// What is listed can be tapped by that name, unless the graph does not tell its channels.
#[test]
fn listed_names_are_those_of_a_detector() {
    for (name, case) in CASES.iter() {
        for layer in case.layers() {
            match case.tapped(&[&layer.name]) {
                Ok(model) => assert_eq!(model.taps(), [layer], "{name}"),
                Err(error) => {
                    assert_eq!((layer.channel_axis, error.code()), (None, "invalid-option"));
                    let by_hand = case.tapped(&[&format!("{}:channels-last", layer.name)]);
                    assert_eq!(Some(&by_hand.unwrap().taps()[0].size()), layer.shape.last());
                }
            }
        }
    }
}

#[test]
fn attention_between_tokens_is_hidden() {
    let hidden: Vec<_> =
        CASES["vit"].layers().into_iter().filter(|layer| layer.is_hidden).collect();
    assert!(hidden.len() > 10, "{hidden:?}");
    assert!(hidden.iter().filter(|layer| layer.op == "Softmax").count() == 2);
    assert!(
        hidden.iter().all(|layer| layer.shape != [5, 8] || layer.op == "Reshape"),
        "{hidden:?}"
    );
}

#[test]
fn a_fit_without_layers_taps_the_default_one() {
    for (name, case) in CASES.iter() {
        let fit = Fit::load(case.onnx(), FitOptions::new([""; 0]));
        match &case.default {
            Some(default) => assert_eq!(fit.unwrap().model().taps()[0].tensor, *default, "{name}"),
            None => {
                let error = fit.unwrap_err();
                assert_eq!(error.code(), "fit", "{name}");
                assert!(error.to_string().contains("name a layer"), "{error}");
            }
        }
    }
    let detector = CASES["swin"].fitted(&[]);
    assert_eq!(detector.info().layers[0].name, "flat");
}

/// The file says how layers are pooled, whatever a later version makes of the graph.
#[test]
fn detectors_keep_their_pooling() {
    let names = ["tokens:channels-last", "tokens:first", "tokens:channels-first", "map", "token"];
    let case = &CASES["vit"];
    let detector =
        case.fitted(&["tokens", "tokens:first", "tokens:channels-first", "map", "token"]);
    let read = Detector::load(detector.to_bytes()).unwrap();
    for detector in [&detector, &read] {
        let info = detector.info();
        let found: Vec<_> = info.layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(found, names);
    }
    let input = case.input(&case.tapped(&[]).unwrap());
    assert_eq!(read.features(&input), detector.features(&input));
    assert_eq!(read.to_bytes(), detector.to_bytes());
}

/// Files of the first version named tensors alone, and averaged maps with their channels first.
#[test]
fn a_plain_name_in_a_file_is_a_map_with_its_channels_first() {
    let case = &CASES["swin"];
    let mut bytes = case.fitted(&["last:channels-first"]).to_bytes();
    let (name, old) = (b"\"last:channels-first\"", b"\"last\"               ");
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at..at + name.len()].copy_from_slice(old);
    let read = Detector::load(&bytes).unwrap();
    assert_eq!((read.info().layers[0].name.as_str(), read.info().layers[0].size), ("last", 2));
}

#[test]
fn explanations_of_maps_with_channels_last_add_up() {
    for (name, layer, map) in [
        ("swin", "stage1", Some((4, 4))),
        ("one dimension", "two", Some((1, 4))),
        ("one dimension", "two:max", None),
        ("three dimensions", "one", None),
        ("vit", "tokens", None),
        ("vit", "tokens:first", None),
    ] {
        let case = &CASES[name];
        let detector = case.fitted(&[layer]);
        let input = case.input(&case.tapped(&[]).unwrap());
        let explanation = detector.explain(&input, None).unwrap();
        let explained = &explanation.layers[0];
        let sum: f32 = explained.channels.iter().sum();
        let close =
            |value: f32| (value - explained.similarity).abs() <= 1e-5 * value.abs().max(1.0);
        assert!(close(sum), "{name}: {sum}, expected {}", explained.similarity);
        let found = explained.map.as_ref().map(|map| (map.height, map.width));
        assert_eq!(found, map, "{name}, {layer}");
        if let Some(map) = &explained.map {
            let mean = map.values.iter().sum::<f32>() / map.values.len() as f32;
            assert!(close(mean), "{name}: {mean}, expected {}", explained.similarity);
        }
    }
}

#[test]
fn wrong_names_are_refused_with_the_nearest_ones() {
    let message = |names: &[&str]| CASES["tf2onnx"].tapped(names).unwrap_err().to_string();
    assert_eq!(
        message(&["model/relu_1/Relu"]),
        "no layer \"model/relu_1/Relu\" can be tapped; the nearest are \
         model/relu_1/Relu:0:channels-last, model/relu_0/Relu:0:channels-last, \
         model/mean/Mean:0; `she-ood layers --all` or Model.layers lists all 11"
    );
    for name in ["relu1:min", "relu1:mean:max", "relu1:mean:channels-last:mean", ":max", "mean", ""]
    {
        let error = CASES["tf2onnx"].tapped(&[name]).unwrap_err();
        assert_eq!(error.code(), "unknown-layer", "{name}: {error}");
    }
    let deep = "relu1".to_string() + &":max".repeat(100_000);
    assert_eq!(CASES["tf2onnx"].tapped(&[&deep]).unwrap_err().code(), "unknown-layer");
}

#[test]
fn poolings_that_do_not_suit_a_layer_are_refused() {
    for (case, name, reason) in [
        ("one dimension", "one:first", "sequences [tokens, channels] alone"),
        ("swin", "last:first", "sequences [tokens, channels] alone"),
        ("vit", "tokens:first:channels-first", "sequences [tokens, channels] alone"),
        ("vit", "token:first", "sequences [tokens, channels] alone"),
    ] {
        let error = CASES[case].tapped(&[name]).unwrap_err();
        assert_eq!(error.code(), "invalid-option", "{name}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let twice = FitOptions::new(["tokens", "tokens:channels-last:mean"]);
    let error = Fit::load(CASES["vit"].onnx(), twice).unwrap_err();
    assert!(error.to_string().contains("\"tokens:channels-last\" is named twice"), "{error}");
    assert_eq!(CASES["vit"].tapped(&["tokens:max"]).unwrap().taps()[0].pooling, Pooling::Max);
}
