//! The names that cross to JavaScript, against `tests/data/crossing.json`, which
//! `tests/unit/js/crossing.test.js` holds against the package's types.

use serde_json::{Value, json};

use crate::{
    AggregatorKind, Because, ChannelAxis, Channels, Classify, CompareWith, Error, Framing,
    Interpolation, Layout, OutputKind, Pooling, Precision, Preset, Similarity, Stranger, Verdict,
};

/// One value of each variant. A variant that is missing here does not compile.
macro_rules! each {
    ($type:ident: $($variant:ident $({ $($field:ident: $value:expr),* })?),* $(,)?) => {{
        // A variant "not covered" here is missing in the list of the call, and in crossing.json.
        let _complete = |value: &$type| match value {
            $($type::$variant { .. } => (),)*
        };
        [$($type::$variant $({ $($field: $value),* })?),*]
    }};
}

fn names<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}

fn codes() -> Vec<&'static str> {
    let text = String::new;
    each!(Error:
        InputLength { given: 0, expected: vec![] },
        InputShape { given: vec![], expected: vec![] },
        NotFinite { place: text(), index: 0, value: 0.0 },
        InputRange { index: 0, value: 0.0, lowest: 0.0, highest: 0.0 },
        ImageSize { given: 0, width: 0, height: 0, pixel: 0, format: "" },
        NoPreprocess { expected: vec![] },
        UnknownLayer { name: text(), layers: vec![] },
        InvalidModel { reason: text() },
        UnsupportedOperator { node: text(), operator: text() },
        UnsupportedModel { reason: text() },
        TooLarge { what: "", given: 0, allowed: 0 },
        ModelRun { reason: text() },
        NotADetector { is_exported: false },
        InvalidDetector { field: text(), reason: text(), source: None },
        DetectorVersion { given: text(), supported: text() },
        PatternsMismatch { layer: text(), patterns: 0, features: 0 },
        UnknownClass { class: 0, classes: 0 },
        Data { path: text(), reason: text(), source: None },
        Fit { reason: text() },
        InvalidPart { reason: text() },
        PartsMismatch { what: text(), one: text(), other: text() },
        RepeatedPart { id: text(), samples: 0 },
        InvalidMonitor { reason: text() },
        InvalidOption { option: "", given: text(), allowed: "" },
    )
    .iter()
    .map(Error::code)
    .collect()
}

/// The names that JavaScript's types have to know, by type.
fn crossing() -> Value {
    json!({
        "errors": codes(),
        "similarity": names(&each!(
            Similarity: Inner, Dot, Cosine, Euclidean, Mahalanobis, FewShot, Hopfield { beta: 1.0 }
        )),
        "classify": names(&each!(Classify: Model, Patterns)),
        "compareWith": names(&each!(CompareWith: Nearest, Predicted)),
        "precision": names(&each!(Precision: Float32, Float16)),
        "aggregator": names(&each!(AggregatorKind: Std, Sum, Mean, Fisher)),
        "outputs": names(&each!(OutputKind: Logits, Probabilities, LogProbabilities, Bounded)),
        "pooling": names(&each!(Pooling: Mean, Max, First)),
        "channelAxis": names(&each!(ChannelAxis: First, Last)),
        "channels": names(&each!(Channels: Gray, Rgb, Bgr)),
        "layout": names(&each!(Layout: Nchw, Nhwc)),
        "framing": names(&each!(Framing: Stretch, Crop, Letterbox, Ink)),
        "interpolation": names(&each!(Interpolation: Nearest, Bilinear, Bicubic, Lanczos)),
        "because": names(&each!(Because: Criterion, FewSamples, NoPictures)),
        "stranger": names(&each!(Stranger: Shuffled, Warped, Turned, Zoomed)),
        "preset": each!(
            Preset: Oodeel, Oodeel03, Openood, PytorchOod, Paper, Hopfield
        )
        .map(Preset::name),
        "verdict": names(&each!(Verdict: Known, Unsure, Unknown)),
        "warnings": crate::scorer::WARNINGS,
    })
}

#[test]
fn every_name_that_javascript_sees_is_on_the_list() {
    let expected: Value =
        serde_json::from_str(include_str!("../../tests/data/crossing.json")).unwrap();
    assert_eq!(crossing(), expected, "change tests/data/crossing.json and js/ with these names");
}
