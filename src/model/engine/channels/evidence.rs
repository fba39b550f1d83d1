//! Operators that tell which axis of a tensor holds its channels.

use std::collections::HashSet;

use tract_onnx::pb::NodeProto;

use super::links;
use crate::model::engine::wiring::{Wiring, from_first, integer, outputs};

/// Operators whose input and output have their channels second.
const CHANNELS_SECOND: [&str; 19] = [
    "AveragePool",
    "BatchNormalization",
    "Conv",
    "ConvInteger",
    "ConvTranspose",
    "DepthToSpace",
    "GlobalAveragePool",
    "GlobalLpPool",
    "GlobalMaxPool",
    "GroupNormalization",
    "InstanceNormalization",
    "LRN",
    "LpPool",
    "MaxPool",
    "QLinearAveragePool",
    "QLinearConv",
    "QLinearGlobalAveragePool",
    "SpaceToDepth",
    "FusedConv",
];

const LAYER_NORMALISATIONS: [&str; 3] =
    ["LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"];

/// A tensor and the axis of its channels.
type Known<'a> = Vec<(&'a str, usize)>;

pub(super) struct Evidence<'a, 'b> {
    wiring: &'b Wiring<'a>,
    /// Pairs of tensors of which one is subtracted from the other.
    differences: HashSet<(&'a str, &'a str)>,
}

impl<'a, 'b> Evidence<'a, 'b> {
    pub fn new(wiring: &'b Wiring<'a>) -> Self {
        let subtracted = wiring.nodes.iter().filter(|node| node.op_type == "Sub");
        let differences = subtracted.filter_map(|node| Some((input(node, 0)?, input(node, 1)?)));
        Self { wiring, differences: differences.collect() }
    }

    /// Operators that are defined by where the channels are.
    pub fn of_operators(&self) -> Known<'a> {
        self.gather(|node| {
            let taken = input(node, 0).into_iter().chain(outputs(node).next());
            taken.filter_map(|tensor| Some((tensor, self.named_axis(node, tensor)?))).collect()
        })
    }

    fn named_axis(&self, node: &'a NodeProto, tensor: &str) -> Option<usize> {
        let rank = self.wiring.shape(tensor)?.len();
        let op = node.op_type.as_str();
        if LAYER_NORMALISATIONS.contains(&op) {
            let axis = from_first(integer(node, "axis").unwrap_or(-1), rank)?;
            return (axis + 1 == rank).then_some(axis);
        }
        let is_of_other_kind = op == "InstanceNormalization" && self.is_regrouped(node)
            || op == "GlobalAveragePool" && self.normalised(node).is_some();
        (CHANNELS_SECOND.contains(&op) && rank > 2 && !is_of_other_kind).then_some(1)
    }

    /// Whether a normalisation takes groups of channels that a reshape has made of them.
    fn is_regrouped(&self, node: &'a NodeProto) -> bool {
        let maker = input(node, 0).and_then(|tensor| self.wiring.maker(tensor));
        maker.is_some_and(|maker| {
            let links = links::of(maker, self.wiring);
            maker.op_type == "Reshape"
                && links.iter().all(|link| link.reversed().moved(1).is_none())
        })
    }

    /// Layer normalisations in parts: the mean over the last axis is subtracted, or taken of
    /// squares. TensorFlow's converter writes the mean of three dimensions as an average pooling.
    pub fn of_normalisations(&self) -> Known<'a> {
        self.gather(|node| self.normalised(node).into_iter().collect())
    }

    fn normalised(&self, node: &'a NodeProto) -> Option<(&'a str, usize)> {
        let (tensor, mean) = (input(node, 0)?, outputs(node).next()?);
        let rank = self.wiring.shape(tensor)?.len();
        let [axis] = *self.averaged_axes(node, rank)? else { return None };
        let is_used = self.differences.contains(&(tensor, mean)) || self.is_square(tensor);
        (rank > 2 && axis + 1 == rank && is_used).then_some((tensor, axis))
    }

    /// Axes that a node takes the mean over and keeps with a size of 1.
    fn averaged_axes(&self, node: &'a NodeProto, rank: usize) -> Option<Vec<usize>> {
        match node.op_type.as_str() {
            "ReduceMean" if integer(node, "keepdims") != Some(0) => self.wiring.axes(node, rank),
            "GlobalAveragePool" => Some((2..rank).collect()),
            _ => None,
        }
    }

    fn is_square(&self, tensor: &str) -> bool {
        self.wiring.maker(tensor).is_some_and(|node| {
            node.op_type == "Pow" || node.op_type == "Mul" && input(node, 0) == input(node, 1)
        })
    }

    /// Dense layers over the last axis.
    pub fn of_dense_layers(&self) -> Known<'a> {
        self.gather(|node| {
            let read = input(node, 0);
            let is_dense = node.op_type == "MatMul"
                && self.wiring.only_varying(node) == read
                && input(node, 1) != read;
            let ends = read.into_iter().chain(outputs(node).next()).filter(|_| is_dense);
            ends.filter_map(|tensor| Some((tensor, self.last(tensor)?))).collect()
        })
    }

    fn last(&self, tensor: &str) -> Option<usize> {
        self.wiring.shape(tensor)?.len().checked_sub(1).filter(|&last| last > 1)
    }

    fn gather(&self, known: impl Fn(&'a NodeProto) -> Known<'a>) -> Known<'a> {
        self.wiring.nodes.iter().flat_map(known).collect()
    }
}

fn input(node: &NodeProto, index: usize) -> Option<&str> {
    node.input.get(index).map(String::as_str)
}
