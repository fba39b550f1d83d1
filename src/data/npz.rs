//! `.npz` files of NumPy: a zip of arrays.

use std::fs::File;
use std::io::{BufReader, Read};

use npyz::{NpyFile, Order};
use zip::ZipArchive;
use zip::result::ZipError;

use super::arrays::{Arrays, Values};
use super::damaged;
use crate::Result;
use crate::tensor::volume;

type Archive = ZipArchive<BufReader<File>>;

/// Reads the arrays `x` and, if there is one, `y`. Files that say `X` for `x` are as common.
pub(super) fn read(path: &str) -> Result<Arrays> {
    let failed = |error: String| damaged(path, error);
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| failed(error.to_string()))?;
    let (shape, values) = samples(&mut archive).map_err(failed)?;
    let labels = labels(&mut archive).map_err(failed)?;
    if let Some(labels) = labels.as_ref().filter(|labels| Some(&labels.len()) != shape.first()) {
        return Err(damaged(path, format!("y has {} labels, x has shape {shape:?}", labels.len())));
    }
    Ok(Arrays { shape: shape.into_iter().skip(1).collect(), values, labels })
}

/// Shape, the number of samples first, and values of `x`.
fn samples(archive: &mut Archive) -> std::result::Result<(Vec<usize>, Values), String> {
    let name = if archive.index_for_name("x.npy").is_some() { "x" } else { "X" };
    let array = open(archive, name)?.ok_or("it has no array \"x\"")?;
    let shape: Vec<usize> = array.shape().iter().map(|&size| size as usize).collect();
    if array.order() != Order::C || shape.len() < 2 || shape.len() > 4 || shape.contains(&0) {
        return Err(format!("x has shape {shape:?}, (N, ...) in C order with 1 to 3 dimensions a sample is allowed"));
    }
    if volume(&shape).is_none() {
        return Err(format!("x has shape {shape:?}, which is too large"));
    }
    let kind = array.dtype().descr();
    let values = match kind.as_str() {
        "'|u1'" => array.into_vec().map(Values::Bytes),
        "'<f4'" => array.into_vec().map(Values::Floats),
        _ => return Err(format!("x is of type {kind}, uint8 or little-endian float32 is allowed: x.astype(\"float32\")")),
    };
    Ok((shape, values.map_err(|error| format!("x: {error}"))?))
}

/// `y` as whole numbers.
fn labels(archive: &mut Archive) -> std::result::Result<Option<Vec<i64>>, String> {
    let Some(array) = open(archive, "y")? else { return Ok(None) };
    let kind = array.dtype().descr();
    let labels = match kind.as_str() {
        "'|u1'" => array.into_vec::<u8>().map(widened),
        "'|i1'" => array.into_vec::<i8>().map(widened),
        "'<u2'" => array.into_vec::<u16>().map(widened),
        "'<i2'" => array.into_vec::<i16>().map(widened),
        "'<u4'" => array.into_vec::<u32>().map(widened),
        "'<i4'" => array.into_vec::<i32>().map(widened),
        "'<i8'" => array.into_vec::<i64>(),
        _ => return Err(format!("y is of type {kind}, whole numbers up to int64 are allowed")),
    };
    labels.map(Some).map_err(|error| format!("y: {error}"))
}

fn widened<T: Into<i64>>(labels: Vec<T>) -> Vec<i64> {
    labels.into_iter().map(Into::into).collect()
}

fn open<'a>(archive: &'a mut Archive, name: &str) -> std::result::Result<Option<NpyFile<impl Read + 'a>>, String> {
    match archive.by_name(&format!("{name}.npy")) {
        Ok(file) => NpyFile::new(file).map(Some).map_err(|error| format!("{name}: {error}")),
        Err(ZipError::FileNotFound) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
