//! A file of weights: raw numbers, which any file could be.

use std::ops::Range;

use prost::encoding::{WireType, decode_key, decode_varint};

use super::foreign;

/// A file of weights, as far as it must be known to find values in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataFile<'a> {
    pub size: usize,
    /// Its first bytes, [`DataFile::HEAD`] if there are as many.
    pub head: &'a [u8],
}

impl<'a> DataFile<'a> {
    pub const HEAD: usize = 1 << 16;

    pub fn of(bytes: &'a [u8]) -> Self {
        let head = bytes.get(..Self::HEAD).unwrap_or(bytes);
        Self { size: bytes.len(), head }
    }

    /// The bytes from one place to another, if the file has them.
    pub fn range(&self, start: u64, end: u64) -> Option<Range<usize>> {
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        (start <= end && end <= self.size).then_some(start..end)
    }

    /// What to do about a file that does not have the weights.
    pub fn explained(&self) -> String {
        if self.is_model() {
            return "it is an ONNX model itself; give the file of weights".to_string();
        }
        foreign::name(self.head).unwrap_or_else(|| {
            "it is cut off, or belongs to another model; download or export both anew".to_string()
        })
    }

    /// Whether it is some other file in place of weights.
    pub fn is_mistaken(&self) -> bool {
        self.is_model() || foreign::is_stand_in(self.head)
    }

    /// Whether it is an ONNX model: numbers do not begin with the fields of one.
    fn is_model(&self) -> bool {
        // The version comes first, and the graph after texts.
        let mut from = 0;
        self.head.first() == Some(&0x08)
            && std::iter::from_fn(|| next(self.head, &mut from))
                .any(|(number, end)| number == 7 && end <= self.size)
    }
}

/// Number and end of the field of a model at `from`, up to its graph; moves on to the next.
fn next(head: &[u8], from: &mut usize) -> Option<(u32, usize)> {
    let mut rest = head.get(*from..)?;
    let (number, wire_type) = decode_key(&mut rest).ok()?;
    let value = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
    let length = match (number, wire_type) {
        (1 | 5, WireType::Varint) => 0,
        (2..=4 | 6..=8 | 14, WireType::LengthDelimited) => value,
        _ => return None,
    };
    *from = (head.len() - rest.len()).checked_add(length)?;
    Some((number, *from))
}
