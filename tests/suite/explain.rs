//! Similarities taken apart equal NumPy's, made of ONNX Runtime's feature maps, for every
//! similarity, with ReAct and without.

use she_ood::{
    CompareWith, Detector, Explanation, FitOptions, Image, Preset, Report, Timings, fit,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{
    DENSE, DENSE_1, MLP, Parts, REFERENCE, TINY, assert_close, explained, inputs, mini_samples,
};

const TOLERANCE: f32 = 2e-6;

#[track_caller]
fn assert_parts(name: &str, explanation: &Explanation, expected: &[Parts]) {
    assert_eq!(explanation.layers.len(), expected.len());
    let layers = explanation.layers.iter().zip(&explanation.report.layers).zip(expected);
    for ((layer, report), expected) in layers {
        let name = format!("{name}, {}", layer.name);
        assert_eq!(
            (&layer.name, layer.similarity),
            (&report.name, report.similarities[explanation.class.index]),
            "{name}"
        );
        assert_close(&name, &[layer.similarity], &[expected.similarity], TOLERANCE);
        assert_close(&name, &layer.channels, &expected.channels, TOLERANCE);
        match &layer.map {
            Some(map) => {
                assert_eq!((map.height, map.width), (5, 4), "{name}");
                assert_close(&name, &map.values, &expected.map, TOLERANCE);
            }
            None => assert!(expected.map.is_empty(), "{name}"),
        }
    }
}

fn untimed(mut report: Report) -> Report {
    report.timings = Timings::default();
    report
}

#[test]
fn every_similarity_by_channel_and_by_position_equals_numpy() {
    let cases = explained();
    assert_eq!(cases.len(), 10, "two for each kind of tests/data/generate.py");
    for (name, case) in cases {
        let detector = case.detector();
        assert_eq!(detector.info().clips.is_some(), name.ends_with("ReAct"));
        for (i, (input, expected)) in REFERENCE.tensors().iter().zip(&case.samples).enumerate() {
            let explanation = detector.explain(input, Some(i % 3)).unwrap();
            assert_eq!(explanation.class.label, ["ant", "bee", "cat"][i % 3]);
            assert_parts(&name, &explanation, expected);
            assert_eq!(untimed(explanation.report), untimed(detector.score(input).unwrap()));
        }
    }
}

#[test]
fn a_picture_is_explained_as_the_input_made_of_it() {
    let detector = Detector::load(TINY).unwrap();
    let (picture, class) = (&REFERENCE.pictures[1], Some(2));
    let rgba = picture.rgba();
    let image = Image::new(picture.width, picture.height, &rgba).unwrap();
    let (of_image, of_input) = (
        detector.explain_image(&image, class).unwrap(),
        detector.explain(&detector.preprocess(&image).unwrap(), class).unwrap(),
    );
    assert_eq!((of_image.class, of_image.layers), (of_input.class, of_input.layers));
    assert_eq!(untimed(of_image.report), untimed(of_input.report));
}

#[test]
fn the_class_is_the_one_that_judges_the_sample() {
    let best = Detector::load(TINY).unwrap();
    for input in REFERENCE.tensors() {
        let Explanation { report, class, .. } = best.explain(&input, None).unwrap();
        assert_eq!((class.index, class.label), (report.nearest.index, report.nearest.label));
    }
}

/// The class 3 has no patterns: its samples have an infinite score, and are explained by what is
/// nearest.
#[test]
fn the_predicted_class_judges_if_it_has_patterns() {
    let samples = mini_samples().into_iter().filter(|(_, label)| *label != 3);
    let options = FitOptions {
        compare_with: CompareWith::Predicted,
        ..FitOptions::preset(Preset::Oodeel03, [DENSE, DENSE_1])
    };
    let detector = fit(MLP, &options, samples, inputs("images")).unwrap();
    let explained =
        inputs("images").into_iter().map(|input| detector.explain(&input, None).unwrap());
    let (unknown, known): (Vec<_>, Vec<_>) =
        explained.partition(|explanation| explanation.report.predicted.index == 3);
    assert!(!unknown.is_empty() && unknown.iter().all(|e| e.class.index == e.report.nearest.index));
    assert!(known.iter().all(|e| e.class.index == e.report.predicted.index));
    assert!(known.iter().any(|e| e.class.index != e.report.nearest.index));
    assert!(known.iter().flat_map(|e| &e.layers).all(|layer| layer.map.is_none()));
}

#[test]
fn a_class_without_patterns_is_refused() {
    let samples = mini_samples().into_iter().filter(|(_, label)| *label != 3);
    let detector = fit(MLP, &FitOptions::new([DENSE_1]), samples, inputs("images")).unwrap();
    let error = |class| detector.explain(&inputs("images")[0], Some(class)).unwrap_err();
    assert_eq!(
        error(10).to_string(),
        "class 10 is out of range, the model has 10 classes (0 to 9)"
    );
    assert_eq!(error(3).code(), "invalid-option");
    assert_eq!(
        error(3).to_string(),
        "the class is 3, allowed: a class that has patterns, as the detector's info lists them"
    );
    assert_eq!(detector.explain(&inputs("images")[0], Some(4)).unwrap().class.index, 4);
}

#[test]
fn an_explanation_is_plain_data_in_the_words_of_javascript() {
    let explanation =
        Detector::load(TINY).unwrap().explain(&REFERENCE.tensors()[0], Some(1)).unwrap();
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["class"], serde_json::json!({ "index": 1, "label": "bee" }));
    assert_eq!(
        (json["layers"][0]["map"]["height"].as_u64(), json["layers"][1]["map"].is_null()),
        (Some(5), true)
    );
    assert!(json["report"]["isOod"].is_boolean());
}
