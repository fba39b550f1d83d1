//! `she-ood score`.

use std::path::PathBuf;

use she_ood::data::{Dataset, Inputs};
use she_ood::{Detector, Report};

use super::Result;
use super::samples::Samples;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file.
    detector: PathBuf,
    /// Image files or DATA.
    #[arg(required = true)]
    inputs: Vec<String>,
    /// Print the whole reports, as a JSON array.
    #[arg(long)]
    json: bool,
    /// Stop at the first sample that cannot be used, instead of leaving it out.
    #[arg(long)]
    strict: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let detector = Detector::load(&super::read(&arguments.detector)?)?;
    let info = detector.info();
    let inputs = Inputs::new(&info.input_shape, info.preprocess.as_ref());
    let mut reports = Vec::new();
    for line in &arguments.inputs {
        let set = Dataset::open(line)?;
        let samples = Samples::new(&set, &inputs, &info.labels, arguments.strict);
        for (i, input) in samples.usable("scoring") {
            reports.push((set.sample_name(i), detector.score(&input)?));
        }
        samples.report()?;
    }
    match arguments.json {
        true => super::print_json(&reports.iter().map(named).collect::<Vec<_>>()),
        false => super::print(&reports.iter().map(|(name, report)| line(name, report)).collect::<String>()),
    }
}

/// The report with the name of its sample.
fn named((name, report): &(String, Report)) -> serde_json::Value {
    let mut value = serde_json::json!(report);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("name".to_string(), name.as_str().into());
    }
    value
}

fn line(name: &str, report: &Report) -> String {
    let verdict = if report.is_ood { "OOD" } else { "ID " };
    let Report { score, threshold, p_value, predicted, .. } = report;
    let probability = 100.0 * predicted.probability;
    format!(
        "{verdict}  score {score:.6} (threshold {threshold:.6})  p {p_value:.4}  {} {probability:.1} %  {name}\n",
        predicted.label
    )
}
