//! Lists the layers of a graph and tells which are worth a try.

use std::collections::{HashMap, HashSet};

use super::channels::Channels;
use super::rewrite::is_internal;
use super::wiring::{Wiring, outputs};
use super::{Layer, head, trunk};

/// Most dimensions of a layer without the batch: `[channels, depth, height, width]`.
const MOST_DIMENSIONS: usize = 4;

/// Operators that hold weights: features lie behind the first of them.
const LEARNT: [&str; 8] =
    ["Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN"];

/// Operators that average a map to what the next layers read.
const AVERAGING: [&str; 3] = ["AveragePool", "GlobalAveragePool", "ReduceMean"];

/// All layers that can be tapped, from input to output.
pub(super) fn layers(wiring: &Wiring<'_>, logits: &str) -> Vec<Layer> {
    let channels = Channels::infer(wiring);
    let made = wiring
        .nodes
        .iter()
        .flat_map(|node| outputs(node).map(|name| (name, node.op_type.as_str())))
        .filter(|(name, _)| !is_internal(name));
    let all = wiring.input.map(|name| (name, "Input")).into_iter().chain(made);
    let layers = all.filter_map(|(name, op)| layer(wiring, &channels, name, op)).collect();
    let classes = wiring.sample(logits).map_or(0, |shape| shape.iter().product());
    Anatomy { wiring, layers }.marked(logits, classes)
}

/// The layer for a tensor, if features can be made from it. An input is one only as a vector.
fn layer(wiring: &Wiring<'_>, channels: &Channels<'_>, name: &str, op: &str) -> Option<Layer> {
    let shape = wiring.shape(name).filter(|_| wiring.is_float(name))?;
    let sample = wiring.sample(name)?;
    let is_tappable = (1..=MOST_DIMENSIONS).contains(&sample.len()) && !sample.contains(&0);
    if !is_tappable || op == "Input" && sample.len() > 1 {
        return None;
    }
    let axis = channels.axis(name).and_then(|axis| axis.checked_sub(shape.len() - sample.len()));
    Some(Layer::new(name, op, &sample, axis.or_else(|| only_axis(&sample))))
}

/// The only dimension of more than one value.
fn only_axis(shape: &[usize]) -> Option<usize> {
    let mut axes = shape.iter().enumerate().filter(|(_, size)| **size > 1);
    axes.next().filter(|_| axes.next().is_none()).map(|(axis, _)| axis)
}

struct Anatomy<'a, 'b> {
    wiring: &'b Wiring<'a>,
    layers: Vec<Layer>,
}

impl<'a> Anatomy<'a, '_> {
    /// Marks the default layer, the ends of stages before it, and what is hardly worth a try.
    fn marked(mut self, logits: &str, classes: usize) -> Vec<Layer> {
        let default = self.default(logits, classes).map(str::to_string);
        let stages = self.stages(default.as_deref().unwrap_or(logits), default.is_some());
        for layer in &mut self.layers {
            layer.is_default = default.as_ref() == Some(&layer.tensor);
            layer.is_stage = !layer.is_default && stages.contains(&layer.tensor);
            layer.is_hidden |= layer.op == "Input" && !layer.is_default;
        }
        self.layers
    }

    /// The tensor to tap where none is named: what the head reads, as a vector where there is one.
    /// Where the logits have several makers, the last tensor that all of them read.
    fn default(&self, logits: &str, classes: usize) -> Option<&str> {
        let read = head::data(self.wiring, logits);
        let same: Vec<_> =
            read.into_iter().flat_map(|read| head::same_values(self.wiring, read)).collect();
        let known = same.iter().filter_map(|name| self.known(name));
        let vector = known.clone().filter(|layer| layer.shape.len() == 1).last();
        let single = || known.clone().filter(|layer| layer.positions() == 1).last();
        let shared = || self.trunk(logits).rfind(|layer| layer.size() != classes);
        let default = vector.or_else(single).or_else(|| known.clone().next()).or_else(shared);
        default.map(|layer| layer.tensor.as_str())
    }

    /// Ends of stages before the tensor `end`: the last ones of their resolution, or of their size
    /// where they are vectors.
    fn stages(&self, end: &str, is_default: bool) -> HashSet<String> {
        let averaged = self.averaged(end).filter(|_| is_default);
        let size = self.known(end).map(Layer::size);
        let repeats = |layer: &Layer| averaged == Some(&layer.tensor) && size == Some(layer.size());
        let mut last = HashMap::new();
        for layer in self.trunk(end) {
            let size = if layer.positions() == 1 { layer.size() } else { 0 };
            last.insert((layer.positions(), size), layer);
        }
        let new = last.into_values().filter(|layer| !repeats(layer));
        new.map(|layer| layer.tensor.clone()).collect()
    }

    /// The map whose mean over its positions a tensor is: both make the same features.
    fn averaged(&self, tensor: &str) -> Option<&'a str> {
        let name = self.wiring.nodes.iter().flat_map(outputs).find(|name| *name == tensor)?;
        let first = head::same_values(self.wiring, name).last()?;
        let node = self.wiring.maker(first)?;
        AVERAGING.contains(&node.op_type.as_str()).then(|| self.wiring.only_varying(node))?
    }

    /// Layers that all computation towards a tensor passes, behind the first weights.
    fn trunk(&self, end: &str) -> impl DoubleEndedIterator<Item = &Layer> {
        let end = self.wiring.nodes.iter().flat_map(outputs).find(|name| *name == end);
        let names = end.map(|end| trunk::trunk(self.wiring, end)).unwrap_or_default();
        let learnt = self.learnt();
        let features = names.into_iter().filter(move |name| learnt.contains(name));
        features.filter_map(|name| self.known(name))
    }

    /// Tensors behind at least one operator with weights.
    fn learnt(&self) -> HashSet<&'a str> {
        let mut learnt = HashSet::new();
        for node in self.wiring.nodes {
            let is_learnt = LEARNT.contains(&node.op_type.as_str())
                || self.wiring.varying_inputs(node).any(|name| learnt.contains(name));
            if is_learnt {
                learnt.extend(outputs(node));
            }
        }
        learnt
    }

    /// The layer of this tensor, unless its channels are unknown.
    fn known(&self, tensor: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.tensor == tensor && layer.channel_axis.is_some())
    }
}
