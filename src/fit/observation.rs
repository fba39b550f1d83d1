//! Samples as a fit sees them, and where it pulls them from.

use std::sync::Arc;

use super::Fit;
use super::probes::Probes;
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
    /// What the model made of its alterations, if it is put aside for the choice: [`Fit::observe`].
    pub(super) altered: Option<Arc<Vec<Features>>>,
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
    /// Its features, then those of each alteration.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn all_features(&self) -> impl Iterator<Item = &Features> {
        let altered = self.altered.iter().flat_map(|altered| altered.iter());
        std::iter::once(self.features.as_ref()).chain(altered)
    }

    /// A sample with these features, whose label is the class with this index.
    pub fn new(features: Features, class: usize) -> Self {
        // A backbone predicts nothing: every sample belongs to its class.
        let is_backbone = features.logits().is_empty();
        let predicted = if is_backbone { class } else { first_maximum(features.logits()).0 };
        Self { features: features.into(), class, predicted, altered: None }
    }

    /// The same sample with the features of some of the layers.
    pub(super) fn of_layers(self, positions: &[usize]) -> Self {
        let narrowed = |features: &Features| features.of_layers(positions);
        let all = |altered: Arc<Vec<Features>>| Arc::new(altered.iter().map(narrowed).collect());
        let features = narrowed(&self.features).into();
        Self { features, altered: self.altered.map(all), ..self }
    }
}

impl CalibrationSample {
    /// A sample with these features, whose label is the class with this index, if it is known.
    pub fn new(features: Features, class: Option<usize>) -> Self {
        let predicted = first_maximum(features.logits()).0;
        Self { features: features.into(), predicted, class }
    }

    /// The same sample with the features of some of the layers.
    pub(super) fn of_layers(self, positions: &[usize]) -> Self {
        Self { features: self.features.of_layers(positions).into(), ..self }
    }
}

impl From<Observation> for CalibrationSample {
    fn from(Observation { features, predicted, class, .. }: Observation) -> Self {
        Self { features, predicted, class: Some(class) }
    }
}

/// Pairs of input and class, run through the model on each pass; those that are put aside also
/// altered, on the first.
pub(super) struct Inputs<'a, S> {
    pub fit: &'a Fit,
    pub samples: S,
    pub is_first: bool,
}

impl<S: IntoIterator<Item = (Tensor, usize)> + Clone> Observations for Inputs<'_, S> {
    fn pass(&mut self) -> impl Iterator<Item = Result<Observation>> {
        let fit = self.fit;
        let is_first = std::mem::replace(&mut self.is_first, false);
        let mut probes = if is_first { fit.probes() } else { Probes::none() };
        let samples = self.samples.clone().into_iter();
        let samples = samples.map(move |(input, class)| (input, (class, probes.next(class))));
        run(fit.model(), samples, |input, features, (class, probe)| {
            fit.observe(input.data(), features, class, probe)
        })
    }
}

/// Observations with the features of some of the layers.
pub(super) struct Narrowed<'a, S> {
    pub samples: &'a mut S,
    /// Positions among the layers.
    pub layers: &'a [usize],
}

impl<S: Observations> Observations for Narrowed<'_, S> {
    fn pass(&mut self) -> impl Iterator<Item = Result<Observation>> {
        let layers = self.layers;
        self.samples.pass().map(move |observation| Ok(observation?.of_layers(layers)))
    }
}

/// Runs inputs in parallel and yields in order what `make` makes of each input, its features and
/// what came with it.
pub(super) fn run<T: Send, R: Send>(
    model: &Model,
    samples: impl IntoIterator<Item = (Tensor, T)>,
    make: impl Fn(&Tensor, Features, T) -> Result<R> + Sync,
) -> impl Iterator<Item = Result<R>> {
    let run = move |batch: Vec<(Tensor, T)>| {
        let (inputs, with): (Vec<Tensor>, Vec<T>) = batch.into_iter().unzip();
        match features_of(model, &inputs) {
            Ok(features) => {
                let ran = inputs.iter().zip(features).zip(with);
                ran.map(|((input, features), with)| make(input, features, with)).collect()
            }
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
    model.check_batch(&data)?;
    Features::of_chunk(model, &data)
}
