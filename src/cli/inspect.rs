//! `she-ood inspect`.

use std::path::PathBuf;

use she_ood::{Detector, Info};

use super::Result;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file.
    detector: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let bytes = super::read(&arguments.detector)?;
    let info = Detector::load(&bytes)?.info();
    match arguments.json {
        true => super::print_json(&info),
        false => super::print(&described(&info, Some(bytes.len()))),
    }
}

/// The parts of a detector, one a line.
pub fn described(info: &Info, bytes: Option<usize>) -> String {
    let layers: Vec<String> = info.layers.iter().map(|layer| format!("{} ({})", layer.name, layer.size)).collect();
    let (low, high) = info.pass_rate_interval;
    let mut lines: Vec<_> = bytes.iter().map(|bytes| ("file", format!("{bytes} bytes"))).collect();
    lines.extend([
        ("input", format!("{:?}", info.input_shape)),
        ("layers", layers.join(", ")),
        ("similarity", plain(&info.similarity)),
        ("pattern", plain(&info.pattern)),
        ("aggregator", plain(&info.aggregator)),
        ("clips", plain(&info.clips)),
        ("threshold", format!("{} for a pass rate of {}", info.threshold, info.id_pass_rate)),
        ("pass rate", format!("{low:.4} to {high:.4} (95 % interval, {} calibration scores)", info.calibration_size)),
        ("preprocess", plain(&info.preprocess)),
    ]);
    lines.extend(info.class_thresholds.as_ref().map(|thresholds| ("by class", plain(thresholds))));
    let mut text: String = lines.iter().map(|(name, value)| format!("{name:11} {value}\n")).collect();
    text.push_str("classes     ");
    text.push_str(&classes(info).join(", "));
    text.push('\n');
    text
}

/// Each class with the samples behind its patterns.
fn classes(info: &Info) -> Vec<String> {
    let known = |class: usize| info.classes.iter().position(|&known| known == class).and_then(|row| info.counts.get(row));
    let labels = info.labels.iter().enumerate();
    labels
        .map(|(class, label)| known(class).map_or(format!("{label} (no pattern)"), |count| format!("{label} ({count})")))
        .collect()
}

fn plain(value: &impl serde::Serialize) -> String {
    match serde_json::json!(value) {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => "none".to_string(),
        other => other.to_string(),
    }
}
