//! Commands, each in a file of its name.

mod eval;
mod fit;
mod inspect;
mod layers;
mod measure;
mod page;
mod samples;
mod score;
mod shares;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Out-of-distribution detection for ONNX classifiers: SHE scores from internal features.
///
/// Scores are higher for what is more out-of-distribution. All cores are used; the environment variable RAYON_NUM_THREADS sets
/// another number of threads, which changes no result.
#[derive(Debug, Parser)]
#[command(name = "she-ood", version, after_long_help = DATA_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What DATA may be, for the help of every command that takes it.
const DATA_HELP: &str = "\
DATA is one of
  a folder of class folders of images (png, jpg, gif, webp, bmp), or for data without labels of images
  a .npz file with x (N, ...; uint8 or float32) and y (N)
  a pair of idx files, IMAGES:LABELS, plain or gzipped
and may end in :keep=A,B,... (only these labels), :rows=FROM..TO (of those only these)
and :name=NAME (what to call it).
uint8 is taken as pictures and preprocessed, float32 as the model's own input.";

#[derive(Debug, Subcommand)]
enum Command {
    /// List the layers of a model that can be tapped: name, shape, operator.
    Layers(layers::Arguments),
    /// Fit a detector to a model and labelled data.
    #[command(after_help = DATA_HELP)]
    Fit(Box<fit::Arguments>),
    /// Score samples.
    #[command(after_help = DATA_HELP)]
    Score(score::Arguments),
    /// Measure how well a detector tells OOD data from ID data.
    #[command(after_help = DATA_HELP)]
    Eval(eval::Arguments),
    /// Show what a detector is made of.
    Inspect(inspect::Arguments),
}

pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Layers(arguments) => layers::run(&arguments),
        Command::Fit(arguments) => fit::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Reads a file; the error names it.
fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn write(path: &std::path::Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says something on standard error; where nobody listens, nothing is lost.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A value as JSON on a line.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    print(&format!("{}\n", serde_json::to_string(value)?))
}
