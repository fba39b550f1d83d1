//! How well scores separate out-of-distribution from in-distribution samples. Exact: over every
//! threshold, with samples of equal score on the same side.
//!
//! Scores are compared as `f64`, and may be of any type that `f64` holds without rounding, such as
//! a detector's `f32`.
//!
//! OOD is the positive class unless a name says otherwise, and a sample is flagged when its score
//! is at least the threshold.

mod curve;
mod interval;
mod oodeel;
mod rate;

use serde::Serialize;

pub use self::curve::{Curve, RocPoint};
pub use self::oodeel::{Oodeel, oodeel};
use crate::Result;

/// The usual figures of a set of scores, all 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Evaluation {
    /// Number of ID scores.
    pub id: usize,
    /// Number of OOD scores.
    pub ood: usize,
    /// [`Curve::auroc`].
    pub auroc: f64,
    /// [`Curve::auroc_interval`].
    pub auroc_interval: Option<(f64, f64)>,
    /// [`Curve::aupr_in`].
    pub aupr_in: f64,
    /// [`Curve::aupr_out`].
    pub aupr_out: f64,
    /// [`Curve::fpr_id_at_tpr95_ood`].
    pub fpr_id_at_tpr95_ood: f64,
    /// [`Curve::fpr_ood_at_tpr95_id`].
    pub fpr_ood_at_tpr95_id: f64,
    /// [`Curve::detection_accuracy`].
    pub detection_accuracy: f64,
}

/// The usual figures of the scores of ID and OOD samples.
///
/// # Errors
/// As [`Curve::new`].
pub fn evaluate<S: Copy + Into<f64>>(id: &[S], ood: &[S]) -> Result<Evaluation> {
    Ok(Evaluation::from(&Curve::new(id, ood)?))
}

impl From<&Curve> for Evaluation {
    fn from(curve: &Curve) -> Self {
        Self {
            id: curve.total.id as usize,
            ood: curve.total.ood as usize,
            auroc: curve.auroc(),
            auroc_interval: curve.auroc_interval(),
            aupr_in: curve.aupr_in(),
            aupr_out: curve.aupr_out(),
            fpr_id_at_tpr95_ood: curve.fpr_id_at_tpr95_ood(),
            fpr_ood_at_tpr95_id: curve.fpr_ood_at_tpr95_id(),
            detection_accuracy: curve.detection_accuracy(),
        }
    }
}
