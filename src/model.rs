//! ONNX bytes to a classifier whose internal layers can be read. The only stage that knows the
//! inference engine.

mod anatomy;
mod batched;
mod channels;
mod class_index;
pub(crate) mod data_file;
mod door;
pub(crate) mod external;
mod foreign;
mod form;
mod graph;
mod guard;
mod heads;
mod input;
mod layers;
mod limits;
mod logits;
pub(crate) mod metadata;
mod numbers;
mod onnx_file;
mod ops;
mod options;
mod output_kind;
mod outputs;
mod parse;
mod plan;
mod pooling;
mod proto;
mod readout;
mod rewrite;
mod trunk;
mod weights;
mod wire;
mod wiring;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use self::batched::Batched;
pub use self::class_index::ClassIndex;
pub use self::external::{external_files, inline_weights};
use self::graph::Graph;
pub use self::layers::Layer;
pub(crate) use self::layers::Names;
pub use self::limits::Limits;
use self::numbers::Numbers;
pub(crate) use self::onnx_file::{OnnxFile, hash};
pub use self::options::ModelOptions;
pub use self::output_kind::OutputKind;
pub use self::outputs::Activations;
use self::outputs::is_probability;
pub(crate) use self::outputs::{EngineOutputs, SampleOutputs};
use self::plan::Plan;
pub use self::pooling::{ChannelAxis, Pooling};
use self::proto::Proto;
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
    default_layer: Option<Layer>,
    outputs: OutputKind,
    before_softmax: bool,
}

impl Model {
    /// Number of samples run at once, for models that gain by it.
    pub const BATCH: usize = 64;

    /// Reads an ONNX classifier and makes the layers of the options readable beside its logits.
    ///
    /// The model has one input, of any kind of numbers. Its first dimension is the batch, unless
    /// the model has none. Its classifier output is the one of the options, else the one named
    /// `logits`, else the float output that is not computed on from; where it holds probabilities,
    /// the numbers before the softmax are taken. A single output, a logit or a probability, belongs
    /// to the second of two classes.
    ///
    /// The taps are names as [`Model::layers`] lists them, none without any; they need not be
    /// outputs of the file. A name may end in how the layer is pooled: `:mean`, `:max`, `:first`
    /// (the first token), and before or after it `:channels-first` or `:channels-last`.
    ///
    /// # Errors
    /// [`Error::InvalidModel`], [`Error::UnsupportedOperator`], [`Error::UnsupportedModel`],
    /// [`Error::UnknownLayer`], [`Error::InvalidOption`] for a pooling that does not suit the
    /// layer, or [`Error::TooLarge`].
    pub fn load(onnx: &[u8], options: &ModelOptions) -> Result<Self> {
        Self::load_shared(onnx, options, Names::Given, || OnnxFile::new(onnx.to_vec()))
    }

    /// As [`Model::load`], for a file that others hold, too, with names of layers from elsewhere.
    pub(crate) fn load_file(onnx: &OnnxFile, options: &ModelOptions, names: Names) -> Result<Self> {
        Self::load_shared(onnx, options, names, || onnx.clone())
    }

    /// `share` makes the copy of the file that models keep which gain by batches.
    fn load_shared(
        onnx: &[u8],
        options: &ModelOptions,
        names: Names,
        share: impl FnOnce() -> OnnxFile,
    ) -> Result<Self> {
        catch_panic(invalid, || {
            let proto = Proto::read(onnx, &options.limits)?;
            let graph = Graph::infer(&proto, form::choose(&proto, options)?, options)?;
            let tappable = graph.layers(&proto);
            let taps = layers::find_all(&tappable, &options.layers, names)?;
            let default_layer = tappable.into_iter().find(|layer| layer.is_default);
            let many = graph.is_rowwise().then(|| Arc::new(Batched::new(share(), options.clone())));
            let before_softmax = graph.is_before_softmax();
            let (numbers, outputs) = (proto.input.numbers, OutputKind::default());
            let mut options = options.clone();
            if proto.input.is_open() {
                options.input_shape = Some(graph.form().sample.clone());
            }
            // The engine lets go of weights as it packs them; nothing else may hold them.
            drop(proto);
            let one = Plan::compile(graph, &taps)?;
            Self { one, many, options, numbers, taps, default_layer, outputs, before_softmax }
                .with_single_output()
        })
    }

    /// All layers of an ONNX classifier that can be tapped, from input to output.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn layers(onnx: &[u8], options: &ModelOptions) -> Result<Vec<Layer>> {
        catch_panic(invalid, || {
            let proto = Proto::read(onnx, &options.limits)?;
            Ok(Graph::infer(&proto, form::choose(&proto, options)?, options)?.layers(&proto))
        })
    }

    /// The names of the classes, in the order of the logits, as the file's own metadata lists them
    /// under `names`, `labels` or `classes`: a list, or an object from index to name, in JSON or as
    /// Python prints it, or names separated by commas. `None` without such a list.
    ///
    /// # Errors
    /// [`Error::InvalidModel`].
    pub fn labels(onnx: &[u8]) -> Result<Option<Vec<String>>> {
        metadata::labels(onnx)
    }

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

    /// Number of classes, the length of the logits.
    pub fn classes(&self) -> usize {
        if self.has_single_output() { 2 } else { self.one.logits }
    }

    /// The tapped layers, in the order asked for.
    pub fn taps(&self) -> &[Layer] {
        &self.taps
    }

    /// The layer that a fit taps where none is named: what the node that makes the logits reads.
    /// `None` where several layers make them, as in an ensemble.
    pub fn default_layer(&self) -> Option<&Layer> {
        self.default_layer.as_ref()
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
        let mut all = Vec::new();
        for outputs in self.forward_batches(samples)? {
            for sample in outputs?.samples() {
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

    /// Runs samples laid end to end, as many at once as is fastest, and yields the engine's buffers
    /// of each batch.
    ///
    /// # Errors
    /// As [`Model::run_batch`].
    pub(crate) fn forward_batches<'a>(
        &'a self,
        samples: &'a [f32],
    ) -> Result<impl Iterator<Item = Result<EngineOutputs>> + 'a> {
        self.check_batch(samples)?;
        let many = self.many.as_ref().and_then(|many| many.plan(&self.one, &self.taps));
        let plan = many.unwrap_or(&self.one);
        let chunks = samples.chunks(plan.form.samples() * self.sample_len());
        Ok(chunks.map(move |chunk| self.run_plan(plan, chunk)))
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

    /// Takes a single output for a probability where it is one for all kinds of noise. Of several
    /// outputs, the samples of a fit tell.
    fn with_single_output(self) -> Result<Self> {
        if self.before_softmax || !self.has_single_output() {
            return Ok(self);
        }
        let length = self.sample_len();
        // Whole numbers may be positions in a table, of which only the first are sure to be there.
        let scales: &[f32] = match self.numbers {
            Numbers::Whole { .. } => &[0.0, 1.0],
            Numbers::Float => &[0.0, 1.0, -1.0, 30.0, -30.0, 255.0],
        };
        for scale in scales {
            let input: Vec<f32> = noise().take(length).map(|value| value * scale).collect();
            let outputs = self.run_plan(&self.one, &input)?;
            if !outputs.sample(0)?.logits.last().copied().is_some_and(is_probability) {
                return Ok(self);
            }
        }
        Ok(self.with_outputs(OutputKind::Probabilities))
    }
}

/// Values from 0 to 1, the same each time: the upper bits of a linear congruential generator
/// (Knuth's MMIX).
fn noise() -> impl Iterator<Item = f32> {
    let next = |state: &u64| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(7), next).map(|state| (state >> 40) as f32 / (1u64 << 24) as f32)
}

/// Turns a panic of the engine into an error: it relies on more of a model than it checks.
fn catch_panic<T>(error: fn(&'static str) -> Error, call: impl FnOnce() -> Result<T>) -> Result<T> {
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
