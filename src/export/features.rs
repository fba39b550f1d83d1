//! The tensors of a model to logits and feature vectors, one row a sample.

use super::builder::{Builder, DOUBLE, FLOAT, INT64, Name};
use crate::{ChannelAxis, Layer, OutputKind, Pooling};

/// The leading dimension of a reshaped tensor: the batch as it is, or one sample.
pub(super) fn lead(has_batch: bool) -> i64 {
    if has_batch { 0 } else { 1 }
}

/// Checks the model's input: behind a NaN, some runtimes compute what looks like features.
pub(super) fn check_input(graph: &mut Builder, tensor: &str, has_batch: bool) {
    let floats = graph.cast(&tensor.to_string(), FLOAT);
    let rows = graph.reshaped(&floats, &[lead(has_batch), -1]);
    graph.check(&rows);
}

/// The logits of each class, `[N, classes]`, from what a model gives.
pub(super) struct Logits<'a> {
    pub tensor: &'a str,
    pub kind: OutputKind,
    /// Number of values that the model gives a sample.
    pub given: usize,
    pub has_batch: bool,
}

impl Logits<'_> {
    pub fn write(&self, graph: &mut Builder) -> Name {
        let floats = graph.cast(&self.tensor.to_string(), FLOAT);
        let rows = graph.reshaped(&floats, &[lead(self.has_batch), self.given as i64]);
        graph.check(&rows);
        let is_probability = self.kind == OutputKind::Probabilities;
        let classes = match (self.given, is_probability) {
            (1, true) => {
                let one = graph.floats(&[], &[1.0]);
                let first = graph.op("Sub", &[&one, &rows]);
                graph.with("Concat", &[&first, &rows], &[super::builder::int("axis", 1)])
            }
            (1, false) => {
                let zero = graph.floats(&[], &[0.0]);
                let first = graph.op("Mul", &[&rows, &zero]);
                graph.with("Concat", &[&first, &rows], &[super::builder::int("axis", 1)])
            }
            _ => rows,
        };
        if !is_probability {
            return classes;
        }
        let least = graph.floats(&[], &[f32::MIN_POSITIVE]);
        let positive = graph.op("Max", &[&classes, &least]);
        graph.op("Log", &[&positive])
    }
}

/// The features of a layer, `[N, D]`: pooled over positions.
pub(super) fn pooled(graph: &mut Builder, layer: &Layer, has_batch: bool) -> Name {
    let floats = graph.cast(&layer.tensor, FLOAT);
    let (lead, size) = (lead(has_batch), layer.size() as i64);
    let is_vector = layer.shape.len() < 2;
    let features = match is_vector {
        true => graph.reshaped(&floats, &[lead, size]),
        false => pooled_map(graph, layer, &floats, lead),
    };
    // The mean of a map is finite only if all of it is; others leave values out.
    let checked = match layer.pooling {
        Pooling::Max | Pooling::First if !is_vector => graph.reshaped(&floats, &[lead, -1]),
        _ => features.clone(),
    };
    graph.check(&checked);
    features
}

fn pooled_map(graph: &mut Builder, layer: &Layer, floats: &Name, lead: i64) -> Name {
    let size = layer.size() as i64;
    let is_last = layer.channel_axis == Some(ChannelAxis::Last);
    let (shape, positions) = if is_last { ([lead, -1, size], 1) } else { ([lead, size, -1], 2) };
    let map = graph.reshaped(floats, &shape);
    match layer.pooling {
        Pooling::Mean => mean(graph, &map, positions),
        Pooling::Max => graph.reduced("ReduceMax", &map, positions, false),
        Pooling::First => {
            let first = graph.ints(&[], &[0]);
            graph.gathered(&map, &first, positions.cast_unsigned())
        }
    }
}

/// The mean over positions, summed in 64 bits: in 32, runtimes lose digits of large maps.
fn mean(graph: &mut Builder, map: &Name, positions: i64) -> Name {
    let wide = graph.cast(map, DOUBLE);
    let mean = graph.reduced("ReduceMean", &wide, positions, false);
    graph.cast(&mean, FLOAT)
}

/// The energy of the logits, `[N, 1]`.
pub(super) fn energy(graph: &mut Builder, logits: &Name) -> Name {
    let logits = graph.widened(logits.clone());
    let normaliser = log_sum_exp(graph, &logits, 1);
    graph.op("Neg", &[&normaliser])
}

/// The logarithm of the sum of exponentials along an axis, which stays with size 1. The largest is
/// taken out, so that no power overflows.
pub(super) fn log_sum_exp(graph: &mut Builder, values: &Name, axis: i64) -> Name {
    let largest = graph.reduced("ReduceMax", values, axis, true);
    let shifted = graph.op("Sub", &[values, &largest]);
    let powers = graph.op("Exp", &[&shifted]);
    let sum = graph.reduced("ReduceSum", &powers, axis, true);
    let log = graph.op("Log", &[&sum]);
    graph.op("Add", &[&largest, &log])
}

/// Whole numbers as a column, `[N, 1]`.
pub(super) fn column(graph: &mut Builder, row: &Name) -> Name {
    let whole = graph.cast(row, INT64);
    graph.reshaped(&whole, &[-1, 1])
}
