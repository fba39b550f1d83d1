//! A model that runs many samples at once.

use std::sync::OnceLock;

use super::graph::Graph;
use super::{Layer, Model, Outputs, Plan, compiled, invalid, run, sheltered};
use crate::{Limits, Result};

/// The plan for [`Model::BATCH`] samples, made when the first batch comes: it takes as long as all else of a load.
#[derive(Debug)]
pub(super) struct Batched {
    onnx: Box<[u8]>,
    limits: Limits,
    plan: OnceLock<Option<Plan>>,
}

impl Batched {
    pub(super) fn new(onnx: &[u8], limits: Limits) -> Self {
        Self { onnx: onnx.into(), limits, plan: OnceLock::new() }
    }

    /// `None` for a model that is to run its samples one by one: it has a batch of one built in, or it mixes samples.
    pub(super) fn plan(&self, one: &Plan, input_shape: &[usize], taps: &[Layer]) -> Option<&Plan> {
        let compile = || {
            let graph = Graph::read(&self.onnx, Model::BATCH, &self.limits)?;
            let many = compiled(graph, taps, Model::BATCH)?.0;
            Ok(keeps_apart(&many, one, input_shape)?.then_some(many))
        };
        self.plan.get_or_init(|| sheltered(invalid, compile).ok().flatten()).as_ref()
    }
}

/// Whether samples in a batch give what each gives by itself, seen on a few of a batch of noise.
fn keeps_apart(many: &Plan, one: &Plan, input_shape: &[usize]) -> Result<bool> {
    let volume: usize = input_shape.iter().product();
    let samples: Vec<f32> = noise().take(Model::BATCH * volume).collect();
    let batch = run(many, input_shape, &samples, Model::BATCH)?;
    for index in [0, 1, Model::BATCH / 2, Model::BATCH - 1] {
        let Some(sample) = samples.chunks(volume.max(1)).nth(index) else { return Ok(false) };
        if !agree(&batch, index, &run(one, input_shape, sample, 1)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether one sample of a batch has the outputs of the same sample run alone, but for the order of sums.
fn agree(batch: &Outputs, index: usize, alone: &Outputs) -> Result<bool> {
    let (logits, layers) = batch.sample(index)?;
    let (logits_alone, layers_alone) = alone.sample(0)?;
    let pairs = layers.into_iter().zip(layers_alone);
    Ok(std::iter::once((logits, logits_alone)).chain(pairs).all(|(one, other)| close(one, other)))
}

fn close(one: &[f32], other: &[f32]) -> bool {
    let largest = other.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1e-4 * largest)
}

/// Values from 0 to 1, the same each time: the upper bits of a linear congruential generator (Knuth's MMIX).
fn noise() -> impl Iterator<Item = f32> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(7), next).map(|state| (state >> 40) as f32 / (1u64 << 24) as f32)
}
