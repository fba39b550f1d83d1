//! Samples as a fit sees them, and where it pulls them from.

use std::sync::Arc;

use crate::parallel::{batches, map_in_order};
use crate::score::first_maximum;
use crate::{Features, Model, Result, Tensor};

/// A labelled sample: what the model made of it, and its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Shared, as each pass over samples in memory clones them.
    pub(super) features: Arc<Features>,
    pub(super) class: usize,
    pub(super) predicted: usize,
}

/// A held-out in-distribution sample for the threshold, and with a label for the prediction sets.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationSample {
    pub(super) features: Arc<Features>,
    pub(super) predicted: usize,
    pub(super) class: Option<usize>,
}

/// Labelled samples that a fit goes through several times.
///
/// Every clonable iterator of `Result<Observation>` is one. Implement it for samples that are read
/// again on each pass. The samples and their order must be the same in every pass.
pub trait Observations {
    /// Starts again at the first sample.
    fn pass(&mut self) -> impl Iterator<Item = Result<Observation>>;
}

impl<S: IntoIterator<Item = Result<Observation>> + Clone> Observations for S {
    fn pass(&mut self) -> impl Iterator<Item = Result<Observation>> {
        self.clone().into_iter()
    }
}

impl Observation {
    /// A sample with these features, whose label is the class with this index.
    pub fn new(features: Features, class: usize) -> Self {
        let predicted = first_maximum(features.logits()).0;
        Self { features: features.into(), class, predicted }
    }
}

impl CalibrationSample {
    /// A sample with these features, whose label is the class with this index, if it is known.
    pub fn new(features: Features, class: Option<usize>) -> Self {
        let predicted = first_maximum(features.logits()).0;
        Self { features: features.into(), predicted, class }
    }
}

impl From<Observation> for CalibrationSample {
    fn from(Observation { features, predicted, class }: Observation) -> Self {
        Self { features, predicted, class: Some(class) }
    }
}

/// Pairs of input and class, run through the model on each pass.
pub(super) struct Inputs<'a, S> {
    pub model: &'a Model,
    pub samples: S,
}

impl<S: IntoIterator<Item = (Tensor, usize)> + Clone> Observations for Inputs<'_, S> {
    fn pass(&mut self) -> impl Iterator<Item = Result<Observation>> {
        run(self.model, self.samples.clone())
            .map(|ran| ran.map(|(features, class)| Observation::new(features, class)))
    }
}

/// Runs inputs in parallel and yields the features in order, each with what came with its input.
pub(super) fn run<T: Send>(
    model: &Model,
    samples: impl IntoIterator<Item = (Tensor, T)>,
) -> impl Iterator<Item = Result<(Features, T)>> {
    let run = |batch: Vec<(Tensor, T)>| {
        let (inputs, with): (Vec<Tensor>, Vec<T>) = batch.into_iter().unzip();
        match features_of(model, &inputs) {
            Ok(features) => features.into_iter().zip(with).map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }
    };
    map_in_order(batches(samples, model.batch_size()), run).flatten()
}

/// Features of a batch.
fn features_of(model: &Model, inputs: &[Tensor]) -> Result<Vec<Features>> {
    let mut data = Vec::new();
    for input in inputs {
        model.check_shape(input)?;
        data.extend_from_slice(input.data());
    }
    Features::of_chunk(model, &data)
}
