//! Rewrites an ONNX graph into the ONNX that the engine computes right.
//!
//! Functions are inlined, outputs that hold no floats dropped, and each node goes through the rule
//! for its operator. A rule replaces a node by others; the last keeps the node's output name, so
//! layers keep their names. What no rule can express is refused, never left to the engine to get
//! wrong.

mod activation;
mod build;
mod constants;
mod conv;
mod dequantised;
mod functions;
mod fused;
mod learned;
mod order;
mod outputs;
mod pool;
mod precision;
mod quantised;
mod recurrent;
mod reduce;
mod shape;
mod site;
mod stable;

use std::collections::HashSet;

use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto};

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
const CONTRIBUTED: [&str; 10] = [
    "BiasGelu",
    "DequantizeLinear",
    "FastGelu",
    "Gelu",
    "MatMulNBits",
    "QuantizeLinear",
    "QuickGelu",
    "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization",
    "Trilu",
];

/// Name of the floats that a tensor of integers in a quantised model stands for.
pub(super) fn dequantized(tensor: &str) -> String {
    format!("{tensor}.dequantized")
}

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
    name_apart(&mut graph.node);
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
        let (constants, opset) = (&self.constants, self.opset);
        let site = Site { node: &node, constants, opset, depth };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(site.unsupported("it is nested too deeply"));
        };
        if let Some(constant) = self::constants::value(&site)?.or_else(|| dequantised::value(&site))
        {
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
        tidy(&mut node);
        self.nodes.push(node);
        Ok(())
    }
}

/// Names nodes after their first outputs where two have one name, which the engine refuses.
fn name_apart(nodes: &mut [NodeProto]) {
    let mut seen = HashSet::new();
    for node in nodes {
        if !node.name.is_empty() && !seen.insert(node.name.clone()) {
            node.name =
                node.output.iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
        }
    }
}

/// Removes empty names at the end, which mean that an optional input or output is absent, pads that
/// `auto_pad` overrules, and `VALID`, which is no padding: the engine forgets `ceil_mode` with it.
fn tidy(node: &mut NodeProto) {
    for names in [&mut node.input, &mut node.output] {
        let used = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        names.truncate(used);
    }
    let is = |held: &AttributeProto, values: [&str; 2]| {
        held.name == "auto_pad" && values.iter().any(|value| held.s.starts_with(value.as_bytes()))
    };
    if node.attribute.iter().any(|held| is(held, ["SAME", "VALID"])) {
        node.attribute.retain(|held| held.name != "pads" && !is(held, ["VALID", "NOTSET"]));
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
        "Celu" => stable::celu,
        "LogSoftmax" => stable::log_softmax,
        "ReduceLogSumExp" => stable::log_sum_exp,
        "Softplus" => stable::softplus,
        "Dropout" => shape::dropout,
        "GatherND" | "ScatterND" => shape::positions,
        "Add" | "And" | "Div" | "Equal" | "Greater" | "Less" | "Mul" | "Or" | "Pow" | "Sub"
        | "Xor" => shape::aligned,
        "BatchNormalization" => shape::batch_normalization,
        "Conv" | "ConvInteger" => conv::conv,
        "ConstantOfShape" => shape::constant_of_shape,
        "ConvTranspose" => conv::transposed,
        "Gemm" => fused::plain_gemm,
        "GRU" | "LSTM" | "RNN" => recurrent::recurrent,
        "GlobalLpPool" => pool::global_lp,
        "LpPool" => pool::lp,
        "Mod" => shape::modulo,
        "Pad" => shape::pad,
        "QLinearConv" => quantised::conv,
        "QLinearMatMul" => quantised::matmul,
        "QuantizeLinear" => quantised::quantize,
        "Resize" => shape::resize,
        "Scan" => shape::scan,
        "Slice" => shape::slice,
        "Swish" => activation::swish,
        "Upsample" => shape::upsample,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::tensor_proto::DataType;
    use tract_onnx::pb::type_proto::{Tensor, Value};
    use tract_onnx::pb::{FunctionProto, OperatorSetIdProto, TypeProto, ValueInfoProto};

    use super::*;

    fn node(domain: &str, operator: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        NodeProto {
            domain: domain.to_string(),
            op_type: operator.to_string(),
            input: names(inputs),
            output: names(outputs),
            ..NodeProto::default()
        }
    }

    fn function(name: &str, body: Vec<NodeProto>) -> FunctionProto {
        FunctionProto {
            name: Some(name.to_string()),
            domain: Some("own".to_string()),
            input: vec!["a".to_string()],
            output: vec!["b".to_string()],
            node: body,
            ..FunctionProto::default()
        }
    }

    fn output(name: &str, kind: DataType) -> ValueInfoProto {
        let tensor = Tensor { elem_type: kind.into(), shape: None };
        let r#type = TypeProto { value: Some(Value::TensorType(tensor)), ..TypeProto::default() };
        ValueInfoProto { name: name.to_string(), r#type: Some(r#type), ..ValueInfoProto::default() }
    }

    fn model(nodes: Vec<NodeProto>, functions: Vec<FunctionProto>) -> ModelProto {
        let graph = GraphProto {
            node: nodes,
            output: vec![output("y", DataType::Float)],
            ..GraphProto::default()
        };
        ModelProto {
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
            graph: Some(graph),
            functions,
            ..ModelProto::default()
        }
    }

    fn operators(proto: &ModelProto) -> Vec<&str> {
        let graph = proto.graph.as_ref().unwrap();
        graph.node.iter().map(|node| node.op_type.as_str()).collect()
    }

    #[test]
    fn functions_that_call_each_other_endlessly_are_refused() {
        let call = |name, to: &str| function(name, vec![node("own", to, &["a"], &["b"])]);
        let calls = vec![node("own", "F", &["x"], &["y"])];
        let mut proto = model(calls, vec![call("F", "G"), call("G", "F")]);
        let error = rewrite(&mut proto).unwrap_err();
        assert!(error.to_string().contains("endlessly"), "{error}");
    }

    #[test]
    fn functions_that_explode_are_refused_before_memory_is_full() {
        let many = |to: &str| vec![node("own", to, &["a"], &["b"]); 100];
        let names: Vec<String> = (0..20).map(|level| format!("F{level}")).collect();
        let functions = names.windows(2).map(|pair| function(&pair[0], many(&pair[1]))).collect();
        let error = rewrite(&mut model(many("F0"), functions)).unwrap_err();
        assert_eq!(error.code(), "too-large", "{error}");
    }

    #[test]
    fn a_function_is_refused_where_its_meaning_is_not_read() {
        let mut referring = node("", "LeakyRelu", &["a"], &["b"]);
        referring.attribute.push(AttributeProto {
            ref_attr_name: "slope".to_string(),
            ..build::float("alpha", 0.0)
        });
        let calls = || vec![node("own", "F", &["x"], &["y"])];
        let error = rewrite(&mut model(calls(), vec![function("F", vec![referring])])).unwrap_err();
        assert!(error.to_string().contains("default values"), "{error}");
        let other = OperatorSetIdProto { domain: String::new(), version: 18 };
        let newer = FunctionProto { opset_import: vec![other], ..function("F", vec![]) };
        for functions in [vec![newer], vec![function("F", vec![]), function("F", vec![])]] {
            let error = rewrite(&mut model(calls(), functions)).unwrap_err();
            assert!(error.to_string().contains("inline_local_functions"), "{error}");
        }
    }

    #[test]
    fn operators_of_unknown_domains_are_refused() {
        for domain in ["custom", "com.microsoft", "ai.onnx.training"] {
            let error =
                rewrite(&mut model(vec![node(domain, "Add", &["x"], &["y"])], vec![])).unwrap_err();
            assert_eq!(error.code(), "unsupported-operator", "{error}");
            assert!(error.to_string().contains(&format!("{domain}.Add")), "{error}");
        }
    }

    /// Labels go, with what only they need; what the other outputs need stays.
    #[test]
    fn outputs_of_no_floats_are_dropped() {
        let nodes = vec![
            node("", "Relu", &["x"], &["h"]),
            node("", "ArgMax", &["h"], &["i"]),
            node("custom", "Lookup", &["i"], &["label"]),
            node("", "Neg", &["h"], &["y"]),
            node("ai.onnx.ml", "ZipMap", &["y"], &["maps"]),
        ];
        let mut proto = model(nodes.clone(), vec![]);
        let maps = ValueInfoProto {
            name: "maps".to_string(),
            r#type: Some(TypeProto::default()),
            ..ValueInfoProto::default()
        };
        proto.graph.as_mut().unwrap().output = vec![output("label", DataType::String), maps];
        rewrite(&mut proto).unwrap();
        assert_eq!(operators(&proto), ["Relu", "Neg", "Identity"]);
        let mut proto = model(nodes, vec![]);
        proto.graph.as_mut().unwrap().output = vec![output("label", DataType::Int64)];
        let error = rewrite(&mut proto).unwrap_err();
        assert!(error.to_string().contains("none of its outputs [\"label\"] holds floats"));
    }

    #[test]
    fn what_the_engine_ignores_is_refused() {
        let relu =
            AttributeProto { strings: vec![b"Relu".to_vec()], ..build::text("activations", "") };
        for (operator, attribute) in [
            ("LSTM", build::float("clip", 3.0)),
            ("LSTM", build::int("input_forget", 1)),
            ("RNN", relu.clone()),
            ("GRU", relu),
            ("BatchNormalization", build::int("training_mode", 1)),
            ("GlobalLpPool", build::int("p", -1)),
        ] {
            let mut odd = node("", operator, &["x", "w", "r"], &["y"]);
            odd.attribute.push(attribute.clone());
            let error = rewrite(&mut model(vec![odd], vec![])).unwrap_err();
            assert_eq!(error.code(), "unsupported-model", "{operator}: {attribute:?}");
            assert!(error.to_string().contains(&format!("node \"y\" ({operator})")), "{error}");
        }
    }

    /// Damaged nodes are refused or left to the engine's own checks, whatever they lack.
    #[test]
    fn damaged_nodes_are_no_reason_to_panic() {
        let own = [
            "Add",
            "BatchNormalization",
            "ConstantOfShape",
            "Conv",
            "ConvTranspose",
            "GRU",
            "GlobalLpPool",
            "LSTM",
            "LpPool",
            "Mod",
            "Pad",
            "QLinearConv",
            "QLinearMatMul",
            "QuantizeLinear",
            "RNN",
            "Resize",
            "Slice",
            "Swish",
            "Upsample",
            "Constant",
        ];
        let contributed = [
            "DynamicQuantizeMatMul",
            "FusedConv",
            "FusedGemm",
            "FusedMatMul",
            "MatMulIntegerToFloat",
            "QGemm",
            "QLinearAdd",
            "QLinearConcat",
            "QLinearSigmoid",
            "QLinearWhere",
        ];
        let learned = [
            "Binarizer",
            "FeatureVectorizer",
            "Imputer",
            "LinearClassifier",
            "Normalizer",
            "Scaler",
            "TreeEnsembleClassifier",
        ];
        let named = |domain, names: &[&'static str]| {
            names.iter().map(|&name| (domain, name)).collect::<Vec<_>>()
        };
        let lists = [("", &own[..]), ("com.microsoft", &contributed), ("ai.onnx.ml", &learned)];
        let names = ["strides", "pads", "kernel_shape", "dilations", "output_shape", "axis", "p"];
        for (domain, operator) in lists.iter().flat_map(|(domain, list)| named(*domain, list)) {
            for inputs in [&[][..], &["x"], &["", "w"], &["x", "w", "w", "w", "w", "w", "w"]] {
                for values in [&[][..], &[0], &[-1, i64::MIN, i64::MAX], &[1, 2, 3, 4, 5, 6]] {
                    for outputs in [&[][..], &["y"], &["", "y"]] {
                        let mut damaged = node(domain, operator, inputs, outputs);
                        damaged.attribute = names.map(|name| build::ints(name, values)).to_vec();
                        let mut proto = model(vec![damaged], vec![]);
                        let weights = build::floats_of(&[1, 0, -1], &[1.0]);
                        proto.graph.as_mut().unwrap().initializer =
                            vec![tract_onnx::pb::TensorProto { name: "w".to_string(), ..weights }];
                        let _ = rewrite(&mut proto);
                    }
                }
            }
        }
    }
}
