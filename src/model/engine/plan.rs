//! A graph in its runnable form.

use std::sync::Arc;

use tract_onnx::prelude::{
    DatumType, IntoRunnable, Tensor, TractResult, TypedModel, TypedRunnableModel, tvec,
};

use super::graph::Graph;
use super::input::Form;
use super::ops::Packed;
use super::outputs::EngineOutputs;
use super::{Layer, OutputKind, invalid, run_failed};
use crate::{Error, Result};

/// A graph that was compiled for one form of its input. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub runnable: Arc<TypedRunnableModel>,
    pub form: Form,
    /// Length of the logits as the model gives them, 0 for a backbone.
    pub logits: usize,
}

impl Plan {
    /// Compiles a graph, with the logits, if it has any, and the tapped layers as its outputs.
    pub(super) fn compile(graph: Graph, taps: &[Layer]) -> Result<Self> {
        Self::compile_with(graph, taps, &Packed::default())
    }

    /// As [`Plan::compile`], for another number of samples than this plan has. They share weights.
    pub(super) fn beside(&self, graph: Graph, taps: &[Layer]) -> Result<Self> {
        Self::compile_with(graph, taps, &Packed::of(self.runnable.model()))
    }

    fn compile_with(graph: Graph, taps: &[Layer], packed: &Packed) -> Result<Self> {
        let (form, has_logits) = (graph.form().clone(), graph.has_logits());
        let optimised = graph.into_optimised(taps, packed)?;
        let logits = if has_logits { logits(&optimised, &form)? } else { 0 };
        Ok(Self { runnable: optimised.into_runnable().map_err(invalid)?, form, logits })
    }

    /// Runs as many samples as the form holds, or fewer.
    pub(super) fn run(&self, samples: &[f32], kind: OutputKind) -> Result<EngineOutputs> {
        let input = self.input(samples)?;
        let batch = self.form.samples();
        let given = samples.len() / self.sample_len();
        let values = self.runnable.run(tvec!(input.into())).map_err(run_failed)?;
        let has_logits = self.logits > 0;
        Ok(EngineOutputs { samples: given, values, batch, kind, has_logits })
    }

    /// The input for as many samples as the form holds, or fewer. Missing ones are zero, so that a
    /// short batch gives the same outputs as a full one.
    pub(super) fn input(&self, samples: &[f32]) -> Result<Tensor> {
        let mut input = Tensor::zero::<f32>(&self.form.shape()).map_err(run_failed)?;
        let mut plain = input.try_as_plain_ram_mut().map_err(run_failed)?;
        let values = plain.as_slice_mut::<f32>().map_err(run_failed)?;
        values.iter_mut().zip(samples).for_each(|(value, &sample)| *value = sample);
        Ok(input)
    }

    /// Number of values in one sample.
    pub(super) fn sample_len(&self) -> usize {
        self.form.sample.iter().product()
    }
}

/// Length of the logits of an optimised model, from the shape of its first output. All outputs have
/// a part for each sample.
fn logits(model: &TypedModel, form: &Form) -> Result<usize> {
    let facts = (0..model.outputs.len())
        .map(|i| model.output_fact(i))
        .collect::<TractResult<Vec<_>>>()
        .map_err(invalid)?;
    let has_parts = facts
        .iter()
        .all(|fact| fact.shape.as_concrete().is_some_and(|shape| form.part(shape).is_some()));
    let logits = facts.first().filter(|fact| has_parts && fact.datum_type == DatumType::F32);
    match logits.and_then(|fact| row(form.part(fact.shape.as_concrete()?)?)) {
        Some(length) if length > 0 => Ok(length),
        _ => Err(Error::UnsupportedModel {
            reason: format!(
                "its logits are {:?}, a classifier's are [batch, classes] of 32-bit floats",
                facts.first()
            ),
        }),
    }
}

/// Length of one sample's logits: a row of numbers, perhaps with further dimensions of 1.
pub(super) fn row(part: &[usize]) -> Option<usize> {
    (part.iter().filter(|&&size| size != 1).count() <= 1).then(|| part.iter().product())
}
