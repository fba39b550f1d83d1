//! An ONNX file as a checked graph: its input, its logits, and what every tensor in between looks
//! like.

use std::collections::HashSet;

use tract_onnx::Onnx;
use tract_onnx::model::ParseResult;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto};
use tract_onnx::prelude::{
    DatumType, Framework, InferenceFact, InferenceModelExt, OutletId, SpecialOps, TractError,
    TractResult, TypedModel,
};
use tract_onnx::tract_core::ops::cast::cast;
use tract_onnx::tract_hir::infer::Factoid;

use super::input_shape::input_shape;
use super::logits::Logits;
use super::ops::{self, MaxPool, Pad};
use super::rewrite::{is_internal, rewrite};
use super::{Layer, foreign, guard, invalid, layers, logits};
use crate::{Error, Limits, Result};

/// Operators that treat each sample of a batch by itself and that the engine runs faster on many
/// samples than on one.
const ROWWISE: [&str; 22] = [
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
    "Selu",
    "Sigmoid",
    "Softmax",
    "Sub",
    "Tanh",
];

const NO_GRAPH: &str = "the file holds no graph; TensorFlow's .pb, Core ML's .mlmodel and \
    Paddle's .pdmodel are no ONNX, export those";

/// A parsed classifier with the shapes of its tensors inferred for a batch of some size.
pub(super) struct Graph {
    /// Every tensor made by a node, in the order of the file, with the node's operator.
    made: Vec<(String, String)>,
    rowwise: bool,
    parsed: ParseResult,
    input_shape: Vec<usize>,
    logits: Logits,
}

impl Graph {
    /// Parses and checks an ONNX file, to be run on `batch` samples at a time.
    pub(super) fn read(onnx: &[u8], batch: usize, limits: &Limits) -> Result<Self> {
        limits.check_bytes(onnx.len())?;
        #[cfg(target_family = "wasm")]
        she_ood_kernel::register();
        // Declared intermediate shapes are left out: they may name a batch size that one sample
        // contradicts.
        let mut engine = tract_onnx::onnx().with_ignore_value_info(true);
        ops::register(&mut engine);
        let mut proto = engine
            .proto_model_for_read(&mut &onnx[..])
            .map_err(|error| invalid(foreign::explained(onnx, &error.to_string())))?;
        let graph = proto
            .graph
            .as_ref()
            .ok_or_else(|| invalid(foreign::name(onnx).unwrap_or_else(|| NO_GRAPH.to_string())))?;
        limits.check_nodes(nodes(graph))?;
        rewrite(&mut proto)?;
        let graph = proto.graph.as_ref().ok_or_else(|| invalid(NO_GRAPH))?;
        limits.check_nodes(nodes(graph))?;
        check_nodes(&engine, graph)?;
        check_weights(graph)?;
        let (parsed, input_shape) = parse(&engine, &proto, batch, *limits)?;
        let logits = logits::find(graph, opset(&proto), batch, &parsed)?;
        let rowwise = graph.node.iter().all(|node| is_rowwise(node, &parsed));
        let made = graph
            .node
            .iter()
            .flat_map(|node| node.output.iter().map(|name| (name.clone(), node.op_type.clone())))
            .filter(|(name, _)| !is_internal(name))
            .collect();
        Ok(Self { made, rowwise, parsed, input_shape, logits })
    }

    /// Shape of one sample, without the batch dimension.
    pub(super) fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    /// Whether a softmax follows the logits, which then are no probabilities.
    pub(super) fn is_before_softmax(&self) -> bool {
        self.logits.before_softmax
    }

    /// The layers that can be tapped, in the order of the file.
    pub(super) fn layers(&self) -> Vec<Layer> {
        self.made.iter().filter_map(|(name, op)| self.layer(name, op)).collect()
    }

    /// Whether batches pay off. With convolutions they do not: the engine runs a batch of images
    /// slower than one image after the other.
    pub(super) fn is_rowwise(&self) -> bool {
        self.rowwise
    }

    fn layer(&self, name: &str, op: &str) -> Option<Layer> {
        let fact = fact(&self.parsed, name)?;
        let constant = fact.value.concretize().is_some();
        let float = fact.datum_type.concretize() == Some(DatumType::F32);
        let shape = fact.shape.as_concrete_finite().ok()??;
        (float && !constant).then(|| layers::tappable(name, op, &shape))?
    }

    /// Optimises the graph, with the logits and the tapped layers as its outputs.
    pub(super) fn into_optimised(self, taps: &[Layer]) -> Result<TypedModel> {
        let names = std::iter::once(&self.logits.name).chain(taps.iter().map(|layer| &layer.name));
        let outlets = names.map(|name| self.outlet(name)).collect::<Result<Vec<_>>>()?;
        let mut model = self.parsed.model;
        model.select_output_outlets(&outlets).map_err(invalid)?;
        let mut typed = model.into_typed().map_err(invalid)?;
        widen_outputs(&mut typed).map_err(invalid)?;
        let mut optimised = typed.into_optimized().map_err(invalid)?;
        ops::replace(&mut optimised, MaxPool::of);
        ops::replace(&mut optimised, Pad::of);
        Ok(optimised)
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

/// Version of ONNX's own operators.
pub(super) fn opset(proto: &ModelProto) -> i64 {
    let own = |domain: &str| matches!(domain, "" | "ai.onnx");
    proto.opset_import.iter().find(|import| own(&import.domain)).map_or(0, |import| import.version)
}

/// Number of nodes, including the nodes of nested graphs.
fn nodes(graph: &GraphProto) -> usize {
    let within = graph.node.iter().flat_map(|node| &node.attribute);
    let graphs = within.flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs));
    graph.node.len() + graphs.map(nodes).sum::<usize>()
}

/// Refuses operators that the engine lacks and outputs that no node makes.
fn check_nodes(engine: &Onnx, graph: &GraphProto) -> Result<()> {
    if let Some(node) =
        graph.node.iter().find(|node| !engine.op_register.0.contains_key(&node.op_type))
    {
        return Err(Error::UnsupportedOperator {
            node: label(node),
            operator: node.op_type.clone(),
        });
    }
    let made: HashSet<&String> = graph.node.iter().flat_map(|node| &node.output).collect();
    match graph.output.iter().find(|output| !made.contains(&output.name)) {
        Some(output) => Err(invalid(format!("no node makes the output {:?}", output.name))),
        None => Ok(()),
    }
}

/// Refuses weights stored in another file.
fn check_weights(graph: &GraphProto) -> Result<()> {
    let constants = graph
        .node
        .iter()
        .flat_map(|node| &node.attribute)
        .filter_map(|attribute| attribute.t.as_ref());
    let outside =
        graph.initializer.iter().chain(constants).find(|weights| !weights.external_data.is_empty());
    let Some(weights) = outside else { return Ok(()) };
    let location = weights.external_data.iter().find(|entry| entry.key == "location");
    let file = location.map_or(String::new(), |entry| format!(", {:?}", entry.value));
    Err(invalid(format!(
        "its weights are in another file{file}: save the model as one file with Python's onnx, \
         onnx.save(onnx.load(\"model.onnx\"), \"whole.onnx\")"
    )))
}

/// Name of a node, or of its first output where it has none.
pub(super) fn label(node: &NodeProto) -> String {
    match node.output.first() {
        Some(output) if node.name.is_empty() => output.clone(),
        _ => node.name.clone(),
    }
}

/// Parses with the engine and infers all shapes for a batch of this size.
fn parse(
    engine: &Onnx,
    proto: &ModelProto,
    batch: usize,
    limits: Limits,
) -> Result<(ParseResult, Vec<usize>)> {
    let mut parsed = engine.parse(proto, None).map_err(invalid)?;
    if let Some(name) = parsed.unresolved_inputs.first() {
        return Err(invalid(format!("a node reads the tensor {name:?}, which nothing makes")));
    }
    let input_shape = input_shape(&parsed, limits.values)?;
    let shape: Vec<usize> = [&[batch], input_shape.as_slice()].concat();
    let fact = InferenceFact::dt_shape(DatumType::F32, shape);
    parsed.model.set_input_fact(0, fact).map_err(invalid)?;
    guard::analyse(&mut parsed.model, limits, batch).map_err(refused)?;
    Ok((parsed, input_shape))
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
