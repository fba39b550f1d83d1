//! Samples for the commands: read, made inputs of and run, on all cores.

use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use she_ood::data::{Dataset, Inputs, Remark, Sample};
use she_ood::{Detector, Error, Features, Fit, Model, Tensor};

use super::label_index::{LabelIndex, digits};
use super::{Result, listed, say};
use crate::parallel::{batches, map_in_order};

/// Opens a set and prints its remarks.
///
/// # Errors
/// As [`Dataset::open`]; with `strict`, also when files that may be wanted are left out.
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
        say(&format!(
            "note: {name}: these folders have no pictures: {}",
            listed(set.empty_classes())
        ));
    }
    Ok(set)
}

/// The labels that samples of a set have: names as text, numbers by their value.
pub fn present_labels(set: &Dataset) -> Vec<String> {
    // Collecting would hold the label of every sample first.
    let mut present = BTreeSet::new();
    present.extend((0..set.len()).filter_map(|at| set.label(at)));
    let mut labels = Vec::from_iter(present);
    if labels.iter().all(|label| digits(label).is_some()) {
        labels.sort_by_key(|label| digits(label));
    }
    labels
}

/// The samples of a set, for a model that takes these inputs and has these classes.
pub struct Samples<'a> {
    pub set: &'a Dataset,
    inputs: &'a Inputs,
    labels: LabelIndex,
}

/// What came of one sample.
pub struct Outcome<T> {
    /// Position in the set.
    pub position: usize,
    /// Whether it is a picture of another size than the input.
    pub was_resized: bool,
    pub result: std::result::Result<T, Problem>,
}

/// Why a sample cannot be used.
pub struct Problem {
    /// What such samples are counted under.
    pub heading: &'static str,
    pub message: String,
}

/// Something that extracts features from inputs.
pub trait Extractor: Sync {
    /// Number of inputs run at once.
    fn batch_size(&self) -> usize;
    fn features(&self, input: &Tensor) -> she_ood::Result<Features>;
    /// Of inputs laid end to end.
    fn features_batch(&self, inputs: &[f32]) -> she_ood::Result<Vec<Features>>;
}

impl<'a> Samples<'a> {
    /// `labels` are the names of the classes, in the order of the logits.
    pub fn new(set: &'a Dataset, inputs: &'a Inputs, labels: &[String]) -> Self {
        Self { set, inputs, labels: LabelIndex::new(labels) }
    }

    /// All positions in the set.
    pub fn positions(&self) -> Vec<usize> {
        (0..self.set.len()).collect()
    }

    /// Reads the samples at these positions and runs them in batches, in parallel. Yields the
    /// outcomes in order, and shows a progress bar.
    ///
    /// `run` returns a result for each input; it also gets their positions.
    pub fn map<T: Send>(
        &self,
        positions: Vec<usize>,
        task: &'static str,
        batch_size: usize,
        run: impl Fn(&[usize], &[Tensor]) -> Vec<she_ood::Result<T>> + Sync,
    ) -> impl Iterator<Item = Outcome<T>> {
        let bar = bar(positions.len(), task);
        let work = move |batch| self.outcomes(batch, &run);
        bar.wrap_iter(map_in_order(batches(positions, batch_size), work).flatten())
    }

    /// The features of the samples at these positions.
    pub fn features(
        &self,
        positions: Vec<usize>,
        task: &'static str,
        model: &impl Extractor,
    ) -> impl Iterator<Item = Outcome<Features>> {
        self.map(positions, task, model.batch_size(), |_, inputs| features_of(model, inputs))
    }

    /// The features of the samples at these positions, where the set holds features already.
    pub fn computed(
        &self,
        positions: Vec<usize>,
        task: &'static str,
        model: &Model,
    ) -> impl Iterator<Item = Outcome<Features>> {
        let read = move |position| match self.set.sample(position)? {
            Sample::Features(vectors) => vectors.features(model),
            _ => Err(Error::Fit { reason: "these data are not features".to_string() }),
        };
        let outcome = move |position| {
            let result = read(position).map_err(|error| self.failure(position, &error));
            Outcome { position, was_resized: false, result }
        };
        bar(positions.len(), task).wrap_iter(positions.into_iter().map(outcome))
    }

    /// Refuses a set of which no label is a class of the model, before anything is run.
    pub fn check_labels(&self) -> Result<()> {
        let present = present_labels(self.set);
        if present.iter().any(|label| self.labels.find(label).is_some()) {
            return Ok(());
        }
        Err(format!(
            "{}: none of its labels, {}, is a class of the model: {}. Name the classes as the \
             data does, with --labels in the order of the logits",
            self.set.name(),
            listed(&present),
            self.labels
        )
        .into())
    }

    /// Class index of a sample.
    pub fn class(&self, position: usize) -> std::result::Result<usize, Problem> {
        let (name, labels) = (self.set.sample_name(position), &self.labels);
        let found = match self.set.label(position) {
            None => Err(format!("{name} has no label")),
            Some(label) => labels.find(&label).ok_or_else(|| {
                let count = labels.len();
                format!("{name} has the label {label:?}, the model has {count} classes: {labels}")
            }),
        };
        found.map_err(|message| Problem { heading: "label out of range", message })
    }

    /// The outcomes of a batch.
    fn outcomes<T>(
        &self,
        positions: Vec<usize>,
        run: impl Fn(&[usize], &[Tensor]) -> Vec<she_ood::Result<T>>,
    ) -> Vec<Outcome<T>> {
        let (mut outcomes, mut usable, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
        for position in positions {
            match self.read(position) {
                Ok((input, was_resized)) => {
                    usable.push((position, was_resized));
                    inputs.push(input);
                }
                Err(error) => outcomes.push(Outcome {
                    position,
                    was_resized: false,
                    result: Err(Problem { heading: heading(&error), message: error.to_string() }),
                }),
            }
        }
        let positions: Vec<usize> = usable.iter().map(|(position, _)| *position).collect();
        let ran = usable.into_iter().zip(run(&positions, &inputs));
        outcomes.extend(ran.map(|((position, was_resized), result)| {
            let result = result.map_err(|error| self.failure(position, &error));
            Outcome { position, was_resized, result }
        }));
        outcomes.sort_by_key(|outcome| outcome.position);
        outcomes
    }

    /// The input made of a sample, and whether the sample was resized for it.
    fn read(&self, position: usize) -> she_ood::Result<(Tensor, bool)> {
        let sample = self.set.sample(position)?;
        let input = self.inputs.make(&sample)?;
        let was_resized =
            matches!(&sample, Sample::Picture(picture) if self.inputs.resizes(picture));
        Ok((input, was_resized))
    }

    fn failure(&self, position: usize, error: &Error) -> Problem {
        let message = format!("{}: {error}", self.set.sample_name(position));
        Problem { heading: heading(error), message }
    }
}

impl<T> Outcome<T> {
    /// Goes on with what came of the sample, if anything did.
    pub fn and_then<U>(
        self,
        next: impl FnOnce(usize, T) -> std::result::Result<U, Problem>,
    ) -> Outcome<U> {
        let Self { position, was_resized, result } = self;
        Outcome { position, was_resized, result: result.and_then(|made| next(position, made)) }
    }
}

impl Extractor for Detector {
    fn batch_size(&self) -> usize {
        self.batch_size()
    }

    fn features(&self, input: &Tensor) -> she_ood::Result<Features> {
        self.features(input)
    }

    fn features_batch(&self, inputs: &[f32]) -> she_ood::Result<Vec<Features>> {
        self.features_batch(inputs)
    }
}

impl Extractor for Fit {
    fn batch_size(&self) -> usize {
        self.model().batch_size()
    }

    fn features(&self, input: &Tensor) -> she_ood::Result<Features> {
        self.features(input)
    }

    fn features_batch(&self, inputs: &[f32]) -> she_ood::Result<Vec<Features>> {
        self.features_batch(inputs)
    }
}

/// Features of a batch. If it fails as a whole, its inputs are run one by one.
pub fn features_of(model: &impl Extractor, inputs: &[Tensor]) -> Vec<she_ood::Result<Features>> {
    let data: Vec<f32> = inputs.iter().flat_map(|input| input.data()).copied().collect();
    match model.features_batch(&data) {
        Ok(all) => all.into_iter().map(Ok).collect(),
        Err(_) => inputs.iter().map(|input| model.features(input)).collect(),
    }
}

/// What samples with this error are counted under.
fn heading(error: &Error) -> &'static str {
    match error {
        Error::Data { .. } => "unreadable",
        Error::NotFinite { .. } => "not finite",
        Error::InputRange { .. } => "out of range",
        Error::NoPreprocess { .. } => "no preprocessing for pictures",
        Error::InputShape { .. } | Error::InputLength { .. } | Error::ImageSize { .. } => {
            "wrong shape"
        }
        _ => "the model fails",
    }
}

/// A progress bar on standard error, which shows only on a terminal.
fn bar(length: usize, task: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:12} {wide_bar} {human_pos}/{human_len} {eta}");
    let bar =
        ProgressBar::new(length as u64).with_message(task).with_finish(ProgressFinish::AndClear);
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}
