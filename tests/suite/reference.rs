//! Every similarity, pattern choice and baseline equals NumPy's, on a detector that Python wrote.

use she_ood::{CompareWith, Detector, She, Similarity};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{REFERENCE, TINY, assert_close, means};

const TOLERANCE: f32 = 1e-6;

#[test]
fn a_detector_written_by_python_says_what_it_is() {
    let info = Detector::load(TINY).unwrap().info();
    assert_eq!(
        (info.input_shape.as_slice(), info.labels.join(" ").as_str()),
        (&[1, 5, 4][..], "ant bee cat")
    );
    assert_eq!(
        info.layers.iter().map(|layer| (layer.name.as_str(), layer.size)).collect::<Vec<_>>(),
        [("map", 4), ("vector", 4)]
    );
    assert_eq!(
        (info.counts.as_slice(), info.calibration_size, info.id_pass_rate),
        (&[10, 20, 30][..], 40, 0.9)
    );
    assert_eq!(info.threshold, REFERENCE.threshold);
}

#[test]
fn a_feature_map_is_averaged_over_space_and_a_vector_is_kept() {
    let detector = Detector::load(TINY).unwrap();
    for (i, input) in REFERENCE.tensors().iter().enumerate() {
        let features = detector.features(input).unwrap();
        assert_close("map", &features.layers()[0], &REFERENCE.rows("map")[i], TOLERANCE);
        assert_close("vector", &features.layers()[1], &REFERENCE.rows("vector")[i], TOLERANCE);
        assert_close("logits", features.logits(), &REFERENCE.rows("logits")[i], TOLERANCE);
    }
}

#[test]
fn scores_and_baselines_of_a_report_equal_numpy() {
    let detector = Detector::load(TINY).unwrap();
    let reports: Vec<_> =
        REFERENCE.tensors().iter().map(|input| detector.score(input).unwrap()).collect();
    let column = |value: fn(&she_ood::Report) -> f32| reports.iter().map(value).collect::<Vec<_>>();
    assert_close("joined", &column(|r| r.score), &REFERENCE.column("joined"), 4.0 * TOLERANCE);
    assert_close(
        "vector",
        &column(|r| r.layers[1].score),
        &REFERENCE.column("inner nearest"),
        TOLERANCE,
    );
    assert_close("msp", &column(|r| r.baselines.unwrap().msp), &REFERENCE.column("msp"), TOLERANCE);
    assert_close(
        "max logit",
        &column(|r| r.baselines.unwrap().max_logit),
        &REFERENCE.column("maxLogit"),
        TOLERANCE,
    );
    assert_close(
        "energy",
        &column(|r| r.baselines.unwrap().energy),
        &REFERENCE.column("energy"),
        TOLERANCE,
    );
    for report in &reports {
        assert_eq!(report.is_ood, report.score > REFERENCE.threshold);
        assert_eq!(report.nearest.label, ["ant", "bee", "cat"][report.nearest.index]);
    }
    let nearest: Vec<f32> = reports.iter().map(|report| report.nearest.index as f32).collect();
    assert_eq!(nearest, REFERENCE.column("joined nearest"));
    assert_close(
        "nearest",
        &column(|r| r.nearest.similarity),
        &REFERENCE.column("joined similarity"),
        4.0 * TOLERANCE,
    );
}

#[test]
fn every_similarity_to_either_class_equals_numpy() {
    let (features, logits) = (REFERENCE.rows("vector"), REFERENCE.rows("logits"));
    for (name, similarity) in [
        ("inner", Similarity::Inner),
        ("cosine", Similarity::Cosine),
        ("euclidean", Similarity::Euclidean),
    ] {
        for (class, compare_with) in
            [("nearest", CompareWith::Nearest), ("predicted", CompareWith::Predicted)]
        {
            let patterns = means("vector", &[0, 1, 2], REFERENCE.patterns.concat());
            let she = She::new(vec![patterns], similarity, compare_with).unwrap();
            for (i, features) in features.iter().enumerate() {
                let predicted = she_ood::baselines(&logits[i]).unwrap().0.class();
                let layer = she.score(std::slice::from_ref(features), predicted).unwrap().remove(0);
                assert_close(
                    name,
                    &layer.similarities,
                    &REFERENCE.rows(&format!("{name} similarities"))[i],
                    TOLERANCE,
                );
                assert_close(
                    class,
                    &[layer.score],
                    &[REFERENCE.column(&format!("{name} {class}"))[i]],
                    TOLERANCE,
                );
            }
        }
    }
}

#[test]
fn a_predicted_class_without_pattern_is_as_unlike_as_can_be() {
    let patterns = means("vector", &[0, 2], vec![1.0; 8]);
    let she = She::new(vec![patterns], Similarity::Inner, CompareWith::Predicted).unwrap();
    assert_eq!(she.score(&[vec![1.0; 4]], 1).unwrap()[0].score, f32::INFINITY);
    assert_eq!(she.score(&[vec![1.0; 4]], 2).unwrap()[0].score, -1.0);
}

#[test]
fn a_batch_is_its_samples_one_by_one() {
    let detector = Detector::load(TINY).unwrap();
    let batch = detector.score_batch(&REFERENCE.inputs.concat()).unwrap();
    for (i, input) in REFERENCE.tensors().iter().enumerate() {
        let report = detector.score(input).unwrap();
        assert_eq!(
            (batch.scores[i], batch.is_ood[i], batch.p_values[i]),
            (report.score, report.is_ood.into(), report.p_value)
        );
        assert_eq!(
            (batch.predicted[i], batch.nearest[i]),
            (report.predicted.index as u32, report.nearest.index as u32)
        );
        assert_eq!(batch.probabilities[i], report.predicted.probability);
        assert_eq!(
            (batch.msp[i], batch.energy[i]),
            (report.baselines.unwrap().msp, report.baselines.unwrap().energy)
        );
    }
    assert_eq!(batch.scores.len(), REFERENCE.inputs.len());
    assert!(detector.score_batch(&[]).unwrap().scores.is_empty());
}
