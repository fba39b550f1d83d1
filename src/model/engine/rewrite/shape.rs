//! Rules for operators that make, enlarge or normalise tensors.

use super::Rewritten;
use super::build::{floats_of, int, tensor, text};
use super::constants;
use super::site::Site;
use crate::Result;

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

/// Before version 7, an operator said by an axis how it aligns its second tensor. The engine aligns
/// the last dimensions.
pub(super) fn aligned(site: &Site<'_>) -> Rewritten {
    if site.opset >= 7 || site.attribute("axis").is_none() {
        return Ok(None);
    }
    Err(site.unsupported(NEWER))
}

/// The first version of `Scan` is another operator.
pub(super) fn scan(site: &Site<'_>) -> Rewritten {
    if site.opset == 8 { Err(site.unsupported(NEWER)) } else { Ok(None) }
}

const NEWER: &str = "ONNX has changed it since: convert the model with Python's onnx, \
    onnx.version_converter.convert_version(model, 13)";

/// Remainders of integers take the divisor's sign; the engine's take it of some types only.
pub(super) fn modulo(site: &Site<'_>) -> Rewritten {
    if site.int("fmod", 0) != 0 {
        return Ok(None);
    }
    let (number, divisor) = (site.required(0)?, site.required(1)?);
    let mut parts = site.parts();
    let rest = parts.add("Mod", &[number, divisor], vec![int("fmod", 1)]);
    let above = parts.add("Add", &[&rest, divisor], vec![]);
    Ok(Some(parts.end("Mod", &[&above, divisor], vec![int("fmod", 1)])))
}

/// As pads, so starts and ends.
pub(super) fn slice(site: &Site<'_>) -> Rewritten {
    let (Some(starts), Some(ends)) = (site.ints("starts"), site.ints("ends")) else {
        return Ok(None);
    };
    let mut parts = site.parts();
    let starts = parts.list(starts);
    let ends = parts.list(ends);
    let axes = site.ints("axes").map(|axes| parts.list(axes));
    let given = [&starts, &ends].into_iter().chain(&axes).map(String::as_str);
    let inputs: Vec<&str> = std::iter::once(site.required(0)?).chain(given).collect();
    Ok(Some(parts.end("Slice", &inputs, vec![])))
}

const TRAINING: &str =
    "it is in training mode: export the model in evaluation mode, model.eval() in PyTorch";

/// Statistics of the batch, which older versions ask for by further outputs, are for training.
pub(super) fn batch_normalization(site: &Site<'_>) -> Rewritten {
    let outputs = site.node.output.iter().filter(|name| !name.is_empty()).count();
    if site.int("training_mode", 0) == 0 && outputs < 2 {
        return Ok(None);
    }
    Err(site.unsupported(TRAINING))
}

/// Dropout is nothing but in training.
pub(super) fn dropout(site: &Site<'_>) -> Rewritten {
    let mode = site.constant(2);
    let is_on = mode.is_some_and(|mode| {
        mode.raw_data.iter().any(|&byte| byte != 0) || mode.int32_data.iter().any(|&it| it != 0)
    });
    match is_on {
        true => Err(site.unsupported(TRAINING)),
        false => Ok(None),
    }
}

/// The engine counts no position from the end.
pub(super) fn positions(site: &Site<'_>) -> Rewritten {
    let indices = site.constant(1).and_then(constants::ints).unwrap_or_default();
    match indices.iter().any(|&index| index < 0) {
        true => Err(site.unsupported("it has negative indices: export it with positive ones")),
        false => Ok(None),
    }
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
    if site.opset > 10 {
        return check_crop(site).and_then(|()| corners(site));
    }
    if !nearest || site.attribute(ROUNDING).is_some() {
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

/// Refuses crops and alignments that runtimes compute in different ways.
fn check_crop(site: &Site<'_>) -> Result<()> {
    let is = |name: &str, value: &str| site.text(name, "") == value;
    let by_scales = site.input(3).is_none();
    let crops = is("coordinate_transformation_mode", "tf_crop_and_resize");
    let aligned = is("coordinate_transformation_mode", "align_corners");
    let why = match () {
        () if crops && by_scales => "it crops by scales: export it with sizes",
        () if crops && is("mode", "cubic") => "it crops with cubic interpolation",
        () if aligned && by_scales && site.int("antialias", 0) == 1 => {
            "it aligns corners with antialiasing by scales: export it with sizes"
        }
        () => return Ok(()),
    };
    Err(site.unsupported(why))
}

/// Corners are aligned with the last whole position of the output, not with the scaled size.
fn corners(site: &Site<'_>) -> Rewritten {
    let scales = site.input(2).filter(|_| site.input(3).is_none());
    let aligned = site.text("coordinate_transformation_mode", "") == "align_corners";
    let Some(scales) = scales.filter(|_| aligned) else { return Ok(None) };
    let input = site.required(0)?;
    let mut parts = site.parts();
    let mut shape = parts.add("Shape", &[input], vec![]);
    if let Some(axes) = site.ints("axes") {
        let axes = parts.list(axes);
        shape = parts.add("Gather", &[&shape, &axes], vec![int("axis", 0)]);
    }
    let shape = parts.add("Cast", &[&shape], vec![int("to", 1)]);
    let sizes = parts.add("Mul", &[&shape, scales], vec![]);
    let sizes = parts.add("Floor", &[&sizes], vec![]);
    let sizes = parts.add("Cast", &[&sizes], vec![int("to", 7)]);
    let none = parts.constant(floats_of(&[0], &[]));
    let inputs = [input, &none, &none, &sizes];
    Ok(Some(parts.end("Resize", &inputs, site.node.attribute.clone())))
}

const ROUNDING: &str = "nearest_mode";
