//! The default layer: what the node that makes the logits reads.

use tract_onnx::pb::NodeProto;

use super::rewrite::is_internal;
use super::wiring::Wiring;

/// The most operators that are walked back over: a damaged graph may run in a circle.
const MOST_STEPS: usize = 64;

/// Operators that compute their output from weights: walking back ends there.
const WEIGHTED: [&str; 11] = [
    "Conv",
    "ConvInteger",
    "ConvTranspose",
    "Einsum",
    "FusedConv",
    "Gemm",
    "MatMul",
    "MatMulInteger",
    "QGemm",
    "QLinearConv",
    "QLinearMatMul",
];

/// Operators with a state: their input is no layer of features before a head.
const RECURRENT: [&str; 5] = ["GRU", "LSTM", "Loop", "RNN", "Scan"];

/// The tensor that the node behind the logits reads, `None` where several tensors make the logits:
/// two heads, or an ensemble.
pub(super) fn data<'a>(wiring: &Wiring<'a>, logits: &str) -> Option<&'a str> {
    let mut node = wiring.maker(logits)?;
    for _ in 0..MOST_STEPS {
        let read = wiring.only_varying(node)?;
        match node.op_type.as_str() {
            op if RECURRENT.contains(&op) => return None,
            op if WEIGHTED.contains(&op) || compares(wiring, node, read) => return Some(read),
            _ => node = wiring.maker(read)?,
        }
    }
    None
}

/// Whether a node compares its input with several constants, such as the prototypes of classes:
/// it makes more numbers than it reads.
fn compares(wiring: &Wiring<'_>, node: &NodeProto, read: &str) -> bool {
    let volume = |name: &str| Some(wiring.shape(name)?.iter().product::<usize>());
    let made = node.output.first().and_then(|name| volume(name));
    matches!(node.op_type.as_str(), "Add" | "Div" | "Mul" | "Sub")
        && made.zip(volume(read)).is_some_and(|(made, read)| made > read)
}

/// A tensor, and those that only these operators lie between, or the parts of one that was
/// rewritten, from the last to the first.
pub(super) fn earlier<'a>(
    wiring: &Wiring<'a>,
    tensor: &'a str,
    operators: &[&str],
) -> impl Iterator<Item = &'a str> {
    let earlier = |tensor: &&'a str| {
        let node = wiring.maker(tensor)?;
        let is_passed = operators.contains(&node.op_type.as_str()) || is_internal(tensor);
        is_passed.then(|| wiring.only_varying(node)).flatten()
    };
    std::iter::successors(Some(tensor), earlier).take(MOST_STEPS)
}
