//! A model that runs many samples at once.

use std::sync::OnceLock;

use super::graph::Graph;
use super::{Layer, Model, Plan, compiled, invalid, sheltered};
use crate::Limits;

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

    /// `None` for a model that has a batch of one built in, which is run as it was made.
    pub(super) fn plan(&self, taps: &[Layer]) -> Option<&Plan> {
        let compile = || Ok(compiled(Graph::read(&self.onnx, Model::BATCH, &self.limits)?, taps, Model::BATCH)?.0);
        self.plan.get_or_init(|| sheltered(invalid, compile).ok()).as_ref()
    }
}
