//! Small models as their own exporters write them: logits, and features of the layer that is tapped
//! where none is named, against ONNX Runtime.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{Features, Model, ModelOptions, Tensor};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Case {
    model: String,
    input_shape: Option<Vec<usize>>,
    shape: Vec<usize>,
    samples: Vec<Vec<f32>>,
    logits: Vec<Vec<f32>>,
    features: Vec<Vec<f32>>,
}

impl Case {
    /// The model with its default layer tapped.
    fn load(&self) -> Model {
        let onnx = STANDARD.decode(&self.model).unwrap();
        let plain =
            ModelOptions { input_shape: self.input_shape.clone(), ..ModelOptions::default() };
        let layer = Model::load(&onnx, &plain).unwrap().default_layer().unwrap().name.clone();
        Model::load(
            &onnx,
            &ModelOptions { input_shape: plain.input_shape, ..ModelOptions::new([layer]) },
        )
        .unwrap()
    }
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-4 * largest;
    assert_eq!(found.len(), expected.len(), "{what}");
    assert!(found.iter().zip(expected).all(close), "{what}: {found:?}, expected {expected:?}");
}

#[test]
fn exported_models_give_the_numbers_of_the_runtime() {
    let cases: BTreeMap<String, Case> =
        serde_json::from_str(include_str!("../data/zoo.json")).unwrap();
    assert!(cases.len() >= 16);
    for (name, case) in &cases {
        let model = case.load();
        let expected = case.logits.iter().zip(&case.features);
        for (sample, (logits, features)) in case.samples.iter().zip(expected) {
            let input = Tensor::new(case.shape.as_slice(), sample.clone()).unwrap();
            let activations = model.run(&input).unwrap();
            let found = Features::pool(&activations, model.taps()).unwrap();
            assert_close(&activations.logits, logits, &format!("{name}, logits"));
            assert_close(&found.layers()[0], features, &format!("{name}, features"));
        }
    }
}
