//! Commands, each in a file of its name.

mod calibrate;
mod class_names;
mod date;
#[cfg(test)]
mod documented;
mod eval;
mod export;
mod findings;
mod fit;
mod inspect;
mod json;
mod judgement;
mod label_index;
mod layers;
mod left_out;
mod measure;
mod merge;
mod model_file;
mod monitor;
mod page;
mod percent;
mod reading;
mod samples;
mod score;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::json::WithInfinity;
use crate::listed::listed;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Out-of-distribution detection for ONNX classifiers: SHE scores from internal features.
///
/// A higher score is more out-of-distribution. All cores are used; the environment variable
/// RAYON_NUM_THREADS sets another number of threads, which changes no result.
#[derive(Debug, Parser)]
#[command(name = "she-ood", version, after_long_help = DATA_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Explains DATA in the help of every command that takes it.
const DATA_HELP: &str = "\
DATA is one of
  a folder with a subfolder of images for each class (PNG, JPEG, GIF, WebP, BMP),
    or, for data without labels, a folder of images
  a .npz file with x (N, ...; numbers) and y (N; whole numbers or names)
  a .npz or Parquet file of features, for fit and calibrate: logits, and a vector for each layer
    under its name (or `features`, if there is one layer), and y; in Parquet, columns of lists,
    and label
  a pair of idx files, IMAGES:LABELS, plain or gzipped
It may end in :keep=A,B,... (only these labels; @FILE lists them, one per line),
:rows=FROM..TO (only these rows of what is kept) and :name=NAME (its name in reports).
Whole numbers, 0 to 255, are pictures and are preprocessed; floating-point numbers are the
model's own input.";

/// What a fit decides by itself, and how it says whether the detector works.
const FIT_HELP: &str = "\
Without --layer, --preset, --similarity, --beta, --compare-with, --store, --aggregator, --with and
--react, the fit chooses layers, similarity, aggregator and energy. It puts aside every fourth
sample of a class, about 250 in all, makes strangers of them (tiles shuffled, warped, turned,
zoomed) and takes what tells these apart best without flagging more of mildly changed samples.

Every fit on enough pictures ends with a judgement. Exit code: 0 if the detector works, 3 if it was
written but does not work well (it flags nothing, few samples are classified correctly, it flags
hardly more strangers than known samples, or five points fewer than confidence or energy alone),
1 or 2 for an error.

";

const THRESHOLD_HELP: &str = "\
Exit code: 0, 3 if the detector was written but has no threshold, so that it flags nothing, 1 or 2
for an error.

";

#[derive(Debug, Subcommand)]
enum Command {
    /// List the layers of a model that can be tapped: name, shape, operator.
    Layers(layers::Arguments),
    /// Fit a detector to a model and labelled data.
    #[command(after_help = [FIT_HELP, DATA_HELP].concat())]
    Fit(Box<fit::Arguments>),
    /// Merge parts of a fit, to another part or, with --model, to a detector.
    #[command(after_help = THRESHOLD_HELP)]
    Merge(merge::Arguments),
    /// Score data by merged patterns, for the threshold.
    #[command(after_help = [THRESHOLD_HELP, DATA_HELP].concat())]
    Calibrate(calibrate::Arguments),
    /// Score samples.
    #[command(after_help = DATA_HELP)]
    Score(score::Arguments),
    /// Measure how well a detector separates OOD data from ID data.
    #[command(after_help = DATA_HELP)]
    Eval(eval::Arguments),
    /// Write a detector as a plain ONNX graph that any runtime scores with.
    Export(export::Arguments),
    /// Watch verdicts as they come, and say when the samples have changed.
    #[command(after_help = [monitor::HELP, DATA_HELP].concat())]
    Monitor(monitor::Arguments),
    /// Show the parts of a detector.
    Inspect(inspect::Arguments),
}

/// The exit code for a detector that flags nothing or does not work well.
const WORKS_BADLY: u8 = 3;

/// The exit code when a detector was written.
fn written_code(info: &she_ood::Info, works: bool) -> ExitCode {
    if works && !info.flags_nothing() { ExitCode::SUCCESS } else { ExitCode::from(WORKS_BADLY) }
}

pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Layers(arguments) => layers::run(&arguments),
        Command::Fit(arguments) => return exit_code(fit::run(&arguments)),
        Command::Merge(arguments) => return exit_code(merge::run(&arguments)),
        Command::Calibrate(arguments) => return exit_code(calibrate::run(&arguments)),
        Command::Score(arguments) => score::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Monitor(arguments) => return exit_code(monitor::run(&arguments)),
        Command::Inspect(arguments) => inspect::run(&arguments),
    };
    exit_code(done.map(|()| ExitCode::SUCCESS))
}

fn exit_code(done: Result<ExitCode>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error}"));
            let mut causes = std::iter::successors(Some(&*error as Cause<'_>), |it| it.source());
            if let Some(error) = causes.find_map(|it| it.downcast_ref::<she_ood::Error>()) {
                say(&format!("See {}", error.help()));
            }
            ExitCode::FAILURE
        }
    }
}

type Cause<'a> = &'a (dyn std::error::Error + 'static);

/// An error of the library over what a file holds.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", .path.display())]
struct InFile {
    path: PathBuf,
    #[source]
    error: she_ood::Error,
}

/// Names the file that an error of the library is about.
fn in_file(path: &Path) -> impl Fn(she_ood::Error) -> InFile {
    move |error| InFile { path: path.to_path_buf(), error }
}

/// Reads a file; the error names it.
fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Refuses an output file that cannot be written, before the long work begins.
fn check_output(path: &Path) -> Result<()> {
    let failed = |reason: &str| Err(format!("{}: {reason}", path.display()).into());
    if path.as_os_str() == "-" {
        return failed("name a file to write to; standard output is /dev/stdout");
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.metadata() {
        Ok(found) if found.is_dir() => failed("it is a folder, expected a file to write to"),
        Ok(found) if found.is_file() => open_to_write(path, OpenOptions::new().append(true)),
        // A pipe or device may be opened only once.
        Ok(_) => Ok(()),
        Err(_) if !folder.is_dir() => failed("its folder does not exist, create it first"),
        Err(_) => {
            open_to_write(path, OpenOptions::new().write(true).create_new(true))?;
            Ok(std::fs::remove_file(path)?)
        }
    }
}

/// Whether both are there and one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| Some(one) == real(other))
}

fn open_to_write(path: &Path, options: &OpenOptions) -> Result<()> {
    options.open(path).map(drop).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Writes a file whole or not at all: to a file beside it, which then takes its name. Pipes and
/// devices, and files whose folder takes no others, are written to as they are.
fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let is_special = real.metadata().is_ok_and(|found| !found.is_file());
    let beside = beside(&real);
    let create = || File::create_new(&beside).ok();
    let written = match (!is_special).then(create).flatten() {
        Some(file) => replace(&real, &beside, file, bytes.as_ref()),
        None => std::fs::write(&real, bytes),
    };
    written.map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Fills a file and gives it the name, and the permissions, of another one.
fn replace(path: &Path, beside: &Path, mut file: File, bytes: &[u8]) -> std::io::Result<()> {
    let mut fill = || {
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Ok(found) = path.metadata() {
            file.set_permissions(found.permissions())?;
        }
        std::fs::rename(beside, path)
    };
    fill().inspect_err(|_| drop(std::fs::remove_file(beside)))
}

/// A name that no other process uses at the same time.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

/// Writes to standard output. A reader that stops early, such as `head`, is not an error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes a line to standard error. If it is closed, the line is dropped.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints warnings.
fn warn(warnings: &[she_ood::Warning]) {
    warnings.iter().for_each(|warning| say(&format!("warning: {}", warning.message)));
}

/// Prints a value as a line of JSON.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    print(&format!("{}\n", serde_json::to_string(&WithInfinity(value))?))
}
