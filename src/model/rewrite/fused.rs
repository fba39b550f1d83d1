//! Rules for operators that ONNX Runtime's optimiser fuses.

use super::build::text;
use super::site::Site;
use super::{Rewritten, Rule, activation};

pub(super) fn rule(operator: &str) -> Option<Rule> {
    Some(match operator {
        "FusedConv" => conv,
        "FusedGemm" => gemm,
        "FusedMatMul" | "TransposeMatMul" => matmul,
        _ => return None,
    })
}

/// A convolution, perhaps a tensor to add, and an activation.
fn conv(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let mut inputs = vec![site.required(0)?, site.required(1)?];
    inputs.extend(site.input(2));
    let attributes = site.without(&["activation", "activation_params"]);
    let mut made = parts.add("Conv", &inputs, attributes);
    if let Some(other) = site.input(3) {
        made = parts.add("Add", &[&made, other], vec![]);
    }
    let parameters = site.floats("activation_params").unwrap_or_default();
    activation::finish(site, &mut parts, &made, site.text("activation", ""), parameters)?;
    Ok(Some(parts.nodes()))
}

/// A dense layer and an activation.
fn gemm(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let mut inputs = vec![site.required(0)?, site.required(1)?];
    inputs.extend(site.input(2));
    let made = parts.add("Gemm", &inputs, site.copied(&["alpha", "beta", "transA", "transB"]));
    let given = ["activation_alpha", "activation_beta", "activation_gamma"];
    let parameters: Vec<f32> =
        given.iter().filter_map(|name| Some(site.attribute(name)?.f)).collect();
    activation::finish(site, &mut parts, &made, site.text("activation", ""), &parameters)?;
    Ok(Some(parts.nodes()))
}

/// A scaled product of matrices that may lie on their side.
fn matmul(site: &Site<'_>) -> Rewritten {
    if site.int("transBatchA", 0) != 0 || site.int("transBatchB", 0) != 0 {
        return Err(site.unsupported("transBatchA and transBatchB are not supported"));
    }
    let side = |name, plain, turned| if site.int(name, 0) == 0 { plain } else { turned };
    let a = side("transA", "ij", "ji");
    let b = side("transB", "jk", "kj");
    let inputs = [site.required(0)?, site.required(1)?];
    let mut parts = site.parts();
    let product = if (a, b) == ("ij", "jk") {
        parts.add("MatMul", &inputs, vec![])
    } else {
        let equation = format!("...{a},...{b}->...ik");
        parts.add("Einsum", &inputs, vec![text("equation", &equation)])
    };
    let scale = parts.scalar(site.float("alpha", 1.0));
    Ok(Some(parts.end("Mul", &[&product, &scale], vec![])))
}
