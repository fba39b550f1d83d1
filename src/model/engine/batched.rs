//! A model that runs many samples at once.

use std::sync::OnceLock;

use super::graph::Graph;
use super::input::Form;
use super::outputs::EngineOutputs;
use super::plan::Plan;
use super::proto::Proto;
use super::{Layer, Model, ModelOptions, OnnxFile, OutputKind, catch_panic, invalid, noise};
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

    /// `None` for a model that must run its samples one by one: it has a batch of one built in, it
    /// mixes samples, or the engine computes a batch in another order than one sample.
    pub(super) fn plan(&self, one: &Plan, taps: &[Layer]) -> Option<&Plan> {
        let compile_many = || {
            let proto = Proto::read(&self.onnx, &self.options.limits)?;
            let form = Form { batch: Some(Model::BATCH), ..one.form.clone() };
            let graph = Graph::infer(&proto, form, &self.options)?;
            drop(proto);
            let many = one.beside(graph, taps)?;
            Ok(keeps_apart(&many, one, equal)?.then_some(many))
        };
        self.plan.get_or_init(|| catch_panic(invalid, compile_many).ok().flatten()).as_ref()
    }
}

/// Whether samples in a batch give the `same` outputs as alone, tried on a batch of noise.
pub(super) fn keeps_apart(many: &Plan, one: &Plan, same: Same) -> Result<bool> {
    let (count, volume) = (many.form.samples(), one.sample_len());
    let samples: Vec<f32> = noise().take(count * volume).collect();
    let batch = many.run(&samples, OutputKind::default())?;
    for index in [0, 1, count / 2, count - 1] {
        let Some(sample) = samples.chunks(volume.max(1)).nth(index) else { return Ok(false) };
        if !agree(&batch, index, &one.run(sample, OutputKind::default())?, same)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the first sample of a batch depends on the others, tried on noise.
pub(super) fn mixes(many: &Plan) -> Result<bool> {
    let (count, volume) = (many.form.samples(), many.sample_len());
    let run = |samples: &[f32]| many.run(samples, OutputKind::default());
    for scale in [1.0, 20.0] {
        let wide = noise().map(move |value| (value - 0.5) * scale + 0.5);
        let first = wide.clone().take(volume);
        let others = wide.clone().skip(7).take((count - 1) * volume);
        let samples: Vec<f32> = wide.take(count * volume).collect();
        let changed: Vec<f32> = first.chain(others).collect();
        if !agree(&run(&samples)?, 0, &run(&changed)?, close)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether outputs are the same.
type Same = fn(&[f32], &[f32]) -> bool;

/// Whether one sample of a batch agrees with the same sample run alone.
fn agree(batch: &EngineOutputs, index: usize, alone: &EngineOutputs, same: Same) -> Result<bool> {
    let (batched, alone) = (batch.sample(index)?, alone.sample(0)?);
    let mut layers = batched.layers.iter().zip(&alone.layers);
    Ok(same(&batched.logits, &alone.logits) && layers.all(|(one, other)| same(one, other)))
}

/// Whether outputs are equal to the bit.
fn equal(one: &[f32], other: &[f32]) -> bool {
    one == other
}

/// Whether outputs are equal up to the order of sums.
pub(super) fn close(one: &[f32], other: &[f32]) -> bool {
    let largest = other.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1e-4 * largest)
}
