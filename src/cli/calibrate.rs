//! `she-ood calibrate`.

use std::path::PathBuf;
use std::process::ExitCode;

use she_ood::data::Inputs;
use she_ood::{Calibration, Fit, FitOptions, PartInfo};

use super::fit::Portion;
use super::merge::{Threshold, read_part, write_detector, write_part};
use super::model_file::ModelFile;
use super::samples::{Samples, open};
use super::{Result, say, warn};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The model that the part is of.
    model: PathBuf,
    /// Merged parts of `fit --partial`, which hold the patterns of all samples.
    patterns: PathBuf,
    /// Labelled data that `fit --partial` was given here. Only some fits need their scores: those
    /// that join several layers by std, mean or fisher, and those with --hold-out.
    #[arg(long)]
    data: Option<String>,
    /// Held-out in-distribution data for the threshold, and with labels for the prediction sets.
    #[arg(long, value_name = "DATA")]
    calibration: Option<String>,
    /// Write a part, for `merge` to join with the patterns and the scores of other data, in place
    /// of a detector.
    #[arg(long)]
    partial: bool,
    /// File to write the part to, or the detector.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    threshold: Threshold,
    /// Stop at the first sample that cannot be used instead of leaving it out.
    #[arg(long)]
    strict: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    super::check_output(&arguments.output)?;
    if arguments.partial {
        arguments.threshold.check_not_for_part()?;
    }
    let patterns = read_part(&arguments.patterns)?;
    let model = ModelFile::read(&arguments.model)?;
    model.check_output(&arguments.output)?;
    let fit = patterns.fit(model.whole()?, FitOptions::default())?;
    let mut calibration = Calibration::new(&patterns)?;
    arguments.check_data(&calibration)?;
    arguments.score(&fit, &patterns.info(), &mut calibration)?;
    warn(&calibration.warnings());
    let scores = calibration.part();
    match arguments.partial {
        true => write_part(&scores, &arguments.output).map(|()| ExitCode::SUCCESS),
        false => {
            let mut whole = patterns;
            whole.merge(scores)?;
            write_detector(&whole, &arguments.model, &arguments.threshold, &arguments.output)
        }
    }
}

impl Arguments {
    /// Refuses data that lack what the fit needs, and notes those that it does not.
    fn check_data(&self, calibration: &Calibration) -> Result<()> {
        match (&self.data, calibration.needs_samples(), &self.calibration) {
            (None, true, _) => Err("the fit joins layers by their scores of its samples, or held \
                                    some of them out: give --data, as to `fit --partial`"
                .into()),
            (_, false, None) => Err("there is nothing to score: give --calibration DATA".into()),
            (Some(_), false, _) => {
                say("note: --data is ignored: the fit needs no scores of its samples");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn score(&self, fit: &Fit, info: &PartInfo, calibration: &mut Calibration) -> Result<()> {
        let inputs = Inputs::new(fit.model().input_shape(), info.preprocess.as_ref());
        if let Some(line) = self.data.as_ref().filter(|_| calibration.needs_samples()) {
            let set = open(line, self.strict)?;
            let samples = Samples::new(&set, &inputs, &info.labels);
            samples.check_labels()?;
            let mut portion = Portion::new(fit, &samples, samples.positions(), self.strict);
            for sample in portion.placed("scoring") {
                calibration.push(&sample?.1)?;
            }
            portion.left_out.report()?;
        }
        if let Some(line) = &self.calibration {
            let set = open(line, self.strict)?;
            let samples = Samples::new(&set, &inputs, &info.labels);
            let mut portion = Portion::new(fit, &samples, samples.positions(), self.strict);
            for sample in portion.calibration() {
                calibration.calibrate(&sample?)?;
            }
            portion.left_out.report()?;
        }
        Ok(())
    }
}
