//! Weights in files beside the model: put into it, it is byte for byte the model that was taken
//! apart, and its logits are ONNX Runtime's.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{Error, Limits, Model, ModelOptions, Result, Tensor, external_files, inline_weights};

#[derive(Deserialize)]
struct Cases {
    sample: Vec<f32>,
    good: BTreeMap<String, Good>,
    bad: BTreeMap<String, Bad>,
}

#[derive(Deserialize)]
struct Good {
    #[serde(flatten)]
    files: Files,
    whole: String,
    /// `None` where the model is not for running.
    logits: Option<Vec<f32>>,
}

#[derive(Deserialize)]
struct Bad {
    #[serde(flatten)]
    files: Files,
    /// Of the error.
    words: Vec<String>,
}

/// In base64.
#[derive(Deserialize)]
struct Files {
    model: String,
    files: BTreeMap<String, String>,
}

/// Made by `data/external.py`.
static CASES: LazyLock<Cases> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/external.json")).unwrap());

impl Files {
    fn onnx(&self) -> Vec<u8> {
        STANDARD.decode(&self.model).unwrap()
    }

    fn inlined(&self, limits: &Limits) -> Result<Vec<u8>> {
        let mut read = Vec::new();
        let whole = inline_weights(self.onnx(), limits, |name| {
            assert!(!read.contains(&name.to_string()), "{name} is read twice");
            read.push(name.to_string());
            Ok::<_, Error>(STANDARD.decode(&self.files[name]).unwrap())
        });
        assert!(whole.is_err() || read.len() == self.files.len());
        whole
    }
}

#[test]
fn weights_in_other_files_are_put_into_the_model() {
    for (name, case) in &CASES.good {
        let mut files = external_files(&case.files.onnx()).unwrap();
        files.sort();
        assert_eq!(files, case.files.files.keys().cloned().collect::<Vec<_>>(), "{name}");
        let whole = case.files.inlined(&Limits::default()).unwrap();
        assert!(whole == STANDARD.decode(&case.whole).unwrap(), "{name}");
    }
}

#[test]
fn logits_are_those_of_onnx_runtime_with_the_files_in_a_folder() {
    let mut count = 0;
    for (name, case) in &CASES.good {
        let Some(expected) = &case.logits else { continue };
        let whole = case.files.inlined(&Limits::default()).unwrap();
        let model = Model::load(&whole, &ModelOptions::default()).unwrap();
        let sample = Tensor::new([3, 4, 4], CASES.sample.clone()).unwrap();
        let found = model.run(&sample).unwrap().logits;
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
        assert!(found.iter().zip(expected).all(close), "{name}: {found:?}, {expected:?}");
        count += usize::from(found.len() == expected.len());
    }
    assert_eq!(count, 8);
}

#[test]
fn a_whole_model_comes_back_as_it_is_and_reads_nothing() {
    for case in CASES.good.values() {
        let whole = STANDARD.decode(&case.whole).unwrap();
        assert!(external_files(&whole).unwrap().is_empty());
        let at = whole.as_ptr();
        let same = inline_weights(whole, &Limits::default(), |name| -> Result<Vec<u8>> {
            panic!("{name} is read")
        })
        .unwrap();
        assert_eq!(same.as_ptr(), at, "it was copied");
    }
}

#[test]
fn files_that_do_not_have_the_weights_are_refused_with_both_sides_named() {
    for (name, case) in &CASES.bad {
        let error = case.files.inlined(&Limits::default()).unwrap_err();
        assert_eq!(error.code(), "invalid-model", "{name}: {error}");
        for words in &case.words {
            assert!(error.to_string().contains(words), "{name}: {words:?} not in: {error}");
        }
    }
}

#[test]
fn a_model_without_its_weights_names_their_files() {
    let case = &CASES.good["no offset"].files;
    let error = Model::load(&case.onnx(), &ModelOptions::default()).unwrap_err();
    assert_eq!(error.code(), "invalid-model");
    for word in ["\"w.bin\"", "\"c.bin\"", "externalData", "inline_weights"] {
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
}

#[test]
fn the_whole_counts_towards_the_limit() {
    let case = &CASES.good["one file"];
    let size = STANDARD.decode(&case.whole).unwrap().len();
    let limits = |bytes| Limits { bytes, ..Limits::default() };
    assert!(case.files.inlined(&limits(size)).is_ok());
    let error = case.files.inlined(&limits(size - 1)).unwrap_err();
    assert_eq!(error, Error::TooLarge { what: "bytes", given: size, allowed: size - 1 });
}

#[test]
fn what_is_no_model_is_named() {
    for (bytes, words) in [(&b"PK\x03\x04....data.pkl"[..], "PyTorch"), (b"\x08", "cut off")] {
        let error = external_files(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn every_cut_of_a_model_is_an_error_or_whole() {
    for case in CASES.good.values() {
        let onnx = case.files.onnx();
        for end in 0..onnx.len() {
            let _ = external_files(&onnx[..end]);
        }
    }
}
