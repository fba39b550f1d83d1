//! Confidence interval of the AUROC.

use super::curve::Curve;

/// Quantile 0.975 of the normal distribution.
const TWO_SIDED_95: f64 = 1.959_963_984_540_054;

/// DeLong's interval: the AUROC is a mean over ID samples and over OOD samples, and its variance
/// follows from how these scatter.
pub(super) fn delong(curve: &Curve) -> Option<(f64, f64)> {
    let (id, ood) = (curve.total.id as f64, curve.total.ood as f64);
    let auroc = curve.auroc();
    let (mut id_squares, mut ood_squares) = (0.0, 0.0);
    for (group, above) in curve.groups.iter().zip(curve.flagged()) {
        let counts = group.counts;
        let (tied_id, tied_ood) = (counts.id as f64, counts.ood as f64);
        let ood_above = (above.ood as f64 + tied_ood / 2.0) / ood;
        let id_below = (id - above.id as f64 - tied_id / 2.0) / id;
        id_squares += tied_id * (ood_above - auroc).powi(2);
        ood_squares += tied_ood * (id_below - auroc).powi(2);
    }
    let variance = id_squares / (id - 1.0) / id + ood_squares / (ood - 1.0) / ood;
    let half = TWO_SIDED_95 * variance.sqrt();
    (id > 1.0 && ood > 1.0).then(|| ((auroc - half).max(0.0), (auroc + half).min(1.0)))
}
