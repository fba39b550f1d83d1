//! `she-ood fit --partial`.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use she_ood::data::Dataset;
use she_ood::{Fit, Observation, Part, Progress};

use super::Arguments;
use super::portion::Portion;
use crate::cli::left_out::LeftOut;
use crate::cli::samples::Samples;
use crate::cli::{Result, merge, say, warn, write};

/// Time until the part is first written, unfinished; it doubles up to the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// Makes a part of the samples. A command that was killed goes on where its last part ends.
pub fn run(fit: &Fit, samples: &Samples<'_>, arguments: &Arguments) -> Result<()> {
    samples.check_labels()?;
    let mut empty = Part::new(fit, arguments.hold_out.unwrap_or_default())?;
    if let Some(clip) = arguments.clip {
        empty = empty.private(clip, arguments.noise)?;
        note_privacy(&empty);
    }
    note_choice(fit, arguments);
    let mut contents = Contents::new(samples.set);
    let part = begun(&empty, &mut contents, arguments)?;
    let from = part.progress().map_or(0, |progress| progress.done);
    let mut writer = Writer { part, contents, arguments, written: Instant::now(), wait: FIRST };
    let positions = (from..samples.set.len()).collect();
    let mut portion = Portion::new(fit, samples, positions, arguments.strict);
    for observation in portion.placed("fitting") {
        writer.push(observation?)?;
    }
    writer.finish(fit, &portion.left_out)
}

/// The part that an earlier command left unfinished, or an empty one.
fn begun(empty: &Part, contents: &mut Contents<'_>, arguments: &Arguments) -> Result<Part> {
    let path = &arguments.output;
    let found = std::fs::read(path).ok().and_then(|bytes| Part::from_bytes(&bytes).ok());
    if found.as_ref().is_some_and(|part| part.progress().is_none() && has_noise(part)) {
        return Err(format!(
            "{}: it holds a part with noise. Another part of the same samples tells more than its \
             epsilon; delete it to make one nevertheless, or name another file",
            path.display()
        )
        .into());
    }
    let unfinished = found.and_then(|part| Some((part.progress()?.clone(), part)));
    let Some((progress, part)) = unfinished else { return Ok(empty.clone()) };
    let named = |error: String| {
        format!(
            "{}: it holds an unfinished part that this command does not continue: {error}. Delete \
             it, or name another file",
            path.display()
        )
    };
    part.check_alike(empty).map_err(|error| named(error.to_string()))?;
    let Progress { data, done, of } = &progress;
    let found = contents.progress(*done);
    if found != progress {
        let found = found.data;
        let error =
            format!("it is of {data}, the data are {found}: names, labels or contents differ");
        return Err(named(error).into());
    }
    say(&format!("note: {}: continues after {done} of {of} samples", path.display()));
    Ok(part)
}

fn has_noise(part: &Part) -> bool {
    part.info().privacy.is_some_and(|privacy| privacy.noise.is_some())
}

/// A part, written now and then.
struct Writer<'a> {
    part: Part,
    contents: Contents<'a>,
    arguments: &'a Arguments,
    written: Instant,
    /// Time from one writing to the next.
    wait: Duration,
}

impl Writer<'_> {
    fn push(&mut self, (position, sample): (usize, Observation)) -> Result<()> {
        self.part.push(&sample)?;
        if self.written.elapsed() < self.wait {
            return Ok(());
        }
        let progress = self.contents.progress(position + 1);
        let part = self.part.clone().with_progress(Some(progress));
        write(&self.arguments.output, part.to_bytes())?;
        (self.written, self.wait) = (Instant::now(), LONGEST.min(2 * self.wait));
        Ok(())
    }

    fn finish(self, fit: &Fit, left_out: &LeftOut<'_>) -> Result<()> {
        left_out.report()?;
        left_out.warn_of_lost_labels();
        let mut part = self.part.with_progress(None);
        // Behind noise they do not show.
        let warnings = part.info().warnings;
        part.add_noise(fit)?;
        let bytes = part.to_bytes();
        write(&self.arguments.output, &bytes)?;
        say(merge::described(&part.info(), bytes.len()).trim_end());
        warn(&warnings);
        Ok(())
    }
}

/// Says what the noise promises.
fn note_privacy(part: &Part) {
    let privacy = part.info().privacy;
    if let Some((epsilon, delta)) = privacy.and_then(|it| Some((it.epsilon?, it.delta))) {
        say(&format!(
            "note: with this noise the part is ({epsilon:.3}, {delta}) differentially private for \
             each of its samples, by the analytic Gaussian mechanism. Scores of `calibrate` have \
             no noise"
        ));
    }
}

/// Says what a fit would have chosen, and a part does not.
fn note_choice(fit: &Fit, arguments: &Arguments) {
    if !arguments.says_how_to_score() {
        let layers: Vec<_> = fit.model().taps().iter().map(|tap| tap.name.as_str()).collect();
        say(&format!(
            "note: a part chooses nothing: layer {}, preset oodeel. Give --layer, --similarity, \
             --aggregator and --with for others",
            layers.join(", ")
        ));
    }
}

/// A hash of the names and labels of a set's samples, and of the files of those that are done.
///
/// Files are read once more for it, so it is made only of parts that take their time.
struct Contents<'a> {
    set: &'a Dataset,
    /// `None` before the first.
    hash: Option<Sha256>,
    /// Number of samples whose files are in it, and the last of these files.
    done: usize,
    last: Option<&'a Path>,
}

impl<'a> Contents<'a> {
    fn new(set: &'a Dataset) -> Self {
        Self { set, hash: None, done: 0, last: None }
    }

    /// The progress after so many samples, at least as many as before.
    fn progress(&mut self, done: usize) -> Progress {
        let (set, done) = (self.set, done.min(self.set.len()));
        let hash = self.hash.get_or_insert_with(|| names(set));
        for file in (self.done..done).filter_map(|at| set.file(at)) {
            if self.last != Some(file) {
                add_file(file, hash);
            }
            self.last = Some(file);
        }
        self.done = done;
        let hash = hash.clone().finalize();
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let data = format!("{} ({} samples, {hash})", set.name(), set.len());
        Progress { data, done, of: set.len() }
    }
}

fn names(set: &Dataset) -> Sha256 {
    let add = |hash: Sha256, at| {
        let label = set.label(at).unwrap_or_default();
        hash.chain_update(set.sample_name(at))
            .chain_update([0])
            .chain_update(label)
            .chain_update([0])
    };
    (0..set.len()).fold(Sha256::new(), add)
}

/// A file that cannot be read is left out of the fit, too. A pipe cannot be read twice.
fn add_file(path: &Path, hash: &mut Sha256) {
    let file = path.is_file().then(|| File::open(path).ok()).flatten();
    let length = file.and_then(|mut file| std::io::copy(&mut file, hash).ok());
    hash.update(length.unwrap_or(u64::MAX).to_le_bytes());
}
