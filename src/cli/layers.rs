//! `she-ood layers`.

use std::path::PathBuf;

use she_ood::{Layer, Model, ModelOptions};

use super::Result;
use super::model_file::ModelFile;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// ONNX classifier.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let layers =
        Model::layers(&ModelFile::read(&arguments.model)?.whole()?, &ModelOptions::default())?;
    if arguments.json {
        return super::print_json(&layers);
    }
    let width = layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or_default();
    let line =
        |layer: &Layer| format!("{:width$}  {:18}  {:?}\n", layer.name, layer.op, layer.shape);
    super::print(&layers.iter().map(line).collect::<String>())
}
