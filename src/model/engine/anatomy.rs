//! Lists the layers of a graph and tells which are worth a try.

use std::collections::{HashMap, HashSet};

use super::channels::Channels;
use super::rewrite::{dequantized, is_internal};
use super::wiring::{Wiring, outputs};
use super::{Layer, readout, trunk};

/// Most dimensions of a layer without the batch: `[channels, depth, height, width]`.
const MOST_DIMENSIONS: usize = 4;

/// The most outputs that are made from each other, such as probabilities from sigmoids.
const MOST_OUTPUTS: usize = 8;

/// Operators that hold weights: features lie behind the first of them.
const LEARNT: [&str; 8] =
    ["Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN"];

/// Operators after which the numbers are the same ones in the same order.
const PRESERVING: [&str; 8] = [
    "Cast",
    "DequantizeLinear",
    "Dropout",
    "Flatten",
    "Identity",
    "Reshape",
    "Squeeze",
    "Unsqueeze",
];

/// Operators that round numbers to integers.
const ROUNDING: [&str; 2] = ["DynamicQuantizeLinear", "QuantizeLinear"];

/// Operators that only arrange values: their input has the better name.
const ARRANGING: [&str; 11] = [
    "Cast",
    "DequantizeLinear",
    "Dropout",
    "Flatten",
    "Identity",
    "Pad",
    "QuantizeLinear",
    "Reshape",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

/// Operators that average a map to what the next layers read.
const AVERAGING: [&str; 3] = ["AveragePool", "GlobalAveragePool", "ReduceMean"];

/// All layers that can be tapped, from input to output. Marks the default layer, the ends of stages
/// before it, and what is hardly worth a try. `end` holds the logits, or, where `is_features`, the
/// features themselves.
pub(super) fn layers(wiring: &Wiring<'_>, end: &str, is_features: bool) -> Vec<Layer> {
    let channels = Channels::infer(wiring);
    let made = wiring
        .nodes
        .iter()
        .flat_map(|node| outputs(node).map(|name| (name, node.op_type.as_str())))
        .filter(|(name, _)| !is_internal(name));
    let all = [(wiring.input, "Input")].into_iter().chain(made);
    let mut layers: Vec<_> =
        all.filter_map(|(name, op)| Some((name, layer(wiring, &channels, name, op)?))).collect();
    let (default, stages) = Anatomy::of(wiring, &layers).default_and_stages(end, is_features);
    for (name, layer) in &mut layers {
        layer.is_default = default == Some(*name);
        layer.is_stage = !layer.is_default && stages.contains(name);
        layer.is_hidden |= layer.op == "Input" && !layer.is_default;
    }
    layers.into_iter().map(|(_, layer)| layer).collect()
}

/// The layer for a tensor, if features can be made from it. An input is one only as a vector.
fn layer(wiring: &Wiring<'_>, channels: &Channels<'_>, name: &str, op: &str) -> Option<Layer> {
    let shape = wiring.shape(name).filter(|_| wiring.is_float(name))?;
    let sample = wiring.form.part(&shape)?;
    let is_tappable = (1..=MOST_DIMENSIONS).contains(&sample.len()) && !sample.contains(&0);
    if !is_tappable || op == "Input" && sample.len() > 1 {
        return None;
    }
    let leading = shape.len() - sample.len();
    let axis = channels.axis(name).and_then(|axis| axis.checked_sub(leading));
    Some(Layer::new(name, op, sample, axis.or_else(|| only_axis(sample))))
}

/// The only dimension of more than one value.
fn only_axis(shape: &[usize]) -> Option<usize> {
    let mut axes = shape.iter().enumerate().filter(|(_, size)| **size > 1);
    axes.next().filter(|_| axes.next().is_none()).map(|(axis, _)| axis)
}

/// The layers of a graph whose channels are known, by their tensors.
struct Anatomy<'a, 'b> {
    wiring: &'b Wiring<'a>,
    known: HashMap<&'a str, &'b Layer>,
    /// Tensors behind at least one operator with weights.
    learnt: HashSet<&'a str>,
}

impl<'a, 'b> Anatomy<'a, 'b> {
    fn of(wiring: &'b Wiring<'a>, layers: &'b [(&'a str, Layer)]) -> Self {
        let known = layers.iter().filter(|(_, layer)| layer.channel_axis.is_some());
        let known = known.map(|(name, layer)| (*name, layer)).collect();
        Self { wiring, known, learnt: learnt(wiring) }
    }

    fn default_and_stages(
        &self,
        end: &str,
        is_features: bool,
    ) -> (Option<&'a str>, HashSet<&'a str>) {
        let Some(end) = self.wiring.made().find(|name| *name == end) else {
            return (None, HashSet::new());
        };
        let default = if is_features { self.named(end) } else { self.default(end) };
        (default, self.stages(default.unwrap_or(end)))
    }

    /// The tensor to tap where none is named: what the head reads. Where the logits are made from
    /// several tensors, the last one behind them all, unless that is itself no more than an output:
    /// two classes from one sigmoid, or probabilities over their sum.
    fn default(&self, logits: &'a str) -> Option<&'a str> {
        let shape = self.wiring.shape(logits)?;
        let classes: usize = self.wiring.form.part(&shape)?.iter().product();
        let mut end = logits;
        for _ in 0..MOST_OUTPUTS {
            if let Some(read) = readout::data(self.wiring, end) {
                return self.named(read);
            }
            let (name, layer) = self.trunk(end).rfind(|(name, _)| *name != end)?;
            if layer.size() > classes {
                return Some(name);
            }
            end = name;
        }
        None
    }

    /// The earliest tensor with the same values, as a vector where there is one; before rounding
    /// where the head reads integers.
    fn named(&self, read: &'a str) -> Option<&'a str> {
        let known = |operators: &[&str]| -> Vec<_> {
            let same = readout::earlier(self.wiring, read, operators);
            same.filter_map(|name| self.in_floats(name)).collect()
        };
        let exact = known(&PRESERVING);
        let rounded = || known(&[PRESERVING.as_slice(), &ROUNDING].concat());
        let same = if exact.is_empty() { rounded() } else { exact };
        let earliest = |wanted: fn(&Layer) -> bool| same.iter().rfind(|(_, layer)| wanted(layer));
        earliest(|layer| layer.shape.len() == 1)
            .or_else(|| earliest(|layer| layer.positions() == 1))
            .or(same.first())
            .map(|(name, _)| *name)
    }

    /// The layer of a tensor, or of the floats that its integers stand for.
    fn in_floats(&self, tensor: &str) -> Option<(&'a str, &'b Layer)> {
        self.known(tensor).or_else(|| self.known(&dequantized(tensor)))
    }

    /// Ends of stages before a tensor: the last ones of their resolution, or of their size where
    /// they are vectors.
    fn stages(&self, end: &'a str) -> HashSet<&'a str> {
        let stage = |layer: &Layer| match layer.shape.as_slice() {
            [size] => (1, *size),
            _ => (layer.positions(), 0),
        };
        let is_computed = |layer: &Layer| !ARRANGING.contains(&layer.op.as_str());
        let computed = self.trunk(end).filter(|(_, layer)| is_computed(layer));
        let mut last: HashMap<_, _> = computed.map(|(name, layer)| (stage(layer), name)).collect();
        self.known(end).and_then(|(_, layer)| last.remove(&stage(layer)));
        let same: HashSet<&str> = readout::earlier(self.wiring, end, &ARRANGING).collect();
        let ends: HashSet<&str> = last.into_values().filter(|name| !same.contains(name)).collect();
        let is_mean = |name: &&str| {
            let map = self.averaged(name);
            map.is_some_and(|map| ends.contains(map) && self.repeats(map, name))
        };
        let new = ends.iter().copied().filter(|name| !is_mean(name));
        new.filter(|name| !self.repeats(name, end) && !self.is_flat(name)).collect()
    }

    /// Whether a tensor is the mean of this map over its positions: both make the same features.
    fn repeats(&self, map: &'a str, mean: &'a str) -> bool {
        let size = |name| self.known(name).map(|(_, layer)| layer.size());
        self.averaged(mean) == Some(map) && size(map) == size(mean)
    }

    /// The map whose mean over its positions a tensor is, before it was arranged for that.
    fn averaged(&self, tensor: &'a str) -> Option<&'a str> {
        let mean = readout::earlier(self.wiring, tensor, &ARRANGING).last()?;
        let node = self.wiring.maker(mean)?;
        let is_mean = AVERAGING.contains(&node.op_type.as_str());
        let map = self.wiring.only_varying(node).filter(|_| is_mean)?;
        readout::earlier(self.wiring, map, &ARRANGING).last()
    }

    /// Whether a vector is a map laid out in a row.
    fn is_flat(&self, name: &'a str) -> bool {
        let positions = |name| self.known(name).map_or(1, |(_, layer)| layer.positions());
        let same = readout::earlier(self.wiring, name, &PRESERVING);
        positions(name) == 1 && same.map(positions).any(|positions| positions > 1)
    }

    /// Layers that all computation towards a tensor passes, behind the first weights.
    fn trunk(&self, end: &'a str) -> impl DoubleEndedIterator<Item = (&'a str, &'b Layer)> {
        let names = trunk::trunk(self.wiring, end).into_iter();
        let learnt = names.filter(|name| self.learnt.contains(name));
        learnt.filter_map(|name| self.known(name))
    }

    fn known(&self, name: &str) -> Option<(&'a str, &'b Layer)> {
        self.known.get_key_value(name).map(|(name, layer)| (*name, *layer))
    }
}

fn learnt<'a>(wiring: &Wiring<'a>) -> HashSet<&'a str> {
    let mut learnt = HashSet::new();
    for node in wiring.nodes {
        let is_learnt = LEARNT.contains(&node.op_type.as_str())
            || wiring.varying_inputs(node).any(|name| learnt.contains(name));
        if is_learnt {
            learnt.extend(outputs(node));
        }
    }
    learnt
}
