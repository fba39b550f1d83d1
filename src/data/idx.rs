//! idx files, the format of MNIST: two zero bytes, type, rank, sizes as big-endian 32-bit numbers,
//! values.

use std::fs::File;
use std::io::{Cursor, Read};

use flate2::read::GzDecoder;

use super::arrays::{Arrays, Labels, Values};
use super::source::WANTED;
use super::stored::Stored;
use super::{damaged, unreadable};
use crate::tensor::volume;
use crate::{Error, Result};

const UNSIGNED_BYTES: u8 = 8;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads an idx file of images, and one of labels.
pub(super) fn read(path: &str, labels: Option<&str>) -> Result<Arrays> {
    let (shape, values) = contents(path)?;
    let [count, sample @ ..] = shape.as_slice() else {
        return Err(damaged(path, "it holds a single value"));
    };
    if !(1..=3).contains(&sample.len()) || sample.contains(&0) {
        return Err(damaged(
            path,
            format!("its shape is {shape:?}, images are [N, height, width]"),
        ));
    }
    let labels = labels.map(|path| labels_of(path, *count)).transpose()?;
    Ok(Arrays {
        shape: sample.to_vec(),
        values,
        labels: labels.map(Labels::Numbers),
        remarks: Vec::new(),
    })
}

fn labels_of(path: &str, images: usize) -> Result<Vec<i64>> {
    let (shape, values) = contents(path)?;
    if shape != [images] {
        return Err(damaged(
            path,
            format!("its shape is {shape:?}, labels for {images} images are [{images}]"),
        ));
    }
    let labels = values.bytes(0..images).ok_or_else(|| damaged(path, "it ends too early"))?;
    Ok(labels.into_iter().map(i64::from).collect())
}

/// Shape and values of an idx file of bytes. The values of a plain file stay on disk. A zipped one
/// is unpacked no further than its header promises.
fn contents(path: &str) -> Result<(Vec<usize>, Values)> {
    let failed = |error: std::io::Error| unreadable(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut start = [0; 2];
    file.read_exact(&mut start).map_err(|_| no_idx(path))?;
    let mut whole = Cursor::new(start).chain(file);
    let (shape, values) = match start {
        GZIP => {
            let mut unzipped = GzDecoder::new(whole);
            let (shape, _) = header(path, &mut unzipped)?;
            let too_large = || damaged(path, format!("its shape is {shape:?}, which is too large"));
            let (mut bytes, promised) = (Vec::new(), volume(&shape).ok_or_else(too_large)? as u64);
            unzipped.take(promised + 1).read_to_end(&mut bytes).map_err(failed)?;
            (shape, Values::Bytes(bytes))
        }
        _ => {
            let (shape, length) = header(path, &mut whole)?;
            let (_, file) = whole.into_inner();
            (shape, Values::Stored(Stored::after(length, file).map_err(failed)?))
        }
    };
    let count = values.len();
    match volume(&shape) == Some(count) {
        true => Ok((shape, values)),
        false => Err(damaged(
            path,
            format!(
                "it holds {count} values{}, its header says {shape:?}",
                if start == GZIP { " or more" } else { "" }
            ),
        )),
    }
}

/// The shape in the header, and the header's length.
fn header(path: &str, file: &mut impl Read) -> Result<(Vec<usize>, u64)> {
    let mut kind = [0; 4];
    file.read_exact(&mut kind).map_err(|_| no_idx(path))?;
    let [0, 0, UNSIGNED_BYTES, rank] = kind else { return Err(no_idx(path)) };
    let mut sizes = vec![0; 4 * usize::from(rank)];
    file.read_exact(&mut sizes).map_err(|_| no_idx(path))?;
    let shape = sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    Ok((shape, 4 + sizes.len() as u64))
}

fn no_idx(path: &str) -> Error {
    damaged(path, format!("it is not an idx file of unsigned bytes; {WANTED}"))
}
