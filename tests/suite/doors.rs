//! Classifiers with every kind of input and output that exporters write, against ONNX Runtime.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{Detector, FitOptions, Model, ModelOptions, OutputKind, Result, Tensor, fit};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Made by `data/doors.py`.
static DOORS: LazyLock<Doors> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/doors.json")).unwrap());

#[derive(Deserialize)]
struct Doors {
    good: BTreeMap<String, Good>,
    bad: BTreeMap<String, Bad>,
}

#[derive(Deserialize)]
struct Good {
    model: String,
    options: Options,
    /// Shape of a sample.
    shape: Vec<usize>,
    samples: Vec<Vec<f32>>,
    logits: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Bad {
    model: String,
    options: Options,
    code: String,
    words: Vec<String>,
}

#[derive(Deserialize, Clone)]
struct Options {
    logits: Option<String>,
    input_shape: Option<Vec<usize>>,
}

impl Options {
    fn with_layers(&self, layers: &[&str]) -> ModelOptions {
        let Self { logits, input_shape } = self.clone();
        ModelOptions { logits, input_shape, ..ModelOptions::new(layers.iter().copied()) }
    }
}

fn load(model: &str, options: &ModelOptions) -> Result<Model> {
    Model::load(&STANDARD.decode(model).unwrap(), options)
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], name: &str) {
    let tolerance = if name == "half" { 1e-2 } else { 2e-5 };
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance * b.abs().max(1.0);
    let same = found.len() == expected.len() && found.iter().zip(expected).all(close);
    assert!(same, "{name}: {found:?}, expected {expected:?}");
}

#[test]
fn logits_are_those_of_the_runtime_one_by_one_and_together() {
    for (name, Good { model, options, shape, samples, logits }) in &DOORS.good {
        let model = load(model, &options.with_layers(&[]));
        let model = model.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(model.input_shape(), shape, "{name}");
        assert_eq!(model.classes(), logits[0].len(), "{name}");
        for (sample, expected) in samples.iter().zip(logits) {
            let input = Tensor::new(shape.as_slice(), sample.clone()).unwrap();
            assert_close(&model.run(&input).unwrap().logits, expected, name);
        }
        let found = model.run_batch(&samples.concat()).unwrap();
        assert_eq!(found.len(), samples.len(), "{name}");
        for (found, expected) in found.iter().zip(logits) {
            assert_close(&found.logits, expected, name);
        }
    }
}

#[test]
fn others_are_refused_with_what_was_given_and_what_to_do() {
    for (name, Bad { model, options, code, words }) in &DOORS.bad {
        let error = load(model, &options.with_layers(&[])).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        for word in words {
            assert!(error.to_string().contains(word), "{name}: {error} does not say {word}");
        }
    }
}

/// Options of the model are part of the detector, which loads without them.
#[test]
fn a_detector_remembers_how_its_model_is_read() {
    let with_v = |good: &&Good| load(&good.model, &good.options.with_layers(&["v"])).is_ok();
    assert!(DOORS.good.values().filter(with_v).count() >= 20);
    for (name, good) in DOORS.good.iter().filter(|(_, good)| with_v(good)) {
        let Good { model, options, shape, samples, logits } = good;
        let fit_options =
            FitOptions { model: options.with_layers(&["v"]), ..FitOptions::new(["v"]) };
        let samples: Vec<_> = samples
            .iter()
            .map(|sample| Tensor::new(shape.as_slice(), sample.clone()).unwrap())
            .collect();
        let class = |row: &Vec<f32>| {
            row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
        };
        let labelled: Vec<_> = samples.iter().cloned().zip(logits.iter().map(class)).collect();
        let calibration = samples.iter().cloned();
        let onnx = STANDARD.decode(model).unwrap();
        let detector = fit(&onnx, &fit_options, labelled, calibration)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let read = Detector::load(detector.to_bytes()).unwrap();
        assert_eq!(read.info(), detector.info(), "{name}");
        let outputs = match name.as_str() {
            "a hard sigmoid" => OutputKind::Probabilities,
            _ => OutputKind::Logits,
        };
        assert_eq!(read.info().outputs, outputs, "{name}");
        for (sample, logits) in samples.iter().zip(logits) {
            assert_close(read.features(sample).unwrap().logits(), logits, name);
        }
    }
}

#[test]
fn a_model_of_whole_numbers_refuses_others() {
    let Good { model, options, shape, samples, .. } = &DOORS.good["uint8 pixels"];
    let model = load(model, &options.with_layers(&[])).unwrap();
    for (value, words) in [(0.5, "holds 0.5 at index 3"), (256.0, "0 to 255"), (-1.0, "0 to 255")] {
        let mut sample = samples[0].clone();
        sample[3] = value;
        let error = model.run(&Tensor::new(shape.as_slice(), sample.clone()).unwrap()).unwrap_err();
        assert_eq!(error.code(), "input-range");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(model.run_batch(&sample).unwrap_err(), error);
    }
    // As normalisation and its inverse round.
    let rounded: Vec<f32> = samples[0].iter().map(|pixel| pixel / 255.0 / (1.0 / 255.0)).collect();
    let run = |sample: &[f32]| model.run(&Tensor::new(shape.as_slice(), sample.to_vec()).unwrap());
    assert_eq!(run(&rounded).unwrap().logits, run(&samples[0]).unwrap().logits);
}
