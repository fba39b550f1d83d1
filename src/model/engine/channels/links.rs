//! Where an operator moves the axes of its input.

use tract_onnx::pb::NodeProto;

use crate::model::engine::wiring::{Wiring, outputs};

/// Operators on each value by itself. Several inputs are broadcast.
const ELEMENTWISE: [&str; 62] = [
    "Abs",
    "Acos",
    "Acosh",
    "Add",
    "And",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Cosh",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expand",
    "Floor",
    "Gelu",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "LRN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "Max",
    "Mean",
    "Min",
    "Mish",
    "Mod",
    "Mul",
    "Neg",
    "PRelu",
    "Pow",
    "QuantizeLinear",
    "RMSNormalization",
    "Reciprocal",
    "Relu",
    "Round",
    "Selu",
    "Shrink",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Sub",
    "Sum",
    "Tanh",
    "Where",
];

/// Operators that change sizes but not the meaning of an axis.
const RESIZING: [&str; 8] =
    ["Concat", "CumSum", "Pad", "Resize", "ReverseSequence", "Slice", "Split", "Upsample"];

/// Operators that keep the values in their order.
const RESHAPING: [&str; 4] = ["Flatten", "Reshape", "Squeeze", "Unsqueeze"];

/// Axes of one tensor that are axes of another.
pub(super) struct Link<'a> {
    pub from: &'a str,
    pub to: &'a str,
    axes: Vec<(usize, usize)>,
}

impl Link<'_> {
    pub fn moved(&self, axis: usize) -> Option<usize> {
        self.axes.iter().find(|(from, _)| *from == axis).map(|&(_, to)| to)
    }

    pub fn reversed(&self) -> Self {
        let axes = self.axes.iter().map(|&(from, to)| (to, from)).collect();
        Self { from: self.to, to: self.from, axes }
    }
}

/// The links between a node's inputs and outputs.
pub(super) fn of<'a>(node: &'a NodeProto, wiring: &Wiring<'a>) -> Vec<Link<'a>> {
    let pairs =
        wiring.varying_inputs(node).flat_map(|from| outputs(node).map(move |to| (from, to)));
    let links = pairs.filter_map(|(from, to)| {
        let axes = axes(node, wiring, from, to)?;
        Some(Link { from, to, axes })
    });
    links.collect()
}

/// Pairs of an axis before and the same axis after an operator.
fn axes(
    node: &NodeProto,
    wiring: &Wiring<'_>,
    from: &str,
    to: &str,
) -> Option<Vec<(usize, usize)>> {
    let is_left = node.input.first().is_some_and(|left| left == from);
    let (from, to) = (wiring.shape(from)?, wiring.shape(to)?);
    match node.op_type.as_str() {
        "Transpose" => transposed(node, from.len()),
        "MatMul" => wiring.only_varying(node).map(|_| multiplied(from.len(), to.len(), is_left)),
        op if RESHAPING.contains(&op) => Some(unbroken(&from, &to)),
        op if RESIZING.contains(&op) => Some((0..from.len().min(to.len())).zip(0..).collect()),
        op if ELEMENTWISE.contains(&op) => Some(broadcast(&from, &to)),
        op if op.starts_with("Reduce") => reduced(node, wiring, &from, &to),
        _ => None,
    }
}

fn transposed(node: &NodeProto, rank: usize) -> Option<Vec<(usize, usize)>> {
    let order = node.attribute.iter().find(|attribute| attribute.name == "perm");
    let axes = 0..rank;
    match order {
        None => Some(axes.clone().rev().zip(axes).collect()),
        Some(order) => order
            .ints
            .iter()
            .zip(axes)
            .map(|(&from, to)| Some((usize::try_from(from).ok()?, to)))
            .collect(),
    }
}

/// A product with a constant matrix keeps all axes but the one it sums over: the last of a left
/// factor, the one before of a right factor.
fn multiplied(from: usize, to: usize, is_left: bool) -> Vec<(usize, usize)> {
    let summed = from.checked_sub(if is_left { 1 } else { 2 });
    let kept = (0..from).filter(|&axis| from == to && Some(axis) != summed);
    kept.map(|axis| (axis, axis)).collect()
}

/// Axes of the same size, aligned at the last one.
fn broadcast(from: &[usize], to: &[usize]) -> Vec<(usize, usize)> {
    let aligned = (0..from.len()).rev().zip((0..to.len()).rev());
    aligned.filter(|&(i, j)| from.get(i) == to.get(j)).collect()
}

/// Axes that a reshape neither splits nor merges: as many values lie before and within them.
fn unbroken(from: &[usize], to: &[usize]) -> Vec<(usize, usize)> {
    let steps = |shape: &[usize]| -> Vec<(usize, usize)> {
        let before = shape.iter().scan(1usize, |before, &size| {
            Some(std::mem::replace(before, before.saturating_mul(size)))
        });
        before.zip(shape.iter().copied()).collect()
    };
    let (from, to) = (steps(from), steps(to));
    let same = |(i, step): (usize, &(usize, usize))| {
        let j = to.iter().position(|other| other == step)?;
        (step.1 > 1).then_some((i, j))
    };
    from.iter().enumerate().filter_map(same).collect()
}

fn reduced(
    node: &NodeProto,
    wiring: &Wiring<'_>,
    from: &[usize],
    to: &[usize],
) -> Option<Vec<(usize, usize)>> {
    if from.len() == to.len() {
        return Some(broadcast(from, to));
    }
    let gone = wiring.axes(node, from.len())?;
    Some((0..from.len()).filter(|axis| !gone.contains(axis)).zip(0..).collect())
}
