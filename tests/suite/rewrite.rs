//! Graphs that the engine alone gets wrong or refuses, and their neighbours: the outputs are those
//! of ONNX Runtime.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde::Deserialize;
use she_ood::{Model, ModelOptions, Tensor};

#[derive(Deserialize)]
struct Case {
    model: String,
    /// Every so many of the outputs.
    values: Vec<f32>,
    /// Number of outputs.
    length: usize,
}

impl Case {
    fn onnx(&self) -> Vec<u8> {
        STANDARD.decode(&self.model).unwrap()
    }
}

/// Made by `data/rewrite.py`.
static CASES: LazyLock<BTreeMap<String, Case>> = LazyLock::new(|| {
    let file: &[u8] = include_bytes!("../data/rewrite.json.gz");
    serde_json::from_reader(GzDecoder::new(file)).unwrap()
});

/// The input of `data/rewrite.py`.
fn sample(model: &Model) -> Tensor {
    let shape = model.input_shape();
    let value = |i: usize| (((37 * i + 11) % 101) as f64 / 50.0 - 1.0) as f32;
    Tensor::new(shape, (0..shape.iter().product()).map(value).collect()).unwrap()
}

#[test]
fn rewritten_graphs_give_the_outputs_of_onnx_runtime() {
    let mut wrong = Vec::new();
    for (name, case) in &*CASES {
        // A single output would be that of two classes.
        let taps = (case.length == 1).then_some("logits");
        let found = Model::load(&case.onnx(), &ModelOptions::new(taps))
            .and_then(|model| model.run(&sample(&model)))
            .map(|ran| ran.layers.first().map_or(ran.logits, |tap| tap.data().to_vec()));
        let Ok(found) = found.map_err(|error| wrong.push(format!("{name}: {error}"))) else {
            continue;
        };
        let step = case.length.div_ceil(24);
        let values: Vec<f32> = found.iter().step_by(step).copied().collect();
        let tolerance = if name.starts_with("half") { 1e-2 } else { 1e-4 };
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance * b.abs().max(1.0);
        if found.len() != case.length || !values.iter().zip(&case.values).all(close) {
            wrong.push(format!("{name}: {values:?}, expected {:?}", case.values));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// Every tensor of the file keeps its name as a layer; what a rule makes in between is none.
#[test]
fn layers_keep_their_names() {
    let names = |case: &str| -> Vec<String> {
        let layers = Model::layers(&CASES[case].onnx(), &ModelOptions::default()).unwrap();
        let made = layers.into_iter().filter(|layer| layer.op != "Input");
        made.map(|layer| layer.name).collect()
    };
    assert_eq!(names("fused_conv_Relu"), ["y", "flat", "logits"]);
    assert_eq!(names("q_gemm_uint8"), ["r.dequantized", "y", "flat", "logits"]);
    assert_eq!(names("slice_between_convs"), ["c", "h", "d", "y", "flat", "logits"]);
    assert_eq!(names("functions"), ["h/m", "h/h", "h", "y/m", "y/h", "y", "flat", "logits"]);
}
