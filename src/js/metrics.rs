//! Figures of scores for JavaScript.

use js_sys::{Float32Array, Float64Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::{Thrown, object, plain};
use crate::metrics::{self, Curve};

/// The usual figures of the scores of ID and OOD samples, as `Evaluation`.
#[wasm_bindgen]
pub fn evaluate(id: &[f32], ood: &[f32]) -> Thrown<Object> {
    let figures: Object = plain(&metrics::evaluate(id, ood)?)?.unchecked_into();
    let curve = Curve::new(id, ood)?;
    let column = |value: fn(&metrics::RocPoint) -> f64| {
        Float64Array::from(curve.roc().map(|point| value(&point)).collect::<Vec<_>>().as_slice())
    };
    let thresholds: Vec<f32> = curve.roc().map(|point| point.threshold).collect();
    let roc = object([
        ("thresholds", Float32Array::from(thresholds.as_slice()).into()),
        ("fpr", column(|point| point.fpr).into()),
        ("tpr", column(|point| point.tpr).into()),
    ]);
    // Setting a field of a new, plain object does not fail.
    let _ = Reflect::set(&figures, &"roc".into(), &roc);
    Ok(figures)
}
