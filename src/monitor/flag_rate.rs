//! The exact test of a flag rate.

use serde::Serialize;
use statrs::distribution::{DiscreteCDF, Hypergeometric};

use super::reference::Reference;

/// How many of some samples were flagged, beside the promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FlagRate {
    /// Number of samples.
    pub samples: u64,
    /// Number of them above the threshold.
    pub flagged: u64,
    /// `flagged / samples`; `None` without samples.
    pub rate: Option<f64>,
    /// Probability that as many or more are flagged where nothing has changed, for one look that
    /// was planned beforehand: who looks again and again sees small values by chance. It takes into
    /// account that the threshold comes from a limited number of scores.
    pub p_value: f64,
}

impl FlagRate {
    pub(super) fn new(reference: &Reference, samples: u64, flagged: u64) -> Self {
        let rate = (samples > 0).then(|| flagged as f64 / samples as f64);
        Self { samples, flagged, rate, p_value: p_value(reference, samples, flagged) }
    }
}

/// Samples and reference scores in one order are exchangeable. `flagged` or more samples are above
/// the threshold, the `above`-th highest reference score, exactly where the highest `above +
/// flagged - 1` of all hold fewer than `above` reference scores. So the beta-binomial tail is a
/// hypergeometric one, which takes no longer for more samples.
fn p_value(reference: &Reference, samples: u64, flagged: u64) -> f64 {
    let above = reference.flagged_gaps();
    if flagged == 0 || above == 0 {
        return 1.0;
    }
    let all = reference.size + samples;
    let highest = Hypergeometric::new(all, reference.size, above + flagged - 1);
    highest.map_or(1.0, |highest| highest.cdf(above - 1).clamp(0.0, 1.0))
}
