//! Classifiers that end in every way that exporters write a softmax: the logits are what ONNX
//! Runtime gives before it, of one sample and of many.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{
    Detector, Features, FitOptions, Fitter, Model, ModelOptions, OutputKind, Similarity, Tensor,
    baselines, fit, fit_features,
};

#[derive(Deserialize)]
struct Heads {
    samples: Vec<Vec<f32>>,
    heads: BTreeMap<String, Head>,
}

#[derive(Deserialize)]
struct Head {
    model: String,
    outputs: String,
    /// The logits of each sample, or its probabilities where no logits can be found.
    values: Vec<Vec<f32>>,
}

/// Made by `data/heads.py`.
static HEADS: LazyLock<Heads> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/heads.json")).unwrap());

impl Head {
    fn onnx(&self) -> Vec<u8> {
        STANDARD.decode(&self.model).unwrap()
    }
}

fn with_outputs(outputs: &str) -> impl Iterator<Item = (&String, &Head)> {
    HEADS.heads.iter().filter(move |(_, head)| head.outputs == outputs)
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, name: &str) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance * b.abs().max(1.0);
    assert!(found.iter().zip(expected).all(close), "{name}: {found:?}, expected {expected:?}");
}

fn tolerance(name: &str) -> f32 {
    if name == "half" { 1e-2 } else { 2e-5 }
}

#[test]
fn the_logits_are_those_before_the_softmax() {
    for (name, head) in with_outputs("logits") {
        let model = Model::load(&head.onnx(), &ModelOptions::default()).unwrap();
        assert_eq!(model.classes(), head.values[0].len(), "{name}");
        for (sample, expected) in HEADS.samples.iter().zip(&head.values) {
            let found = model.run(&Tensor::new([6], sample.clone()).unwrap()).unwrap();
            assert_close(&found.logits, expected, tolerance(name), name);
        }
    }
}

#[test]
fn samples_of_a_batch_do_not_mix() {
    let count = HEADS.samples.len();
    let row: Vec<f32> = (0..70).flat_map(|i| HEADS.samples[i % count].clone()).collect();
    for (name, head) in &HEADS.heads {
        let model = Model::load(&head.onnx(), &ModelOptions::default()).unwrap();
        for (i, found) in model.run_batch(&row).unwrap().iter().enumerate() {
            assert_close(
                &found.logits,
                &head.values[i % count],
                tolerance(name),
                &format!("{name}, sample {i}"),
            );
        }
    }
}

fn samples() -> impl Iterator<Item = Tensor> + Clone {
    HEADS.samples.iter().map(|sample| Tensor::new([6], sample.clone()).unwrap())
}

/// A detector on the logits' own layer, of samples labelled with what the model predicts.
fn fitted(head: &Head) -> Detector {
    let labels = head.values.iter().map(|values| baselines(values).unwrap().0.class());
    fit(&head.onnx(), &FitOptions::new(["z"]), samples().zip(labels.collect::<Vec<_>>()), samples())
        .unwrap()
}

#[test]
fn probabilities_without_logits_are_found_by_the_fit_and_said_to_be() {
    for (name, head) in with_outputs("probabilities") {
        let detector = fitted(head);
        let read = Detector::load(detector.to_bytes()).unwrap();
        for detector in [&detector, &read] {
            let info = detector.info();
            assert_eq!(info.outputs, OutputKind::Probabilities, "{name}");
            assert!(
                info.warnings.iter().any(|warning| warning.code == "probabilities"),
                "{:?}",
                info.warnings
            );
            for (sample, expected) in samples().zip(&head.values) {
                let report = detector.score(&sample).unwrap();
                assert_close(&report.probabilities, expected, 1e-5, name);
                assert_close(
                    &[-report.baselines.unwrap().msp],
                    &[expected.iter().copied().fold(0.0, f32::max)],
                    1e-5,
                    name,
                );
                assert!(
                    report.baselines.unwrap().energy.abs() < 1e-5,
                    "{name}: {}",
                    report.baselines.unwrap().energy
                );
                assert_eq!(
                    detector.report(&detector.features(&sample).unwrap()).unwrap().probabilities,
                    report.probabilities
                );
            }
        }
    }
}

/// A detector gives logarithms for logits: a fit of them is a fit of the model's own outputs all
/// the same.
#[test]
fn features_of_such_a_detector_make_the_same_detector() {
    for (name, head) in with_outputs("probabilities") {
        let detector = fitted(head);
        let features: Vec<_> =
            samples().map(|sample| detector.features(&sample).unwrap()).collect();
        let labels: Vec<usize> =
            head.values.iter().map(|values| baselines(values).unwrap().0.class()).collect();
        let mut fitter = Fitter::new(&head.onnx(), FitOptions::new(["z"]), 0.0).unwrap();
        fitter.push_features(features, &labels).unwrap();
        assert_eq!(
            fitter.finish(0.95).unwrap().info().outputs,
            OutputKind::Probabilities,
            "{name}"
        );
    }
}

/// Outputs that are no logits of a softmax are told by what all samples have in common, and warned
/// of.
#[test]
fn the_fit_says_what_the_outputs_are() {
    for (name, head) in &HEADS.heads {
        let info = fitted(head).info();
        assert_eq!(serde_json::json!(info.outputs), head.outputs, "{name}");
        let warning = match info.outputs {
            OutputKind::Logits => None,
            OutputKind::Bounded => Some("bounded"),
            OutputKind::Probabilities | OutputKind::LogProbabilities => Some("probabilities"),
            other => panic!("{other}"),
        };
        let found = info
            .warnings
            .iter()
            .find(|warning| ["bounded", "probabilities"].contains(&warning.code));
        assert_eq!(found.map(|warning| warning.code), warning, "{name}: {:?}", info.warnings);
        let read = Detector::load(fitted(head).to_bytes()).unwrap().info();
        assert_eq!(read.outputs, info.outputs, "{name}");
    }
}

/// Of logarithms for logits the probabilities are right.
#[test]
fn logarithms_of_probabilities_give_these_probabilities() {
    for (name, head) in with_outputs("log-probabilities") {
        for (sample, expected) in samples().zip(&head.values) {
            let expected: Vec<f32> = expected.iter().map(|value| value.exp()).collect();
            assert_close(
                &fitted(head).score(&sample).unwrap().probabilities,
                &expected,
                1e-5,
                name,
            );
        }
    }
}

/// Prediction sets cut the probabilities of a report at one level, whatever the outputs are.
#[test]
fn prediction_sets_follow_from_the_probabilities() {
    for (name, head) in &HEADS.heads {
        let mut fitter = Fitter::new(&head.onnx(), FitOptions::new(["z"]), 0.4).unwrap();
        for (i, (sample, values)) in samples().zip(&head.values).enumerate() {
            let class = baselines(values).unwrap().0.class();
            let wrong = usize::from(i % 4 == 3);
            fitter.push(sample.data(), &[(class + wrong) % fitter.model().classes()]).unwrap();
        }
        let detector = fitter.finish(0.6).unwrap();
        assert_eq!(detector.info().sets.unwrap().size, 4, "{name}");
        let (mut least, mut most, mut both) = (f32::INFINITY, 0.0_f32, [false; 2]);
        for report in samples().map(|sample| detector.score(&sample).unwrap()) {
            for (class, &probability) in report.probabilities.iter().enumerate() {
                let is_in = report.set.as_ref().unwrap().contains(&class);
                both[usize::from(is_in)] = true;
                if is_in { least = least.min(probability) } else { most = most.max(probability) }
            }
        }
        assert!(both == [true; 2] && least > most - 1e-6, "{name}: {least} in, {most} not");
    }
}

/// Scores beyond what single precision holds are no scores: all samples would be equally familiar.
#[test]
fn scores_that_overflow_are_refused() {
    let head = &HEADS.heads["plain"];
    let labels = head.values.iter().map(|values| baselines(values).unwrap().0.class());
    let features: Vec<(Features, usize)> = head
        .values
        .iter()
        .map(|values| {
            let layer = values.iter().map(|value| value * 1e25).collect();
            Features::new(values.clone(), vec![layer]).unwrap()
        })
        .zip(labels)
        .collect();
    let calibration = features.iter().map(|(features, _)| features);
    let samples = features.iter().map(|(features, label)| (features, *label));
    let error =
        fit_features(&head.onnx(), &FitOptions::new(["z"]), samples, calibration).unwrap_err();
    assert_eq!(error.code(), "not-finite", "{error}");
}

/// A manifest keeps a rate to the last bit, so that a decision and its p-value agree after a
/// reload.
#[test]
fn a_rate_is_read_as_it_was_written() {
    let head = &HEADS.heads["plain"];
    let labels: Vec<usize> =
        head.values.iter().map(|values| baselines(values).unwrap().0.class()).collect();
    for n in 1..60 {
        for rate in
            [f64::from(n) / f64::from(n + 1), 1.0 - 1.0 / f64::from(n + 1), f64::from(n) / 61.0]
        {
            let options = FitOptions { id_pass_rate: rate, ..FitOptions::new(["z"]) };
            let detector =
                fit(&head.onnx(), &options, samples().zip(labels.clone()), samples()).unwrap();
            assert_eq!(Detector::load(detector.to_bytes()).unwrap().info().id_pass_rate, rate);
        }
    }
}

/// Layers that tell no two samples apart are refused, whatever they are compared by.
#[test]
fn a_layer_that_does_not_vary_is_refused() {
    let head = &HEADS.heads["plain"];
    let labels: Vec<usize> =
        head.values.iter().map(|values| baselines(values).unwrap().0.class()).collect();
    let fit = |layers: &[&str], similarity| {
        let options = FitOptions { similarity, ..FitOptions::new(layers.iter().copied()) };
        fit(&head.onnx(), &options, samples().zip(labels.clone()), samples())
    };
    for similarity in [
        Similarity::Inner,
        Similarity::Cosine,
        Similarity::Euclidean,
        Similarity::Hopfield { beta: 0.1 },
    ] {
        let error = fit(&["dead"], similarity).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot fit: the features of layer \"dead\" are the same for all 9 samples: \
             choose another layer"
        );
        assert!(fit(&["z", "dead"], similarity).is_err());
    }
    let error = fit(&["single"], Similarity::Cosine).unwrap_err();
    assert!(error.to_string().contains("layer \"single\" has a single feature"), "{error}");
    assert!(fit(&["single"], Similarity::Euclidean).is_ok());
    // The same sample throughout: nothing varies.
    let one = samples().next().unwrap();
    let mut fitter = Fitter::new(&head.onnx(), FitOptions::new(["z"]), 0.0).unwrap();
    (0..5).for_each(|_| fitter.push(one.data(), &labels[..1]).unwrap());
    assert_eq!(fitter.finish(0.95).unwrap_err().code(), "fit");
}

#[test]
fn equal_calibration_scores_are_refused() {
    let head = &HEADS.heads["plain"];
    let labels = head.values.iter().map(|values| baselines(values).unwrap().0.class());
    let labelled: Vec<_> = samples().zip(labels).collect();
    let same = std::iter::repeat_n(samples().next().unwrap(), 20);
    let error = fit(&head.onnx(), &FitOptions::new(["z"]), labelled, same).unwrap_err();
    assert!(error.to_string().contains("all 20 calibration samples have the score"), "{error}");
}

#[test]
fn features_that_are_not_the_models_give_no_report() {
    let detector = fitted(&HEADS.heads["softmax"]);
    let features = detector.features(&samples().next().unwrap()).unwrap();
    let with_logits = |logits| Features::new(logits, features.layers().to_vec());
    let with_layers = |layers| Features::new(features.logits().to_vec(), layers);
    let with_layer = |layer| with_layers(vec![layer]);
    for (features, code) in [
        (with_logits(vec![]), "invalid-option"),
        (with_logits(vec![0.0; 3]), "invalid-option"),
        (with_logits(vec![f32::NAN; 4]), "not-finite"),
        (with_logits(vec![0.0, 0.0, 0.0, f32::INFINITY]), "not-finite"),
        (with_layer(vec![]), "patterns-mismatch"),
        (with_layer(vec![0.0; 5]), "patterns-mismatch"),
        (with_layer(vec![f32::NAN; 4]), "not-finite"),
        (with_layers(vec![]), "patterns-mismatch"),
    ] {
        let report = features.clone().and_then(|features| detector.report(&features));
        assert_eq!(report.unwrap_err().code(), code, "{features:?}");
    }
    assert!(detector.report(&features).is_ok());
    assert_eq!(detector.she().score(&[vec![f32::NAN; 4]], 0).unwrap_err().code(), "not-finite");
}

#[test]
fn few_correct_samples_and_classes_without_samples_are_warned_of() {
    let head = &HEADS.heads["plain"];
    let predicted: Vec<usize> =
        head.values.iter().map(|values| baselines(values).unwrap().0.class()).collect();
    let warnings = |labels: Vec<usize>| {
        let detector =
            fit(&head.onnx(), &FitOptions::new(["z"]), samples().zip(labels), samples()).unwrap();
        let read = Detector::load(detector.to_bytes()).unwrap().info();
        assert_eq!(
            (&read.warnings, &read.samples),
            (&detector.info().warnings, &detector.info().samples)
        );
        read.warnings
            .iter()
            .map(|warning| (warning.code, warning.message.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let right = warnings(predicted.clone());
    assert!(!right.contains_key("few-correct"), "{right:?}");
    assert!(right["no-threshold"].contains("9 calibration samples are too few"), "{right:?}");
    // Five of nine are right, half and more, but far fewer than a classifier has of its own data.
    let half: Vec<usize> = predicted
        .iter()
        .enumerate()
        .map(|(i, &class)| if i < 5 { class } else { (class + 1) % 4 })
        .collect();
    assert!(
        warnings(half)["few-correct"]
            .starts_with("only 55.56 % of the samples are classified correctly")
    );
    let unseen = (0..4).find(|class| !predicted.contains(class)).map(|class| class.to_string());
    assert_eq!(
        right
            .get("no-samples")
            .is_some_and(|said| said.ends_with(&unseen.clone().unwrap_or_default())),
        unseen.is_some()
    );
}
