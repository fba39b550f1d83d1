//! Warnings about a detector, in words for its user.

use serde::Serialize;

use super::threshold::missing;
use crate::listed::listed;
use crate::{Info, OutputKind, SetsInfo};

/// A problem that the user should look at before trusting a detector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// Stable, kebab-case name: `few-correct`, `no-threshold`, `no-sets`, `probabilities`,
    /// `bounded` or `no-samples`.
    pub code: &'static str,
    /// The problem, and what to do about it.
    pub message: String,
}

/// Below these shares of correctly classified samples, of all or of a class, something is wrong
/// with labels or pixels.
pub(super) const FEW_CORRECT: f64 = 0.7;
const FEW_CORRECT_OF_CLASS: f64 = 0.1;

/// Codes of all warnings, the most important first.
pub(crate) const CODES: [&str; 6] =
    ["few-correct", "no-threshold", "no-sets", "probabilities", "bounded", "no-samples"];

/// All warnings about a detector, the most important first.
pub(super) fn warnings(info: &Info) -> Vec<Warning> {
    let samples = info.samples.as_deref();
    let found = [
        few_alike(info).or_else(|| samples.and_then(|samples| few_correct_of(info, samples))),
        no_threshold(info),
        no_sets(info),
        probabilities(info),
        bounded(info),
        samples.and_then(|samples| no_samples(info, samples)),
    ];
    CODES
        .into_iter()
        .zip(found)
        .filter_map(|(code, message)| Some(Warning { code, message: message? }))
        .collect()
}

/// Of samples that patterns classify.
fn few_alike(info: &Info) -> Option<String> {
    let accuracy = f64::from(info.taught?.accuracy?);
    (accuracy < FEW_CORRECT).then(|| {
        format!(
            "only {:.2} % of the samples are most like the pattern of their own class. Check the \
             labels, how pictures become the model's input, and whether the model tells such \
             things apart",
            100.0 * accuracy
        )
    })
}

fn few_correct_of(info: &Info, samples: &[u64]) -> Option<String> {
    let correct: Vec<u64> = (0..info.labels.len()).map(|class| info.correct_of(class)).collect();
    few_correct(&info.labels, &correct, samples)
}

/// A warning unless enough samples of each class are classified correctly.
pub(crate) fn few_correct(labels: &[String], correct: &[u64], samples: &[u64]) -> Option<String> {
    let classes = labels.iter().zip(correct).zip(samples);
    let weak = classes.filter_map(|((label, &correct), &count)| {
        let few = (correct as f64) < FEW_CORRECT_OF_CLASS * count as f64;
        few.then(|| format!("{label}: {correct} of {count}"))
    });
    let weak = list(weak.collect());
    let (correct, all) = (correct.iter().sum::<u64>(), samples.iter().sum::<u64>());
    if weak.is_none() && (correct as f64) >= FEW_CORRECT * all as f64 {
        return None;
    }
    let weak = weak.map(|weak| format!(" ({weak})")).unwrap_or_default();
    Some(format!(
        "only {:.2} % of the samples are classified correctly{weak}. Check the order of the \
         labels, their numbering, and the normalisation of pixels (scale, mean, std)",
        100.0 * correct as f64 / all.max(1) as f64
    ))
}

fn no_threshold(info: &Info) -> Option<String> {
    if !info.flags_nothing() {
        return unflagged(info);
    }
    let (samples, rate) = (info.calibration_size, info.id_pass_rate);
    if info.is_left_out() {
        return Some(format!(
            "nothing will be flagged, and no sample is known for sure, as a threshold at a pass \
             rate of {rate} needs {} more samples, two of a class at least: add some, or lower the \
             rate",
            missing(samples, rate)
        ));
    }
    let reason = match info.pass_rate_interval {
        Some((1.0, 1.0)) => format!(
            "{samples} calibration samples are too few to promise a pass rate of {rate}: hold out \
             more, add samples, or lower the rate"
        ),
        _ => format!(
            "of {samples} calibration samples too many are predicted as a class without a pattern"
        ),
    };
    Some(format!("nothing will be flagged, as {reason}"))
}

/// Names the classes that have no threshold, where others have one.
fn unflagged(info: &Info) -> Option<String> {
    let classes = info.labels.iter().zip(info.class_thresholds.as_ref()?);
    let names: Vec<_> = classes
        .filter(|(_, threshold)| **threshold == f32::INFINITY)
        .map(|(label, _)| format!("{label:?}"))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "no sample predicted as {} will be flagged, as too many calibration samples are \
             predicted as a class without a pattern: add samples of that class",
            listed(&names)
        )
    })
}

fn no_sets(info: &Info) -> Option<String> {
    let sets = info.sets.filter(SetsInfo::has_too_few)?;
    if info.is_left_out() {
        return None;
    }
    Some(format!(
        "every prediction set holds every class, as {} labelled calibration samples are too few \
         to promise the true class at a rate of {}: hold out more, add samples, or lower the rate",
        sets.size, sets.level
    ))
}

fn probabilities(info: &Info) -> Option<String> {
    let what = match info.outputs {
        OutputKind::Probabilities => "probabilities",
        OutputKind::LogProbabilities => "logarithms of probabilities",
        OutputKind::Logits | OutputKind::Bounded => return None,
    };
    Some(format!(
        "the model gives {what}, and its logits cannot be found before them. Logarithms take the \
         place of logits: probabilities and MSP are right, the energy is 0 for every sample"
    ))
}

fn bounded(info: &Info) -> Option<String> {
    (info.outputs == OutputKind::Bounded).then(|| {
        "the model's outputs lie between 0 and 1 but are not the probabilities of one class each, \
         as sigmoids are not: the probabilities, MSP, max logit and energy of a softmax over them \
         say little. Export the model with its logits"
            .to_string()
    })
}

fn no_samples(info: &Info, samples: &[u64]) -> Option<String> {
    let classes = info.labels.iter().zip(samples);
    let without = classes.filter(|(_, count)| **count == 0).map(|(label, _)| label.clone());
    let none = list(without.collect()).map(|without| {
        format!("there are no samples of these classes, so they have no pattern: {without}")
    });
    let messages: Vec<_> = too_few(info).into_iter().chain(none).collect();
    (!messages.is_empty()).then(|| messages.join("; "))
}

/// Of classes that have correct samples and no pattern.
fn too_few(info: &Info) -> Option<String> {
    let counts = info.labels.iter().zip(info.correct.as_ref()?).enumerate();
    let few = counts.filter(|(class, (_, count))| **count > 0 && !info.classes.contains(class));
    list(few.map(|(_, (label, count))| format!("{label} ({count})")).collect()).map(|few| {
        format!(
            "these classes have no pattern, as their correct samples are fewer than the fit asks \
             for: {few}"
        )
    })
}

/// A list of names, `None` if there are none.
fn list(names: Vec<String>) -> Option<String> {
    (!names.is_empty()).then(|| listed(&names))
}
