//! Bad input of every kind gives its own error, and nothing is broken by it.

use she_ood::{Detector, Error, FitOptions, Image, Limits, Model, ModelOptions, Tensor, fit};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{REFERENCE, TINY, malformed};

fn message(error: Error) -> String {
    error.to_string()
}

#[test]
fn each_damaged_file_gives_the_error_that_it_is_named_for() {
    let wrong: Vec<String> = malformed()
        .into_iter()
        .filter_map(|(name, bytes)| {
            let found = match Detector::load(&bytes) {
                Ok(_) => "it was loaded".to_string(),
                Err(error) => format!("{}: {error}", error.code()),
            };
            let code = name.split(':').next().unwrap_or_default();
            (!found.starts_with(&format!("{code}:"))).then(|| format!("{name}\n    gave {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(malformed().len() > 40);
}

#[test]
fn every_truncation_of_a_detector_is_an_error() {
    for length in 0..TINY.len() {
        assert!(Detector::load(&TINY[..length]).is_err(), "the first {length} bytes were loaded");
    }
}

#[test]
fn limits_are_options() {
    let fit_within = |limits| {
        let mut options = FitOptions::new(["vector"]);
        options.model.limits = limits;
        fit(TINY, &options, [], []).unwrap_err()
    };
    let plain = Limits::default();
    for (limits, reason) in [
        (
            Limits { bytes: TINY.len() - 1, ..plain },
            format!("the model asks for {} bytes, at most {}", TINY.len(), TINY.len() - 1),
        ),
        (Limits { nodes: 5, ..plain }, "the model asks for 6 nodes, at most 5".to_string()),
        // 20 of the input, 80 of the convolution and of its ReLU, and the small ones.
        (Limits { values: 180, ..plain }, "the model asks for ".to_string()),
    ] {
        let error = Detector::load_within(TINY, &limits).unwrap_err();
        assert!(error.code() == "too-large" && error.to_string().starts_with(&reason), "{error}");
        if limits.bytes == plain.bytes {
            assert_eq!(fit_within(limits), error);
        }
    }
    let exact = Limits { bytes: TINY.len(), nodes: 6, values: 300 };
    assert_eq!(
        Detector::load_within(TINY, &exact).unwrap().to_bytes(),
        Detector::load(TINY).unwrap().to_bytes()
    );
}

#[test]
fn errors_name_the_node_the_layers_and_both_dimensions() {
    let of = |name: &str| {
        let (_, bytes) = malformed().into_iter().find(|(n, _)| n == name).unwrap();
        message(Detector::load(&bytes).unwrap_err())
    };
    assert_eq!(
        of("unsupported-operator: strange"),
        "node \"strange\" needs the operator Mystery, which is not supported"
    );
    assert_eq!(
        of("unknown-layer: nowhere"),
        "no layer \"nowhere\" can be tapped; `she-ood layers --all` or Model.layers lists all 6"
    );
    assert_eq!(
        of("patterns-mismatch: two for four"),
        "the patterns of layer \"map\" have 2 values, its features have 4"
    );
    assert_eq!(
        of("unknown-class: seven"),
        "class 7 is out of range, the model has 3 classes (0 to 2)"
    );
}

#[test]
fn bad_samples_are_refused_and_the_detector_goes_on() {
    let detector = Detector::load(TINY).unwrap();
    let good = &REFERENCE.tensors()[0];
    let before = detector.score(good).unwrap().score;
    let mut values = vec![0.0; 20];
    values[13] = f32::NAN;
    let shaped = |shape: &[usize]| Tensor::new(shape, vec![0.0; 20]).unwrap();
    assert_eq!(
        message(detector.score(&shaped(&[1, 4, 5])).unwrap_err()),
        "the input has shape [1, 4, 5], the model takes [1, 5, 4]"
    );
    assert_eq!(
        message(detector.score(&Tensor::new([1, 5, 4], values.clone()).unwrap()).unwrap_err()),
        "NaN at index 13 of the input, only finite numbers are allowed"
    );
    assert_eq!(
        message(detector.score_batch(&[vec![0.0; 20], values].concat()).unwrap_err()),
        "NaN at index 33 of the batch, only finite numbers are allowed"
    );
    assert_eq!(
        message(detector.score_batch(&[0.0; 33]).unwrap_err()),
        "the input has 33 values, expected 40 for shape [2, 1, 5, 4]"
    );
    assert_eq!(detector.score(good).unwrap().score, before);
}

#[test]
fn pictures_must_have_the_bytes_that_their_size_needs() {
    assert_eq!(
        message(Image::new(2, 3, &[0; 23]).unwrap_err()),
        "an image of 2 x 3 needs 24 bytes of RGBA (at least one pixel), 23 were given"
    );
    assert_eq!(Image::new(0, 3, &[]).unwrap_err().code(), "image-size");
    assert_eq!(Image::new(usize::MAX, 2, &[0; 8]).unwrap_err().code(), "image-size");
}

#[test]
fn unfit_data_cannot_be_fitted() {
    let samples = |label: usize| REFERENCE.tensors().into_iter().map(move |tensor| (tensor, label));
    let error = |options: &FitOptions, label| {
        fit(TINY, options, samples(label), REFERENCE.tensors()).unwrap_err()
    };
    let options = FitOptions::new(["vector"]);
    assert_eq!(error(&FitOptions::new(["nowhere"]), 0).code(), "unknown-layer");
    assert_eq!(error(&options, 3).code(), "unknown-class");
    assert_eq!(
        error(&FitOptions { id_pass_rate: 1.0, ..options.clone() }, 0).code(),
        "invalid-option"
    );
    let few = error(&FitOptions { labels: Some(vec![]), ..options.clone() }, 0);
    assert_eq!(few.code(), "invalid-option");
    assert_eq!(
        message(few),
        "the number of labels is 0, and the model has 3 outputs, allowed: one label for each \
         output, in their order"
    );
    let nothing = fit(TINY, &options, [], REFERENCE.tensors()).unwrap_err();
    assert_eq!(
        message(nothing),
        "cannot fit: no sample is classified correctly, so no class has a pattern"
    );
    let one = samples(
        Detector::load(TINY).unwrap().score(&REFERENCE.tensors()[0]).unwrap().predicted.index,
    )
    .take(1);
    let no_spread =
        fit(TINY, &FitOptions::new(["map", "vector"]), one, REFERENCE.tensors()).unwrap_err();
    assert_eq!(
        message(no_spread),
        "cannot fit: the scores of layer \"map\" have standard deviation 0"
    );
}

#[test]
fn a_score_that_is_no_number_does_not_pass() {
    let detector = Detector::load(include_bytes!("../data/overflow.onnx")).unwrap();
    let bright = REFERENCE.inputs[0].iter().map(|value| value * 1e3).collect();
    let error = detector.score(&Tensor::new([1, 5, 4], bright).unwrap()).unwrap_err();
    assert_eq!(message(error), "NaN at index 0 of the score, only finite numbers are allowed");
    assert!(she_ood::Threshold::calibrate(vec![0.0; 20], 0.9).unwrap().is_ood(f32::NAN, 0));
}

/// WebAssembly cannot catch a panic; the package turns the trap into an error of code `internal`.
#[cfg(not(target_family = "wasm"))]
#[test]
fn a_model_over_which_the_engine_panics_is_an_error() {
    let error =
        Model::load(include_bytes!("../data/panic.onnx"), &ModelOptions::default()).unwrap_err();
    assert_eq!(message(error), "not a readable ONNX model: the engine gave up on it");
}

#[test]
fn a_layer_may_be_tapped_twice_and_the_logits_too() {
    let taps = ["scores", "map", "map"].map(String::from);
    let model = Model::load(TINY, &ModelOptions::new(taps)).unwrap();
    let activations = model.run(&REFERENCE.tensors()[0]).unwrap();
    assert_eq!(activations.layers[0].data(), activations.logits);
    assert_eq!(activations.layers[1], activations.layers[2]);
}
