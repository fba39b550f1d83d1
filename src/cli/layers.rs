//! `she-ood layers`.

use std::path::PathBuf;

use she_ood::Model;

use super::Result;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// ONNX classifier.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let layers = Model::layers(&super::read(&arguments.model)?)?;
    if arguments.json {
        println!("{}", serde_json::json!(layers));
        return Ok(());
    }
    let width = layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or_default();
    for layer in layers {
        println!("{:width$}  {:18}  {}", layer.name, layer.op, format_args!("{:?}", layer.shape));
    }
    Ok(())
}
