//! The inference engine: ONNX bytes to a classifier whose internal layers can be read.

mod anatomy;
mod batched;
mod bounds;
mod channels;
mod decode;
mod door;
mod form;
mod graph;
mod guard;
mod heads;
mod input;
mod load;
mod logits;
mod numbers;
mod ops;
mod optimise;
mod outputs;
mod parse;
mod plan;
mod profile;
mod proto;
mod readout;
mod rewrite;
mod softmax;
mod trunk;
mod typed;
mod wiring;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use self::batched::Batched;
use self::numbers::Numbers;
pub(crate) use self::outputs::{EngineOutputs, SampleOutputs};
use self::plan::Plan;
pub use self::profile::OperatorCost;
use super::{
    Activations, ClassIndex, Layer, ModelOptions, Names, OnnxFile, OutputKind, external, foreign,
    invalid, layers, metadata, words,
};
use crate::tensor::check_finite;
use crate::{Error, Result, Tensor};

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
    options: ModelOptions,
    numbers: Numbers,
    taps: Vec<Layer>,
    tappable: Vec<Layer>,
    outputs: OutputKind,
    before_softmax: bool,
    classifier: bool,
    logits_tensor: Option<String>,
}

impl Model {
    /// Number of samples run at once, for models that gain by it.
    pub const BATCH: usize = 64;

    /// Sets the meaning of the outputs.
    #[must_use]
    pub(crate) fn with_outputs(self, outputs: OutputKind) -> Self {
        Self { outputs, ..self }
    }

    /// Whether a softmax is known to follow the logits, so that they are no probabilities, whatever
    /// their values.
    pub(crate) fn is_before_softmax(&self) -> bool {
        self.before_softmax
    }

    /// Whether its output is that of a classifier, as far as the graph tells: probabilities, or
    /// sums with a bias.
    pub fn is_classifier(&self) -> bool {
        self.classifier
    }

    /// Name of the tensor that holds the logits; `None` for a backbone.
    pub(crate) fn logits_tensor(&self) -> Option<&str> {
        self.logits_tensor.as_deref()
    }

    /// Whether the first dimension of its input is a batch.
    pub(crate) fn has_batch(&self) -> bool {
        self.one.form.batch.is_some()
    }

    /// How the model was read.
    pub(crate) fn options(&self) -> &ModelOptions {
        &self.options
    }

    /// Meaning of the outputs.
    pub(crate) fn output_kind(&self) -> OutputKind {
        self.outputs
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        &self.one.form.sample
    }

    /// Whether the input holds whole numbers, such as pixels.
    pub(crate) fn takes_whole_numbers(&self) -> bool {
        matches!(self.numbers, Numbers::Whole { .. })
    }

    /// Number of classes, the length of the logits; 0 for a backbone.
    pub fn classes(&self) -> usize {
        if self.has_single_output() { 2 } else { self.one.logits }
    }

    /// The tapped layers, in the order asked for.
    pub fn taps(&self) -> &[Layer] {
        &self.taps
    }

    /// All layers that can be tapped, from input to output: [`Model::layers`] of its file.
    pub fn tappable(&self) -> &[Layer] {
        &self.tappable
    }

    /// The layer that a fit taps where none is named: what the node that makes the logits reads.
    /// `None` where several layers make them, as in an ensemble.
    pub fn default_layer(&self) -> Option<&Layer> {
        self.tappable.iter().find(|layer| layer.is_default)
    }

    /// Number of samples run at once in a batch. A shorter batch costs as much as a full one.
    pub fn batch_size(&self) -> usize {
        if self.many.is_some() { Self::BATCH } else { self.one.form.samples() }
    }

    /// The class at a position in the logits.
    ///
    /// # Errors
    /// [`Error::UnknownClass`] unless `index` is less than [`Model::classes`].
    pub fn class(&self, index: usize) -> Result<ClassIndex> {
        ClassIndex::new(index, self.classes())
    }

    /// Runs one sample of shape [`Model::input_shape`].
    ///
    /// # Errors
    /// [`Error::InputShape`], [`Error::NotFinite`] (for the input, or for logits of a damaged
    /// model) or [`Error::ModelRun`].
    pub fn run(&self, input: &Tensor) -> Result<Activations> {
        self.forward(input)?.sample(0)?.to_activations(&self.taps)
    }

    /// Runs samples laid end to end, each of shape [`Model::input_shape`]. The outputs of a sample
    /// do not depend on its neighbours.
    ///
    /// # Errors
    /// [`Error::InputLength`] unless `samples` is a whole number of them, [`Error::NotFinite`] with
    /// the index in `samples`, else as [`Model::run`].
    pub fn run_batch(&self, samples: &[f32]) -> Result<Vec<Activations>> {
        self.check_batch(samples)?;
        let mut all = Vec::new();
        for outputs in self.forward_batches(samples) {
            for sample in outputs?.samples()? {
                all.push(sample?.to_activations(&self.taps)?);
            }
        }
        Ok(all)
    }

    /// Runs a sample of noise: 0 or 1 for a model of whole numbers.
    pub(crate) fn run_noise(&self) -> Result<Activations> {
        let is_whole = self.takes_whole_numbers();
        let noise = noise().map(|value| if is_whole { value.round() } else { value });
        let noise = noise.take(self.sample_len()).collect();
        self.run(&Tensor::new(self.one.form.sample.as_slice(), noise)?)
    }

    /// Runs one sample and returns the engine's buffers.
    ///
    /// # Errors
    /// As [`Model::run`], except for the logits.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<EngineOutputs> {
        self.check_shape(input)?;
        check_finite("the input", input.data())?;
        self.numbers.check(input.data())?;
        self.run_plan(&self.one, input.data())
    }

    /// Runs samples laid end to end that [`Model::check_batch`] has accepted, as many at once as is
    /// fastest, and yields the engine's buffers of each batch.
    ///
    /// # Errors
    /// Each as [`Model::run`], except for the logits.
    pub(crate) fn forward_batches<'a>(
        &'a self,
        samples: &'a [f32],
    ) -> impl Iterator<Item = Result<EngineOutputs>> + 'a {
        let many = self.many.as_ref().and_then(|many| many.plan(&self.one, &self.taps));
        let plan = many.unwrap_or(&self.one);
        let chunks = samples.chunks(plan.form.samples() * self.sample_len());
        chunks.map(move |chunk| self.run_plan(plan, chunk))
    }

    /// Splits samples laid end to end into parts of [`Model::batch_size`].
    pub(crate) fn chunks<'a>(&self, samples: &'a [f32]) -> std::slice::Chunks<'a, f32> {
        samples.chunks(self.batch_size() * self.sample_len())
    }

    /// Number of values of one sample.
    fn sample_len(&self) -> usize {
        self.one.sample_len()
    }

    /// Refuses an input of another shape than the model's.
    pub(crate) fn check_shape(&self, input: &Tensor) -> Result<()> {
        if input.shape() == self.one.form.sample {
            return Ok(());
        }
        Err(Error::InputShape {
            given: input.shape().to_vec(),
            expected: self.one.form.sample.clone(),
        })
    }

    /// Refuses anything but a whole number of samples of finite values.
    pub(crate) fn check_batch(&self, samples: &[f32]) -> Result<()> {
        if !samples.len().is_multiple_of(self.sample_len()) {
            let complete = samples.len() / self.sample_len() + 1;
            let expected = [&[complete], self.one.form.sample.as_slice()].concat();
            return Err(Error::InputLength { given: samples.len(), expected });
        }
        check_finite("the batch", samples)?;
        self.numbers.check(samples)
    }

    /// Runs a plan on at most as many samples as it holds.
    fn run_plan(&self, plan: &Plan, samples: &[f32]) -> Result<EngineOutputs> {
        catch_panic(run_failed, || plan.run(samples, self.outputs))
    }

    /// Whether there is one output, for the second of two classes.
    pub(crate) fn has_single_output(&self) -> bool {
        self.one.logits == 1
    }
}

/// Values from 0 to 1, the same each time: the upper bits of a linear congruential generator
/// (Knuth's MMIX).
fn noise() -> impl Iterator<Item = f32> + Clone {
    let next = |state: &u64| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(7), next).map(|state| (state >> 40) as f32 / (1u64 << 24) as f32)
}

/// Turns a panic of the engine into an error: it relies on more of a model than it checks.
fn catch_panic<T>(error: fn(&'static str) -> Error, call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(error("the engine gave up on it")))
}

fn run_failed(error: impl std::fmt::Display) -> Error {
    Error::ModelRun { reason: words(error) }
}
