//! `she-ood score`.

use std::path::PathBuf;

use serde::Serialize;
use she_ood::data::Inputs;
use she_ood::{Detector, Report};

use super::Result;
use super::samples::{Samples, open, say_resized};
use super::shares::{share, softmax};

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
    super::warn(&info);
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
        let samples = Samples::new(&set, &inputs, &info.labels, arguments.strict);
        samples.each(
            "scoring",
            |input| detector.score(input),
            |position, report| {
                reports.push(Named { name: set.sample_name(position), report });
                Ok(())
            },
        );
        samples.report()?;
        (resized, total) = (resized + samples.resized(), total + set.len());
    }
    // Once, as every input may be a single picture.
    say_resized(&arguments.inputs.join(", "), resized, total);
    if reports.is_empty() {
        return Err("no sample could be scored".into());
    }
    match arguments.json {
        true => super::print_json(&reports),
        false => super::print(&reports.iter().map(line).collect::<String>()),
    }
}

/// The report with the name of its sample.
#[derive(Serialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    report: Report,
}

fn line(Named { name, report }: &Named) -> String {
    let decision = if report.is_ood { "OOD" } else { "ID " };
    let Report { score, threshold, p_value, predicted, .. } = report;
    let (p_value, probability) = (share(*p_value), softmax(predicted.probability));
    let label = &predicted.label;
    format!(
        "{decision}  score {score:.7} (threshold {threshold:.7})  p {p_value}  {label} {probability}  {name}\n"
    )
}
