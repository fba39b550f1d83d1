//! A model for features that are computed elsewhere.

use super::wire::{message, number};
use crate::{Error, Result};

/// Versions of ONNX's format and operators that every runtime reads.
const IR_VERSION: u64 = 8;
const OPERATORS: u64 = 13;

/// The number that ONNX gives 32-bit floats.
const FLOAT: u64 = 1;

/// An ONNX model that gives back its input, `[batch, size]`: the backbone of embeddings that any
/// other runtime computes, such as those of texts or sounds.
///
/// # Errors
/// [`Error::InvalidOption`] for fewer than two features.
pub fn embeddings_model(size: usize) -> Result<Vec<u8>> {
    if size < 2 {
        return Err(Error::InvalidOption {
            option: "the number of features",
            given: size.to_string(),
            allowed: "at least two",
        });
    }
    // The numbers are those of the fields in onnx.proto.
    let node = [(1, "features"), (2, "embedding"), (4, "Identity")];
    let node = node.map(|(field, text)| message(field, text)).concat();
    let graph = [
        message(1, node),
        message(2, "embeddings"),
        message(11, rows("features", size)),
        message(12, rows("embedding", size)),
    ];
    let model = [
        number(1, IR_VERSION),
        message(2, "she-ood"),
        message(7, graph.concat()),
        message(8, number(2, OPERATORS)),
    ];
    Ok(model.concat())
}

/// The `ValueInfoProto` of rows of floats.
fn rows(name: &str, size: usize) -> Vec<u8> {
    let dimensions = [message(1, message(2, "batch")), message(1, number(1, size as u64))];
    let tensor = [number(1, FLOAT), message(2, dimensions.concat())];
    [message(1, name), message(2, message(1, tensor.concat()))].concat()
}
