//! idx files, the format of MNIST: two zero bytes, type, rank, sizes as big-endian 32-bit numbers, values.

use std::io::Read;

use flate2::read::GzDecoder;

use super::arrays::{Arrays, Values};
use super::damaged;
use crate::Result;

const UNSIGNED_BYTES: u8 = 8;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads an idx file of images, and one of labels.
pub(super) fn read(path: &str, labels: Option<&str>) -> Result<Arrays> {
    let (shape, pixels) = contents(path)?;
    let [count, sample @ ..] = shape.as_slice() else { return Err(damaged(path, "it holds a single value")) };
    if !(1..=3).contains(&sample.len()) || sample.contains(&0) {
        return Err(damaged(path, format!("its shape is {shape:?}, images are [N, height, width]")));
    }
    let labels = labels.map(|path| labels_of(path, *count)).transpose()?;
    Ok(Arrays { shape: sample.to_vec(), values: Values::Bytes(pixels), labels })
}

fn labels_of(path: &str, images: usize) -> Result<Vec<i64>> {
    match contents(path)? {
        (shape, labels) if shape == [images] => Ok(labels.into_iter().map(i64::from).collect()),
        (shape, _) => Err(damaged(path, format!("its shape is {shape:?}, labels for {images} images are [{images}]"))),
    }
}

/// Shape and values of an idx file of bytes.
fn contents(path: &str) -> Result<(Vec<usize>, Vec<u8>)> {
    let bytes = unzipped(path, super::read(path)?)?;
    let no_idx = || damaged(path, "it is no idx file of unsigned bytes, no .npz file and no folder");
    let [0, 0, UNSIGNED_BYTES, rank, rest @ ..] = bytes.as_slice() else { return Err(no_idx()) };
    let (sizes, values) = rest.split_at_checked(4 * usize::from(*rank)).ok_or_else(no_idx)?;
    let shape: Vec<usize> = sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    let volume = shape.iter().try_fold(1usize, |volume, &size| volume.checked_mul(size));
    match volume == Some(values.len()) {
        true => Ok((shape, values.to_vec())),
        false => Err(damaged(path, format!("it holds {} values, its header says {shape:?}", values.len()))),
    }
}

fn unzipped(path: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(|error| damaged(path, error.to_string()))?;
    Ok(plain)
}
