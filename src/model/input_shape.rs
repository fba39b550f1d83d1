//! The shape of a model's input.

use tract_onnx::model::ParseResult;
use tract_onnx::prelude::DatumType;
use tract_onnx::tract_hir::infer::Factoid;

use super::invalid;
use crate::tensor::volume;
use crate::{Error, Result};

/// Shape of one sample of the model's only input. It has at most `most` values.
pub(super) fn input_shape(parsed: &ParseResult, most: usize) -> Result<Vec<usize>> {
    let unsupported = |reason: String| Err(Error::UnsupportedModel { reason });
    let [input] = parsed.model.input_outlets().map_err(invalid)? else {
        return unsupported(format!("it has {} inputs, one is allowed", parsed.model.inputs.len()));
    };
    let fact = parsed.model.outlet_fact(*input).map_err(invalid)?;
    if fact.datum_type.concretize() != Some(DatumType::F32) {
        return unsupported(format!(
            "its input is {:?}, only 32-bit floats are allowed",
            fact.datum_type
        ));
    }
    let dims: Vec<Option<i64>> =
        fact.shape.dims().map(|dim| dim.concretize().and_then(|dim| dim.to_i64().ok())).collect();
    let sample = match dims.split_first() {
        Some((None | Some(1), sample)) => fixed(sample, most),
        _ => None,
    };
    sample.ok_or_else(|| Error::UnsupportedModel {
        reason: format!(
            "its input has shape {:?}, allowed is [batch, ...] with a batch of 1 or a dynamic \
             one, and the rest fixed and of at most {most} values",
            fact.shape
        ),
    })
}

/// The sizes of dimensions, if all are known and positive and their volume is at most `most`.
fn fixed(dims: &[Option<i64>], most: usize) -> Option<Vec<usize>> {
    let sizes: Vec<usize> = dims
        .iter()
        .map(|dim| usize::try_from((*dim)?).ok().filter(|&size| size > 0))
        .collect::<Option<_>>()?;
    let volume = volume(&sizes)?;
    (!sizes.is_empty() && volume <= most).then_some(sizes)
}
