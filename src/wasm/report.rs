//! A report as numbers in a row, from which `js/wasm/report.ts` builds the object: setting its
//! fields one by one from here takes longer than a small model.

use crate::{Baselines, Report};

/// The numbers of a report: its own, then the probabilities, then score and similarities of each
/// layer, then the classes of its set.
pub(super) fn numbers(report: &Report) -> Vec<f64> {
    let Report { parts, predicted, nearest, baselines, timings, .. } = report;
    let baseline =
        |value: fn(Baselines) -> f32| baselines.map_or(f64::NAN, |all| value(all).into());
    let first = [
        report.score.into(),
        report.threshold.into(),
        parts.map_or(f64::NAN, |parts| parts.she.into()),
        parts.map_or(f64::NAN, |parts| parts.energy.into()),
        f64::from(u8::from(report.is_ood)),
        report.p_value,
        f64::from(report.verdict as u8),
        predicted.index as f64,
        predicted.probability.into(),
        nearest.index as f64,
        nearest.similarity.into(),
        baseline(|baselines| baselines.msp),
        baseline(|baselines| baselines.max_logit),
        baseline(|baselines| baselines.energy),
        timings.image,
        timings.model,
        timings.she,
    ];
    let probabilities = report.probabilities.iter().copied();
    let layers = report
        .layers
        .iter()
        .flat_map(|layer| [layer.score].into_iter().chain(layer.similarities.iter().copied()));
    let set = report.set.iter().flatten();
    let count = report.layers.iter().map(|layer| 1 + layer.similarities.len()).sum::<usize>();
    let mut numbers = Vec::with_capacity(first.len() + report.probabilities.len() + count);
    numbers.extend(first);
    numbers.extend(probabilities.chain(layers).map(f64::from));
    numbers.extend(set.map(|&class| class as f64));
    numbers
}
