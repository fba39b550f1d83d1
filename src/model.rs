//! ONNX bytes to a classifier whose internal layers can be read. The only stage that knows the
//! inference engine.

mod batched;
mod foreign;
mod graph;
mod guard;
mod layers;
mod limits;
mod logits;
pub(crate) mod metadata;
mod ops;
mod outputs;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tract_onnx::prelude::{DatumType, IntoRunnable, TractResult, TypedModel, TypedRunnableModel};

use self::batched::Batched;
use self::graph::Graph;
pub use self::layers::Layer;
pub use self::limits::Limits;
pub(crate) use self::outputs::EngineOutputs;
use self::outputs::run;
use crate::names::named;
use crate::tensor::check_finite;
use crate::{Error, Result, Tensor};

type Plan = Arc<TypedRunnableModel>;

/// A classifier ready to run, with the layers that it was asked to show.
///
/// A dynamic batch dimension is set to 1, and for models of dense layers alone, which gain by it,
/// also to [`Model::BATCH`] when the first batch comes.
/// Where the engine panics over a malformed model, the error is [`Error::InvalidModel`] or
/// [`Error::ModelRun`] natively; WebAssembly cannot catch it and traps.
#[derive(Debug, Clone)]
pub struct Model {
    one: Plan,
    /// For models that gain by it. Clones share it.
    many: Option<Arc<Batched>>,
    input_shape: Vec<usize>,
    classes: usize,
    taps: Vec<Layer>,
    outputs: OutputKind,
    before_softmax: bool,
}

/// Meaning of a classifier's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// Unnormalised class scores.
    #[default]
    Logits,
    /// Probabilities that sum to 1, without a softmax whose input could be taken. Their logarithms
    /// serve as logits and give the same probabilities.
    Probabilities,
    /// Logarithms of probabilities, which serve as logits; the energy of them is 0.
    LogProbabilities,
    /// Numbers from 0 to 1 that do not sum to 1, such as sigmoids. A softmax over them says little.
    Bounded,
}

named!(
    OutputKind,
    "the meaning of the outputs",
    "logits" => Logits,
    "probabilities" => Probabilities,
    "log-probabilities" => LogProbabilities,
    "bounded" => Bounded,
);

/// What one run of a [`Model`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations {
    /// Unnormalised class scores, one a class. For a model that ends in a softmax: its input.
    pub logits: Vec<f32>,
    /// The tapped layers in the order asked for, `[D]` or `[channels, height, width]`.
    pub layers: Vec<Tensor>,
}

impl Model {
    /// The number of samples that are run together where that is faster.
    pub const BATCH: usize = 64;

    /// Reads an ONNX classifier and makes the tensors named in `taps` readable beside its logits.
    ///
    /// The model has one float input with a leading batch dimension, dynamic or 1. Its classifier
    /// output is the one named `logits`, else the first of floats; where it holds
    /// probabilities, the numbers before the softmax are taken. The taps are tensor names, as
    /// [`Model::layers`] lists them; they need not be outputs of the file.
    ///
    /// # Errors
    /// [`Error::InvalidModel`], [`Error::UnsupportedOperator`], [`Error::UnsupportedModel`],
    /// [`Error::UnknownLayer`] or [`Error::TooLarge`].
    pub fn load(onnx: &[u8], taps: &[String]) -> Result<Self> {
        Self::load_within(onnx, taps, &Limits::default())
    }

    /// As [`Model::load`], with other limits.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_within(onnx: &[u8], taps: &[String], limits: &Limits) -> Result<Self> {
        sheltered(invalid, || {
            let graph = Graph::read(onnx, 1, limits)?;
            let tappable = graph.layers();
            let taps = taps
                .iter()
                .map(|name| layers::find(&tappable, name))
                .collect::<Result<Vec<_>>>()?;
            let input_shape = graph.input_shape().to_vec();
            let many = graph.is_rowwise().then(|| Arc::new(Batched::new(onnx, *limits)));
            let before_softmax = graph.is_before_softmax();
            let (one, classes) = compiled(graph, &taps, 1)?;
            Ok(Self {
                one,
                many,
                input_shape,
                classes,
                taps,
                outputs: OutputKind::default(),
                before_softmax,
            })
        })
    }

    /// All layers of an ONNX classifier that can be tapped, from input to output.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn layers(onnx: &[u8]) -> Result<Vec<Layer>> {
        Self::layers_within(onnx, &Limits::default())
    }

    /// As [`Model::layers`], with other limits.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn layers_within(onnx: &[u8], limits: &Limits) -> Result<Vec<Layer>> {
        sheltered(invalid, || Ok(Graph::read(onnx, 1, limits)?.layers()))
    }

    /// The same model with another meaning of its outputs.
    pub(crate) fn with_outputs(self, outputs: OutputKind) -> Self {
        Self { outputs, ..self }
    }

    /// Whether a softmax is known to follow the logits, so that they are no probabilities, whatever
    /// their values.
    pub(crate) fn is_before_softmax(&self) -> bool {
        self.before_softmax
    }

    /// Meaning of the outputs.
    pub(crate) fn output_kind(&self) -> OutputKind {
        self.outputs
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    /// Number of classes, the length of the logits.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The tapped layers, in the order asked for.
    pub fn taps(&self) -> &[Layer] {
        &self.taps
    }

    /// Number of samples run at once in a batch. A shorter batch costs as much as a full one.
    pub fn batch_size(&self) -> usize {
        if self.many.is_some() { Self::BATCH } else { 1 }
    }

    /// Runs one sample of shape [`Model::input_shape`].
    ///
    /// # Errors
    /// [`Error::InputShape`], [`Error::NotFinite`] (for the input, or for logits that a damaged
    /// model gives) or [`Error::ModelRun`].
    pub fn run(&self, input: &Tensor) -> Result<Activations> {
        self.forward(input)?.activations(0, &self.taps)
    }

    /// Runs a sample of noise.
    pub(crate) fn run_noise(&self) -> Result<Activations> {
        let volume = self.input_shape.iter().product();
        self.run(&Tensor::new(self.input_shape.as_slice(), noise().take(volume).collect())?)
    }

    /// Runs one sample and leaves what comes of it where it is.
    ///
    /// # Errors
    /// As [`Model::run`], but for the logits.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<EngineOutputs> {
        self.check_shape(input)?;
        check_finite("the input", input.data())?;
        self.outputs(&self.one, input.data(), 1)
    }

    /// Runs samples laid end to end, each of shape [`Model::input_shape`]. What a sample gives does
    /// not depend on its neighbours.
    ///
    /// # Errors
    /// [`Error::InputLength`] unless `samples` is a whole number of them, [`Error::NotFinite`] with
    /// the index in `samples`, else as [`Model::run`].
    pub fn run_batch(&self, samples: &[f32]) -> Result<Vec<Activations>> {
        self.forward_batch(samples, |outputs, index| outputs.activations(index, &self.taps))
    }

    /// Samples laid end to end, in parts that are run together.
    pub(crate) fn chunks<'a>(&self, samples: &'a [f32]) -> std::slice::Chunks<'a, f32> {
        samples.chunks(self.batch_size() * self.input_shape.iter().product::<usize>())
    }

    /// Runs samples laid end to end, and makes something of each, given what the engine gave for
    /// some and which of them it is.
    ///
    /// # Errors
    /// As [`Model::run_batch`], and those of `make`.
    pub(crate) fn forward_batch<T>(
        &self,
        samples: &[f32],
        make: impl Fn(&EngineOutputs, usize) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.check_batch(samples)?;
        let volume: usize = self.input_shape.iter().product();
        let many =
            self.many.as_ref().and_then(|many| many.plan(&self.one, &self.input_shape, &self.taps));
        let (plan, batch) = many.map_or((&self.one, 1), |many| (many, Self::BATCH));
        let mut all = Vec::with_capacity(samples.len() / volume);
        let whole = samples.chunks_exact(batch * volume);
        let rest = whole.remainder();
        let mut add = |chunk: &[f32], wanted: usize| -> Result<()> {
            let outputs = self.outputs(plan, chunk, batch)?;
            for index in 0..wanted {
                all.push(make(&outputs, index)?);
            }
            Ok(())
        };
        for chunk in whole {
            add(chunk, batch)?;
        }
        if !rest.is_empty() {
            let mut padded = rest.to_vec();
            padded.resize(batch * volume, 0.0);
            add(&padded, rest.len() / volume)?;
        }
        Ok(all)
    }

    /// Refuses an input of another shape than the model's.
    pub(crate) fn check_shape(&self, input: &Tensor) -> Result<()> {
        if input.shape() == self.input_shape {
            return Ok(());
        }
        Err(Error::InputShape { given: input.shape().to_vec(), expected: self.input_shape.clone() })
    }

    /// Refuses anything but a whole number of samples of finite values.
    pub(crate) fn check_batch(&self, samples: &[f32]) -> Result<()> {
        let volume: usize = self.input_shape.iter().product();
        if !samples.len().is_multiple_of(volume) {
            let expected = [&[samples.len() / volume + 1], self.input_shape.as_slice()].concat();
            return Err(Error::InputLength { given: samples.len(), expected });
        }
        check_finite("the batch", samples)
    }

    /// Runs a whole batch.
    fn outputs(&self, plan: &Plan, samples: &[f32], batch: usize) -> Result<EngineOutputs> {
        let outputs = sheltered(run_failed, || run(plan, &self.input_shape, samples, batch))?;
        Ok(outputs.taken_for(self.outputs))
    }
}

/// The runnable form of a graph and its number of classes.
fn compiled(graph: Graph, taps: &[Layer], batch: usize) -> Result<(Plan, usize)> {
    let optimised = graph.into_optimised(taps)?;
    let classes = classes(&optimised, batch)?;
    Ok((optimised.into_runnable().map_err(invalid)?, classes))
}

/// Number of classes of an optimised model, from the shape of its first output. All outputs have
/// `batch` samples.
fn classes(model: &TypedModel, batch: usize) -> Result<usize> {
    let facts = (0..model.outputs.len())
        .map(|i| model.output_fact(i))
        .collect::<TractResult<Vec<_>>>()
        .map_err(invalid)?;
    let batched = facts
        .iter()
        .all(|fact| fact.shape.as_concrete().is_some_and(|shape| shape.first() == Some(&batch)));
    let logits = facts.first().filter(|fact| batched && fact.datum_type == DatumType::F32);
    match logits.and_then(|fact| classes_of(fact.shape.as_concrete()?, batch)) {
        Some(classes) if classes > 0 => Ok(classes),
        _ => Err(Error::UnsupportedModel {
            reason: format!(
                "its logits are {:?}, a classifier's are [batch, classes] of 32-bit floats",
                facts.first()
            ),
        }),
    }
}

/// Number of classes of logits of this shape: `[batch, classes]`, perhaps with further dimensions
/// of 1.
fn classes_of(shape: &[usize], batch: usize) -> Option<usize> {
    let row = shape.strip_prefix(&[batch]).filter(|row| !row.is_empty())?;
    (row.iter().filter(|&&size| size != 1).count() <= 1).then(|| row.iter().product())
}

/// Values from 0 to 1, the same each time: the upper bits of a linear congruential generator
/// (Knuth's MMIX).
fn noise() -> impl Iterator<Item = f32> {
    let next = |state: &u64| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(7), next).map(|state| (state >> 40) as f32 / (1u64 << 24) as f32)
}

/// Turns a panic of the engine into an error: it checks less of a model than it relies on.
fn sheltered<T>(error: fn(&'static str) -> Error, call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(error("the engine gave up on it")))
}

/// The engine's words with all their causes, on one line.
fn words(error: impl std::fmt::Display) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::InvalidModel { reason: words(error) }
}

fn run_failed(error: impl std::fmt::Display) -> Error {
    Error::ModelRun { reason: words(error) }
}
