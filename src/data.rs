//! Samples on disk: idx files, `.npz` files and folders of images.
//!
//! One line names a set, `PATH[:LABELS][:keep=A,B,...][:rows=FROM..TO][:name=NAME]`:
//!
//! | PATH | samples | labels |
//! |---|---|---|
//! | a folder | every image in it and below it | the subfolder that the image is in, if any |
//! | a `.npz` file | array `x` or `X`: `(N, ...)`, of any rank | array `y` or `Y`, if any: numbers or names |
//! | a `.npz` file of features | arrays `logits` and one for each layer under its name, `(N, D)` | array `y` |
//! | a Parquet file of features | columns of lists: `logits`, and one for each layer | column `label` or `y` |
//! | an idx file, plain or gzipped | its images | the idx file LABELS, if given |
//! | an image file | itself | none |
//!
//! - `keep` keeps the samples with these labels, or with the labels that a file lists, one per
//!   line: `keep=@FILE`.
//! - `rows` then keeps the rows from FROM up to but not including TO; either may be omitted.
//! - `name` is what messages and reports call the set; by default, the whole line.
//!
//! Whole numbers, 0 to 255, are pictures. Floating-point numbers are the model's own input.
//!
//! The first bytes of a file decide what it is, not its name. Each file counts once, however many
//! links lead to it. Names are compared with their accents composed (NFC).

mod arrays;
mod colour;
mod decode;
mod file_kind;
mod folder;
mod header;
mod identity;
mod idx;
mod input;
mod line;
mod listing;
mod npz;
mod parquet;
mod remark;
mod sample;
mod source;
mod stored;
mod vectors;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use self::identity::Identity;
pub use self::input::Inputs;
use self::line::{Line, range};
pub use self::line::{composed, label_lists, labels};
pub use self::remark::Remark;
pub use self::sample::{Picture, Sample};
use self::source::Source;
pub use self::vectors::Vectors;
use crate::fit::hold_out::HoldOut;
use crate::listed::listed;
use crate::tensor::check_finite;
use crate::{Cause, Error, Result};

/// Samples on disk. idx files and the images of a folder are read sample by sample; `.npz` and
/// gzipped files are held in memory.
#[derive(Debug)]
pub struct Dataset {
    name: String,
    short_name: String,
    path: String,
    source: Arc<Source>,
    /// Positions in the source that `keep` and `rows` leave.
    kept: Vec<usize>,
    /// Class folders without a picture; none after `keep`, which says which classes count.
    empty: Vec<String>,
}

impl Dataset {
    /// Opens the set that a line names.
    ///
    /// # Errors
    /// [`Error::Data`] for a file that is missing, damaged or of another kind, and for invalid
    /// options.
    pub fn open(line: &str) -> Result<Self> {
        let parsed = Line::parse(line)?;
        let source = Arc::new(Source::open(parsed.path, parsed.labels)?);
        let (kept, empty): (Vec<usize>, _) = ((0..source.len()).collect(), source.empty());
        let mut set = Self {
            name: line.to_string(),
            short_name: parsed.short(),
            path: parsed.path.to_string(),
            kept,
            empty,
            source,
        };
        if let Some(list) = parsed.given("keep") {
            set.keep(&labels(list)?)?;
        }
        if let Some(rows) = parsed.given("rows") {
            set.rows(rows)?;
        }
        if let Some(name) = parsed.given("name") {
            (set.name, set.short_name) = (name.to_string(), name.to_string());
        }
        match set.kept.is_empty() {
            true => Err(damaged(line, set.without_samples())),
            false => Ok(set),
        }
    }

    fn keep(&mut self, labels: &[String]) -> Result<()> {
        if !self.is_labelled() {
            return Err(damaged(&self.name, "there are no labels to keep samples by"));
        }
        // Collecting would hold the label of every sample first.
        let mut known = BTreeSet::new();
        known.extend(self.kept.iter().filter_map(|&row| self.source.label(row)));
        if let Some(label) = labels.iter().find(|label| !known.contains(*label)) {
            let known: Vec<_> = known.iter().map(|label| format!("{label:?}")).collect();
            let reason = format!("no sample has the label {label:?}, there are {}", listed(&known));
            return Err(damaged(&self.name, reason));
        }
        let (source, labels) = (self.source.clone(), labels.iter().collect::<HashSet<_>>());
        self.kept.retain(|&row| source.label(row).is_some_and(|label| labels.contains(&label)));
        self.empty.clear();
        Ok(())
    }

    fn rows(&mut self, rows: &str) -> Result<()> {
        let wanted = range(rows, self.kept.len()).and_then(|range| self.kept.get(range));
        let reason = || {
            format!("rows={rows} is not within its {} samples, expected FROM..TO", self.kept.len())
        };
        self.kept = wanted.ok_or_else(|| damaged(&self.name, reason()))?.to_vec();
        Ok(())
    }

    fn without_samples(&self) -> String {
        let remarks = self.remarks().iter().map(|remark| match remark {
            Remark::Note(text) | Remark::Warning(text) | Remark::Loss(text) => text.as_str(),
        });
        [&["there are no samples"], remarks.collect::<Vec<_>>().as_slice()].concat().join("; ")
    }

    /// Splits off the share `hold_out` of the samples, above 0 and below 1: the rest, then the
    /// samples held out.
    ///
    /// The share is taken to the nearest sample and evenly of each label, and every label keeps at
    /// least one sample.
    ///
    /// # Errors
    /// [`Error::Data`] for another share, and when there are too few samples.
    pub fn hold_out(self, hold_out: f64) -> Result<(Self, Self)> {
        let (rest, held_out) = self.hold_out_of((0..self.len()).collect(), hold_out)?;
        let part = |positions: Vec<usize>| {
            let rows = positions.into_iter().filter_map(|position| self.kept.get(position));
            Self {
                name: self.name.clone(),
                short_name: self.short_name.clone(),
                path: self.path.clone(),
                source: self.source.clone(),
                kept: rows.copied().collect(),
                empty: self.empty.clone(),
            }
        };
        Ok((part(rest), part(held_out)))
    }

    /// Splits the samples at these positions as [`Dataset::hold_out`] splits all, and with the same
    /// errors.
    pub fn hold_out_of(
        &self,
        positions: Vec<usize>,
        hold_out: f64,
    ) -> Result<(Vec<usize>, Vec<usize>)> {
        let failed = || {
            let reason = format!(
                "a share of {hold_out} of {} samples cannot be held out: give one above 0 and \
                 below 1, and large enough for one sample",
                positions.len()
            );
            damaged(&self.name, reason)
        };
        let is_held_out = HoldOut::new(hold_out)
            .map_err(|_| failed())?
            .choose(positions.iter().map(|&position| self.label(position)));
        let part = |held_out: bool| {
            let part = positions.iter().zip(&is_held_out).filter(|(_, is)| **is == held_out);
            part.map(|(&position, _)| position).collect::<Vec<usize>>()
        };
        let (rest, held_out) = (part(false), part(true));
        if rest.is_empty() || held_out.is_empty() { Err(failed()) } else { Ok((rest, held_out)) }
    }

    /// Whether its samples are features that were computed elsewhere.
    pub fn holds_features(&self) -> bool {
        matches!(&*self.source, Source::Rows(_))
    }

    /// What it is called: its `name`, else the line that it was opened with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its `name`, else the line without the folders of its files.
    pub fn short_name(&self) -> &str {
        &self.short_name
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Never: a set without samples is not opened.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Number of samples that another set has, too: the same file, whatever links or folders lead
    /// to it, or the same place in the same file.
    pub fn shared_with(&self, other: &Self) -> usize {
        let others: HashSet<(Identity, usize)> = other.places().collect();
        self.places().filter(|place| others.contains(place)).count()
    }

    /// Where each sample is: a file, and a place in it.
    fn places(&self) -> impl Iterator<Item = (Identity, usize)> {
        let file = Identity::of(Path::new(&self.path));
        self.kept.iter().map(move |&row| match &*self.source {
            Source::Folder(folder) => (folder.identity(row).unwrap_or(&file).clone(), 0),
            Source::Arrays(_) | Source::Rows(_) => (file.clone(), row),
        })
    }

    /// Remarks for the user: files passed over, samples that may be meant otherwise.
    pub fn remarks(&self) -> &[Remark] {
        match &*self.source {
            Source::Folder(folder) => folder.remarks(),
            Source::Arrays(arrays) => &arrays.remarks,
            Source::Rows(_) => &[],
        }
    }

    /// Whether any of its samples has a label.
    pub fn is_labelled(&self) -> bool {
        (0..self.len()).any(|i| self.label(i).is_some())
    }

    /// Label of a sample: a number, or a name such as its folder's.
    pub fn label(&self, index: usize) -> Option<String> {
        self.source.label(*self.kept.get(index)?)
    }

    /// The names among its labels, sorted: class folders, or names in arrays. Empty where labels
    /// are numbers of arrays.
    pub fn classes(&self) -> Vec<String> {
        match &*self.source {
            Source::Folder(folder) => folder.classes_of(&self.kept),
            Source::Arrays(arrays) => arrays.names_of(&self.kept),
            Source::Rows(rows) => {
                rows.labels.as_ref().map(|labels| labels.names_of(&self.kept)).unwrap_or_default()
            }
        }
    }

    /// The same, with [`Dataset::empty_classes`].
    pub fn classes_and_empty(&self) -> Vec<String> {
        let classes = self.classes();
        match &*self.source {
            Source::Folder(folder) => {
                let counts = |name: &&String| classes.contains(name) || self.empty.contains(name);
                folder.classes().iter().filter(counts).cloned().collect()
            }
            Source::Arrays(_) | Source::Rows(_) => classes,
        }
    }

    /// Names of the class folders that hold no picture; none after `keep`, which says which classes
    /// count.
    pub fn empty_classes(&self) -> &[String] {
        &self.empty
    }

    /// Name of a sample for messages: its file, or its position in the array.
    pub fn sample_name(&self, index: usize) -> String {
        match (&*self.source, self.kept.get(index)) {
            (Source::Folder(folder), Some(&row)) => folder.name(row, &self.name),
            (_, Some(row)) => format!("sample {row} of {}", self.name),
            (_, None) => format!("sample {index} of {}, which has {}", self.name, self.len()),
        }
    }

    /// The file that a sample is read from, `None` beyond the last one.
    pub fn file(&self, index: usize) -> Option<&Path> {
        let row = *self.kept.get(index)?;
        match &*self.source {
            Source::Folder(folder) => folder.path(row),
            Source::Arrays(_) | Source::Rows(_) => Some(Path::new(&self.path)),
        }
    }

    /// Reads a sample.
    ///
    /// # Errors
    /// [`Error::Data`] for an image that cannot be read, and beyond the last sample;
    /// [`Error::NotFinite`] for NaN and infinite values.
    pub fn sample(&self, index: usize) -> Result<Sample> {
        let outside =
            || damaged(&self.name, format!("there is no sample {index} among {}", self.len()));
        let row = *self.kept.get(index).ok_or_else(outside)?;
        let sample = match &*self.source {
            Source::Folder(folder) => folder.sample(row).ok_or_else(outside)??,
            Source::Arrays(arrays) => arrays.sample(row).ok_or_else(outside)?,
            Source::Rows(rows) => Sample::Features(rows.vectors(row).ok_or_else(outside)??),
        };
        if let Sample::Values(values) = &sample {
            check_finite(self.sample_name(index), values.data())?;
        }
        Ok(sample)
    }
}

fn damaged(path: &str, reason: impl Into<String>) -> Error {
    Error::Data { path: path.to_string(), reason: reason.into(), source: None }
}

fn unreadable(path: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let reason = error.to_string();
    Error::Data { path: path.to_string(), reason, source: Some(Cause::new(error)) }
}
