//! Figures of scores for JavaScript.

use js_sys::{Float64Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::{Thrown, object, plain};
use crate::metrics::{Curve, Evaluation, RocPoint};

/// The usual figures of the scores of ID and OOD samples, as `Evaluation`.
#[wasm_bindgen]
pub fn evaluate(id: &[f64], ood: &[f64]) -> Thrown<Object> {
    let curve = Curve::new(id, ood)?;
    let figures: Object = plain(&Evaluation::from(&curve))?.unchecked_into();
    let column = |value: fn(&RocPoint) -> f64| {
        let values: Vec<f64> = curve.roc().map(|point| value(&point)).collect();
        Float64Array::from(values.as_slice()).into()
    };
    let roc = object([
        ("thresholds", column(|point| point.threshold)),
        ("fpr", column(|point| point.fpr)),
        ("tpr", column(|point| point.tpr)),
    ]);
    // Setting a field of a new, plain object does not fail.
    let _ = Reflect::set(&figures, &"roc".into(), &roc);
    Ok(figures)
}
