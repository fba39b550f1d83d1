//! Weights of 8 bits, as floats when the file is read.
//!
//! The engine computes them while it infers shapes, several times for a load and value by value:
//! most of the time of loading a quantised model in WebAssembly.

use tract_onnx::pb::TensorProto;
use tract_onnx::pb::tensor_proto::DataType;

use super::build::floats_of;
use super::constants::floats;
use super::site::Site;

/// Value of a `DequantizeLinear` node of constants, under the name of its output. `None` for all
/// that ONNX does not allow, which the engine refuses.
pub(super) fn value(site: &Site<'_>) -> Option<TensorProto> {
    let ([name], "DequantizeLinear") = (site.node.output.as_slice(), site.node.op_type.as_str())
    else {
        return None;
    };
    let tensor = site.constant(0)?;
    let whole = bytes(tensor)?;
    let scales = floats(site.constant(1)?)?;
    let zeros = match site.input(2) {
        Some(_) => bytes(site.constant(2)?)?,
        None => vec![0; scales.len()],
    };
    if site.int("block_size", 0) != 0 || zeros.len() != scales.len() {
        return None;
    }
    let run = run(site, &tensor.dims, scales.len(), whole.len())?;
    let channels = scales.iter().zip(&zeros).cycle();
    let mut values = Vec::with_capacity(whole.len());
    // A run at a time: value by value takes five times as long.
    for (run, (scale, zero)) in whole.chunks(run).zip(channels) {
        values.extend(run.iter().map(|value| (f32::from(*value) - f32::from(*zero)) * scale));
    }
    Some(TensorProto { name: name.clone(), ..floats_of(&tensor.dims, &values) })
}

/// How many values in a row have the same scale.
fn run(site: &Site<'_>, dims: &[i64], scales: usize, count: usize) -> Option<usize> {
    let sizes: Vec<usize> =
        dims.iter().map(|&size| usize::try_from(size).ok()).collect::<Option<_>>()?;
    let volume =
        |sizes: &[usize]| sizes.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
    if count == 0 || volume(&sizes)? != count {
        return None;
    }
    if scales == 1 {
        return Some(count);
    }
    let axis = site.int("axis", 1);
    let axis = if axis < 0 { axis.checked_add(i64::try_from(sizes.len()).ok()?)? } else { axis };
    let (size, inner) = sizes.get(usize::try_from(axis).ok()?..)?.split_first()?;
    (*size == scales).then(|| volume(inner)).flatten()
}

/// Values of a tensor of 8-bit integers.
fn bytes(tensor: &TensorProto) -> Option<Vec<i16>> {
    let raw = &tensor.raw_data;
    match DataType::try_from(tensor.data_type).ok()? {
        DataType::Int8 | DataType::Uint8 if raw.is_empty() => {
            tensor.int32_data.iter().map(|&value| i16::try_from(value).ok()).collect()
        }
        DataType::Int8 => Some(raw.iter().map(|&byte| i16::from(byte.cast_signed())).collect()),
        DataType::Uint8 => Some(raw.iter().map(|&byte| byte.into()).collect()),
        _ => None,
    }
}
