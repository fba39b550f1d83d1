//! Every figure equals scikit-learn's, or oodeel's where it is computed as oodeel does;
//! `tools/golden/metrics.py` has the cases.

use std::collections::HashMap;

use serde::Deserialize;
use she_ood::metrics::{Curve, evaluate, oodeel};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    id: Vec<f32>,
    #[serde(default)]
    ood: Vec<f32>,
    formula: Option<Formula>,
    expected: Expected,
}

/// A large case: number of scores, factor, modulus and divisor of each side.
#[derive(Deserialize)]
struct Formula {
    id: [usize; 4],
    ood: [usize; 4],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    auroc: f64,
    aupr_out: f64,
    aupr_in: f64,
    fpr_id_at_tpr95_ood: f64,
    fpr_ood_at_tpr95_id: f64,
    detection_accuracy: f64,
    rates: HashMap<String, f64>,
    auroc_interval: Option<[f64; 2]>,
    oodeel: HashMap<String, f64>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = serde_json::from_str(include_str!("../data/metrics.json")).unwrap();
    for case in &mut cases {
        if let Some(Formula { id, ood }) = case.formula {
            (case.id, case.ood) = (formula(id), formula(ood));
        }
    }
    cases
}

fn formula([count, factor, modulus, divisor]: [usize; 4]) -> Vec<f32> {
    (0..count).map(|i| (i * factor % modulus) as f32 / divisor as f32).collect()
}

#[track_caller]
fn assert_same(case: &str, figure: &str, found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12,
        "{case}, {figure}: found {found}, expected {expected}"
    );
}

#[test]
fn figures_equal_scikit_learn() {
    assert!(cases().len() > 15);
    for Case { name, id, ood, expected, .. } in cases() {
        let found = evaluate(&id, &ood).unwrap();
        assert_eq!((found.id, found.ood), (id.len(), ood.len()));
        assert_same(&name, "AUROC", found.auroc, expected.auroc);
        assert_same(&name, "AUPR out", found.aupr_out, expected.aupr_out);
        assert_same(&name, "AUPR in", found.aupr_in, expected.aupr_in);
        assert_same(&name, "FPR ID", found.fpr_id_at_tpr95_ood, expected.fpr_id_at_tpr95_ood);
        assert_same(&name, "FPR OOD", found.fpr_ood_at_tpr95_id, expected.fpr_ood_at_tpr95_id);
        assert_same(&name, "accuracy", found.detection_accuracy, expected.detection_accuracy);
        assert_eq!(found.auroc_interval.is_some(), expected.auroc_interval.is_some(), "{name}");
        if let (Some((low, high)), Some([expected_low, expected_high])) =
            (found.auroc_interval, expected.auroc_interval)
        {
            assert_same(&name, "low end", low, expected_low);
            assert_same(&name, "high end", high, expected_high);
        }
    }
}

#[test]
fn rates_by_name_equal_scikit_learn() {
    for Case { name, id, ood, expected, .. } in cases() {
        let curve = Curve::new(&id, &ood).unwrap();
        assert_eq!(expected.rates.len(), 7);
        for (rate, expected) in expected.rates {
            assert_same(&name, &rate, curve.rate(&rate).unwrap(), expected);
        }
    }
}

#[test]
fn oodeels_figures_equal_oodeel() {
    for Case { name, id, ood, expected, .. } in cases() {
        let found = oodeel(&id, &ood).unwrap();
        assert_same(&name, "auroc", found.auroc, expected.oodeel["auroc"]);
        assert_same(&name, "fpr95tpr", found.fpr95tpr, expected.oodeel["fpr95tpr"]);
        assert_same(&name, "detect_acc", found.detect_acc, expected.oodeel["detect_acc"]);
    }
}

#[test]
fn the_roc_curve_runs_from_nothing_to_everything_and_its_area_is_the_auroc() {
    for Case { name, id, ood, expected, .. } in cases() {
        let points: Vec<_> = Curve::new(&id, &ood).unwrap().roc().collect();
        let (first, last) = (points.first().unwrap(), points.last().unwrap());
        assert_eq!((first.fpr, first.tpr, last.fpr, last.tpr), (0.0, 0.0, 1.0, 1.0), "{name}");
        let area: f64 = points
            .windows(2)
            .map(|pair| (pair[1].fpr - pair[0].fpr) * (pair[1].tpr + pair[0].tpr) / 2.0)
            .sum();
        assert!((area - expected.auroc).abs() < 1e-9, "{name}: {area}");
    }
}

#[test]
fn infinite_scores_are_ranked_and_negative_zero_is_zero() {
    let found = evaluate(&[f32::NEG_INFINITY, 0.0], &[-0.0, f32::INFINITY]).unwrap();
    assert_eq!(found.auroc, 3.5 / 4.0);
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    for (id, ood, code) in [
        (&[][..], &[1.0][..], "invalid-option"),
        (&[1.0], &[], "invalid-option"),
        (&[f32::NAN], &[1.0], "not-finite"),
        (&[1.0], &[f32::NAN], "not-finite"),
    ] {
        assert_eq!(evaluate(id, ood).unwrap_err().code(), code);
        assert_eq!(oodeel(id, ood).unwrap_err().code(), code);
    }
    let curve = Curve::new(&[0.0], &[1.0]).unwrap();
    for name in [
        "",
        "fpr",
        "fpr95",
        "fpr0tpr",
        "fpr100tpr",
        "fpr+5tpr",
        "tprtpr",
        "acc95tpr",
        "fpr95acc",
        "ééé",
    ] {
        assert_eq!(curve.rate(name).unwrap_err().code(), "invalid-option", "{name}");
    }
}

/// Values that f32 would round together, to infinity or to zero.
const HARD: [f64; 14] = [
    1.0,
    1.0 + 1e-9,
    1.0 + f64::EPSILON,
    16_777_216.0,
    16_777_217.0,
    1e39,
    1e40,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e-50,
    5e-324,
    0.0,
    -0.0,
];

/// Sets of some of them, each another choice with repetitions.
fn hard_sets() -> impl Iterator<Item = (Vec<f64>, Vec<f64>)> {
    let pick = |set: usize, count: usize| {
        (0..count).map(|i| HARD[(set * 31 + i * i * 7 + i * set) % HARD.len()]).collect()
    };
    (0..200).map(move |set| (pick(set, 1 + set % 23), pick(set * 3 + 1, 1 + set % 17)))
}

fn flagged(scores: &[f64], threshold: f64) -> usize {
    scores.iter().filter(|&&score| score >= threshold).count()
}

#[test]
fn figures_are_the_exact_shares_of_pairs_and_samples() {
    for (id, ood) in hard_sets() {
        let found = evaluate(&id, &ood).unwrap();
        let (n, m) = (id.len(), ood.len());
        let halves = id
            .iter()
            .flat_map(|i| ood.iter().map(move |o| if o > i { 2 } else { usize::from(o == i) }))
            .sum::<usize>();
        assert_eq!(found.auroc, halves as f64 / (2 * n * m) as f64, "{id:?} {ood:?}");

        let thresholds = || id.iter().chain(&ood).copied();
        let counts: Vec<_> =
            thresholds().map(|t| (flagged(&id, t), flagged(&ood, t))).chain([(0, 0)]).collect();
        let right = counts.iter().map(|(fp, tp)| n - fp + tp).max().unwrap();
        let fp =
            counts.iter().filter(|(_, tp)| 100 * tp >= 95 * m).map(|(fp, _)| fp).min().unwrap();
        let passed = counts
            .iter()
            .filter(|(fp, _)| 100 * (n - fp) >= 95 * n)
            .map(|(_, tp)| m - tp)
            .min()
            .unwrap();
        assert_eq!(found.detection_accuracy, right as f64 / (n + m) as f64);
        assert_eq!(found.fpr_id_at_tpr95_ood, *fp as f64 / n as f64);
        assert_eq!(found.fpr_ood_at_tpr95_id, passed as f64 / m as f64);
    }
}

#[test]
fn thresholds_of_the_roc_curve_are_the_scores_that_went_in() {
    for (id, ood) in hard_sets() {
        let mut scores: Vec<f64> = id.iter().chain(&ood).map(|score| score + 0.0).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.dedup();
        let points: Vec<_> = Curve::new(&id, &ood).unwrap().roc().collect();
        assert_eq!(points[0].threshold, f64::INFINITY);
        assert_eq!(points[1..].iter().map(|point| point.threshold).collect::<Vec<_>>(), scores);
        for point in &points[1..] {
            let shares = (
                flagged(&id, point.threshold) as f64 / id.len() as f64,
                flagged(&ood, point.threshold) as f64 / ood.len() as f64,
            );
            assert_eq!((point.fpr, point.tpr), shares);
        }
    }
}

#[test]
fn a_detectors_scores_and_the_same_as_f64_give_the_same_figures() {
    let (id, ood) = ([0.1f32, 0.2, 0.3], [0.3f32, 0.1, 7.0]);
    let wide = |scores: [f32; 3]| scores.map(f64::from);
    assert_eq!(evaluate(&id, &ood).unwrap(), evaluate(&wide(id), &wide(ood)).unwrap());
    assert_eq!(oodeel(&id, &ood).unwrap(), oodeel(&wide(id), &wide(ood)).unwrap());
    assert_eq!(oodeel(&[1.0], &[1.0 + 1e-9]).unwrap().auroc, 1.0);
}
