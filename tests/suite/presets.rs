//! Every preset and option equals the library that it is named for, or NumPy's rendering of the
//! published formula.

use she_ood::{
    AggregatorKind, CompareWith, Detector, Error, FitOptions, Preset, Similarity, Store, Tensor,
    baselines, fit,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{DENSE, DENSE_1, MLP, inputs, mini_fit_with, mini_samples, preset_values};

const TOLERANCE: f32 = 1e-5;

fn scores(detector: &Detector) -> Vec<f32> {
    inputs("images").iter().map(|input| detector.score(input).unwrap().score).collect()
}

/// Fits and compares the scores of the 64 images, each relative to its own size.
#[track_caller]
fn assert_preset(options: &FitOptions, name: &str) {
    assert_relative(name, &scores(&mini_fit_with(options)), &preset_values(name));
}

#[track_caller]
fn assert_relative(name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}: length");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= TOLERANCE * expected.abs(),
            "{name}[{i}]: found {found}, expected {expected}"
        );
    }
}

fn both(aggregator: AggregatorKind) -> FitOptions {
    FitOptions { aggregator: Some(aggregator), ..FitOptions::new([DENSE, DENSE_1]) }
}

#[test]
fn oodeel() {
    assert_preset(&FitOptions::preset(Preset::Oodeel, [DENSE, DENSE_1]), "oodeel_std");
    assert_preset(&FitOptions::preset(Preset::Oodeel, [DENSE]), "oodeel_dense");
    assert_preset(&FitOptions::preset(Preset::Oodeel, [DENSE_1]), "oodeel_dense_1");
}

#[test]
fn oodeel_03() {
    assert_preset(&FitOptions::preset(Preset::Oodeel03, [DENSE, DENSE_1]), "oodeel03_both");
    assert_preset(&FitOptions::preset(Preset::Oodeel03, [DENSE_1]), "oodeel03_dense_1");
}

#[test]
fn fisher() {
    assert_preset(&both(AggregatorKind::Fisher), "oodeel_fisher");
}

/// oodeel divides by the mean, which is negative, and so turns the score round.
#[test]
fn mean_is_oodeels_with_the_sign_put_right() {
    let turned: Vec<f32> = preset_values("oodeel_mean_as_is").iter().map(|score| -score).collect();
    assert_relative("mean", &scores(&mini_fit_with(&both(AggregatorKind::Mean))), &turned);
}

#[test]
fn pytorch_ood_and_paper() {
    assert_preset(&FitOptions::preset(Preset::PytorchOod, [DENSE_1]), "pytorch_ood_dense_1");
    assert_preset(&FitOptions::preset(Preset::Paper, [DENSE_1]), "paper_dense_1");
}

#[test]
fn openood() {
    for (similarity, name) in [
        (Similarity::Dot, "openood_inner"),
        (Similarity::Euclidean, "openood_euclidean"),
        (Similarity::Cosine, "openood_cosine"),
    ] {
        assert_preset(
            &FitOptions { similarity, ..FitOptions::preset(Preset::Openood, [DENSE_1]) },
            name,
        );
    }
}

#[test]
fn hopfield() {
    let options = FitOptions::preset(Preset::Hopfield, [DENSE_1]);
    assert_preset(&options, "hopfield_dense_1");
    let similarity = Similarity::Hopfield { beta: 1.0 };
    assert_preset(&FitOptions { similarity, ..options.clone() }, "hopfield_dense_1_beta_1");
    // As many rows as there are samples are all of them.
    assert_preset(&FitOptions { store: Store::Reservoir(1000), ..options }, "hopfield_dense_1");
}

#[test]
fn a_reservoir_keeps_so_many_patterns_of_each_class() {
    let options = FitOptions {
        store: Store::Reservoir(20),
        ..FitOptions::preset(Preset::Hopfield, [DENSE_1])
    };
    let detector = mini_fit_with(&options);
    assert_eq!(detector.info().rows, [20; 5]);
    assert!(detector.info().counts.iter().all(|&count| count > 20));
    // Fewer terms in the sum are less energy.
    assert!(
        scores(&detector)
            .iter()
            .zip(preset_values("hopfield_dense_1"))
            .all(|(reservoir, all)| *reservoir > all)
    );
}

#[test]
fn react_clips_at_the_quantile_of_the_fit_features() {
    let react = |layers: &[&str], share| FitOptions {
        react: Some(share),
        ..FitOptions::new(layers.iter().copied())
    };
    for (layer, share, name) in [
        (DENSE_1, 0.95, "react_clip_dense_1"),
        (DENSE_1, 0.5, "react_clip_dense_1_q50"),
        (DENSE, 0.95, "react_clip_dense"),
    ] {
        assert_relative(
            name,
            &mini_fit_with(&react(&[layer], share)).info().clips.unwrap(),
            &preset_values(name),
        );
    }
    assert_preset(&react(&[DENSE_1], 0.95), "react_dense_1");
    assert_preset(&react(&[DENSE, DENSE_1], 0.95), "react_both_std");
}

#[test]
fn every_kind_of_detector_is_the_same_after_a_round_trip_through_its_file() {
    let hopfield = FitOptions::preset(Preset::Hopfield, [DENSE_1]);
    let all = [
        both(AggregatorKind::Sum),
        both(AggregatorKind::Mean),
        both(AggregatorKind::Fisher),
        FitOptions { react: Some(0.9), ..both(AggregatorKind::Std) },
        FitOptions { class_conditional: true, id_pass_rate: 0.7, ..FitOptions::new([DENSE_1]) },
        FitOptions { store: Store::Reservoir(7), ..hopfield },
        FitOptions::preset(Preset::Paper, [DENSE]),
    ];
    for options in all {
        let detector = mini_fit_with(&options);
        let loaded = Detector::load(detector.to_bytes()).unwrap();
        assert_eq!(loaded.info(), detector.info(), "{options:?}");
        assert_eq!(scores(&loaded), scores(&detector), "{options:?}");
        assert_eq!(loaded.to_bytes(), detector.to_bytes(), "{options:?}");
    }
}

/// The threshold of each predicted class is the conformal rank of its own calibration scores; the
/// model never predicts 5 to 9.
#[test]
fn thresholds_by_class_are_calibrated_on_their_class() {
    let options =
        FitOptions { class_conditional: true, id_pass_rate: 0.7, ..FitOptions::new([DENSE_1]) };
    let detector = mini_fit_with(&options);
    let thresholds = detector.info().class_thresholds.unwrap();
    let reports: Vec<_> =
        inputs("images").iter().map(|input| detector.score(input).unwrap()).collect();
    for (class, &threshold) in thresholds.iter().enumerate() {
        let mut own: Vec<f32> =
            reports.iter().filter(|r| r.predicted.index == class).map(|r| r.score).collect();
        own.sort_by(f32::total_cmp);
        let rank = ((own.len() + 1) as f64 * 0.7).ceil() as usize;
        let expected = own.get(rank - 1).copied().unwrap_or(detector.info().threshold);
        assert_eq!(threshold, expected, "class {class} with {} scores", own.len());
    }
    assert!(reports.iter().all(
        |r| r.threshold == thresholds[r.predicted.index] && r.is_ood == (r.score > r.threshold)
    ));
}

#[test]
fn a_class_without_a_correct_sample_is_left_out() {
    let samples = mini_samples().into_iter().filter(|(_, label)| *label != 3);
    let detector = fit(MLP, &FitOptions::new([DENSE_1]), samples, inputs("images")).unwrap();
    assert_eq!(detector.info().classes, [0, 1, 2, 4]);
    assert!(scores(&detector).iter().all(|score| score.is_finite()));
}

#[test]
fn fitting_twice_equals_fitting_once() {
    let options = both(AggregatorKind::Std);
    assert_eq!(mini_fit_with(&options).to_bytes(), mini_fit_with(&options).to_bytes());
}

/// Batches are of 64: the same samples at other places of a batch, in batches of one, and alone,
/// give the same to the bit.
#[test]
fn scores_do_not_depend_on_how_samples_are_batched() {
    let detector = mini_fit_with(&both(AggregatorKind::Std));
    let images: Vec<Tensor> = inputs("images")
        .into_iter()
        .chain(mini_samples().into_iter().map(|(input, _)| input))
        .collect();
    let flat: Vec<f32> = images.iter().flat_map(|image| image.data().to_vec()).collect();
    let whole = detector.score_batch(&flat).unwrap().scores;
    for split in [1, 63, 65, 200] {
        let parts: Vec<f32> = flat
            .chunks(split * 784)
            .flat_map(|part| detector.score_batch(part).unwrap().scores)
            .collect();
        assert_eq!(parts, whole, "in parts of {split}");
    }
    let single: Vec<f32> =
        images.iter().map(|image| detector.score(image).unwrap().score).collect();
    assert_eq!(single, whole, "one by one");
}

#[test]
fn a_report_on_features_is_that_on_their_sample() {
    let detector = mini_fit_with(&both(AggregatorKind::Std));
    let input = &inputs("images")[5];
    let report = detector.report(&detector.features(input).unwrap()).unwrap();
    let mut whole = detector.score(input).unwrap();
    whole.timings = report.timings;
    assert_eq!(report, whole);
}

#[test]
fn options_that_cannot_be_are_refused_before_the_work() {
    let code = |options: &FitOptions| {
        fit(MLP, options, mini_samples(), inputs("images")).map(drop).map_err(|error| error.code())
    };
    let one = FitOptions::new([DENSE_1]);
    assert_eq!(code(&FitOptions { react: Some(1.5), ..one.clone() }), Err("invalid-option"));
    assert_eq!(
        code(&FitOptions { store: Store::Reservoir(0), ..one.clone() }),
        Err("invalid-option")
    );
    for beta in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(
            code(&FitOptions { similarity: Similarity::Hopfield { beta }, ..one.clone() }),
            Err("invalid-option")
        );
    }
    let error = fit(
        MLP,
        &FitOptions::preset(Preset::Paper, [DENSE, DENSE_1]),
        mini_samples(),
        inputs("images"),
    )
    .unwrap_err();
    assert!(matches!(&error, Error::Fit { reason } if reason.contains("aggregator")), "{error}");
    assert_eq!(code(&FitOptions { compare_with: CompareWith::Predicted, ..one }), Ok(()));
}

#[test]
fn the_golden_model_never_predicts_a_class_that_it_was_not_trained_on() {
    let detector = mini_fit_with(&FitOptions::new([DENSE_1]));
    let predicted =
        |input| baselines(detector.features(input).unwrap().logits()).unwrap().0.class();
    assert!(inputs("images").iter().all(|input| predicted(input) < 5));
}
