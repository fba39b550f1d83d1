//! Rewrites an ONNX graph into the ONNX that the engine computes right.
//!
//! Functions are inlined, outputs that hold no floats dropped, and each node goes through the rule
//! for its operator. A rule replaces a node by others; the last keeps the node's output name, so
//! layers keep their names. What no rule can express is refused, never left to the engine to get
//! wrong.

mod activation;
mod build;
mod constants;
mod functions;
mod fused;
mod learned;
mod order;
mod outputs;
mod pool;
mod precision;
mod quantised;
mod shape;
mod site;

use tract_onnx::pb::{GraphProto, ModelProto, NodeProto};

pub(super) use self::build::INTERNAL;
use self::constants::Constants;
use self::site::Site;
use crate::{Error, Result};

/// The nodes that replace a node, or `None` if it stays as it is.
type Rewritten = Result<Option<Vec<NodeProto>>>;

/// A rule for an operator.
type Rule = fn(&Site<'_>) -> Rewritten;

/// How often a replacement may be replaced again, and how deep graphs may be nested.
const MOST_DEPTH: usize = 16;

/// Operators of other domains that a rule or the engine knows, besides those of `ai.onnx.ml`.
const CONTRIBUTED: [&str; 9] = [
    "BiasGelu",
    "DequantizeLinear",
    "FastGelu",
    "Gelu",
    "QuantizeLinear",
    "QuickGelu",
    "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization",
    "Trilu",
];

/// Changes the graph of a model file before the engine reads it.
///
/// # Errors
/// [`Error::UnsupportedOperator`], [`Error::UnsupportedModel`] or [`Error::InvalidModel`].
pub(super) fn rewrite(proto: &mut ModelProto) -> Result<()> {
    functions::inline(proto)?;
    let opset = super::proto::opset(proto);
    let Some(graph) = proto.graph.as_mut() else { return Ok(()) };
    precision::widen(graph);
    order::sort(graph);
    outputs::keep_floats(graph)?;
    rewrite_graph(graph, opset, None, MOST_DEPTH)
}

/// Whether a rule made this tensor, so that it is no layer of the file.
pub(super) fn is_internal(tensor: &str) -> bool {
    tensor.contains(INTERNAL)
}

/// Rewrites a graph within others, whose constants are `outer`.
fn rewrite_graph(
    graph: &mut GraphProto,
    opset: i64,
    outer: Option<&Constants<'_>>,
    depth: usize,
) -> Result<()> {
    let constants = Constants::of(graph, outer)?;
    let mut rewriter = Rewriter { constants, opset, nodes: Vec::new() };
    for node in std::mem::take(&mut graph.node) {
        rewriter.place(node, depth)?;
    }
    graph.node = rewriter.nodes;
    graph.initializer = rewriter.constants.into_initializers();
    Ok(())
}

struct Rewriter<'a> {
    constants: Constants<'a>,
    opset: i64,
    nodes: Vec<NodeProto>,
}

impl Rewriter<'_> {
    /// Adds a node, or what replaces it.
    fn place(&mut self, mut node: NodeProto, depth: usize) -> Result<()> {
        let site = Site { node: &node, constants: &self.constants, opset: self.opset };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(site.unsupported("it is nested too deeply"));
        };
        if let Some(constant) = constants::value(&site)? {
            self.constants.insert(constant);
            return Ok(());
        }
        if let Some(parts) = site.rule()?.map_or(Ok(None), |rule| rule(&site))? {
            return parts.into_iter().try_for_each(|part| self.place(part, depth));
        }
        for attribute in &mut node.attribute {
            for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                rewrite_graph(graph, self.opset, Some(&self.constants), depth)?;
            }
        }
        trim(&mut node);
        self.nodes.push(node);
        Ok(())
    }
}

/// Removes empty names at the end, which mean that an optional input or output is absent.
fn trim(node: &mut NodeProto) {
    for names in [&mut node.input, &mut node.output] {
        let used = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        names.truncate(used);
    }
}

impl Site<'_> {
    /// The rule for a node, if any. The engine looks at names alone, so that an operator of an
    /// unknown domain is refused here.
    fn rule(&self) -> Result<Option<Rule>> {
        let operator = self.node.op_type.as_str();
        let (rule, known) = match self.node.domain.as_str() {
            "" | "ai.onnx" => (own(operator), true),
            "ai.onnx.ml" => (learned::rule(operator), true),
            "com.microsoft" => {
                let rule = fused::rule(operator).or_else(|| quantised::contributed(operator));
                (rule, rule.is_some() || CONTRIBUTED.contains(&operator))
            }
            _ => (None, false),
        };
        if known {
            return Ok(rule);
        }
        let operator = format!("{}.{operator}", self.node.domain);
        Err(Error::UnsupportedOperator { node: super::proto::label(self.node), operator })
    }
}

/// Rules for ONNX's own operators.
fn own(operator: &str) -> Option<Rule> {
    Some(match operator {
        "AveragePool" => pool::average,
        "BatchNormalization" => shape::batch_normalization,
        "ConstantOfShape" => shape::constant_of_shape,
        "ConvTranspose" => pool::conv_transpose,
        "GlobalLpPool" => pool::global_lp,
        "LpPool" => pool::lp,
        "Pad" => shape::pad,
        "QLinearConv" => quantised::conv,
        "QLinearMatMul" => quantised::matmul,
        "QuantizeLinear" => quantised::quantize,
        "Resize" => shape::resize,
        "Upsample" => shape::upsample,
        _ => return None,
    })
}
