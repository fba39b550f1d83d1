//! Exported graphs: what stays of the model, what is refused, and the verdict by this engine. ONNX
//! Runtime's is in `export_test.py`.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;
use she_ood::{
    AggregatorKind, CompareWith, Detector, ExportOptions, FitOptions, Model, ModelOptions,
    Similarity, Store, Tensor, baselines, fit,
};

use crate::fixtures::{DENSE, DENSE_1, MLP, TINY, inputs, mini_fit, mini_fit_with};
use crate::protobuf::{field, first, split};

/// Tags of the graph in a file, and of nodes and inputs in a graph.
const GRAPH: u64 = 0x3a;
const NODE: u64 = 0x0a;
const INPUT: u64 = 0x5a;

fn exported(detector: &Detector) -> Vec<u8> {
    detector.to_onnx(&ExportOptions::default()).unwrap()
}

/// A row of an exported graph's output, one number a sample.
fn column(onnx: &[u8], output: &str, samples: &[Tensor]) -> Vec<f32> {
    let options = ModelOptions { logits: Some(output.to_string()), ..ModelOptions::default() };
    let model = Model::load(onnx, &options).unwrap();
    // The only number belongs to the second of two classes.
    samples.iter().map(|sample| model.run(sample).unwrap().logits[1]).collect()
}

fn assert_alike(name: &str, detector: &Detector, samples: &[Tensor]) {
    let onnx = exported(detector);
    let scores = column(&onnx, "ood_score", samples);
    let reports = samples.iter().map(|sample| detector.score(sample).unwrap());
    for ((report, score), index) in reports.zip(scores).zip(0..) {
        let far = (report.score - score).abs();
        assert!(
            report.score == score || far <= 1e-5 * score.abs().max(1.0),
            "{name}, sample {index}: {score}, expected {}",
            report.score
        );
    }
}

#[test]
fn every_similarity_and_aggregator_scores_alike() {
    let samples = inputs("images");
    let of = |layers: &[&str], change: fn(&mut FitOptions)| {
        let mut options = FitOptions::new(layers.iter().copied());
        change(&mut options);
        mini_fit_with(&options)
    };
    let one = [DENSE_1];
    let both = [DENSE, DENSE_1];
    let detectors: BTreeMap<&str, Detector> = [
        ("inner", of(&one, |_| ())),
        ("dot", of(&one, |it| it.similarity = Similarity::Dot)),
        ("cosine", of(&one, |it| it.similarity = Similarity::Cosine)),
        ("euclidean", of(&one, |it| it.similarity = Similarity::Euclidean)),
        ("mahalanobis", of(&one, |it| it.similarity = Similarity::Mahalanobis)),
        (
            "hopfield",
            of(&one, |it| {
                it.similarity = Similarity::Hopfield { beta: 0.1 };
                it.store = Store::All;
            }),
        ),
        ("sum", of(&both, |it| it.aggregator = Some(AggregatorKind::Sum))),
        ("std", of(&both, |it| it.aggregator = Some(AggregatorKind::Std))),
        ("mean", of(&both, |it| it.aggregator = Some(AggregatorKind::Mean))),
        ("fisher", of(&both, |it| it.aggregator = Some(AggregatorKind::Fisher))),
        ("react", of(&both, |it| it.react = Some(0.9))),
        ("energy", of(&both, |it| it.energy = Some(0.5))),
        ("predicted", of(&both, |it| it.compare_with = CompareWith::Predicted)),
    ]
    .into();
    for (name, detector) in &detectors {
        assert_alike(name, detector, &samples);
    }
}

/// Calibration samples find their own scores again.
#[test]
fn p_values_are_the_same_at_ties() {
    let (detector, samples) = (mini_fit(&[DENSE_1]), inputs("images"));
    let found = column(&exported(&detector), "ood_p_value", &samples);
    for (sample, found) in samples.iter().zip(found) {
        let expected = detector.score(sample).unwrap().p_value as f32;
        assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
    }
}

/// Softmaxes, probabilities, single sigmoids, half precision, whole numbers: their logits predict.
#[test]
fn logits_in_every_form_score_alike() {
    let heads: Value = serde_json::from_str(include_str!("../data/heads.json")).unwrap();
    let samples: Vec<Vec<f32>> = serde_json::from_value(heads["samples"].clone()).unwrap();
    let samples: Vec<Tensor> =
        samples.into_iter().map(|sample| Tensor::new([6], sample).unwrap()).collect();
    let mut refused = Vec::new();
    for (name, head) in heads["heads"].as_object().unwrap() {
        let onnx = STANDARD.decode(head["model"].as_str().unwrap()).unwrap();
        let values: Vec<Vec<f32>> = serde_json::from_value(head["values"].clone()).unwrap();
        let labels = values.iter().map(|values| baselines(values).unwrap().0.class());
        let options = FitOptions { energy: Some(0.1), ..FitOptions::new(["z"]) };
        let labelled = samples.iter().cloned().zip(labels);
        let Ok(detector) = fit(&onnx, &options, labelled, samples.clone()) else { continue };
        match detector.to_onnx(&ExportOptions::default()) {
            Ok(_) => assert_alike(name, &detector, &samples),
            Err(error) => refused.push((name, error.to_string())),
        }
    }
    assert!(
        refused.iter().all(|(_, error)| error.contains("not in the file itself")),
        "{refused:?}"
    );
}

/// The fields of a file but its graph, and those of its graph.
fn parts(onnx: &[u8]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let (graphs, others): (Vec<_>, Vec<_>) =
        split(onnx).into_iter().partition(|&(tag, _)| tag == GRAPH);
    let [(_, graph)] = graphs[..] else { panic!("{} graphs", graphs.len()) };
    let all = |fields: Vec<(u64, _)>| fields.into_iter().map(|(_, whole)| whole).collect();
    (all(others), all(split(first(graph).unwrap().content)))
}

#[test]
fn every_field_of_the_model_stays_byte_for_byte_and_in_order() {
    let cifar10 = Detector::load(include_bytes!("../../models/cifar10.onnx")).unwrap();
    let resnet = include_bytes!("../../models/cifar10-model.onnx");
    let (mlp, options) = (mini_fit(&[DENSE, DENSE_1]), ExportOptions::default());
    for (model, detector, options) in [
        (MLP, &mlp, options),
        (MLP, &mlp, options.with_taps(true)),
        (resnet, &cifar10, options),
        (resnet, &cifar10, options.with_taps(true)),
        (resnet, &cifar10, options.with_preprocess(true)),
    ] {
        let onnx = detector.to_onnx(&options).unwrap();
        let ((others, mut graph), (found_others, mut found)) = (parts(model), parts(&onnx));
        // One more: what says that the file was exported.
        assert_eq!(found_others[..found_others.len() - 1], others);
        if options.preprocess {
            graph.retain(|field| first(field).unwrap().tag != INPUT);
            let start = found.iter().position(|field| field == &graph[0]).unwrap();
            found.drain(..start);
        }
        assert_eq!(found[..graph.len()], graph, "{options:?}");
        assert!(found.len() > graph.len());
    }
}

#[test]
fn the_model_stays_and_the_detector_goes() {
    let detector = Detector::load(TINY).unwrap();
    let onnx = exported(&detector);
    let error = Detector::load(onnx.clone()).unwrap_err();
    assert_eq!(error.code(), "not-a-detector");
    assert!(error.to_string().contains("exported from a detector"), "{error}");
    assert!(!onnx.windows(4).any(|bytes| bytes == b"she."));
    // All but the length of the graph, which grew.
    let length = onnx.len() - TINY.len().min(onnx.len());
    assert!(length < 20_000, "{length}");
}

#[test]
fn taps_are_the_layers_and_the_logits() {
    let detector = mini_fit(&[DENSE, DENSE_1]);
    let onnx = detector.to_onnx(&ExportOptions::default().with_taps(true)).unwrap();
    let text = String::from_utf8_lossy(&onnx);
    assert!(!text.contains("ood_score"));
    let model = Model::load(&onnx, &ModelOptions::new([DENSE, DENSE_1]));
    let sample = &inputs("images")[0];
    let expected = Model::load(MLP, &ModelOptions::new([DENSE, DENSE_1])).unwrap();
    assert_eq!(model.unwrap().run(sample).unwrap(), expected.run(sample).unwrap());
}

#[test]
fn what_cannot_be_exported_is_refused_by_name() {
    let detector = mini_fit(&[DENSE_1]);
    let preprocess = ExportOptions::default().with_preprocess(true);
    assert_eq!(detector.to_onnx(&preprocess).unwrap_err().code(), "no-preprocess");
    let digits = Detector::load(include_bytes!("../../models/digits.onnx")).unwrap();
    let error = digits.to_onnx(&preprocess).unwrap_err();
    assert!(error.to_string().contains("framing \"ink\""), "{error}");
    // A fit on an exported graph would need its names twice.
    let options = FitOptions {
        model: ModelOptions {
            logits: Some("sequential/dense_2/BiasAdd:0".to_string()),
            ..ModelOptions::new([DENSE_1])
        },
        ..FitOptions::new([DENSE_1])
    };
    let again =
        fit(&exported(&detector), &options, crate::fixtures::mini_samples(), inputs("images"));
    let error = again.unwrap().to_onnx(&ExportOptions::default()).unwrap_err();
    assert!(error.to_string().contains("\"ood_threshold\""), "{error}");
}

/// A detector of a model of four inputs, three classes and two calls of a function.
fn fit_functions(layer: &str, edit: impl Fn(Vec<u8>) -> Vec<u8>) -> Detector {
    let file: &[u8] = include_bytes!("../data/rewrite.json.gz");
    let cases: Value = serde_json::from_reader(GzDecoder::new(file)).unwrap();
    let onnx = edit(STANDARD.decode(cases["functions"]["model"].as_str().unwrap()).unwrap());
    let model = Model::load(&onnx, &ModelOptions::default()).unwrap();
    let value = |i: usize| (i * 37 % 101) as f32 / 50.0 - 1.0;
    let sample = |i: usize| Tensor::new([4], (4 * i..4 * i + 4).map(value).collect()).unwrap();
    let samples: Vec<Tensor> = (0..40).map(sample).collect();
    let class = |sample| baselines(&model.run(sample).unwrap().logits).unwrap().0.class();
    let labels: Vec<usize> = samples.iter().map(class).collect();
    let labelled = samples.iter().cloned().zip(labels);
    fit(&onnx, &FitOptions::new([layer]), labelled, samples.clone()).unwrap()
}

#[test]
fn a_layer_that_the_file_itself_does_not_have_is_refused() {
    for options in [ExportOptions::default(), ExportOptions::default().with_taps(true)] {
        fit_functions("h", |onnx| onnx).to_onnx(&options).unwrap();
        let error = fit_functions("h/m", |onnx| onnx).to_onnx(&options).unwrap_err();
        assert_eq!(error.code(), "unsupported-model");
        let words = error.to_string();
        assert!(words.contains("the layer \"h/m\"") && words.contains("not in the file itself"));
    }
}

#[test]
fn a_name_that_the_model_has_already_is_refused() {
    for name in ["ood_score", "ood_p_value", "is_ood", "nearest"] {
        let strings = [(0x0a, "h"), (0x12, name), (0x22, "Identity")];
        let node = strings.map(|(tag, text)| field(tag, text.as_bytes())).concat();
        let with_node = |onnx: Vec<u8>| {
            let changed = split(&onnx).into_iter().map(|(tag, whole)| match tag {
                GRAPH => field(tag, &[first(whole).unwrap().content, &field(NODE, &node)].concat()),
                _ => whole.to_vec(),
            });
            changed.collect::<Vec<_>>().concat()
        };
        let detector = fit_functions("h", with_node);
        let error = detector.to_onnx(&ExportOptions::default()).unwrap_err();
        assert_eq!(error.code(), "unsupported-model");
        assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
        detector.to_onnx(&ExportOptions::default().with_taps(true)).unwrap();
    }
}
