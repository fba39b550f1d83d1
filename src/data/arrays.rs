//! Samples held as arrays.

use std::ops::Range;

use super::stored::Stored;
use super::{Picture, Sample};
use crate::Tensor;

/// Samples end to end, and their labels.
#[derive(Debug)]
pub(super) struct Arrays {
    /// Shape of one sample.
    pub shape: Vec<usize>,
    pub values: Values,
    pub labels: Option<Vec<i64>>,
}

#[derive(Debug)]
pub(super) enum Values {
    Bytes(Vec<u8>),
    /// Bytes that are read when they are asked for.
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

    pub(super) fn label(&self, row: usize) -> Option<i64> {
        self.labels.as_ref()?.get(row).copied()
    }

    pub(super) fn sample(&self, row: usize) -> Option<Sample> {
        let volume = self.volume();
        let range = row * volume..(row + 1) * volume;
        match &self.values {
            Values::Floats(floats) => Tensor::new(self.shape.clone(), floats.get(range)?.to_vec()).ok().map(Sample::Values),
            bytes => self.picture(bytes.bytes(range)?).map(Sample::Picture),
        }
    }

    /// Bytes as a picture: `(H, W)`, `(H, W, C)`, `(C, H, W)`, or `(D)` as one row of gray.
    fn picture(&self, pixels: Vec<u8>) -> Option<Picture> {
        let (height, width, channels, planar) = match *self.shape {
            [width] => (1, width, 1, false),
            [height, width] => (height, width, 1, false),
            [channels @ (1 | 3), height, width] if !matches!(width, 1 | 3) => (height, width, channels, true),
            [height, width, channels] => (height, width, channels, false),
            _ => return None,
        };
        let pixels = if planar { interleaved(&pixels, channels) } else { pixels };
        Some(Picture { width, height, channels, pixels, is_file: false })
    }
}

/// Planes of channels to pixels.
fn interleaved(planes: &[u8], channels: usize) -> Vec<u8> {
    let positions = planes.len() / channels;
    (0..positions).flat_map(|position| planes.iter().skip(position).step_by(positions).copied()).collect()
}
