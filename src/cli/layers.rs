//! `she-ood layers`.

use she_ood::{Layer, Model};

use super::Result;
use super::model_file::ModelFile;
use super::reading::Reading;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reading: Reading,
    /// List all layers, not only the default one and the ends of stages.
    #[arg(long)]
    all: bool,
    /// Print JSON, of all layers.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let reading = &arguments.reading;
    let onnx = ModelFile::read(&reading.model)?.whole()?;
    let layers = Model::layers(&onnx, &reading.options(&[]))?;
    if layers.is_empty() {
        return Err(format!(
            "{}: no layer can be tapped: no tensor holds floating-point numbers of a known shape, \
             [batch, ...] with 1 to 4 dimensions of a sample",
            reading.model.display()
        )
        .into());
    }
    if arguments.json {
        return super::print_json(&layers);
    }
    let is_listed = |layer: &&Layer| arguments.all || layer.is_default || layer.is_stage;
    let listed: Vec<&Layer> = layers.iter().filter(is_listed).collect();
    super::print(&(table(&listed) + &legend(&listed, layers.len())))
}

fn table(layers: &[&Layer]) -> String {
    let rows: Vec<[String; 5]> = layers.iter().map(|layer| row(layer)).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let [names, operators, shapes] = [width(1), width(2), width(3)];
    let lines = rows.iter().map(|[mark, name, operator, shape, features]| {
        format!("{mark} {name:names$}  {operator:operators$}  {shape:shapes$}  {features}\n")
    });
    lines.collect()
}

fn row(layer: &Layer) -> [String; 5] {
    let mark = match (layer.is_default, layer.is_stage) {
        (true, _) => "*",
        (_, true) => "+",
        _ => " ",
    };
    let shape = format!("{:?}", layer.shape);
    [mark.to_string(), layer.name.clone(), layer.op.clone(), shape, features(layer)]
}

fn features(layer: &Layer) -> String {
    match layer.shape.iter().product::<usize>() {
        _ if layer.channel_axis.is_none() => "channels unknown".to_string(),
        1 => "1 feature".to_string(),
        values if values == layer.size() => format!("{values} features"),
        _ => format!("{} features, the {} over positions", layer.size(), layer.pooling),
    }
}

/// What the marks mean, and how many layers are not listed.
fn legend(listed: &[&Layer], all: usize) -> String {
    let mut notes = Vec::new();
    notes.push(match listed.iter().any(|layer| layer.is_default) {
        true => "* default layer".to_string(),
        false => "no default layer: name one to fit".to_string(),
    });
    if listed.iter().any(|layer| layer.is_stage) {
        notes.push("+ end of a stage".to_string());
    }
    match all - listed.len() {
        0 => (),
        1 => notes.push("1 other: --all lists it".to_string()),
        more => notes.push(format!("{more} others: --all lists them")),
    }
    format!("{}\n", notes.join(", "))
}
