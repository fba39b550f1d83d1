//! Detectors that are taught: equal to NumPy's and SciPy's (`tests/data/teach.py` tells how), and
//! the same in whatever order examples come and go.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use she_ood::{Classify, Detector, Features, FitOptions, Report, Teacher, Tensor, Verdict};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::assert_close;

const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    rate: f64,
    cases: HashMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    labels: Vec<usize>,
    examples: Vec<Vec<f32>>,
    others: Vec<Vec<f32>>,
    calibration: Vec<f32>,
    accuracy: f32,
    temperature: f32,
    threshold: f32,
    similarities: Vec<Vec<f32>>,
    probabilities: Vec<Vec<f32>>,
}

static GOLDEN: LazyLock<Golden> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/teach.json")).unwrap());

fn features(values: &[f32]) -> Features {
    Features::new(vec![], vec![values.to_vec()]).unwrap()
}

fn label(class: usize) -> String {
    format!("class {class}")
}

fn teacher(size: usize) -> Teacher {
    let options = FitOptions { id_pass_rate: GOLDEN.rate, ..FitOptions::taught() };
    Teacher::of_embeddings(size, options).unwrap()
}

impl Case {
    /// The numbers of all examples, in their order.
    fn taught(&self) -> (Teacher, Vec<u64>) {
        self.taught_in(0..self.labels.len())
    }

    fn taught_in(&self, order: impl Iterator<Item = usize>) -> (Teacher, Vec<u64>) {
        let mut teacher = teacher(self.others[0].len());
        let add = |i: usize| teacher.add(&label(self.labels[i]), &features(&self.examples[i]));
        let ids = order.map(add).collect::<she_ood::Result<_>>().unwrap();
        (teacher, ids)
    }

    fn reports(&self, detector: &Detector) -> Vec<Report> {
        self.others.iter().map(|values| detector.report(&features(values)).unwrap()).collect()
    }
}

#[test]
fn scores_thresholds_and_probabilities_are_those_of_numpy() {
    for (name, case) in &GOLDEN.cases {
        let (mut teacher, _) = case.taught();
        let detector = teacher.detector().unwrap();
        let taught = detector.info().taught.unwrap();
        assert_close(name, detector.calibration(), &case.calibration, TOLERANCE);
        assert_close(name, &[detector.info().threshold], &[case.threshold], TOLERANCE);
        assert_close(name, &[taught.accuracy.unwrap()], &[case.accuracy], TOLERANCE);
        assert_close(name, &[taught.temperature], &[case.temperature], 1e-4);
        for (i, report) in case.reports(detector).iter().enumerate() {
            assert_close(name, &report.layers[0].similarities, &case.similarities[i], TOLERANCE);
            assert_close(name, &report.probabilities, &case.probabilities[i], TOLERANCE);
            let best = case.similarities[i].iter().copied().fold(f32::MIN, f32::max);
            assert_close(name, &[report.score], &[-best], TOLERANCE);
            assert_eq!(report.predicted.label, report.nearest.label, "{name}");
            assert_eq!(report.is_ood, report.score > report.threshold, "{name}");
            assert_eq!(report.baselines, None, "{name}");
        }
    }
}

#[test]
fn a_file_gives_the_same_reports() {
    for (name, case) in &GOLDEN.cases {
        let (mut teacher, _) = case.taught();
        let detector = teacher.detector().unwrap();
        let again = Detector::load(detector.to_bytes()).unwrap();
        assert_eq!(again.info(), detector.info(), "{name}");
        assert_eq!(case.reports(&again), case.reports(detector), "{name}");
        assert_eq!(again.to_bytes(), detector.to_bytes(), "{name}");
    }
}

#[test]
fn order_and_what_was_taken_back_leave_nothing() {
    for (name, case) in &GOLDEN.cases {
        let bytes = case.taught().0.detector().unwrap().to_bytes();
        let (mut teacher, _) = case.taught_in((0..case.labels.len()).rev());
        for (i, values) in case.others.iter().enumerate() {
            let id = teacher.add(&label(i % 5), &features(values)).unwrap();
            let _ = teacher.report(&features(values)).unwrap();
            if i % 2 == 0 {
                teacher.move_to(id, "elsewhere").unwrap();
            }
            teacher.forget(id).unwrap();
        }
        assert!(teacher.detector().unwrap().to_bytes() == bytes, "{name}: other bytes");
    }
}

#[test]
fn renaming_moving_and_removing_classes_is_teaching_what_is_left() {
    let case = &GOLDEN.cases["three classes"];
    let (mut teacher, ids) = case.taught();
    teacher.rename("class 0", "cup").unwrap();
    teacher.remove("class 1").unwrap();
    teacher.move_to(ids[23], "cup").unwrap();
    let mut expected = self::teacher(24);
    for i in (0..8).chain(16..24) {
        let name = if i < 8 || i == 23 { "cup" } else { "class 2" };
        expected.add(name, &features(&case.examples[i])).unwrap();
    }
    let counts: Vec<_> =
        teacher.info().classes.into_iter().map(|class| (class.label, class.count)).collect();
    assert_eq!(counts, [("class 2".to_string(), 7), ("cup".to_string(), 9)]);
    let (found, expected) = (teacher.detector().unwrap(), expected.detector().unwrap());
    assert!(found.to_bytes() == expected.to_bytes());
}

#[test]
fn a_fit_to_the_same_samples_is_the_same_detector() {
    let case = &GOLDEN.cases["three classes"];
    let onnx = she_ood::embeddings_model(24).unwrap();
    let labels = Some((0..3).map(label).collect());
    let options = FitOptions { id_pass_rate: GOLDEN.rate, labels, ..FitOptions::taught() };
    let samples: Vec<_> = case.examples.iter().map(|values| features(values)).collect();
    let samples = samples.iter().zip(case.labels.iter().copied());
    let fitted = she_ood::fit_features(&onnx, &options, samples, []).unwrap();
    assert!(fitted.to_bytes() == case.taught().0.detector().unwrap().to_bytes());
    assert_eq!(fitted.info().classify, Classify::Patterns);
}

/// Held-out samples calibrate alone; patterns and moments stay those of the fit samples.
#[test]
fn held_out_samples_take_the_place_of_those_left_out() {
    let case = &GOLDEN.cases["three classes"];
    let onnx = she_ood::embeddings_model(24).unwrap();
    let samples: Vec<_> = case.examples.iter().map(|values| features(values)).collect();
    let samples = samples.iter().zip(case.labels.iter().copied());
    let held_out: Vec<_> = case.others.iter().map(|values| features(values)).collect();
    let fitted = she_ood::fit_features(&onnx, &FitOptions::taught(), samples, &held_out).unwrap();
    let mut scores: Vec<f32> =
        case.similarities.iter().map(|row| -row.iter().copied().fold(f32::MIN, f32::max)).collect();
    scores.sort_by(f32::total_cmp);
    assert_close("held out", fitted.calibration(), &scores, TOLERANCE);
    let info = fitted.info();
    assert!(!info.taught.unwrap().leave_one_out && info.sets.is_none());
    assert_eq!(info.threshold, f32::INFINITY, "16 are too few for 0.95");
}

#[test]
fn too_few_examples_are_no_threshold_and_never_known() {
    let case = &GOLDEN.cases["three classes"];
    let (mut teacher, ids) = case.taught();
    assert_eq!(teacher.info().needed, 0);
    for id in &ids[8..] {
        teacher.forget(*id).unwrap();
    }
    assert_eq!((teacher.info().needed, teacher.info().examples), (1, 8), "9 for 0.9");
    let report = teacher.report(&features(&case.examples[0])).unwrap();
    assert_eq!((report.threshold, report.verdict), (f32::INFINITY, Verdict::Unsure));
    let detector = teacher.detector().unwrap();
    assert!(detector.info().warnings.iter().any(|warning| warning.code == "no-threshold"));
}

/// From the first example on there is a report, though no threshold.
#[test]
fn one_example_is_enough_to_be_compared_with() {
    let mut teacher = teacher(3);
    assert_eq!(teacher.report(&features(&[1.0, 0.0, 0.0])).unwrap_err().code(), "fit");
    teacher.add("mug", &features(&[1.0, 0.0, 0.0])).unwrap();
    let report = teacher.report(&features(&[1.0, 0.0, 0.0])).unwrap();
    assert_eq!((report.predicted.label.as_str(), report.verdict), ("mug", Verdict::Unsure));
    assert_eq!(report.probabilities, [1.0]);
    teacher.add("keys", &features(&[0.0, 1.0, 0.5])).unwrap();
    let report = teacher.report(&features(&[0.1, 1.0, 0.3])).unwrap();
    assert_eq!(report.predicted.label, "keys");
    assert!(report.probabilities.iter().all(|p| p.is_finite()));
}

#[test]
fn features_that_never_differ_are_no_threshold() {
    let mut teacher = teacher(3);
    for i in 0..30 {
        teacher.add(&label(i % 2), &features(&[0.5, 0.5, 0.0])).unwrap();
    }
    assert_eq!(teacher.info().needed, 9);
    let report = teacher.report(&features(&[0.5, 0.5, 0.0])).unwrap();
    assert_eq!((report.verdict, report.threshold), (Verdict::Unsure, f32::INFINITY));
    for i in 0..30 {
        // Apart only by rounding.
        let values = [0.5 + i as f32 * 1e-7, 0.5, 0.0];
        teacher.add(&label(i % 2), &features(&values)).unwrap();
    }
    let error = teacher.detector().unwrap_err().to_string();
    assert!(error.contains("tells nothing apart"), "{error}");
}

#[test]
fn what_cannot_be_taught_is_refused_and_changes_nothing() {
    let case = &GOLDEN.cases["one of a class"];
    let (mut teacher, ids) = case.taught();
    let before = teacher.info();
    let good = features(&case.examples[0]);
    let code = |result: she_ood::Result<()>| result.unwrap_err().code();
    assert_eq!(code(teacher.add(" \n", &good).map(drop)), "invalid-option");
    assert_eq!(code(teacher.add("a", &features(&[1.0])).map(drop)), "fit");
    assert_eq!(code(teacher.forget(999)), "invalid-option");
    assert_eq!(code(teacher.move_to(ids[0], "")), "invalid-option");
    assert_eq!(code(teacher.rename("nobody", "a")), "invalid-option");
    assert_eq!(code(teacher.rename("class 0", "class 1")), "invalid-option");
    assert_eq!(code(teacher.remove("nobody")), "invalid-option");
    assert_eq!(teacher.info(), before);
    assert!(
        teacher.detector().unwrap().to_bytes() == case.taught().0.detector().unwrap().to_bytes()
    );
    assert_eq!(
        Teacher::of_embeddings(1, FitOptions::taught()).unwrap_err().code(),
        "invalid-option"
    );
}

/// Copies of examples change means, but are left out together: they are one sample.
#[test]
fn copies_are_left_out_together() {
    let case = &GOLDEN.cases["three classes"];
    let once = case.taught().0.detector().unwrap().calibration().to_vec();
    let mut twice = case.taught().0;
    for (values, class) in case.examples.iter().zip(&case.labels) {
        twice.add(&label(*class), &features(values)).unwrap();
    }
    let detector = twice.detector().unwrap();
    assert_close("twice", detector.calibration(), &once, TOLERANCE);
    assert_eq!(detector.info().counts, [16; 3]);
    let mut alike = teacher(24);
    for _ in 0..40 {
        alike.add("mug", &features(&case.examples[0])).unwrap();
    }
    assert_eq!(alike.info().needed, 9, "forty copies are one example, which leaves none");
    let report = alike.report(&features(&case.others[0])).unwrap();
    assert_eq!(report.verdict, Verdict::Unsure);
}

/// Numbers from -0.5 to 0.5 that are the same each time.
fn noise(seed: usize) -> impl Iterator<Item = f32> {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    })
}

fn example(class: usize, number: usize) -> Features {
    let own = noise(class * 1000).take(16);
    let values: Vec<f32> =
        noise(class * 1000 + number + 1).zip(own).map(|(noise, own)| own + 0.4 * noise).collect();
    features(&values)
}

/// More examples than are compared: the means are those of all, 100 calibrate, and forgetting one
/// of these lets another take its place.
#[test]
fn many_examples_are_bounded_and_order_still_does_not_matter() {
    let all: Vec<_> = (0..150).flat_map(|number| [(0, number), (1, number)]).collect();
    let taught = |order: &mut dyn Iterator<Item = &(usize, usize)>| {
        let mut teacher = teacher(16);
        for &(class, number) in order {
            teacher.add(&label(class), &example(class, number)).unwrap();
        }
        teacher
    };
    let mut one = taught(&mut all.iter());
    let mut other = taught(&mut all.iter().rev());
    let detector = one.detector().unwrap();
    assert_eq!((detector.calibration().len(), detector.info().counts), (100, vec![150, 150]));
    assert!(detector.to_bytes() == other.detector().unwrap().to_bytes());
    let ids: Vec<u64> = one.examples().map(|example| example.id).take(200).collect();
    ids.into_iter().for_each(|id| one.forget(id).unwrap());
    assert!(
        one.detector().unwrap().to_bytes()
            == taught(&mut all[200..].iter()).detector().unwrap().to_bytes()
    );
}

#[test]
fn the_parts_of_an_explanation_sum_to_the_similarity() {
    for (name, case) in &GOLDEN.cases {
        let (mut teacher, _) = case.taught();
        let detector = teacher.detector().unwrap();
        for values in &case.others {
            let input = Tensor::new([values.len()], values.clone()).unwrap();
            let explanation = detector.explain(&input, None).unwrap();
            let layer = &explanation.layers[0];
            let sum: f64 = layer.channels.iter().map(|&part| f64::from(part)).sum();
            assert_close(name, &[sum as f32], &[layer.similarity], 1e-4);
        }
    }
}
