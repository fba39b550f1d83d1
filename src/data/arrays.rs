//! Samples held as arrays.

use std::collections::BTreeSet;
use std::ops::Range;

use super::stored::Stored;
use super::{Picture, Remark, Sample};
use crate::Tensor;

/// Samples end to end, and their labels.
#[derive(Debug)]
pub(super) struct Arrays {
    /// Shape of one sample.
    pub shape: Vec<usize>,
    pub values: Values,
    pub labels: Option<Labels>,
    pub remarks: Vec<Remark>,
}

#[derive(Debug)]
pub(super) enum Labels {
    Numbers(Vec<i64>),
    Names(Vec<String>),
}

impl Labels {
    pub(super) fn len(&self) -> usize {
        match self {
            Labels::Numbers(numbers) => numbers.len(),
            Labels::Names(names) => names.len(),
        }
    }

    /// The names among those of these rows, sorted; empty where labels are numbers.
    pub(super) fn names_of(&self, rows: &[usize]) -> Vec<String> {
        let Labels::Names(names) = self else { return Vec::new() };
        let present: BTreeSet<&String> = rows.iter().filter_map(|&row| names.get(row)).collect();
        present.into_iter().cloned().collect()
    }

    pub(super) fn get(&self, row: usize) -> Option<String> {
        match self {
            Labels::Numbers(numbers) => numbers.get(row).map(i64::to_string),
            Labels::Names(names) => names.get(row).cloned(),
        }
    }
}

#[derive(Debug)]
pub(super) enum Values {
    Bytes(Vec<u8>),
    /// Bytes read from disk on demand.
    Stored(Stored),
    Floats(Vec<f32>),
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Values::Bytes(bytes) => bytes.len(),
            Values::Stored(stored) => stored.len(),
            Values::Floats(floats) => floats.len(),
        }
    }

    /// The bytes in a range, `None` where there are none.
    pub(super) fn bytes(&self, range: Range<usize>) -> Option<Vec<u8>> {
        match self {
            Values::Bytes(bytes) => Some(bytes.get(range)?.to_vec()),
            Values::Stored(stored) => stored.read(range),
            Values::Floats(_) => None,
        }
    }
}

impl Arrays {
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.volume().max(1)
    }

    fn volume(&self) -> usize {
        self.shape.iter().product()
    }

    pub(super) fn label(&self, row: usize) -> Option<String> {
        self.labels.as_ref()?.get(row)
    }

    /// The names among the labels of these rows, sorted; empty where labels are numbers.
    pub(super) fn names_of(&self, rows: &[usize]) -> Vec<String> {
        self.labels.as_ref().map(|labels| labels.names_of(rows)).unwrap_or_default()
    }

    pub(super) fn sample(&self, row: usize) -> Option<Sample> {
        let volume = self.volume();
        let range = row * volume..(row + 1) * volume;
        match &self.values {
            Values::Floats(floats) => Tensor::new(self.shape.clone(), floats.get(range)?.to_vec())
                .ok()
                .map(Sample::Values),
            bytes => self.picture(bytes.bytes(range)?).map(Sample::Picture),
        }
    }

    /// Bytes as a picture: `(H, W)`, `(H, W, C)`, `(C, H, W)`, or `(D)` as one row of gray pixels.
    fn picture(&self, pixels: Vec<u8>) -> Option<Picture> {
        let (height, width, channels, planar) = match *self.shape {
            [width] => (1, width, 1, false),
            [height, width] => (height, width, 1, false),
            [channels @ (1 | 3), height, width] if !matches!(width, 1 | 3) => {
                (height, width, channels, true)
            }
            [height, width, channels] => (height, width, channels, false),
            _ => return None,
        };
        let pixels = if planar { interleaved(&pixels, channels) } else { pixels };
        Some(Picture { width, height, channels, pixels, is_file: false })
    }
}

/// Pixels from one plane per channel.
fn interleaved(planes: &[u8], channels: usize) -> Vec<u8> {
    let positions = planes.len() / channels;
    (0..positions)
        .flat_map(|position| planes.iter().skip(position).step_by(positions).copied())
        .collect()
}
