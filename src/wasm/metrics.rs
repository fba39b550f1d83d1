//! Figures of scores for JavaScript.

use js_sys::Float64Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::Thrown;
use super::plain::{Typed, typed, written};
use crate::metrics::{Curve, Evaluation, RocPoint};

/// `Evaluation`: the usual figures, and the ROC curve.
#[derive(Serialize)]
struct JsEvaluation {
    #[serde(flatten)]
    figures: Evaluation,
    roc: JsRoc,
}

#[derive(Serialize)]
struct JsRoc {
    thresholds: Typed<Float64Array>,
    fpr: Typed<Float64Array>,
    tpr: Typed<Float64Array>,
}

/// The usual figures of the scores of ID and OOD samples, as `Evaluation`.
#[wasm_bindgen]
pub fn evaluate(id: &[f64], ood: &[f64]) -> Thrown<JsValue> {
    let curve = Curve::new(id, ood)?;
    let column = |value: fn(&RocPoint) -> f64| {
        typed(&curve.roc().map(|point| value(&point)).collect::<Vec<_>>())
    };
    let roc = JsRoc {
        thresholds: column(|point| point.threshold),
        fpr: column(|point| point.fpr),
        tpr: column(|point| point.tpr),
    };
    written(&JsEvaluation { figures: Evaluation::from(&curve), roc })
}
