//! A [`BatchReport`] as plain data for JavaScript.

use js_sys::{Float32Array, Float64Array, Uint8Array, Uint32Array};
use serde::Serialize;

use super::plain::{Typed, typed};
use crate::BatchReport;

/// A `BatchReport`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JsBatchReport {
    scores: Typed<Float32Array>,
    is_ood: Typed<Uint8Array>,
    p_values: Typed<Float64Array>,
    verdicts: Typed<Uint8Array>,
    set_sizes: Typed<Uint32Array>,
    set_classes: Typed<Uint32Array>,
    predicted: Typed<Uint32Array>,
    probabilities: Typed<Float32Array>,
    nearest: Typed<Uint32Array>,
    msp: Typed<Float32Array>,
    max_logit: Typed<Float32Array>,
    energy: Typed<Float32Array>,
}

impl JsBatchReport {
    pub(super) fn of(report: &BatchReport) -> Self {
        Self {
            scores: typed(&report.scores),
            is_ood: typed(&report.is_ood),
            p_values: typed(&report.p_values),
            verdicts: typed(&report.verdicts),
            set_sizes: typed(&report.set_sizes),
            set_classes: typed(&report.set_classes),
            predicted: typed(&report.predicted),
            probabilities: typed(&report.probabilities),
            nearest: typed(&report.nearest),
            msp: typed(&report.msp),
            max_logit: typed(&report.max_logit),
            energy: typed(&report.energy),
        }
    }
}
