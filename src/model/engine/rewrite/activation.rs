//! Activations that other operators carry in an attribute.

use tract_onnx::pb::AttributeProto;

use super::Rewritten;
use super::build::{Parts, float};
use super::site::Site;
use crate::Result;

/// Applies an activation of ONNX Runtime's fused operators to `tensor`. Makes the node's output.
pub(super) fn finish(
    site: &Site<'_>,
    parts: &mut Parts<'_>,
    tensor: &str,
    activation: &str,
    parameters: &[f32],
) -> Result<()> {
    let given = |names: &[&str]| -> Vec<AttributeProto> {
        names.iter().zip(parameters).map(|(name, &value)| float(name, value)).collect()
    };
    match activation {
        "" => parts.finish("Identity", &[tensor], vec![]),
        "Relu" | "Sigmoid" | "Softplus" | "Softsign" | "Tanh" | "HardSwish" => {
            parts.finish(activation, &[tensor], vec![]);
        }
        "LeakyRelu" | "Elu" | "ThresholdedRelu" => {
            parts.finish(activation, &[tensor], given(&["alpha"]));
        }
        "HardSigmoid" => parts.finish(activation, &[tensor], given(&["alpha", "beta"])),
        "Clip" => {
            let low = parts.scalar(parameters.first().copied().unwrap_or(f32::MIN));
            let high = parts.scalar(parameters.get(1).copied().unwrap_or(f32::MAX));
            let above = parts.add("Max", &[tensor, &low], vec![]);
            parts.finish("Min", &[&above, &high], vec![]);
        }
        other => return Err(site.unsupported(&format!("its activation {other:?} is not known"))),
    }
    Ok(())
}

/// `x * sigmoid(alpha x)`; the engine's has no alpha.
pub(super) fn swish(site: &Site<'_>) -> Rewritten {
    let input = site.required(0)?;
    let mut parts = site.parts();
    let alpha = parts.scalar(site.float("alpha", 1.0));
    let scaled = parts.add("Mul", &[input, &alpha], vec![]);
    let gate = parts.add("Sigmoid", &[&scaled], vec![]);
    Ok(Some(parts.end("Mul", &[input, &gate], vec![])))
}
