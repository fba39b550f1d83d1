//! Rules for operators that ONNX Runtime's optimiser fuses.

use super::build::{Parts, text};
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

/// A dense layer of other floats than of 32 bits. The engine mixes them with its own factors of 32
/// bits, even where these are 1.
pub(super) fn plain_gemm(site: &Site<'_>) -> Rewritten {
    let float = |index| site.constant(index).is_none_or(|held| held.data_type == 1);
    let bare = site.input(2).is_none() && site.float("alpha", 1.0) == 1.0;
    if bare || float(1) && float(2) {
        return Ok(None);
    }
    let mut parts = site.parts();
    let inputs = [site.required(0)?, site.required(1)?];
    let scaled = |parts: &mut Parts<'_>, tensor: String, by: &str| {
        let factor = site.float(by, 1.0);
        if factor == 1.0 {
            return tensor;
        }
        let factor = parts.scalar(factor);
        let factor = parts.add("CastLike", &[&factor, &tensor], vec![]);
        parts.add("Mul", &[&tensor, &factor], vec![])
    };
    let product = parts.add("Gemm", &inputs, site.copied(&["transA", "transB"]));
    let product = scaled(&mut parts, product, "alpha");
    let Some(bias) = site.input(2) else {
        return Ok(Some(parts.end("Identity", &[&product], vec![])));
    };
    let bias = scaled(&mut parts, bias.to_string(), "beta");
    Ok(Some(parts.end("Add", &[&product, &bias], vec![])))
}
