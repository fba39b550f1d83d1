//! `she-ood monitor`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use she_ood::data::Inputs;
use she_ood::{
    Detector, Error, FlagRate, Fleet, FleetReport, Monitor, MonitorOptions, MonitorReport,
};

use super::Result;
use super::left_out::LeftOut;
use super::model_file::ModelFile;
use super::samples::{Samples, features_of, open};

/// Where verdicts come from, and how the end is told.
pub const HELP: &str = "\
Without --data, verdicts come from standard input: what `she-ood score --json` prints, or JSON
objects with a `score`, one after the other as they arise. The state is saved at most once a second,
at an alarm and at the end, and the next run goes on from there. Samples must not follow from the
ones before: of a camera, take a frame where the scene is new.

Exit code: 0 while nothing has changed, 4 when the samples have changed, 1 or 2 for an error.

";

/// The exit code of an alarm.
const CHANGED: u8 = 4;

/// Shortest time from one saving to the next: each waits for the disk.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file, with whose calibration scores the samples are compared.
    #[arg(required_unless_present = "merge", conflicts_with = "merge")]
    detector: Option<PathBuf>,
    /// File that keeps what the monitor knows, less than 4 kB; created if it does not exist.
    #[arg(long, required_unless_present = "merge", conflicts_with = "merge")]
    state: Option<PathBuf>,
    /// Score these samples (see DATA) instead of reading verdicts.
    #[arg(long, value_name = "DATA", conflicts_with = "merge")]
    data: Option<String>,
    /// Probability of a false alarm, over all time [default: the state's, or 0.01].
    #[arg(long, conflicts_with = "merge")]
    alpha: Option<f64>,
    /// Number of recent samples whose flag rate is shown, 20 to 1000 [default: the state's, or
    /// 200].
    #[arg(long, conflicts_with = "merge")]
    window: Option<usize>,
    /// Name of this device in a fleet [default: the state's, or its file name without .json].
    #[arg(long, conflicts_with = "merge")]
    id: Option<String>,
    /// Start over, perhaps with other options or another detector: forget an alarm and all samples
    /// before.
    #[arg(long, conflicts_with = "merge")]
    reset: bool,
    /// Merge the states of a fleet's monitors, and tell which devices have changed.
    #[arg(long, num_args = 1.., value_name = "STATE")]
    merge: Vec<PathBuf>,
    /// Write the merged fleet to this file.
    #[arg(short, long, requires = "merge", conflicts_with_all = ["detector", "state"])]
    output: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    match (&arguments.detector, &arguments.state) {
        (Some(detector), Some(state)) => watch(arguments, detector, state),
        _ => merge(arguments),
    }
}

fn watch(arguments: &Arguments, detector: &Path, state: &Path) -> Result<ExitCode> {
    super::check_output(state)?;
    let detector = Detector::load(ModelFile::read(detector)?.whole()?)?;
    let mut monitor = Saved::new(arguments, &detector, state)?;
    match &arguments.data {
        Some(line) => push_data(&mut monitor, &detector, line)?,
        None => push_verdicts(&mut monitor)?,
    }
    let report = monitor.monitor.report();
    match arguments.json {
        true => super::print_json(&report)?,
        false => super::print(&text(&report))?,
    }
    Ok(exit_code(report.alarm.is_some()))
}

impl Arguments {
    /// The options given, and the saved monitor's for the rest.
    fn options(&self, saved: Option<&Monitor>, state: &Path) -> MonitorOptions {
        let fresh = || MonitorOptions { id: device(state), ..MonitorOptions::default() };
        let rest = saved.map_or_else(fresh, |saved| saved.options().clone());
        MonitorOptions {
            alpha: self.alpha.unwrap_or(rest.alpha),
            window: self.window.unwrap_or(rest.window),
            id: self.id.clone().unwrap_or(rest.id),
        }
    }
}

/// The name of a device, of its file. A dot may be part of it: `camera.1`.
fn device(state: &Path) -> String {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".json").unwrap_or(&name).to_string()
}

/// A monitor and the file that keeps it.
struct Saved<'a> {
    monitor: Monitor,
    path: &'a Path,
    was_alarmed: bool,
    /// `None` where the file must be written at once.
    saved: Option<Instant>,
}

impl<'a> Saved<'a> {
    /// Goes on from the file, if there is one.
    fn new(arguments: &Arguments, detector: &Detector, path: &'a Path) -> Result<Self> {
        let saved = read(path)?;
        let options = arguments.options(saved.as_ref(), path);
        let fresh = detector.monitor(options).inspect_err(advise)?;
        let monitor = match saved {
            Some(saved) if !arguments.reset => {
                let other = |error| format!("{}: {error}; --reset starts over", path.display());
                fresh.check_same(&saved).map_err(other)?;
                saved
            }
            _ => fresh,
        };
        let was_alarmed = monitor.report().alarm.is_some();
        Ok(Self { monitor, path, was_alarmed, saved: None })
    }

    fn push(&mut self, score: f32) -> Result<()> {
        if self.monitor.push(score)? && !self.was_alarmed {
            (self.was_alarmed, self.saved) = (true, None);
            super::say(&alarm(&self.monitor.report()));
        }
        Ok(())
    }

    fn save_in_time(&mut self) -> Result<()> {
        match self.saved {
            Some(saved) if saved.elapsed() < PAUSE => Ok(()),
            _ => self.save(),
        }
    }

    fn save(&mut self) -> Result<()> {
        super::write(self.path, self.monitor.to_json())?;
        self.saved = Some(Instant::now());
        Ok(())
    }
}

/// Says what to do where a detector has no scores that can serve as the reference.
fn advise(error: &Error) {
    if matches!(error, Error::InvalidMonitor { .. }) {
        super::say(
            "note: a monitor compares with held-out samples: fit with --calibration or a larger \
             --hold-out",
        );
    }
}

/// Reads a saved monitor. Returns `None` if the file does not exist.
fn read(path: &Path) -> Result<Option<Monitor>> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
        Ok(json) => Ok(Some(Monitor::from_json(&json).map_err(super::in_file(path))?)),
    }
}

fn push_data(monitor: &mut Saved<'_>, detector: &Detector, line: &str) -> Result<()> {
    let (set, info) = (open(line, false)?, detector.info());
    let inputs = Inputs::new(&info.input_shape, info.preprocess.as_ref());
    let samples = Samples::new(&set, &inputs, &info.labels);
    let mut left_out = LeftOut::new(&set, false);
    let run = |_: &[usize], inputs: &[_]| features_of(detector, inputs);
    for outcome in samples.map(samples.positions(), "scoring", detector.batch_size(), run) {
        if let Some(features) = left_out.keep(outcome)? {
            monitor.push(detector.report(&features)?.score)?;
        }
    }
    left_out.warn();
    monitor.save()
}

/// A verdict, of which only the score counts.
#[derive(Deserialize)]
struct Scored {
    score: Value,
}

/// Pushes verdicts as they come. Those before an error are kept.
fn push_verdicts(monitor: &mut Saved<'_>) -> Result<()> {
    let mut count = 0;
    let mut values = serde_json::Deserializer::from_reader(std::io::stdin().lock()).into_iter();
    let pushed = values.try_for_each(|value| {
        count += push_value(monitor, value)?;
        monitor.save_in_time()
    });
    match count {
        // A command before it in a pipe may have failed, or a camera may be off.
        0 => pushed.and(Err(unread("no verdicts").into())),
        _ => monitor.save().and(pushed),
    }
}

/// Pushes a verdict or a list of them, and returns their number.
fn push_value(monitor: &mut Saved<'_>, value: serde_json::Result<Value>) -> Result<usize> {
    let verdicts = match value.map_err(|error| unread(&format!("not JSON ({error})")))? {
        Value::Array(all) => all,
        one => vec![one],
    };
    let count = verdicts.len();
    verdicts.into_iter().try_for_each(|verdict| monitor.push(score(verdict)?))?;
    Ok(count)
}

fn unread(what: &str) -> String {
    format!("standard input: {what}; pipe what `she-ood score --json` prints, or give --data")
}

/// The score of a verdict; `score --json` writes infinite ones as text.
fn score(verdict: Value) -> Result<f32> {
    let text = verdict.to_string();
    let score = serde_json::from_value(verdict).ok().and_then(|Scored { score }| match &score {
        Value::String(name) if name == "Infinity" => Some(f32::INFINITY),
        Value::String(name) if name == "-Infinity" => Some(f32::NEG_INFINITY),
        number => number.as_f64().map(|number| number as f32),
    });
    let shown = text.chars().take(80).collect::<String>();
    score.ok_or_else(|| format!("standard input: no number \"score\" in {shown}").into())
}

fn merge(arguments: &Arguments) -> Result<ExitCode> {
    arguments.output.iter().try_for_each(|output| check_apart(output, &arguments.merge))?;
    let mut fleet: Option<Fleet> = None;
    for path in &arguments.merge {
        let named = super::in_file(path);
        let read = Fleet::from_json(&String::from_utf8_lossy(&super::read(path)?));
        let other = read.map_err(&named)?;
        match &mut fleet {
            None => fleet = Some(other),
            Some(fleet) => fleet.merge(other).map_err(&named)?,
        }
    }
    let fleet = fleet.ok_or("name the states to merge")?;
    if let Some(output) = &arguments.output {
        super::write(output, fleet.to_json())?;
    }
    let report = fleet.report();
    match arguments.json {
        true => super::print_json(&report)?,
        false => super::print(&fleet_text(&report))?,
    }
    Ok(exit_code(!report.changed.is_empty()))
}

/// Refuses to replace the state of a device, which could not go on from the fleet.
fn check_apart(output: &Path, states: &[PathBuf]) -> Result<()> {
    match states.iter().any(|state| super::is_same_file(state, output)) {
        true => Err(format!(
            "{}: that is a state to merge, name another file for the fleet",
            output.display()
        )
        .into()),
        false => Ok(()),
    }
}

fn exit_code(has_changed: bool) -> ExitCode {
    if has_changed { ExitCode::from(CHANGED) } else { ExitCode::SUCCESS }
}

fn alarm(report: &MonitorReport) -> String {
    let Some(alarm) = report.alarm else { return "no change".to_string() };
    let direction = if alarm.higher { "stranger" } else { "more alike than known samples are" };
    let (since, sample) = (alarm.since, alarm.sample);
    format!("the samples have changed since about {since} (seen at {sample}): they are {direction}")
}

fn text(report: &MonitorReport) -> String {
    let (all, window) = (rate(&report.all), rate(&report.window));
    let (alarm, evidence) = (alarm(report), report.evidence);
    format!("{alarm}; evidence 10^{evidence:.1}\nall: {all}\nlast: {window}\n")
}

fn fleet_text(report: &FleetReport) -> String {
    let (all, window) = (rate(&report.all), rate(&report.window));
    let (devices, evidence) = (report.devices, report.evidence);
    let changed = match report.changed.as_slice() {
        [] => "no change".to_string(),
        changed => format!("changed: {}", changed.join(", ")),
    };
    format!(
        "{devices} devices; {changed}; mean evidence 10^{evidence:.1}\nall: {all}\nlast: {window}\n"
    )
}

fn rate(rate: &FlagRate) -> String {
    let FlagRate { samples, flagged, p_value, .. } = rate;
    let share = rate.rate.map_or(String::new(), |rate| format!(" ({:.1} %)", rate * 100.0));
    let p_value = match p_value {
        0.0..0.001 => "< 0.001".to_string(),
        other => format!("{other:.3}"),
    };
    format!("{flagged} of {samples} flagged{share}, p {p_value}")
}
