//! Confidence interval of the AUROC.

use super::curve::Curve;

/// Quantile 0.975 of the normal distribution.
const TWO_SIDED_95: f64 = 1.959_963_984_540_054;
/// Chance that a bound of the interval is missed.
const ONE_SIDED: f64 = 0.025;

/// The interval: DeLong's standard error on the logit scale, where the AUROC is close to normal
/// even near 0 and 1, transformed back (delta method). Where the samples show no variance at all,
/// the exact binomial interval.
pub(super) fn interval(curve: &Curve) -> Option<(f64, f64)> {
    let auroc = curve.auroc();
    let samples = curve.total.id.min(curve.total.ood);
    let variance = (samples > 1).then(|| delong(curve, auroc))?;
    Some(if variance > 0.0 { on_logit_scale(auroc, variance) } else { binomial(auroc, samples) })
}

/// DeLong's variance: the AUROC is a mean over ID samples and over OOD samples, and its variance
/// follows from how these scatter.
fn delong(curve: &Curve, auroc: f64) -> f64 {
    let (id, ood) = (curve.total.id as f64, curve.total.ood as f64);
    let (mut id_squares, mut ood_squares) = (0.0, 0.0);
    for (group, above) in curve.groups.iter().zip(curve.flagged()) {
        let counts = group.counts;
        let (tied_id, tied_ood) = (counts.id as f64, counts.ood as f64);
        let ood_above = (above.ood as f64 + tied_ood / 2.0) / ood;
        let id_below = (id - above.id as f64 - tied_id / 2.0) / id;
        id_squares += tied_id * (ood_above - auroc).powi(2);
        ood_squares += tied_ood * (id_below - auroc).powi(2);
    }
    id_squares / (id - 1.0) / id + ood_squares / (ood - 1.0) / ood
}

fn on_logit_scale(auroc: f64, variance: f64) -> (f64, f64) {
    let logit = (auroc / (1.0 - auroc)).ln();
    let half = TWO_SIDED_95 * variance.sqrt() / (auroc * (1.0 - auroc));
    let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    (back(logit - half), back(logit + half))
}

/// Every pair of an ID and an OOD sample has the same outcome: wrong, tied or right. So have
/// `pairs` pairs without a common sample, and by Clopper and Pearson (1934) another pair has
/// another outcome with a chance of at most `1 - 0.025^(1 / pairs)`.
fn binomial(auroc: f64, pairs: u64) -> (f64, f64) {
    let other = 1.0 - ONE_SIDED.powf(1.0 / pairs as f64);
    let low = auroc * (1.0 - other);
    (low, low + other)
}
