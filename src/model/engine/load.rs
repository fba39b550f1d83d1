//! Reads a model from the bytes of its file.

use std::sync::Arc;

use super::batched::Batched;
use super::graph::Graph;
use super::plan::Plan;
use super::proto::Proto;
use super::{
    Layer, Model, ModelOptions, Names, OnnxFile, catch_panic, form, invalid, layers, metadata,
};
#[cfg(doc)]
use crate::Error;
use crate::Result;

impl Model {
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
            let many = graph.is_rowwise().then(|| Arc::new(Batched::new(share(), options.clone())));
            let (before_softmax, outputs) = (graph.is_before_softmax(), graph.output_kind());
            let classifier = graph.is_classifier();
            let logits_tensor = graph.logits_tensor().map(str::to_string);
            let numbers = proto.input.numbers;
            let mut options = options.clone();
            if proto.input.is_open() {
                options.input_shape = Some(graph.form().sample.clone());
            }
            // The engine lets go of weights as it packs them; nothing else may hold them.
            drop(proto);
            let one = Plan::compile(graph, &taps)?;
            Ok(Self {
                one,
                many,
                options,
                numbers,
                taps,
                tappable,
                outputs,
                before_softmax,
                classifier,
                logits_tensor,
            })
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
}
