//! ONNX bytes to a classifier whose internal layers can be read. The only stage that knows the inference engine.

mod graph;
mod layers;
pub(crate) mod metadata;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::{DatumType, IntoRunnable, TValue, TypedModel, TypedRunnableModel, tvec};

use self::graph::Graph;
pub use self::layers::Layer;
use crate::tensor::check_finite;
use crate::{Error, Result, Tensor};

/// A classifier ready to run, with the layers that it was asked to show.
///
/// One sample at a time: a dynamic batch dimension is set to 1. Where the engine panics over a malformed model, the error is
/// [`Error::InvalidModel`] or [`Error::ModelRun`] natively; WebAssembly cannot catch it and traps.
#[derive(Debug)]
pub struct Model {
    plan: Arc<TypedRunnableModel>,
    input_shape: Vec<usize>,
    classes: usize,
    taps: Vec<Layer>,
}

/// What one run of a [`Model`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations {
    /// Unnormalised class scores, one a class. For a model that ends in a softmax: its input.
    pub logits: Vec<f32>,
    /// The tapped layers in the order asked for, `[D]` or `[channels, height, width]`.
    pub layers: Vec<Tensor>,
}

impl Model {
    /// Reads an ONNX classifier and makes the tensors named in `taps` readable beside its logits.
    ///
    /// The model has one float input with a leading batch dimension, dynamic or 1. Its classifier output is the one named
    /// `logits`, else the first. The taps are tensor names, as [`Model::layers`] lists them; they need not be outputs of the
    /// file.
    ///
    /// # Errors
    /// [`Error::InvalidModel`], [`Error::UnsupportedOperator`], [`Error::UnsupportedModel`] or [`Error::UnknownLayer`].
    pub fn load(onnx: &[u8], taps: &[String]) -> Result<Self> {
        sheltered(invalid, || {
            let graph = Graph::read(onnx)?;
            let tappable = graph.layers();
            let taps = taps.iter().map(|name| layers::find(&tappable, name)).collect::<Result<Vec<_>>>()?;
            let input_shape = graph.input_shape().to_vec();
            let optimised = graph.into_optimised(&taps)?;
            Ok(Self { classes: classes(&optimised)?, plan: optimised.into_runnable().map_err(invalid)?, input_shape, taps })
        })
    }

    /// All layers of an ONNX classifier that can be tapped, from input to output.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn layers(onnx: &[u8]) -> Result<Vec<Layer>> {
        sheltered(invalid, || Ok(Graph::read(onnx)?.layers()))
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

    /// Runs one sample of shape [`Model::input_shape`].
    ///
    /// # Errors
    /// [`Error::InputShape`], [`Error::NotFinite`] (for the input, or for logits that a damaged model gives) or
    /// [`Error::ModelRun`].
    pub fn run(&self, input: &Tensor) -> Result<Activations> {
        if input.shape() != self.input_shape {
            return Err(Error::InputShape { given: input.shape().to_vec(), expected: self.input_shape.clone() });
        }
        check_finite("the input", input.data())?;
        let mut outputs = sheltered(run_failed, || self.outputs(input))?.into_iter();
        let logits = outputs.next().ok_or_else(|| run_failed("no output"))?.into_data();
        check_finite("the model's logits", &logits)?;
        Ok(Activations { logits, layers: outputs.collect() })
    }

    /// The logits, then the tapped layers.
    fn outputs(&self, input: &Tensor) -> Result<Vec<Tensor>> {
        let batch: Vec<usize> = [&[1], input.shape()].concat();
        let value = tract_onnx::prelude::Tensor::from_shape(&batch, input.data()).map_err(run_failed)?;
        let outputs = self.plan.run(tvec!(value.into())).map_err(run_failed)?;
        outputs.iter().map(without_batch).collect()
    }
}

/// Copies one output of the engine, dropping its batch dimension of 1.
fn without_batch(value: &TValue) -> Result<Tensor> {
    let view = value.to_plain_array_view::<f32>().map_err(run_failed)?;
    let shape = view.shape().get(1..).unwrap_or_default();
    Tensor::new(shape, view.iter().copied().collect())
}

/// Number of classes of an optimised model, from the shape of its first output.
fn classes(model: &TypedModel) -> Result<usize> {
    let fact = model.output_fact(0).map_err(invalid)?;
    match fact.shape.as_concrete() {
        Some(&[1, classes]) if classes > 0 && fact.datum_type == DatumType::F32 => Ok(classes),
        _ => Err(Error::UnsupportedModel {
            reason: format!("its logits are {fact:?}, a classifier's are [batch, classes] of 32-bit floats"),
        }),
    }
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
