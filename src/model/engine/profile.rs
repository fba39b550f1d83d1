//! How long each operator of a model takes.

use tract_onnx::prelude::{TDim, TractResult, TypedFact, TypedNode, tvec};
use tract_onnx::tract_core::ops::Cost;
use tract_onnx::tract_core::ops::matmul::optimized::{MatMulOperand, OptMatMul, ProtoFusedSpec};
use tract_onnx::tract_core::plan::eval;
use web_time::Instant;

use super::plan::Plan;
use super::{Model, catch_panic, ops, run_failed};
use crate::{Result, Tensor};

/// What one operator of a model takes, as the engine runs it: the engine joins and replaces
/// operators of the file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OperatorCost {
    /// Name of the node, mostly as in the file.
    pub node: String,
    /// The engine's operator.
    pub operator: String,
    /// Seconds of one run.
    pub seconds: f64,
    /// Multiplications, each with its addition; 0 where the engine does not tell.
    pub multiplications: u64,
    /// Bytes of all inputs, weights included, and of all outputs.
    pub bytes: u64,
}

impl Model {
    /// Runs one sample of shape [`Model::input_shape`] and tells what each operator took, in the
    /// order of the run.
    ///
    /// # Errors
    /// As [`Model::run`], except for the logits.
    pub fn profile(&self, input: &Tensor) -> Result<Vec<OperatorCost>> {
        self.check_shape(input)?;
        catch_panic(run_failed, || self.one.profile(input.data()))
    }
}

impl Plan {
    fn profile(&self, samples: &[f32]) -> Result<Vec<OperatorCost>> {
        let input = self.input(samples)?;
        let mut state = self.runnable.spawn().map_err(run_failed)?;
        let mut costs = Vec::new();
        let timed =
            state.run_plan_with_eval(tvec!(input.into()), |context, state, node, inputs| {
                let start = Instant::now();
                let outputs = eval(context, state, node, inputs);
                costs.push((node.id, start.elapsed().as_secs_f64()));
                outputs
            });
        timed.map_err(run_failed)?;
        costs.into_iter().map(|(id, seconds)| self.cost(id, seconds).map_err(run_failed)).collect()
    }

    fn cost(&self, id: usize, seconds: f64) -> TractResult<OperatorCost> {
        let model = self.runnable.model();
        let node = model.node(id);
        let inputs = model.node_input_facts(id)?;
        let facts = inputs.iter().copied().chain(node.outputs.iter().map(|output| &output.fact));
        Ok(OperatorCost {
            node: node.name.clone(),
            operator: node.op().name().into_owned(),
            seconds,
            multiplications: multiplications(node, &inputs)?,
            bytes: weights(node) + facts.filter_map(|fact| count(&fact.mem_size())).sum::<u64>(),
        })
    }
}

fn multiplications(node: &TypedNode, inputs: &[&TypedFact]) -> TractResult<u64> {
    let costs = node.op.cost(inputs)?;
    let counts = costs.iter().filter(|(cost, _)| matches!(cost, Cost::FMA(_)));
    Ok(counts.filter_map(|(_, multiplications)| count(multiplications)).sum())
}

/// Bytes of the packed weights that a product holds itself, the engine's or ours.
fn weights(node: &TypedNode) -> u64 {
    let products = node.op_as::<OptMatMul>().into_iter().flat_map(|product| &product.micro_ops);
    let operands = products.filter_map(|step| match step {
        ProtoFusedSpec::AddMatMul { a, b, .. } => Some([a, b]),
        _ => None,
    });
    let held = operands.flatten().filter_map(|operand| match operand {
        MatMulOperand::Const(values) => count(&values.exotic_fact().mem_size()),
        MatMulOperand::Input(_) => None,
    });
    held.sum::<u64>() + ops::weight_bytes(node) as u64
}

/// A number that the engine knows.
fn count(dimension: &TDim) -> Option<u64> {
    dimension.to_i64().ok()?.try_into().ok()
}
