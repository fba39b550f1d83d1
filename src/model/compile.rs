//! A graph to its runnable form.

use tract_onnx::prelude::{DatumType, IntoRunnable, TractResult, TypedModel};

use super::graph::Graph;
use super::{Layer, Plan, invalid};
use crate::{Error, Result};

/// Compiles a graph to its runnable form. Returns the number of classes with it.
pub(super) fn compile(graph: Graph, taps: &[Layer], batch: usize) -> Result<(Plan, usize)> {
    let optimised = graph.into_optimised(taps)?;
    let classes = classes(&optimised, batch)?;
    Ok((optimised.into_runnable().map_err(invalid)?, classes))
}

/// Number of classes of an optimised model, from the shape of its first output. All outputs have
/// `batch` samples.
fn classes(model: &TypedModel, batch: usize) -> Result<usize> {
    let facts = (0..model.outputs.len())
        .map(|i| model.output_fact(i))
        .collect::<TractResult<Vec<_>>>()
        .map_err(invalid)?;
    let batched = facts
        .iter()
        .all(|fact| fact.shape.as_concrete().is_some_and(|shape| shape.first() == Some(&batch)));
    let logits = facts.first().filter(|fact| batched && fact.datum_type == DatumType::F32);
    match logits.and_then(|fact| classes_of(fact.shape.as_concrete()?, batch)) {
        Some(classes) if classes > 0 => Ok(classes),
        _ => Err(Error::UnsupportedModel {
            reason: format!(
                "its logits are {:?}, a classifier's are [batch, classes] of 32-bit floats",
                facts.first()
            ),
        }),
    }
}

/// Number of classes of logits of this shape: `[batch, classes]`, perhaps with further dimensions
/// of 1.
pub(super) fn classes_of(shape: &[usize], batch: usize) -> Option<usize> {
    let row = shape.strip_prefix(&[batch]).filter(|row| !row.is_empty())?;
    (row.iter().filter(|&&size| size != 1).count() <= 1).then(|| row.iter().product())
}
