//! Files through the door. Each is held once, in WebAssembly memory, where JavaScript finds it.

use js_sys::Uint8Array;
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use super::Thrown;
use super::plain::{Typed, typed, written};

/// A file that JavaScript has handed over.
#[wasm_bindgen(js_name = ModelFile)]
#[derive(Debug)]
pub struct JsFile(pub(super) Vec<u8>);

#[wasm_bindgen(js_class = ModelFile)]
impl JsFile {
    /// Copies the parts of a file, end to end.
    #[wasm_bindgen(constructor)]
    pub fn new(parts: Vec<Uint8Array>) -> Self {
        let mut file = vec![0; parts.iter().map(|part| part.length() as usize).sum()];
        let mut room = file.as_mut_slice();
        for part in &parts {
            let (place, rest) = room.split_at_mut(part.length() as usize);
            part.copy_to(place);
            room = rest;
        }
        Self(file)
    }
}

/// Where a file is in memory, and the bytes that follow it.
#[derive(Serialize)]
struct Held {
    #[serde(serialize_with = "preserve::serialize")]
    memory: JsValue,
    offset: usize,
    length: usize,
    metadata: Typed<Uint8Array>,
}

/// `Held`: a file that consists of a model, which stays where it is, and metadata.
pub(super) fn held(onnx: &[u8], metadata: &[u8]) -> Thrown<JsValue> {
    written(&Held {
        memory: wasm_bindgen::memory(),
        offset: onnx.as_ptr() as usize,
        length: onnx.len(),
        metadata: typed(metadata),
    })
}
