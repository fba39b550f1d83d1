//! Damaged models and detectors by the thousand: each is an error of a known kind or works, and
//! takes little memory.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::process::Command;

use rayon::prelude::*;
use she_ood::{Detector, Error, Model, ModelOptions, Tensor};

use crate::damage::{Damaged, damaged};

/// What a file can bring about.
const CODES: [&str; 12] = [
    "invalid-model",
    "unsupported-model",
    "unsupported-operator",
    "too-large",
    "unknown-layer",
    "unknown-class",
    "patterns-mismatch",
    "not-finite",
    "invalid-detector",
    "invalid-option",
    "detector-version",
    "model-run",
];

/// In kilobytes, of addresses: what is claimed counts, used or not.
const MEMORY: u32 = 1 << 20;

/// Starts a process of its own for the sweep: its memory is limited, and it silences panics, which
/// the library catches there.
#[test]
fn no_damaged_file_does_harm() {
    let limited = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let sweep = ["--exact", "sweep::each_damaged_file_is_an_error_or_works", "--ignored"];
    let output = Command::new("sh")
        .args(["-c", &limited])
        .arg(std::env::current_exe().unwrap())
        .args(sweep)
        .output()
        .unwrap();
    let [printed, errors] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{}\n{printed}\n{errors}",
        output.status
    );
}

#[test]
#[ignore = "run by the test before it, in a process of its own"]
fn each_damaged_file_is_an_error_or_works() {
    let shown = take_hook();
    set_hook(Box::new(|_| {}));
    let files = damaged();
    let found: Vec<(&str, Result<&str, String>)> =
        files.par_iter().map(|file| (file.kind, outcome(file))).collect();
    set_hook(shown);
    let wrong = |(kind, outcome): &(&str, Result<&str, String>)| {
        outcome.as_ref().err().map(|what| format!("{kind}: {what}"))
    };
    assert_eq!(found.iter().filter_map(wrong).collect::<Vec<_>>(), [""; 0]);
    assert!(files.len() > 20_000, "{} files", files.len());
    let mut counts = BTreeMap::new();
    found.into_iter().for_each(|case| *counts.entry(case).or_insert(0) += 1);
    counts.iter().for_each(|((kind, outcome), count)| {
        println!("{kind}: {count} {}", outcome.as_ref().unwrap())
    });
}

/// What comes of a file, or what should not.
fn outcome(file: &Damaged) -> Result<&'static str, String> {
    match catch_unwind(AssertUnwindSafe(|| used(&file.bytes))) {
        Ok(Ok(())) => Ok("work"),
        Ok(Err(error)) if CODES.contains(&error.code()) => Ok("are errors"),
        Ok(Err(error)) => Err(format!("{}: {error}", error.code())),
        Err(panic) => Err(format!("a panic: {:?}", panic.downcast_ref::<String>())),
    }
}

/// Loads a file and puts it to use.
fn used(bytes: &[u8]) -> Result<(), Error> {
    match Detector::load(bytes) {
        Ok(detector) => use_detector(&detector),
        Err(Error::NotADetector { .. }) => use_model(bytes),
        Err(error) => Err(error),
    }
}

/// Its own file holds all of it.
fn use_detector(detector: &Detector) -> Result<(), Error> {
    let file = detector.to_bytes();
    let again = Detector::load(&file).unwrap();
    assert!(again.to_bytes() == file, "its file's file has not the same {} bytes", file.len());
    let Some(input) = input(detector.input_shape()) else { return Ok(()) };
    let score = detector.score(&input)?.score;
    assert!(score.is_finite(), "the score is {score}");
    assert_eq!(again.score(&input)?.score, score);
    Ok(())
}

/// Taps its last layer.
fn use_model(bytes: &[u8]) -> Result<(), Error> {
    let last = Model::layers(bytes, &ModelOptions::default())?.pop().map(|layer| layer.name);
    let model = Model::load(bytes, &ModelOptions::new(last))?;
    input(model.input_shape()).map_or(Ok(()), |input| model.run(&input).map(drop))
}

/// A sample, unless it were large, as a file may say.
fn input(shape: &[usize]) -> Option<Tensor> {
    let volume: usize = shape.iter().product();
    (volume <= 1 << 16)
        .then(|| Tensor::new(shape, (0..volume).map(|i| (i as f32).sin()).collect()).unwrap())
}
