//! Mahalanobis distances at unit length, and their sums with energies, equal NumPy's and
//! scikit-learn's. `tests/data/mahalanobis.py` tells how.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{
    CompareWith, Detector, Error, Features, FitOptions, Patterns, PatternsBuilder, Precision, She,
    Similarity, Store, fit_features,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{DENSE, DENSE_1, assert_close, inputs, mini_fit_with};

const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    weight: f32,
    calibration: usize,
    cases: HashMap<String, Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    model: String,
    fit: Vec<Vec<f32>>,
    labels: Vec<usize>,
    fit_logits: Vec<Vec<f32>>,
    others: Vec<Vec<f32>>,
    logits: Vec<Vec<f32>>,
    distances: Vec<Vec<f32>>,
    parts: [Vec<f32>; 2],
    sums: Vec<f32>,
}

static GOLDEN: LazyLock<Golden> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/mahalanobis.json")).unwrap());

fn features(rows: &[Vec<f32>], logits: &[Vec<f32>]) -> Vec<Features> {
    let pairs = rows.iter().zip(logits);
    pairs.map(|(row, logits)| Features::new(logits.clone(), vec![row.clone()]).unwrap()).collect()
}

impl Case {
    fn options() -> FitOptions {
        FitOptions { similarity: Similarity::Mahalanobis, ..FitOptions::new(["x"]) }
    }

    fn others(&self) -> Vec<Features> {
        features(&self.others, &self.logits)
    }

    fn fitted(&self, options: &FitOptions) -> Detector {
        let onnx = STANDARD.decode(&self.model).unwrap();
        let samples = features(&self.fit, &self.fit_logits);
        let samples = samples.iter().zip(self.labels.iter().copied());
        fit_features(&onnx, options, samples, &self.others()[..GOLDEN.calibration]).unwrap()
    }
}

fn builder() -> PatternsBuilder {
    PatternsBuilder::new("x", Store::Mean).for_similarity(Similarity::Mahalanobis)
}

/// The samples of a case at these positions.
fn gathered(case: &Case, positions: impl Iterator<Item = usize>) -> PatternsBuilder {
    let mut builder = builder();
    for i in positions {
        let predicted =
            she_ood::baselines(&case.fit_logits[i]).map(|(prediction, _)| prediction.class());
        builder.push(&case.fit[i], case.labels[i], predicted.unwrap()).unwrap();
    }
    builder
}

/// Distances of the other samples of a case.
fn distances(case: &Case, patterns: Patterns) -> Vec<f32> {
    let she = She::new(vec![patterns], Similarity::Mahalanobis, CompareWith::Nearest).unwrap();
    let of = |row: &Vec<f32>| she.score(std::slice::from_ref(row), 0).unwrap().remove(0);
    case.others.iter().flat_map(|row| of(row).similarities).map(|value| -value).collect()
}

#[test]
fn distances_equal_numpys() {
    for (name, case) in &GOLDEN.cases {
        let detector = case.fitted(&Case::options());
        let reports = case.others().into_iter().map(|f| detector.report(&f).unwrap());
        let found: Vec<f32> =
            reports.flat_map(|report| report.layers[0].similarities.clone()).collect();
        let expected: Vec<f32> = case.distances.concat().iter().map(|distance| -distance).collect();
        assert_relative(name, &found, &expected);
    }
}

#[track_caller]
fn assert_relative(name: &str, found: &[f32], expected: &[f32]) {
    let relative = |values: &[f32]| {
        values.iter().zip(expected).map(|(value, e)| value / e.abs().max(1.0)).collect::<Vec<_>>()
    };
    assert_close(name, &relative(found), &relative(expected), TOLERANCE);
}

#[test]
fn sums_with_the_energy_equal_numpys() {
    for (name, case) in &GOLDEN.cases {
        let options = FitOptions { energy: Some(GOLDEN.weight), ..Case::options() };
        let detector = case.fitted(&options);
        let again = Detector::load(detector.to_bytes()).unwrap();
        for detector in [detector, again] {
            let reports: Vec<_> =
                case.others().iter().map(|f| detector.report(f).unwrap()).collect();
            let of =
                |part: fn(&she_ood::Report) -> f32| reports.iter().map(part).collect::<Vec<_>>();
            assert_relative(name, &of(|report| report.score), &case.sums);
            assert_relative(name, &of(|report| report.parts.unwrap().she), &case.parts[0]);
            assert_relative(name, &of(|report| report.parts.unwrap().energy), &case.parts[1]);
        }
    }
}

/// In any order and any split: the sums are in f64.
#[test]
fn parts_merge_to_the_whole_and_what_is_forgotten_leaves_no_trace() {
    for (name, case) in &GOLDEN.cases {
        let count = case.fit.len();
        let whole = distances(case, gathered(case, 0..count).finish().unwrap());
        let mut merged = gathered(case, (0..count).rev().filter(|i| i % 3 == 0));
        merged.merge(gathered(case, (0..count).filter(|i| i % 3 != 0))).unwrap();
        assert_relative(name, &distances(case, merged.finish().unwrap()), &whole);
        let mut more = gathered(case, (0..count).chain(0..2));
        for i in 0..2 {
            let (prediction, _) = she_ood::baselines(&case.fit_logits[i]).unwrap();
            more.subtract(&case.fit[i], case.labels[i], prediction.class()).unwrap();
        }
        assert_relative(name, &distances(case, more.finish().unwrap()), &whole);
    }
}

/// The covariance is shared: a class with too few samples for a pattern is part of it.
#[test]
fn a_class_without_a_pattern_still_counts_for_the_covariance() {
    let case = &GOLDEN.cases["many"];
    let mut builder = gathered(case, (0..240).filter(|i| i % 3 != 1));
    builder.push(&case.fit[1], 1, 1).unwrap();
    let alone = distances(case, builder.clone().at_least(2).unwrap().finish().unwrap());
    let all = distances(case, builder.finish().unwrap());
    let kept: Vec<f32> = all.chunks(3).flat_map(|row| [row[0], row[2]]).collect();
    assert_relative("kept", &alone, &kept);
}

#[test]
fn samples_that_do_not_scatter_are_refused() {
    let mut same = builder();
    (0..6).for_each(|i| same.push(&[(i % 2) as f32, 1.0, 0.3], i % 2, i % 2).unwrap());
    let error = same.finish().unwrap_err().to_string();
    assert!(
        error.contains("within each class, the features of layer \"x\" are the same"),
        "{error}"
    );
    let plain = PatternsBuilder::new("x", Store::Mean);
    assert_eq!(builder().merge(plain).unwrap_err().code(), "fit");
}

#[test]
fn a_whitening_is_for_this_similarity_alone() {
    let case = &GOLDEN.cases["many"];
    let patterns = gathered(case, 0..240).finish().unwrap();
    let plain =
        Patterns::new("x", patterns.classes().to_vec(), patterns.values().to_vec()).unwrap();
    for (patterns, similarity) in [(patterns, Similarity::Cosine), (plain, Similarity::Mahalanobis)]
    {
        let error = She::new(vec![patterns], similarity, CompareWith::Nearest).unwrap_err();
        assert_eq!(error.code(), "invalid-detector");
    }
}

/// A detector whose scores half the bits do not change is smaller, and scores as it did in memory.
#[test]
fn patterns_in_half_the_bits_change_no_score() {
    let options = |compact| FitOptions {
        similarity: Similarity::Cosine,
        compact,
        ..FitOptions::new([DENSE_1])
    };
    let [compact, full] = [true, false].map(|compact| mini_fit_with(&options(compact)));
    assert_eq!(compact.info().precision, Precision::Float16);
    assert_eq!(full.info().precision, Precision::Float32);
    assert!(compact.to_bytes().len() + 5 * 150 * 2 < full.to_bytes().len());
    let again = Detector::load(compact.to_bytes()).unwrap();
    for input in inputs("images") {
        let [own, exact, read] =
            [&compact, &full, &again].map(|detector| detector.score(&input).unwrap().score);
        assert!((own - exact).abs() <= 1e-4, "{own} {exact}");
        assert_eq!(own, read);
    }
}

#[test]
fn half_the_bits_are_refused_where_a_score_changes() {
    let options = FitOptions { compact: true, ..FitOptions::new([DENSE, DENSE_1]) };
    assert_eq!(mini_fit_with(&options).info().precision, Precision::Float32);
}

#[test]
fn the_energy_needs_a_weight_and_energies_that_vary() {
    let code = |energy| {
        let options = FitOptions { energy: Some(energy), ..FitOptions::new([DENSE_1]) };
        she_ood::fit(crate::fixtures::MLP, &options, [], []).map_err(|error: Error| error.code())
    };
    for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(code(weight).unwrap_err(), "invalid-option");
    }
}
