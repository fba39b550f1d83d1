//! Rules for operators that make, enlarge or normalise tensors.

use super::Rewritten;
use super::build::{floats_of, tensor, text};
use super::constants;
use super::site::Site;

/// Without a value, the engine makes 64-bit zeros.
pub(super) fn constant_of_shape(site: &Site<'_>) -> Rewritten {
    if site.attribute("value").is_some() {
        return Ok(None);
    }
    let zero = tensor("value", floats_of(&[1], &[0.0]));
    Ok(Some(site.parts().end("ConstantOfShape", &[site.required(0)?], vec![zero])))
}

/// Pads were attributes first. `ops::register` reads the newer form in all versions.
pub(super) fn pad(site: &Site<'_>) -> Rewritten {
    let Some(pads) = site.ints("pads").or_else(|| site.ints("paddings")) else { return Ok(None) };
    let mut parts = site.parts();
    let pads = parts.list(pads);
    let value = parts.scalar(site.float("value", 0.0));
    let inputs = [site.required(0)?, &pads, &value];
    Ok(Some(parts.end("Pad", &inputs, site.copied(&["mode"]))))
}

/// Statistics of the batch are for training; the engine has neither them nor their outputs.
pub(super) fn batch_normalization(site: &Site<'_>) -> Rewritten {
    if site.int("training_mode", 0) != 0 {
        return Err(site.unsupported(
            "it is in training mode: export the model in evaluation mode, model.eval() in PyTorch",
        ));
    }
    if site.node.output.len() < 2 {
        return Ok(None);
    }
    let inputs: Vec<_> = site.node.input.iter().map(String::as_str).collect();
    Ok(Some(site.parts().end("BatchNormalization", &inputs, site.without(&["training_mode"]))))
}

/// `Upsample` is the engine's oldest `Resize` (`ops::register`), with scales as an input and its
/// rounding said.
pub(super) fn upsample(site: &Site<'_>) -> Rewritten {
    if site.attribute(ROUNDING).is_some() && site.input(1).is_some() {
        return Ok(None);
    }
    let mut parts = site.parts();
    let scales = match (site.floats("scales"), site.input(1)) {
        (Some(scales), _) => {
            parts.constant(floats_of(&[i64::try_from(scales.len()).unwrap_or(0)], scales))
        }
        (None, Some(scales)) => scales.to_string(),
        (None, None) => return Err(site.unsupported("it has no scales")),
    };
    let mode = match site.text("mode", "nearest") {
        "bilinear" => "linear",
        mode => mode,
    };
    let attributes = vec![text("mode", mode), text(ROUNDING, "floor")];
    Ok(Some(parts.end("Upsample", &[site.required(0)?, &scales], attributes)))
}

/// The first `Resize` rounds down where it enlarges and up where it shrinks.
pub(super) fn resize(site: &Site<'_>) -> Rewritten {
    let nearest = site.text("mode", "nearest") == "nearest";
    if site.opset != 10 || !nearest || site.attribute(ROUNDING).is_some() {
        return Ok(None);
    }
    let scales = site.constant(1).and_then(constants::floats).unwrap_or_default();
    let rounding = match scales.iter().any(|&scale| scale < 1.0) {
        false => "floor",
        true if scales.iter().all(|&scale| scale <= 1.0) => "ceil",
        true => return Err(site.unsupported("it enlarges one side and shrinks another")),
    };
    let inputs = [site.required(0)?, site.required(1)?];
    let attributes = vec![text("mode", "nearest"), text(ROUNDING, rounding)];
    Ok(Some(site.parts().end("Resize", &inputs, attributes)))
}

const ROUNDING: &str = "nearest_mode";
