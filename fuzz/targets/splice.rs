#![no_main]
//! Any bytes put somewhere into a detector's file, the place said by the first two of them: what
//! loads is whole, and its own file is the same but for where the metadata stands.

use libfuzzer_sys::fuzz_target;
use she_ood::Detector;

const FILE: &[u8] = include_bytes!("../../tests/data/tiny.onnx");

fuzz_target!(|bytes: &[u8]| {
    she_ood_fuzz::let_panics_be_caught();
    let [high, low, bytes @ ..] = bytes else { return };
    let at = usize::from(u16::from_be_bytes([*high, *low])) % (FILE.len() + 1);
    let (before, after) = FILE.split_at(at);
    if let Ok(detector) = Detector::load(&[before, bytes, after].concat()) {
        she_ood_fuzz::check(&detector);
    }
});
