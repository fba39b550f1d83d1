//! Samples for the commands: read, made input of, and where that fails counted.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use she_ood::data::{Dataset, Inputs, Remark, Sample};
use she_ood::{Detector, Error, Features, Tensor};

use super::classes::{Classes, few};
use super::{Result, say};
use crate::parallel::{batches, in_order};

/// Opens a set and prints its remarks.
///
/// # Errors
/// As [`Dataset::open`], and when files are left out that may be wanted, and the user wants nothing
/// left out.
pub fn open(line: &str, strict: bool) -> Result<Dataset> {
    let set = Dataset::open(line)?;
    let name = set.name();
    for remark in set.remarks() {
        match remark {
            Remark::Loss(text) if strict => return Err(format!("{name}: {text}").into()),
            Remark::Loss(text) | Remark::Warning(text) => say(&format!("warning: {name}: {text}")),
            Remark::Note(text) => say(&format!("note: {name}: {text}")),
        }
    }
    if !set.empty_classes().is_empty() {
        say(&format!("note: {name}: no picture is in the folders {}", few(set.empty_classes())));
    }
    Ok(set)
}

/// Says that pictures had to be resized.
pub fn say_resized(name: &str, resized: usize, total: usize) {
    if resized > 0 {
        say(&format!(
            "note: {name}: {resized} of {total} pictures are of another size than the input and were resized"
        ));
    }
}

/// A set, and what is left out of it.
pub struct Samples<'a> {
    set: &'a Dataset,
    inputs: &'a Inputs,
    classes: Classes,
    strict: bool,
    /// For each kind of problem the samples that have it, by position, and the first one's
    /// message.
    left_out: RefCell<BTreeMap<&'static str, (BTreeSet<usize>, String)>>,
    /// Pictures that had to be resized.
    resized: RefCell<BTreeSet<usize>>,
}

impl<'a> Samples<'a> {
    /// `labels` are the names of the classes, in the order of the logits.
    pub fn new(set: &'a Dataset, inputs: &'a Inputs, labels: &[String], strict: bool) -> Self {
        let (classes, left_out, resized) =
            (Classes::new(labels), RefCell::default(), RefCell::default());
        Self { set, inputs, classes, strict, left_out, resized }
    }

    /// Position and input of each sample that can be used, with a progress bar. After the first
    /// that cannot there are no more when the user wants none left out.
    pub fn usable(&self, task: &'static str) -> impl Iterator<Item = (usize, Tensor)> {
        self.usable_of((0..self.set.len()).collect(), task)
    }

    /// The same of the samples at these positions.
    fn usable_of(
        &self,
        positions: Vec<usize>,
        task: &'static str,
    ) -> impl Iterator<Item = (usize, Tensor)> {
        let input = move |i| match self.input(i) {
            Ok(input) => Some(Some((i, input))),
            Err(error) => self.leave_out(i, kind(&error), error.to_string()).then_some(None),
        };
        bar(positions.len(), task).wrap_iter(positions.into_iter()).map_while(input).flatten()
    }

    /// The same, with the class of each; those without one that the model has are left out.
    pub fn labelled_of(
        &self,
        positions: Vec<usize>,
        task: &'static str,
    ) -> impl Iterator<Item = (Tensor, usize)> {
        let class = move |(i, input)| match self.class(i) {
            Ok(class) => Some(Some((input, class))),
            Err(reason) => self.leave_out(i, "label out of range", reason).then_some(None),
        };
        self.usable_of(positions, task).map_while(class).flatten()
    }

    /// Shows position of each usable sample and what `work` makes of its input. What `work` or
    /// `see` cannot use is left out, too.
    pub fn each<T: Send>(
        &self,
        task: &'static str,
        work: impl Fn(&Tensor) -> she_ood::Result<T> + Sync,
        mut see: impl FnMut(usize, T) -> she_ood::Result<()>,
    ) {
        let work = |(position, input): (usize, Tensor)| (position, work(&input));
        let _ = in_order(self.usable(task), work, |(position, made)| {
            self.shown(position, made, &mut see)
        });
    }

    /// Shows position of each usable sample and what `work` makes of its features. What the model
    /// cannot run, or `work` or `see` cannot use, is left out, too.
    pub fn each_features<T: Send>(
        &self,
        detector: &Detector,
        task: &'static str,
        work: impl Fn(Features) -> she_ood::Result<T> + Sync,
        mut see: impl FnMut(usize, T) -> she_ood::Result<()>,
    ) {
        let made = |(position, features): (usize, she_ood::Result<Features>)| {
            (position, features.and_then(&work))
        };
        let work =
            |batch: Vec<_>| features_of(detector, &batch).into_iter().map(made).collect::<Vec<_>>();
        let _ = in_order(batches(self.usable(task), detector.batch_size()), work, |batch| {
            batch.into_iter().try_for_each(|(position, made)| self.shown(position, made, &mut see))
        });
    }

    /// Shows what was made of a sample, or leaves it out.
    fn shown<T>(
        &self,
        position: usize,
        made: she_ood::Result<T>,
        see: &mut impl FnMut(usize, T) -> she_ood::Result<()>,
    ) -> std::result::Result<(), Stop> {
        match made.and_then(|made| see(position, made)) {
            Err(error) if !self.leave_out_over(position, &error) => Err(Stop),
            _ => Ok(()),
        }
    }

    /// Class of a sample.
    pub fn class(&self, index: usize) -> std::result::Result<usize, String> {
        let label = self
            .set
            .label(index)
            .ok_or_else(|| format!("{} has no label", self.set.sample_name(index)))?;
        self.classes.find(&label).ok_or_else(|| {
            let (name, classes) = (self.set.sample_name(index), &self.classes);
            format!(
                "{name} has the label {label:?}, the model has {} classes: {classes}",
                classes.len()
            )
        })
    }

    fn input(&self, index: usize) -> she_ood::Result<Tensor> {
        let sample = self.set.sample(index)?;
        let input = self.inputs.make(&sample)?;
        if matches!(&sample, Sample::Picture(picture) if self.inputs.resizes(picture)) {
            self.resized.borrow_mut().insert(index);
        }
        Ok(input)
    }

    fn leave_out_over(&self, position: usize, error: &Error) -> bool {
        self.leave_out(
            position,
            kind(error),
            format!("{}: {error}", self.set.sample_name(position)),
        )
    }

    /// Notes a sample that cannot be used; false when the run is to stop over it.
    fn leave_out(&self, index: usize, kind: &'static str, reason: String) -> bool {
        let mut left_out = self.left_out.borrow_mut();
        let (samples, first) = left_out.entry(kind).or_default();
        // Samples are read ahead of those that are run.
        if samples.first().is_none_or(|&earliest| index < earliest) {
            *first = reason;
        }
        samples.insert(index);
        !self.strict
    }

    /// Positions of the samples that were not left out so far.
    pub fn kept(&self) -> Vec<usize> {
        let left_out = self.left_out.borrow();
        let is_kept =
            |position: &usize| left_out.values().all(|(samples, _)| !samples.contains(position));
        (0..self.set.len()).filter(is_kept).collect()
    }

    /// Number of samples left out so far.
    pub fn missing(&self) -> usize {
        self.left_out.borrow().values().map(|(samples, _)| samples.len()).sum()
    }

    /// Says on standard error what was left out.
    ///
    /// # Errors
    /// When anything was, and the user wants nothing left out.
    pub fn report(&self) -> Result<()> {
        let (name, total) = (self.set.name(), self.set.len());
        let left_out = self.left_out.borrow();
        let earliest = left_out.iter().min_by_key(|(_, (samples, _))| samples.first());
        if let Some((kind, (_, first))) = earliest.filter(|_| self.strict) {
            return Err(format!("{name}: {kind}: {first}").into());
        }
        for (kind, (samples, first)) in left_out.iter() {
            say(&format!(
                "warning: {name}: {} of {total} samples left out, {kind}; the first: {first}",
                samples.len()
            ));
        }
        Ok(())
    }

    /// Number of pictures resized so far.
    pub fn resized(&self) -> usize {
        self.resized.borrow().len()
    }

    /// Warns of labels that no sample is left of: no figure of the rest says anything of them.
    pub fn report_lost_labels(&self) {
        let left_out = self.left_out.borrow();
        let missing: BTreeSet<usize> =
            left_out.values().flat_map(|(samples, _)| samples).copied().collect();
        let mut lost: BTreeSet<String> =
            missing.iter().filter_map(|&position| self.set.label(position)).collect();
        if !lost.is_empty() {
            let kept = (0..self.set.len()).filter(|position| !missing.contains(position));
            let kept: BTreeSet<String> =
                kept.filter_map(|position| self.set.label(position)).collect();
            lost.retain(|label| !kept.contains(label));
        }
        let labels: Vec<String> = lost.into_iter().collect();
        if !labels.is_empty() {
            say(&format!(
                "warning: {}: every sample of these labels was left out: {}",
                self.set.name(),
                few(&labels)
            ));
        }
    }

    /// As [`Samples::report`], and says how many were resized.
    ///
    /// # Errors
    /// As [`Samples::report`], and when nothing is left.
    pub fn report_some(&self) -> Result<()> {
        self.report()?;
        say_resized(self.set.name(), self.resized(), self.set.len());
        match self.missing() == self.set.len() {
            true => Err(format!("{}: no sample is left", self.set.name()).into()),
            false => Ok(()),
        }
    }
}

/// The end of a run at a sample that cannot be used.
struct Stop;

/// Features of a batch; where it fails as a whole, of each sample by itself.
fn features_of(
    detector: &Detector,
    batch: &[(usize, Tensor)],
) -> Vec<(usize, she_ood::Result<Features>)> {
    let mut data = Vec::new();
    batch.iter().for_each(|(_, input)| data.extend_from_slice(input.data()));
    match detector.features_batch(&data) {
        Ok(all) => batch
            .iter()
            .zip(all)
            .map(|((position, _), features)| (*position, Ok(features)))
            .collect(),
        Err(_) => {
            batch.iter().map(|(position, input)| (*position, detector.features(input))).collect()
        }
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Data { .. } => "unreadable",
        Error::NotFinite { .. } => "not finite",
        Error::NoPreprocess { .. } => "no preprocessing for pictures",
        Error::InputShape { .. } | Error::InputLength { .. } | Error::ImageSize { .. } => {
            "wrong shape"
        }
        _ => "the model fails",
    }
}

/// A progress bar on standard error, which shows only on a terminal.
pub fn bar(length: usize, task: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:12} {wide_bar} {human_pos}/{human_len} {eta}");
    let bar =
        ProgressBar::new(length as u64).with_message(task).with_finish(ProgressFinish::AndClear);
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}
