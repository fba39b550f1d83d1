//! `she-ood merge`.

use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use she_ood::{Error, FitOptions, Part, PartInfo};

use super::model_file::ModelFile;
use super::{Result, inspect, say};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Parts of one fit, from `fit --partial`, `calibrate --partial` or `merge`.
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// The model that the parts are of, to write a detector.
    #[arg(long)]
    model: Option<PathBuf>,
    /// File to write the merged part to, or the detector.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    threshold: Threshold,
}

/// What decides the threshold of a detector.
#[derive(Debug, clap::Args)]
pub struct Threshold {
    /// Share of in-distribution samples that pass, and whose prediction set holds their class
    /// [default: 0.95].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    id_pass_rate: Option<f64>,
    /// Give each predicted class a threshold of its own, and each class its own prediction sets.
    #[arg(long)]
    class_conditional: bool,
}

impl Threshold {
    /// These options, with what decides the threshold.
    pub fn over(&self, options: FitOptions) -> FitOptions {
        let id_pass_rate = self.id_pass_rate.unwrap_or(options.id_pass_rate);
        FitOptions { id_pass_rate, class_conditional: self.class_conditional, ..options }
    }

    /// Refuses what decides the threshold where a part is written, which has none.
    pub fn check_not_for_part(&self) -> Result<()> {
        match self.id_pass_rate.is_some() || self.class_conditional {
            true => {
                Err("--id-pass-rate and --class-conditional are for the threshold, and a part \
                         has none: leave them out here, and give them to `merge --model`, or \
                         to `calibrate` without --partial"
                    .into())
            }
            false => Ok(()),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    super::check_output(&arguments.output)?;
    if arguments.model.is_none() {
        arguments.threshold.check_not_for_part()?;
    }
    let merged = merged(&arguments.parts)?;
    match &arguments.model {
        Some(model) => write_detector(&merged, model, &arguments.threshold, &arguments.output),
        None => write_part(&merged, &arguments.output).map(|()| ExitCode::SUCCESS),
    }
}

/// Reads the parts one by one and merges them. An error names the file that it came with.
fn merged(paths: &[PathBuf]) -> Result<Part> {
    // Before the long work begins.
    for path in paths {
        File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let current = Cell::new(None);
    let parts = paths.iter().map(|path| {
        current.set(Some(path));
        let unreadable = |error: std::io::Error| Error::InvalidPart { reason: error.to_string() };
        Part::from_bytes(&std::fs::read(path).map_err(unreadable)?)
    });
    let merged = Part::merge_all(parts);
    let path = current.get().map_or(Path::new(""), PathBuf::as_path);
    Ok(merged.map_err(super::in_file(path))?)
}

/// Reads one part; the error names it.
pub fn read_part(path: &Path) -> Result<Part> {
    Ok(Part::from_bytes(&super::read(path)?).map_err(super::in_file(path))?)
}

pub fn write_part(part: &Part, output: &Path) -> Result<()> {
    let bytes = part.to_bytes();
    super::write(output, &bytes)?;
    describe(&part.info(), bytes.len());
    Ok(())
}

/// Describes a part that was written, and prints its warnings.
fn describe(info: &PartInfo, bytes: usize) {
    say(described(info, bytes).trim_end());
    super::warn(&info.warnings);
}

/// Makes the detector of complete parts, and describes it. The exit code is 3 if it flags nothing.
pub fn write_detector(
    part: &Part,
    model: &Path,
    threshold: &Threshold,
    output: &Path,
) -> Result<ExitCode> {
    let model = ModelFile::read(model)?;
    model.check_output(output)?;
    let fit = part.fit(model.whole()?, threshold.over(FitOptions::default()))?;
    let detector = part.detector(fit)?;
    let bytes = detector.to_bytes();
    super::write(output, &bytes)?;
    let info = detector.info();
    say(inspect::describe(&info, Some(bytes.len())).trim_end());
    super::warn(&info.warnings);
    Ok(super::written_code(&info, true))
}

/// What is in a part, one thing a line.
pub fn described(info: &PartInfo, bytes: usize) -> String {
    let layers: Vec<String> =
        info.layers.iter().map(|layer| format!("{} ({})", layer.name, layer.size)).collect();
    let of = match info.parts {
        1 => "a part".to_string(),
        parts => format!("{parts} parts"),
    };
    let noise = info.privacy.and_then(|privacy| privacy.noise);
    let about = if noise.is_some() { "about " } else { "" };
    let patterns = info.samples.map(|samples| format!("patterns of {about}{samples} samples"));
    let scores = info
        .scored
        .map(|(fit, held_out)| format!("scores of {fit} fit and {held_out} calibration samples"));
    let holds: Vec<String> = patterns.into_iter().chain(scores).collect();
    let mut lines = vec![format!(
        "part        {of}: {}; layers {}; {bytes} bytes",
        holds.join(", "),
        layers.join(", ")
    )];
    if let (Some(counts), Some(samples), None) = (&info.counts, info.samples, noise) {
        let share = counts.iter().sum::<u64>() as f64 / samples.max(1) as f64;
        lines.push(format!("accuracy    {:.2} %", 100.0 * share));
    }
    lines.join("\n") + "\n"
}

/// The samples and the lengths of the means of each class, one a line.
pub fn classes(info: &PartInfo) -> String {
    let (Some(counts), Some(lengths)) = (&info.counts, &info.lengths) else {
        return String::new();
    };
    let of_class = |(class, (label, count)): (usize, (&String, &u64))| {
        let length = |layer: &Vec<f64>| format!("{:.4}", layer.get(class).unwrap_or(&0.0));
        let lengths: Vec<_> = lengths.iter().map(length).collect();
        format!("{label:<11} {count} samples, mean of length {}\n", lengths.join(", "))
    };
    info.labels.iter().zip(counts).enumerate().map(of_class).collect()
}
