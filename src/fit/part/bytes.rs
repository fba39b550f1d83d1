//! Numbers as bytes, the lowest first, and back.

use crate::exact::Sum;
use crate::{Error, Result};

/// Bytes that numbers are appended to.
#[derive(Debug, Default)]
pub(in crate::fit) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    pub fn floats(&mut self, values: &[f32]) {
        values.iter().for_each(|value| self.bytes(&value.to_le_bytes()));
    }

    /// Rows of so many bytes, in an order that does not depend on that in which they came.
    pub fn sorted(&mut self, rows: &[u8], length: usize) {
        let mut rows: Vec<&[u8]> = rows.chunks_exact(length).collect();
        rows.sort_unstable();
        rows.into_iter().for_each(|row| self.bytes(row));
    }

    pub fn sums(&mut self, sums: &[Sum]) {
        let parts = sums.iter().flat_map(|sum| sum.parts());
        parts.for_each(|part| self.bytes(&part.to_le_bytes()));
    }
}

/// Bytes that numbers are taken from. Reading beyond their end is an error.
#[derive(Debug)]
pub(in crate::fit) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let cut = self.0.split_at_checked(length);
        let (bytes, rest) = cut.ok_or_else(|| damaged("it ends too early"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes(N)?.first_chunk();
        bytes.copied().ok_or_else(|| damaged("it ends too early"))
    }

    pub fn number(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A number up to this one.
    pub fn at_most(&mut self, most: u64) -> Result<u64> {
        let number = self.number()?;
        match number <= most {
            true => Ok(number),
            false => Err(damaged(&format!("{number} stands where at most {most} is allowed"))),
        }
    }

    /// Finite numbers.
    pub fn floats(&mut self, count: usize) -> Result<Vec<f32>> {
        self.all(count, f32::from_le_bytes, f32::is_finite)
    }

    /// Numbers, of which infinities can be compared.
    pub fn scores(&mut self, count: usize) -> Result<Vec<f32>> {
        self.all(count, f32::from_le_bytes, |score| !score.is_nan())
    }

    pub fn sums(&mut self, count: usize) -> Result<Vec<Sum>> {
        let of_parts = |bytes: [u8; 16]| {
            let (high, low) = bytes.split_at(8);
            let part = |bytes: &[u8]| bytes.first_chunk().copied().map_or(0.0, f64::from_le_bytes);
            Sum::of_parts([part(high), part(low)])
        };
        self.all(count, of_parts, |sum| sum.parts().iter().all(|part| part.is_finite()))
    }

    fn all<T: Copy, const N: usize>(
        &mut self,
        count: usize,
        read: impl Fn([u8; N]) -> T,
        is_allowed: impl Fn(T) -> bool,
    ) -> Result<Vec<T>> {
        let length = count.checked_mul(N).ok_or_else(|| damaged("it ends too early"))?;
        let values = self.bytes(length)?.as_chunks().0.iter().map(|bytes| read(*bytes));
        let values: Vec<T> = values.collect();
        match values.iter().all(|&value| is_allowed(value)) {
            true => Ok(values),
            false => Err(damaged("a value in it is not a finite number")),
        }
    }
}

pub(in crate::fit) fn damaged(reason: &str) -> Error {
    let reason = format!("it is damaged: {reason}. Make it again, or copy it again");
    Error::InvalidPart { reason }
}
