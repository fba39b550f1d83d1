//! Logarithms and exponentials that the engine computes with overflow, in forms without.

use super::Rewritten;
use super::build::{float, int};
use super::constants;
use super::reduce::reduce;
use super::site::Site;

/// `alpha * elu(x / alpha)`; the engine forgets the first factor.
pub(super) fn celu(site: &Site<'_>) -> Rewritten {
    let alpha = site.float("alpha", 1.0);
    if alpha == 1.0 {
        return Ok(None);
    }
    let mut parts = site.parts();
    let alpha = parts.scalar(alpha);
    let scaled = parts.add("Div", &[site.required(0)?, &alpha], vec![]);
    let elu = parts.add("Elu", &[&scaled], vec![float("alpha", 1.0)]);
    Ok(Some(parts.end("Mul", &[&elu, &alpha], vec![])))
}

/// `max(x, 0) + log(1 + e)` with `e = exp(-|x|)`, the logarithm by `2 atanh(e / (2 + e))`, which is
/// exact for small `e`.
pub(super) fn softplus(site: &Site<'_>) -> Rewritten {
    let input = site.required(0)?;
    let mut parts = site.parts();
    let (zero, two) = (parts.scalar(0.0), parts.scalar(2.0));
    let size = parts.add("Abs", &[input], vec![]);
    let low = parts.add("Neg", &[&size], vec![]);
    let small = parts.add("Exp", &[&low], vec![]);
    let sum = parts.add("Add", &[&small, &two], vec![]);
    let ratio = parts.add("Div", &[&small, &sum], vec![]);
    let half = parts.add("Atanh", &[&ratio], vec![]);
    let rest = parts.add("Mul", &[&half, &two], vec![]);
    let positive = parts.add("Max", &[input, &zero], vec![]);
    Ok(Some(parts.end("Add", &[&positive, &rest], vec![])))
}

/// `x - max - log(sum(exp(x - max)))`. Before version 13 the dimensions from the axis on count as
/// one.
pub(super) fn log_softmax(site: &Site<'_>) -> Rewritten {
    let input = site.required(0)?;
    let mut parts = site.parts();
    let is_flat = site.opset < 13;
    let axis = site.int("axis", if is_flat { 1 } else { -1 });
    let (values, axis) = match is_flat {
        true => (parts.add("Flatten", &[input], vec![int("axis", axis)]), -1),
        false => (input.to_string(), axis),
    };
    let top = reduce(site, &mut parts, "ReduceMax", &values, Some(&[axis]), 1);
    let low = parts.add("Sub", &[&values, &top], vec![]);
    let powers = parts.add("Exp", &[&low], vec![]);
    let sum = reduce(site, &mut parts, "ReduceSum", &powers, Some(&[axis]), 1);
    let log = parts.add("Log", &[&sum], vec![]);
    if !is_flat {
        return Ok(Some(parts.end("Sub", &[&low, &log], vec![])));
    }
    let flat = parts.add("Sub", &[&low, &log], vec![]);
    let shape = parts.add("Shape", &[input], vec![]);
    Ok(Some(parts.end("Reshape", &[&flat, &shape], vec![])))
}

/// `log(sum(exp(x - max))) + max`.
pub(super) fn log_sum_exp(site: &Site<'_>) -> Rewritten {
    let input = site.required(0)?;
    let axes = match (site.ints("axes"), site.input(1)) {
        (Some(axes), _) => Some(axes.to_vec()),
        (None, None) => None,
        (None, Some(_)) => match site.constant(1).and_then(constants::ints) {
            Some(axes) => Some(axes),
            None => return Err(site.unsupported("its axes are not constant")),
        },
    };
    let axes = axes.filter(|axes| !axes.is_empty());
    if axes.is_none() && site.int("noop_with_empty_axes", 0) == 1 {
        return Ok(Some(site.parts().end("Identity", &[input], vec![])));
    }
    let (axes, keep) = (axes.as_deref(), site.int("keepdims", 1));
    let mut parts = site.parts();
    let top = reduce(site, &mut parts, "ReduceMax", input, axes, 1);
    let low = parts.add("Sub", &[input, &top], vec![]);
    let powers = parts.add("Exp", &[&low], vec![]);
    let sum = reduce(site, &mut parts, "ReduceSum", &powers, axes, keep);
    let log = parts.add("Log", &[&sum], vec![]);
    let narrow = reduce(site, &mut parts, "ReduceMax", input, axes, keep);
    Ok(Some(parts.end("Add", &[&narrow, &log], vec![])))
}
