//! `she-ood export`.

use std::path::PathBuf;

use she_ood::{Detector, ExportOptions};

use super::Result;
use super::model_file::ModelFile;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file.
    detector: PathBuf,
    /// File to write the graph to.
    #[arg(short, long, value_name = "ONNX")]
    output: PathBuf,
    /// Make only the layers and the logits outputs, for she-ood/scorer.
    #[arg(long)]
    taps: bool,
    /// Normalise pictures in the graph: its input is then `pixels`, [N, height, width, channels] of
    /// 8 bits, in the size that the detector takes unchanged.
    #[arg(long)]
    preprocess: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::check_output(&arguments.output)?;
    let file = ModelFile::read(&arguments.detector)?;
    file.check_output(&arguments.output)?;
    let detector = Detector::load(file.whole()?)?;
    let options =
        ExportOptions::default().with_taps(arguments.taps).with_preprocess(arguments.preprocess);
    super::write(&arguments.output, detector.to_onnx(&options)?)
}
