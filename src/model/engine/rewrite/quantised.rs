//! Rules for operators on 8-bit integers: to floats, the operator, and back.
//!
//! Products are summed as whole numbers, which 32-bit floats hold exactly up to 2^24, and scaled
//! once, as ONNX Runtime does. So both round the same number.

use super::build::{Parts, int, ints_of, tensor};
use super::dequantized;
use super::site::Site;
use super::{Rewritten, Rule, constants};
use crate::Result;

/// Rules for ONNX Runtime's own quantised operators.
pub(super) fn contributed(operator: &str) -> Option<Rule> {
    Some(match operator {
        "DynamicQuantizeMatMul" => dynamic_matmul,
        "MatMulIntegerToFloat" => matmul_to_float,
        "QGemm" => gemm,
        "QLinearAdd" | "QLinearMul" | "QLinearWhere" => of_two,
        "QLinearAveragePool"
        | "QLinearGlobalAveragePool"
        | "QLinearLeakyRelu"
        | "QLinearReduceMean"
        | "QLinearSigmoid"
        | "QLinearSoftmax" => of_one,
        "QLinearConcat" => concat,
        "QuantizeLinear" => quantize,
        _ => return None,
    })
}

/// The engine multiplies by the scale's reciprocal, which rounds some values to their neighbour.
/// Divided in double precision, they are right.
pub(super) fn quantize(site: &Site<'_>) -> Rewritten {
    let scale = site.constant(1).and_then(constants::floats);
    let kind = site.int("output_dtype", 0);
    let typed = kind == 0 || site.input(2).is_some();
    if scale.as_deref() == Some(&[1.0]) && typed {
        return Ok(None);
    }
    let mut parts = site.parts();
    let precise = parts.add("Cast", &[site.required(0)?], vec![int("to", 11)]);
    let mut divisor = parts.add("Cast", &[site.required(1)?], vec![int("to", 11)]);
    if scale.is_some_and(|scales| scales.len() > 1) {
        let column = column(site, &mut parts)?;
        divisor = parts.add("Reshape", &[&divisor, &column], vec![]);
    }
    let quotient = parts.add("Div", &[&precise, &divisor], vec![]);
    let scaled = parts.add("Cast", &[&quotient], vec![int("to", 1)]);
    let one = parts.scalar(1.0);
    let zero = match site.input(2) {
        Some(zero) => Some(zero.to_string()),
        None if kind == 0 => None,
        None => {
            let zero = parts.scalar(0.0);
            Some(parts.add("Cast", &[&zero], vec![int("to", kind)]))
        }
    };
    let inputs: Vec<&str> = [&scaled, &one].into_iter().chain(&zero).map(String::as_str).collect();
    Ok(Some(parts.end("QuantizeLinear", &inputs, site.copied(&["axis"]))))
}

/// Shape of a value for each position of the node's axis: -1 there, else 1.
fn column(site: &Site<'_>, parts: &mut Parts<'_>) -> Result<String> {
    let shape = parts.add("Shape", &[site.required(0)?], vec![]);
    let rank = parts.add("Shape", &[&shape], vec![]);
    let one = vec![tensor("value", ints_of(&[1], &[1]))];
    let ones = parts.add("ConstantOfShape", &[&rank], one);
    let axis = parts.list(&[site.int("axis", 1)]);
    let rest = parts.list(&[-1]);
    Ok(parts.add("ScatterElements", &[&ones, &axis, &rest], vec![]))
}

pub(super) fn conv(site: &Site<'_>) -> Rewritten {
    let rank = site.constant(3).map_or(0, |weights| weights.dims.len());
    let column: Vec<i64> = std::iter::once(-1).chain((1..rank).map(|_| 1)).collect();
    let mut parts = site.parts();
    let input = centred(site, &mut parts, 0, 2, &[])?;
    let weights = centred(site, &mut parts, 3, 5, &column)?;
    let bias = site.input(8).map(|bias| parts.add("Cast", &[bias], vec![int("to", 1)]));
    let inputs: Vec<&str> =
        [&input, &weights].into_iter().chain(&bias).map(String::as_str).collect();
    let sum = parts.add("Conv", &inputs, site.node.attribute.clone());
    let scale = factor(
        site,
        &mut parts,
        [1, 4],
        Some(6),
        column.split_last().map_or(&[], |(_, rest)| rest),
    )?;
    finish(site, &mut parts, &sum, &scale, 6);
    Ok(Some(parts.nodes()))
}

pub(super) fn matmul(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let left = centred(site, &mut parts, 0, 2, &[])?;
    let right = centred(site, &mut parts, 3, 5, &[])?;
    let product = parts.add("MatMul", &[&left, &right], vec![]);
    let scale = factor(site, &mut parts, [1, 4], Some(6), &[])?;
    finish(site, &mut parts, &product, &scale, 6);
    Ok(Some(parts.nodes()))
}

fn gemm(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let column: &[i64] = if site.int("transB", 0) == 0 { &[] } else { &[-1, 1] };
    let left = centred(site, &mut parts, 0, 2, &[])?;
    let right = centred(site, &mut parts, 3, 5, column)?;
    let bias = site.input(6).map(|bias| parts.add("Cast", &[bias], vec![int("to", 1)]));
    let inputs: Vec<&str> = [&left, &right].into_iter().chain(&bias).map(String::as_str).collect();
    let sum = parts.add("Gemm", &inputs, site.copied(&["transA", "transB"]));
    let given = site.input(7).map(|_| 7);
    let scale = factor(site, &mut parts, [1, 4], given, &[])?;
    let alpha = parts.scalar(site.float("alpha", 1.0));
    let scale = parts.add("Mul", &[&scale, &alpha], vec![]);
    if given.is_none() {
        return Ok(Some(parts.end("Mul", &[&sum, &scale], vec![])));
    }
    finish(site, &mut parts, &sum, &scale, 7);
    Ok(Some(parts.nodes()))
}

/// A product of integers with a float result.
fn matmul_to_float(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let left = centred(site, &mut parts, 0, 4, &[])?;
    let right = centred(site, &mut parts, 1, 5, &[])?;
    let product = parts.add("MatMul", &[&left, &right], vec![]);
    let scale = factor(site, &mut parts, [2, 3], None, &[])?;
    Ok(Some(biased(site, parts, &product, &scale, 6)))
}

/// A product of floats with 8-bit weights; the floats are rounded to 8 bits on the way.
fn dynamic_matmul(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let right = centred(site, &mut parts, 1, 3, &[])?;
    let [rounded, scale, zero] = parts.three("DynamicQuantizeLinear", site.required(0)?);
    let whole = parts.add("Cast", &[&rounded], vec![int("to", 1)]);
    let zero = parts.add("Cast", &[&zero], vec![int("to", 1)]);
    let left = parts.add("Sub", &[&whole, &zero], vec![]);
    let product = parts.add("MatMul", &[&left, &right], vec![]);
    let scale = parts.add("Mul", &[&scale, site.required(2)?], vec![]);
    Ok(Some(biased(site, parts, &product, &scale, 4)))
}

/// Scales a product and adds the bias of the input `index`, if any.
fn biased(
    site: &Site<'_>,
    mut parts: Parts<'_>,
    product: &str,
    scale: &str,
    index: usize,
) -> Vec<tract_onnx::pb::NodeProto> {
    match site.input(index) {
        None => parts.end("Mul", &[product, scale], vec![]),
        Some(bias) => {
            let scaled = parts.add("Mul", &[product, scale], vec![]);
            parts.end("Add", &[&scaled, bias], vec![])
        }
    }
}

/// An operator of one tensor.
fn of_one(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let input = dequantised(site, &mut parts, 0)?;
    let operator = site.node.op_type.trim_start_matches("QLinear");
    if site.int("channels_last", 0) != 0 || site.int("opset", site.opset) != site.opset {
        return Err(site.unsupported("channels_last, and another opset than the model's"));
    }
    let result = parts.add(operator, &[&input], site.without(&["channels_last", "opset"]));
    requantised(site, &mut parts, &result, 3);
    Ok(Some(parts.nodes()))
}

/// An operator of two tensors.
fn of_two(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let operator = site.node.op_type.trim_start_matches("QLinear");
    let condition = (operator == "Where").then(|| site.required(0)).transpose()?;
    let first = usize::from(condition.is_some());
    let left = dequantised(site, &mut parts, first)?;
    let right = dequantised(site, &mut parts, first + 3)?;
    let inputs: Vec<&str> = condition.into_iter().chain([left.as_str(), &right]).collect();
    let result = parts.add(operator, &inputs, vec![]);
    requantised(site, &mut parts, &result, first + 6);
    Ok(Some(parts.nodes()))
}

fn concat(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let tensors = (2..site.node.input.len()).step_by(3);
    let inputs =
        tensors.map(|index| dequantised(site, &mut parts, index)).collect::<Result<Vec<_>>>()?;
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let result = parts.add("Concat", &inputs, site.copied(&["axis"]));
    requantised(site, &mut parts, &result, 0);
    Ok(Some(parts.nodes()))
}

/// The floats of a tensor whose scale and zero point follow it.
fn dequantised(site: &Site<'_>, parts: &mut Parts<'_>, index: usize) -> Result<String> {
    let inputs = [site.required(index)?, site.required(index + 1)?];
    let inputs: Vec<&str> = inputs.into_iter().chain(site.input(index + 2)).collect();
    Ok(parts.add("DequantizeLinear", &inputs, vec![]))
}

/// Makes the node's output of floats, with the scale and zero point at `index`.
fn requantised(site: &Site<'_>, parts: &mut Parts<'_>, floats: &str, index: usize) {
    let parameters = site.input(index).into_iter().chain(site.input(index + 1));
    let inputs: Vec<&str> = std::iter::once(floats).chain(parameters).collect();
    parts.finish("QuantizeLinear", &inputs, vec![]);
    add_layer(site, parts, index);
}

/// Whole numbers of a tensor above its zero point, as floats. A zero point for each channel gets
/// the shape `column`.
fn centred(
    site: &Site<'_>,
    parts: &mut Parts<'_>,
    tensor: usize,
    zero: usize,
    column: &[i64],
) -> Result<String> {
    let float = || vec![int("to", 1)];
    let whole = parts.add("Cast", &[site.required(tensor)?], float());
    let Some(name) = site.input(zero) else { return Ok(whole) };
    let zero = parts.add("Cast", &[name], float());
    let zero = spread(site, parts, name, zero, column)?;
    Ok(parts.add("Sub", &[&whole, &zero], vec![]))
}

/// The product of two scales, divided by the output's.
fn factor(
    site: &Site<'_>,
    parts: &mut Parts<'_>,
    scales: [usize; 2],
    output: Option<usize>,
    column: &[i64],
) -> Result<String> {
    let [left, right] = scales;
    let (left, name) = (site.required(left)?, site.required(right)?);
    let left = parts.add("Cast", &[left], vec![int("to", 1)]);
    let right = parts.add("Cast", &[name], vec![int("to", 1)]);
    let right = spread(site, parts, name, right, column)?;
    let product = parts.add("Mul", &[&left, &right], vec![]);
    let Some(output) = output else { return Ok(product) };
    let divisor = parts.add("Cast", &[site.required(output)?], vec![int("to", 1)]);
    Ok(parts.add("Div", &[&product, &divisor], vec![]))
}

/// Gives a parameter for each channel the shape `column`.
fn spread(
    site: &Site<'_>,
    parts: &mut Parts<'_>,
    name: &str,
    cast: String,
    column: &[i64],
) -> Result<String> {
    let dims = site.constants.get(name).map(|tensor| tensor.dims.as_slice());
    match dims {
        _ if column.is_empty() => Ok(cast),
        Some(dims) if dims.iter().all(|&size| size == 1) => Ok(cast),
        Some(_) => {
            let column = parts.list(column);
            Ok(parts.add("Reshape", &[&cast, &column], vec![]))
        }
        None => Err(site.unsupported("its scales and zero points must be constants")),
    }
}

/// Makes the node's output of a sum of whole numbers and its scale. The output's own scale and zero
/// point are at `index`.
fn finish(site: &Site<'_>, parts: &mut Parts<'_>, sum: &str, scale: &str, index: usize) {
    let scaled = parts.add("Mul", &[sum, scale], vec![]);
    let one = parts.scalar(1.0);
    let zero = site.input(index + 1);
    let inputs: Vec<&str> = [scaled.as_str(), &one].into_iter().chain(zero).collect();
    parts.finish("QuantizeLinear", &inputs, vec![]);
    add_layer(site, parts, index);
}

/// Adds the floats that the node's integers stand for, which can be tapped.
fn add_layer(site: &Site<'_>, parts: &mut Parts<'_>, index: usize) {
    let output = site.node.output.first().filter(|name| !name.is_empty());
    let (Some(output), Some(scale)) = (output, site.input(index)) else { return };
    let scale = parts.add("Cast", &[scale], vec![int("to", 1)]);
    let inputs: Vec<&str> =
        [output.as_str(), &scale].into_iter().chain(site.input(index + 1)).collect();
    parts.push("DequantizeLinear", &inputs, vec![], vec![dequantized(output)]);
}
