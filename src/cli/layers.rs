//! `she-ood layers`.

use she_ood::{Layer, Model};

use super::Result;
use super::reading::Reading;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reading: Reading,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let reading = &arguments.reading;
    let layers = Model::layers(&super::read(&reading.model)?, &reading.options(&[]))?;
    if arguments.json {
        return super::print_json(&layers);
    }
    let width = layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or_default();
    let line =
        |layer: &Layer| format!("{:width$}  {:18}  {:?}\n", layer.name, layer.op, layer.shape);
    super::print(&layers.iter().map(line).collect::<String>())
}
