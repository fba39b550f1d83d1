//! The figures as oodeel 0.4 computes them, to compare with numbers published from it.

use serde::Serialize;

use super::curve::check;
use crate::Result;

/// oodeel looks at every fourth threshold only.
const STEP: usize = 4;

/// oodeel's own figures, which differ a little from the exact ones, and for few or tied scores a
/// lot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Oodeel {
    /// Its `auroc`.
    pub auroc: f64,
    /// Its `fpr95tpr`: share of ID flagged at the first of its thresholds that flags less than 95
    /// % of OOD.
    pub fpr95tpr: f64,
    /// Its `detect_acc`.
    pub detect_acc: f64,
}

/// What oodeel's `bench_metrics` gives for these scores.
///
/// It takes as thresholds the second lowest score and every fourth after it, adds a start where all
/// is flagged and an end where nothing is, and joins these points by straight lines.
///
/// # Errors
/// As [`Curve::new`](super::Curve::new).
pub fn oodeel<S: Copy + Into<f64>>(id: &[S], ood: &[S]) -> Result<Oodeel> {
    check(id, ood)?;
    let (id, ood) = (sorted(id), sorted(ood));
    let all = sorted(&[id.as_slice(), &ood].concat());
    let thresholds = all.iter().skip(1).step_by(STEP);
    let points: Vec<(f64, f64)> =
        thresholds.map(|&threshold| (flagged(&id, threshold), flagged(&ood, threshold))).collect();
    let rate = |(fp, tp): &(f64, f64)| (fp / id.len() as f64, tp / ood.len() as f64);
    let curve = || std::iter::once((1.0, 1.0)).chain(points.iter().map(rate)).chain([(0.0, 0.0)]);
    let area = |((fpr, tpr), (next_fpr, next_tpr)): (_, (f64, f64))| {
        (2.0 - fpr - next_fpr) / 2.0 * (tpr - next_tpr)
    };
    let right = points.iter().map(|(fp, tp)| id.len() as f64 - fp + tp).fold(0.0, f64::max);
    Ok(Oodeel {
        auroc: curve().zip(curve().skip(1)).map(area).sum(),
        fpr95tpr: curve().find(|&(_, tpr)| tpr < 0.95).map_or(0.0, |(fpr, _)| fpr),
        detect_acc: right / all.len() as f64,
    })
}

fn sorted<S: Copy + Into<f64>>(scores: &[S]) -> Vec<f64> {
    let mut scores: Vec<f64> = scores.iter().map(|&score| score.into()).collect();
    scores.sort_unstable_by(f64::total_cmp);
    scores
}

fn flagged(sorted: &[f64], threshold: f64) -> f64 {
    (sorted.len() - sorted.partition_point(|&score| score < threshold)) as f64
}
