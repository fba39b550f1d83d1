#![no_main]
//! Any metadata beside a small model. The input is the manifest and then the blocks in base64,
//! parted by zero bytes; hashes that are named `@model` and `@0` to `@2` in the manifest are filled
//! in, as no fuzzer finds them.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use she_ood::Detector;

/// A model that has no metadata: one input, three features, three classes.
const MODEL: &[u8] = include_bytes!("../../tests/data/trap.onnx");
const BLOCKS: [&str; 3] = ["she.patterns", "she.calibration", "she.ecdf"];

fuzz_target!(|bytes: &[u8]| {
    she_ood_fuzz::let_panics_be_caught();
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.split('\0');
    let mut manifest = parts.next().unwrap_or_default().replace("@model", &hash(MODEL));
    let mut file = MODEL.to_vec();
    entry(&mut file, "she.format", "1");
    for (index, (key, block)) in BLOCKS.iter().zip(parts).enumerate() {
        let values = BASE64.decode(block).unwrap_or_default();
        manifest = manifest.replace(&format!("@{index}"), &hash(&values));
        entry(&mut file, key, block);
    }
    entry(&mut file, "she.manifest", &manifest);
    if let Ok(detector) = Detector::load(&file) {
        she_ood_fuzz::check(&detector);
    }
});

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Appends a `metadata_props` entry of an ONNX file.
fn entry(file: &mut Vec<u8>, key: &str, value: &str) {
    let mut content = Vec::new();
    for (tag, text) in [(0x0a, key), (0x12, value)] {
        field(&mut content, tag, text.as_bytes());
    }
    field(file, 0x72, &content);
}

fn field(message: &mut Vec<u8>, tag: u8, content: &[u8]) {
    message.push(tag);
    let mut length = content.len();
    while length >= 0x80 {
        message.push(length as u8 | 0x80);
        length >>= 7;
    }
    message.push(length as u8);
    message.extend_from_slice(content);
}
