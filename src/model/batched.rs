//! A model that runs many samples at once.

use std::sync::OnceLock;

use super::graph::Graph;
use super::outputs::{EngineOutputs, run};
use super::{Layer, Model, ModelOptions, OnnxFile, Plan, catch_panic, compile, invalid, noise};
use crate::Result;

/// The plan for [`Model::BATCH`] samples, made when the first batch comes: it takes as long as all
/// else of a load.
#[derive(Debug)]
pub(super) struct Batched {
    onnx: OnnxFile,
    options: ModelOptions,
    plan: OnceLock<Option<Plan>>,
}

impl Batched {
    pub(super) fn new(onnx: OnnxFile, options: ModelOptions) -> Self {
        Self { onnx, options, plan: OnceLock::new() }
    }

    /// `None` for a model that must run its samples one by one: it has a batch of one built in, or
    /// it mixes samples.
    pub(super) fn plan(&self, one: &Plan, input_shape: &[usize], taps: &[Layer]) -> Option<&Plan> {
        let compile_many = || {
            let graph = Graph::read(&self.onnx, Model::BATCH, &self.options)?;
            let many = compile(graph, taps, Model::BATCH)?.0;
            Ok(keeps_apart(&many, one, input_shape)?.then_some(many))
        };
        self.plan.get_or_init(|| catch_panic(invalid, compile_many).ok().flatten()).as_ref()
    }
}

/// Whether samples in a batch give the same outputs as alone, tried on a batch of noise.
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

/// Whether one sample of a batch agrees with the same sample run alone, up to the order of sums.
fn agree(batch: &EngineOutputs, index: usize, alone: &EngineOutputs) -> Result<bool> {
    let (batched, alone) = (batch.sample(index)?, alone.sample(0)?);
    let mut layers = batched.layers.iter().zip(&alone.layers);
    Ok(close(&batched.logits, &alone.logits) && layers.all(|(one, other)| close(one, other)))
}

fn close(one: &[f32], other: &[f32]) -> bool {
    let largest = other.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1e-4 * largest)
}
