//! The verdict without the engine: bit for bit the detector's, and refusals where numbers would be
//! wrong.

use she_ood::{
    AggregatorKind, Detector, Explanation, Features, FitOptions, Model, ModelOptions, Precision,
    Scorer, Similarity, Teacher, Tensor, Timings,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{
    DENSE, DENSE_1, REFERENCE, TINY, explained, inputs, malformed, mini_fit_with,
};

/// A detector, samples, and the layers as its model has them before pooling.
struct Case {
    name: String,
    detector: Detector,
    samples: Vec<Tensor>,
}

fn case(name: &str, detector: Detector, samples: Vec<Tensor>) -> Case {
    Case { name: name.to_string(), detector, samples }
}

/// Fits of the MLP by each way to join and compare.
fn fitted() -> impl Iterator<Item = Case> {
    let one = || FitOptions::new([DENSE_1]);
    let two = |kind| FitOptions { aggregator: Some(kind), ..FitOptions::new([DENSE, DENSE_1]) };
    let options = [
        ("std", two(AggregatorKind::Std)),
        ("fisher", two(AggregatorKind::Fisher)),
        ("energy", FitOptions { energy: Some(1.0), ..one() }),
        ("class-conditional", FitOptions { class_conditional: true, ..one() }),
        ("mahalanobis", FitOptions { similarity: Similarity::Mahalanobis, ..one() }),
        ("react", FitOptions { react: Some(0.9), ..one() }),
        ("float16", FitOptions { similarity: Similarity::Cosine, compact: true, ..one() }),
    ];
    let samples: Vec<Tensor> = inputs("images").into_iter().take(16).collect();
    options
        .into_iter()
        .map(move |(name, options)| case(name, mini_fit_with(&options), samples.clone()))
}

/// Detectors that NumPy was asked about too, of a map and a vector.
fn written() -> impl Iterator<Item = Case> {
    let samples = REFERENCE.tensors();
    let tiny = case("tiny", Detector::load(TINY).unwrap(), samples.clone());
    let explained = explained().into_iter();
    explained
        .map(move |(name, explained)| case(&name, explained.detector(), samples.clone()))
        .chain([tiny])
}

/// What another runtime would compute.
fn run(detector: &Detector, sample: &Tensor) -> (Vec<f32>, Vec<Tensor>) {
    let layers = detector.info().layers.into_iter().map(|layer| layer.name);
    let model = Model::load(&detector.to_bytes(), &ModelOptions::new(layers)).unwrap();
    let outputs = model.run(sample).unwrap();
    (outputs.logits, outputs.layers)
}

fn without_timings(mut explanation: Explanation) -> Explanation {
    explanation.report.timings = Timings::default();
    explanation
}

#[test]
fn reports_and_explanations_are_the_detectors_bit_for_bit() {
    for Case { name, detector, samples } in fitted().chain(written()) {
        let scorer = Scorer::load(detector.to_bytes()).unwrap();
        assert_eq!(scorer.info(), detector.info(), "{name}");
        let is_half = scorer.info().precision == Precision::Float16;
        assert_eq!(is_half, name == "float16", "{name}");
        for sample in &samples {
            let features = detector.features(sample).unwrap();
            let report = detector.report(&features).unwrap();
            assert_eq!(scorer.report(&features).unwrap(), report, "{name}");
            let (logits, layers) = run(&detector, sample);
            assert_eq!(scorer.features(&logits, &layers).unwrap(), features, "{name}: pooled");
            let explanation = scorer.explain(&logits, &layers, None).unwrap();
            let expected = without_timings(detector.explain(sample, None).unwrap());
            assert_eq!(explanation, expected, "{name}");
        }
    }
}

#[test]
fn taught_detectors_take_no_logits() {
    let mut teacher = Teacher::of_embeddings(3, FitOptions::taught()).unwrap();
    let features = |values: [f32; 3]| Features::new(vec![], vec![values.to_vec()]).unwrap();
    for (label, values) in [
        ("a", [3.0, 1.0, 0.2]),
        ("a", [2.9, 1.3, 0.1]),
        ("b", [0.1, 2.0, 3.0]),
        ("b", [0.3, 2.2, 2.9]),
    ] {
        teacher.add(label, &features(values)).unwrap();
    }
    let detector = teacher.detector().unwrap();
    let scorer = Scorer::load(detector.to_bytes()).unwrap();
    assert_eq!(scorer.info(), detector.info());
    let sample = features([1.0, 2.0, 3.0]);
    assert_eq!(scorer.report(&sample).unwrap(), detector.report(&sample).unwrap());
    let layer = Tensor::new([3], vec![1.0, 2.0, 3.0]).unwrap();
    assert_eq!(scorer.features(&[], std::slice::from_ref(&layer)).unwrap(), sample);
    assert_eq!(scorer.features(&[1.0, 2.0], &[layer]).unwrap_err().code(), "invalid-option");
}

/// Whatever the file lacks, the code of the error is the detector's.
#[test]
fn damaged_files_are_refused_as_the_detector_refuses_them() {
    for (name, bytes) in malformed() {
        let Err(expected) = Detector::load(bytes.as_slice()) else { continue };
        match Scorer::load(bytes) {
            // What is wrong with a plain model is for the engine to say.
            Err(error) if error.code() == "not-a-detector" => {}
            Err(error) => assert_eq!(error.code(), expected.code(), "{name}: {error}"),
            // The rest is wrong with the model, which others run.
            Ok(_) => {
                let codes = ["invalid-model", "unsupported-operator", "unsupported-model"];
                let fits = ["patterns-mismatch", "unknown-layer", "invalid-detector"];
                let code = expected.code();
                assert!(codes.contains(&code) || fits.contains(&code), "{name}: {expected}");
            }
        }
    }
}

#[test]
fn a_cut_off_file_a_changed_model_and_a_plain_model_are_refused() {
    let code = |bytes: &[u8]| Scorer::load(bytes).map(|_| ()).unwrap_err().code();
    for length in [0, 1, 100, TINY.len() / 2, TINY.len() - 1] {
        let expected = Detector::load(&TINY[..length]).unwrap_err().code();
        assert_eq!(code(&TINY[..length]), expected, "{length} bytes");
    }
    let mut changed = TINY.to_vec();
    let at = changed.windows(3).position(|bytes| bytes == b"map").unwrap();
    changed[at] ^= 1;
    assert_eq!(code(&changed), "invalid-detector");
    assert_eq!(code(crate::fixtures::MLP), "not-a-detector");
}

#[test]
fn features_of_another_detector_are_refused() {
    let scorer = Scorer::load(TINY).unwrap();
    let sizes: Vec<usize> = scorer.info().layers.iter().map(|layer| layer.size).collect();
    let logits = vec![0.5; scorer.info().labels.len()];
    let layer = |shape: &[usize]| Tensor::new(shape, vec![1.0; shape.iter().product()]).unwrap();
    let (map, vector) = (layer(&[sizes[0]]), layer(&[sizes[1]]));
    let code = |logits: &[f32], layers: &[Tensor]| {
        scorer.features(logits, layers).map(|_| "fine").unwrap_or_else(|error| error.code())
    };
    assert_eq!(code(&logits, &[map.clone(), vector.clone()]), "fine");
    assert_eq!(code(&logits, &[layer(&[sizes[0], 2, 3]), vector.clone()]), "fine");
    assert_eq!(code(&logits, std::slice::from_ref(&map)), "patterns-mismatch");
    assert_eq!(code(&logits, &[layer(&[sizes[0] + 1]), vector.clone()]), "patterns-mismatch");
    assert_eq!(code(&logits, &[layer(&[2, 3, sizes[0]]), vector.clone()]), "invalid-option");
    assert_eq!(code(&logits, &[layer(&[sizes[0], 0]), vector.clone()]), "invalid-option");
    assert_eq!(code(&logits[1..], &[map.clone(), vector.clone()]), "invalid-option");
    let nan = Tensor::new([sizes[0]], vec![f32::NAN; sizes[0]]).unwrap();
    assert_eq!(code(&logits, &[nan, vector.clone()]), "not-finite");
    let mut probabilities = vec![0.0; logits.len()];
    probabilities[0] = 0.25;
    probabilities[1] = 0.75;
    assert_eq!(code(&probabilities, &[map, vector]), "invalid-option");
}
