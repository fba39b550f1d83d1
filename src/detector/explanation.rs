//! Why a sample scores as it does.

use serde::Serialize;

use crate::{LayerExplanation, Report};

/// Why a sample is as similar to a class as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The report, as [`Detector::score`](crate::Detector::score) gives it.
    pub report: Report,
    /// The class whose patterns the sample is compared with.
    pub class: Compared,
    /// Each layer by itself, in the order of [`Report::layers`].
    pub layers: Vec<LayerExplanation>,
}

/// The class that a sample is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Position in the logits.
    pub index: usize,
    /// Its name.
    pub label: String,
}
