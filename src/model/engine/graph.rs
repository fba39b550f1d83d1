//! A classifier's graph: its logits, and what every tensor before them looks like.

use tract_onnx::model::ParseResult;
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::{
    DatumType, InferenceFact, OutletId, SpecialOps, TractError, TractResult, TypedModel,
};
use tract_onnx::tract_core::ops::cast::cast;
use tract_onnx::tract_hir::infer::Factoid;

use super::input::Form;
use super::logits::{Embedding, Logits};
use super::ops::{self, MaxPool, Packed, Pad, Strided};
use super::optimise::{fold_constants, optimise};
use super::parse::parse;
use super::proto::Proto;
use super::typed::typed;
use super::wiring::Wiring;
use super::{Layer, ModelOptions, OutputKind, anatomy, guard, invalid, logits};
use crate::{Error, Limits, Result};

/// Operators that treat each sample of a batch by itself and that the engine runs faster on many
/// samples than on one.
const ROWWISE: [&str; 23] = [
    "Add",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Constant",
    "Div",
    "Dropout",
    "Elu",
    "Flatten",
    "Gemm",
    "Identity",
    "LeakyRelu",
    "LogSoftmax",
    "MatMul",
    "Mul",
    "Relu",
    "Reshape",
    "Round",
    "Selu",
    "Sigmoid",
    "Softmax",
    "Sub",
    "Tanh",
];

/// A parsed classifier with the shapes of its tensors inferred for one form of its input.
pub(super) struct Graph {
    rowwise: bool,
    parsed: ParseResult,
    form: Form,
    end: End,
}

/// What a graph computes in the end.
enum End {
    Logits(Logits),
    /// Features: the model is a backbone.
    Features(Embedding),
}

impl Graph {
    /// Infers the graph of a file for one form of its input.
    pub(super) fn infer(proto: &Proto, form: Form, options: &ModelOptions) -> Result<Self> {
        let (graph, parsed) = (proto.graph(), infer(proto, &form, options.limits)?);
        let named = options.logits.as_deref();
        let end = match options.backbone {
            true => End::Features(logits::find_features(proto, &form, &parsed, named)?),
            false => End::Logits(logits::find(proto, &form, &parsed, named)?),
        };
        let rowwise = graph.node.iter().all(|node| is_rowwise(node, &parsed));
        Ok(Self { rowwise, parsed, form, end })
    }

    /// The form of the input.
    pub(super) fn form(&self) -> &Form {
        &self.form
    }

    /// Whether a softmax follows the logits, which then are no probabilities.
    pub(super) fn is_before_softmax(&self) -> bool {
        matches!(&self.end, End::Logits(logits) if logits.before_softmax)
    }

    /// Meaning of the logits, as far as the graph tells.
    pub(super) fn output_kind(&self) -> OutputKind {
        match &self.end {
            End::Logits(logits) if logits.is_single_probability => OutputKind::Probabilities,
            _ => OutputKind::Logits,
        }
    }

    /// The layers of the file that can be tapped, from input to output.
    pub(super) fn layers(&self, proto: &Proto) -> Vec<Layer> {
        let wiring = Wiring::new(proto, &self.parsed, &self.form);
        match &self.end {
            End::Features(Embedding { name, is_classified: false }) => {
                anatomy::layers(&wiring, name, true)
            }
            End::Features(Embedding { name, .. }) | End::Logits(Logits { name, .. }) => {
                anatomy::layers(&wiring, name, false)
            }
        }
    }

    /// Whether larger batches pay off. With convolutions they do not: the engine runs a batch of
    /// images slower than one image after the other.
    pub(super) fn is_rowwise(&self) -> bool {
        self.rowwise && self.form.batch == Some(1)
    }

    /// Whether a classifier makes its output.
    pub(super) fn is_classifier(&self) -> bool {
        match &self.end {
            End::Logits(logits) => logits.is_classified,
            End::Features(embedding) => embedding.is_classified,
        }
    }

    /// Whether its logits are computed.
    pub(super) fn has_logits(&self) -> bool {
        matches!(self.end, End::Logits(_))
    }

    /// Name of the tensor that holds the logits.
    pub(super) fn logits_tensor(&self) -> Option<&str> {
        match &self.end {
            End::Logits(logits) => Some(&logits.name),
            End::Features(_) => None,
        }
    }

    /// Optimises the graph, with the logits and the tapped layers as its outputs.
    pub(super) fn into_optimised(self, taps: &[Layer], packed: &Packed) -> Result<TypedModel> {
        let names = self.logits_tensor().into_iter();
        let names = names.chain(taps.iter().map(|layer| layer.tensor.as_str()));
        let outlets = names.map(|name| self.outlet(name)).collect::<Result<Vec<_>>>()?;
        let mut model = self.parsed.model;
        model.select_output_outlets(&outlets).map_err(invalid)?;
        let mut typed = typed(&model).map_err(invalid)?;
        drop(model);
        widen_outputs(&mut typed).map_err(invalid)?;
        // Weights may be computed from constants.
        fold_constants(&mut typed).map_err(invalid)?;
        ops::replace_products(&mut typed, packed).map_err(invalid)?;
        optimise(&mut typed).map_err(invalid)?;
        ops::replace(&mut typed, MaxPool::of);
        ops::replace(&mut typed, Pad::of);
        ops::replace(&mut typed, Strided::of);
        Ok(typed)
    }

    fn outlet(&self, name: &str) -> Result<OutletId> {
        self.parsed
            .outlets_by_name
            .get(name)
            .copied()
            .ok_or_else(|| invalid(format!("no node makes the tensor {name:?}")))
    }
}

/// Whether an operator works on each sample by itself. A negative axis counts from the last
/// dimension.
fn is_rowwise(node: &NodeProto, parsed: &ParseResult) -> bool {
    let rank = || fact(parsed, node.input.first()?)?.shape.rank().concretize();
    let first = |axis: i64| axis == 0 || axis < 0 && rank().is_none_or(|rank| axis + rank <= 0);
    let along_samples =
        node.attribute.iter().any(|attribute| attribute.name == "axis" && first(attribute.i));
    ROWWISE.contains(&node.op_type.as_str()) && !along_samples
}

/// Type, shape and value of a tensor, as far as they are inferred.
pub(super) fn fact<'a>(parsed: &'a ParseResult, name: &str) -> Option<&'a InferenceFact> {
    parsed.model.outlet_fact(*parsed.outlets_by_name.get(name)?).ok()
}

/// Parses with the engine and infers all shapes for this form of the input.
fn infer(proto: &Proto, form: &Form, limits: Limits) -> Result<ParseResult> {
    let mut parsed = parse(proto).map_err(invalid)?;
    if let Some(name) = parsed.unresolved_inputs.first() {
        return Err(invalid(format!("a node reads the tensor {name:?}, which nothing makes")));
    }
    let fact = InferenceFact::dt_shape(DatumType::F32, form.shape());
    parsed.model.set_input_fact(0, fact).map_err(invalid)?;
    guard::analyse(&mut parsed.model, limits, form.samples()).map_err(refused)?;
    Ok(parsed)
}

/// Casts outputs of other float types, such as half precision, to 32 bits.
fn widen_outputs(model: &mut TypedModel) -> TractResult<()> {
    for index in 0..model.outputs.len() {
        let kind = model.output_fact(index)?.datum_type;
        if kind.is_float() && kind != DatumType::F32 {
            let outlet = model.output_outlets()?.get(index).copied();
            let cast = model.wire_node(
                format!("output_{index}_as_f32"),
                cast(DatumType::F32),
                outlet.as_slice(),
            )?;
            model
                .outputs
                .iter_mut()
                .skip(index)
                .take(1)
                .zip(cast)
                .for_each(|(output, cast)| *output = cast);
        }
    }
    Ok(())
}

/// An error of our own that went through the engine, or its own.
fn refused(error: TractError) -> Error {
    match error.root_cause().downcast_ref::<Error>() {
        Some(ours) => ours.clone(),
        None => invalid(error),
    }
}
