//! The layer that has the features of a backbone, with and without a classifier, equals ONNX
//! Runtime's. `tests/data/backbones.py` tells how.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{FitOptions, Teacher, Tensor};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::assert_close;

#[derive(Deserialize)]
struct Golden {
    picture: Vec<f32>,
    cases: HashMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    onnx: String,
    features: Vec<f32>,
}

static GOLDEN: LazyLock<Golden> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/backbones.json")).unwrap());

#[test]
fn the_features_of_every_kind_of_backbone_are_found() {
    let picture = Tensor::new([3, 8, 8], GOLDEN.picture.clone()).unwrap();
    for (name, case) in &GOLDEN.cases {
        let onnx = STANDARD.decode(&case.onnx).unwrap();
        let teacher = Teacher::load(onnx, FitOptions::taught()).unwrap_or_else(|error| {
            panic!("{name}: {error}");
        });
        let features = teacher.features(&picture).unwrap();
        assert!(features.logits().is_empty(), "{name}");
        assert_close(name, &features.layers()[0], &case.features, 1e-5);
        assert_eq!(teacher.model().classes(), 0, "{name}");
    }
}
