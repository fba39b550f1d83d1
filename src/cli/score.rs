//! `she-ood score`.

use std::path::PathBuf;

use serde::Serialize;
use she_ood::data::Inputs;
use she_ood::{Detector, Report, Tensor, Verdict};

use super::Result;
use super::left_out::{LeftOut, note_resized};
use super::model_file::ModelFile;
use super::percent::{share, softmax};
use super::samples::{Samples, open};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file.
    detector: PathBuf,
    /// Image files or DATA.
    #[arg(required = true)]
    inputs: Vec<String>,
    /// Print the full reports as a JSON array.
    #[arg(long)]
    json: bool,
    /// Stop at the first sample that cannot be used instead of leaving it out.
    #[arg(long)]
    strict: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let detector = Detector::load(ModelFile::read(&arguments.detector)?.whole()?)?;
    let info = detector.info();
    super::warn(&info.warnings);
    let inputs = Inputs::new(&info.input_shape, info.preprocess.as_ref());
    let (mut reports, mut resized, mut total) = (Vec::new(), 0, 0);
    for line in &arguments.inputs {
        let set = match open(line, arguments.strict) {
            Err(error) if !arguments.strict => {
                super::say(&format!("warning: {error}"));
                continue;
            }
            set => set?,
        };
        let samples = Samples::new(&set, &inputs, &info.labels);
        let mut left_out = LeftOut::new(&set, arguments.strict);
        let score =
            |_: &[usize], inputs: &[Tensor]| inputs.iter().map(|it| detector.score(it)).collect();
        for outcome in samples.map(samples.positions(), "scoring", 1, score) {
            let position = outcome.position;
            if let Some(report) = left_out.keep(outcome)? {
                reports.push(Named { name: set.sample_name(position), report });
            }
        }
        left_out.warn();
        (resized, total) = (resized + left_out.resized(), total + set.len());
    }
    // Once for all, as every input may be a single picture.
    note_resized(&arguments.inputs.join(", "), resized, total);
    if reports.is_empty() {
        return Err("no sample could be scored".into());
    }
    match arguments.json {
        true => super::print_json(&reports),
        false => {
            let lines = reports.iter().map(|report| line(report, &info.labels));
            super::print(&lines.collect::<String>())
        }
    }
}

/// Labels of a prediction set named at most.
const NAMED: usize = 5;

/// The report with the name of its sample.
#[derive(Serialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    report: Report,
}

fn line(Named { name, report }: &Named, labels: &[String]) -> String {
    let decision = if report.is_ood { "OOD" } else { "ID " };
    let Report { score, threshold, p_value, predicted, verdict, .. } = report;
    let (p_value, probability) = (share(*p_value), softmax(predicted.probability));
    let label = &predicted.label;
    let choice = if *verdict == Verdict::Unsure { choice(report, labels) } else { String::new() };
    format!(
        "{decision}  {verdict:7}  score {score:.7} (threshold {threshold:.7})  p {p_value}  \
         {label} {probability}{choice}  {name}\n"
    )
}

/// The labels that an unsure sample may have.
fn choice(report: &Report, labels: &[String]) -> String {
    let set = report.set.as_deref().unwrap_or_default();
    let names = set.iter().filter_map(|&class| labels.get(class)).map(String::as_str);
    let named = names.take(NAMED).collect::<Vec<_>>().join(", ");
    match set.len() {
        0 => " (no class)".to_string(),
        size if size > NAMED => format!(" ({named} and {} more)", size - NAMED),
        _ => format!(" ({named})"),
    }
}
