//! `she-ood inspect`.

use std::path::PathBuf;

use she_ood::{
    Aggregator, Because, Choice, Detector, Info, Interpolation, Part, Preprocess, SetsInfo,
    Similarity,
};

use super::model_file::ModelFile;
use super::percent::share;
use super::{Result, merge};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file, or a part of a fit.
    detector: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let file = ModelFile::read(&arguments.detector)?;
    if Part::is_part(file.bytes()) {
        return inspect_part(file.bytes(), arguments.json);
    }
    let bytes = file.whole()?;
    let length = bytes.len();
    let info = Detector::load(bytes)?.info();
    super::warn(&info.warnings);
    match arguments.json {
        true => super::print_json(&info),
        false => super::print(&describe(&info, Some(length))),
    }
}

fn inspect_part(bytes: &[u8], json: bool) -> Result<()> {
    let info = Part::from_bytes(bytes)?.info();
    if json {
        return super::print_json(&info);
    }
    super::print(&format!("{}{}", merge::described(&info, bytes.len()), merge::classes(&info)))
}

/// Describes the parts of a detector, one per line.
pub fn describe(info: &Info, bytes: Option<usize>) -> String {
    let layers: Vec<String> =
        info.layers.iter().map(|layer| format!("{} ({})", layer.name, layer.size)).collect();
    let mut lines: Vec<_> = bytes.iter().map(|bytes| ("file", format!("{bytes} bytes"))).collect();
    lines.extend([
        ("input", format!("{:?}", info.input_shape)),
        ("layers", layers.join(", ")),
        ("classified", classified(info)),
        ("similarity", similarity(info.similarity)),
        ("compared to", info.compare_with.to_string()),
        ("aggregator", aggregator(&info.aggregator)),
        (
            "energy",
            info.energy.map_or("none".to_string(), |with| format!("weight {}", with.weight)),
        ),
        ("precision", info.precision.to_string()),
        ("clips", info.clips.as_ref().map_or("none".to_string(), |clips| format!("{clips:?}"))),
        (
            "pass rate",
            format!(
                "{} aimed at, with {} calibration scores",
                info.id_pass_rate, info.calibration_size
            ),
        ),
        ("preprocess", info.preprocess.as_ref().map_or("none".to_string(), preprocess)),
    ]);
    lines.extend(info.choice.as_ref().map(|choice| ("chosen", reason(choice))));
    lines.extend(thresholds(info));
    lines.extend(info.sets.map(|sets| ("sets", describe_sets(sets))));
    let mut text: String =
        lines.iter().map(|(name, value)| format!("{name:11} {value}\n")).collect();
    text.push_str("classes     ");
    text.push_str(&classes(info).join(", "));
    text.push('\n');
    text
}

/// The threshold, with the interval of the pass rate if there is one; or those of the classes.
fn thresholds(info: &Info) -> Vec<(&'static str, String)> {
    if let Some(thresholds) = &info.class_thresholds {
        let each = info.labels.iter().zip(thresholds);
        let each: Vec<_> = each.map(|(label, threshold)| format!("{label} {threshold}")).collect();
        return vec![("thresholds", format!("{}, by predicted class", each.join(", ")))];
    }
    if info.flags_nothing() {
        return vec![("threshold", "infinite: nothing is flagged".to_string())];
    }
    let interval = info.pass_rate_interval.map(|(low, high)| {
        let (low, high) = (share(low), share(high));
        ("interval", format!("{low} to {high} really pass, with a probability of 95 %"))
    });
    [("threshold", info.threshold.to_string())].into_iter().chain(interval).collect()
}

/// What classifies, and how well.
fn classified(info: &Info) -> String {
    let Some(taught) = info.taught else { return "by the model".to_string() };
    let samples = info.sets.map_or(info.calibration_size, |sets| sets.size);
    let how = match taught.leave_one_out {
        true => format!("of {samples} samples, each left out of its own pattern"),
        false => format!("of {samples} held-out samples"),
    };
    match taught.accuracy {
        Some(accuracy) => format!("by the patterns, {} right {how}", share(f64::from(accuracy))),
        None => "by the patterns".to_string(),
    }
}

fn describe_sets(SetsInfo { level, by_class, size, .. }: SetsInfo) -> String {
    let within = if by_class { " within each class" } else { "" };
    format!("hold the true class at a rate of {level}{within}, by {size} labelled samples")
}

/// Why the fit chose as it did.
fn reason(choice: &Choice) -> String {
    let Choice { because, samples, tried, candidates, .. } = choice;
    let figures = candidates.first().and_then(|one| Some((one.auroc?, one.false_alarms?)));
    match (because, figures) {
        (Because::Criterion, Some((auroc, false_alarms))) => format!(
            "of {tried} candidates, by {samples} samples put aside: mean AUROC {} against \
             synthetic strangers, {} of mild changes flagged",
            share(auroc),
            share(false_alarms)
        ),
        (Because::FewSamples, _) => format!(
            "the default layer, as {samples} samples to put aside are too few to choose by: at \
             least 20, every fourth of a class"
        ),
        _ => "the default layer, as strangers can only be made from pictures".to_string(),
    }
}

/// Each class with the samples behind its patterns.
fn classes(info: &Info) -> Vec<String> {
    let known = |class: usize| {
        info.classes.iter().position(|&known| known == class).and_then(|row| info.counts.get(row))
    };
    let labels = info.labels.iter().enumerate();
    labels
        .map(|(class, label)| {
            known(class)
                .map_or(format!("{label} (no pattern)"), |count| format!("{label} ({count})"))
        })
        .collect()
}

fn similarity(similarity: Similarity) -> String {
    match similarity {
        Similarity::Hopfield { beta } => format!("{similarity}, beta {beta}"),
        _ => similarity.to_string(),
    }
}

fn aggregator(aggregator: &Aggregator) -> String {
    match aggregator {
        Aggregator::Single => "single".to_string(),
        Aggregator::Sum => "sum".to_string(),
        Aggregator::Std { stds } => format!("std {stds:?}"),
        Aggregator::Mean { means } => format!("mean {means:?}"),
        Aggregator::Fisher(_) => "fisher".to_string(),
    }
}

/// How pictures become inputs. What is as usual is left out.
fn preprocess(preprocess: &Preprocess) -> String {
    let Preprocess { width, height, channels, layout, framing, mean, std, .. } = preprocess;
    let resize = preprocess.resize.map(|side| format!(" after a resize to {side}"));
    let interpolation = preprocess.interpolation;
    let resampled =
        (interpolation != Interpolation::default()).then(|| format!(", {interpolation}"));
    let filled =
        (preprocess.fill != [0; 3]).then(|| format!(", filled with {:?}", preprocess.fill));
    format!(
        "{channels} {width} x {height}, {layout}, {framing}{}{}{}, mean {mean:?}, std {std:?}",
        resize.unwrap_or_default(),
        resampled.unwrap_or_default(),
        filled.unwrap_or_default()
    )
}
