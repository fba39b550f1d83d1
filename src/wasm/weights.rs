//! Weights in files beside a model.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::model::data_file::DataFile;
use crate::model::external::{Piece, rebuild};
use crate::{Error, Result};

/// Names of the files with weights of a model.
#[wasm_bindgen(js_name = externalFiles)]
pub fn external_files(onnx: &[u8]) -> Result<Vec<String>> {
    crate::external_files(onnx)
}

/// The parts of a model with its weights inside: bytes, or the index of a file and where the part
/// starts and ends in it. Of the files with weights it takes names, sizes and first bytes.
#[wasm_bindgen(js_name = partsWithWeights)]
pub fn parts_with_weights(
    onnx: &[u8],
    names: Vec<String>,
    sizes: Vec<usize>,
    heads: Vec<Uint8Array>,
) -> Result<Array> {
    let heads: Vec<Vec<u8>> = heads.iter().map(Uint8Array::to_vec).collect();
    let files: Vec<_> = names.iter().zip(sizes).zip(&heads).collect();
    let pieces = rebuild::<Error>(onnx, &mut |weights| {
        let location = weights.location()?;
        let found = files.iter().find(|((name, _), _)| **name == location);
        found.map(|((_, size), head)| weights.find(&DataFile { size: *size, head })).transpose()
    })?;
    let Some(pieces) = pieces else { return Ok(Array::of1(&Uint8Array::from(onnx))) };
    let (parts, mut model) = (Array::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Model(bytes) => model.extend_from_slice(bytes),
            Piece::Header(bytes) => model.extend(bytes),
            Piece::Weights(location, range) => {
                parts.push(&Uint8Array::from(model.as_slice()));
                model.clear();
                let file = names.iter().position(|name| *name == location);
                let place = [file.unwrap_or_default(), range.start, range.end];
                parts.push(&place.into_iter().map(JsValue::from).collect::<Array>());
            }
        }
    }
    parts.push(&Uint8Array::from(model.as_slice()));
    Ok(parts)
}
