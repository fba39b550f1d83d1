//! The engine's discrete Fourier transform against NumPy's, by whichever `rustfft` is linked.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{Model, ModelOptions, Tensor};

#[derive(Deserialize)]
struct Case {
    model: String,
    input: Vec<f32>,
    /// Real and imaginary parts.
    output: Vec<f32>,
}

#[test]
fn transforms_are_those_of_numpy() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../data/fourier.json")).unwrap();
    for Case { model, input, output } in cases {
        let length = input.len();
        let model = STANDARD.decode(model).unwrap();
        let model = Model::load(&model, &ModelOptions::default()).unwrap();
        let logits = model.run(&Tensor::new([length], input).unwrap()).unwrap().logits;
        assert_eq!(logits.len(), output.len());
        for (value, expected) in logits.iter().zip(output) {
            assert!((value - expected).abs() < 1e-5, "{length}: {value}, NumPy {expected}");
        }
    }
}
