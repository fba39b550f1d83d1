//! Rows of held-out samples as bytes: what a part holds by the million.

use super::Row;
use crate::Result;
use crate::fit::part::bytes::{Reader, Writer, damaged};

/// Rows of one model and the same layers, end to end.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::fit) struct Rows {
    bytes: Vec<u8>,
    shape: Shape,
}

/// What determines the length of a row and the values allowed in it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shape {
    classes: usize,
    layers: usize,
    /// Number of layers whose scores by patterns in half the bits are there, too: all or none.
    halved: usize,
}

impl Rows {
    pub fn new(classes: usize, layers: usize, is_halved: bool) -> Self {
        let halved = if is_halved { layers } else { 0 };
        Self { bytes: Vec::new(), shape: Shape { classes, layers, halved } }
    }

    pub fn push(&mut self, row: &Row) {
        self.bytes.extend(row.to_bytes());
    }

    pub fn extend(&mut self, other: &Self) {
        self.bytes.extend(&other.bytes);
    }

    pub fn rows(&self) -> impl Iterator<Item = Result<Row>> {
        let read = |bytes| self.shape.read(&mut Reader(bytes));
        self.bytes.chunks_exact(self.shape.length()).map(read)
    }

    pub fn write(&self, to: &mut Writer) {
        to.sorted(&self.bytes, self.shape.length());
    }

    /// Reads so many rows, and refuses damaged ones.
    pub fn read(mut self, from: &mut Reader<'_>, count: usize) -> Result<Self> {
        self.bytes = from.bytes(count.saturating_mul(self.shape.length()))?.to_vec();
        self.rows().try_for_each(|row| row.map(drop))?;
        Ok(self)
    }
}

impl Shape {
    /// In bytes.
    fn length(self) -> usize {
        let (floats, numbers) = (self.layers + self.halved + 3, 2);
        floats * size_of::<f32>() + numbers * size_of::<u64>()
    }

    fn read(self, from: &mut Reader<'_>) -> Result<Row> {
        let (scores, halved) = (from.scores(self.layers)?, from.scores(self.halved)?);
        let own = from.scores(3)?;
        let [msp, energy, odds] = *own.as_slice() else { return Err(damaged("a row is short")) };
        let predicted = from.at_most(self.classes.saturating_sub(1) as u64)? as usize;
        let label = match from.number()? {
            u64::MAX => None,
            label if label < self.classes as u64 => Some((label as usize, odds)),
            label => return Err(damaged(&format!("{label} is not a class"))),
        };
        Ok(Row { scores, halved, msp, energy, predicted, label })
    }
}

impl Row {
    fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.floats(&self.scores);
        to.floats(&self.halved);
        let (label, odds) =
            self.label.map_or((u64::MAX, 0.0), |(label, odds)| (label as u64, odds));
        to.floats(&[self.msp, self.energy, odds]);
        to.number(self.predicted as u64);
        to.number(label);
        to.0
    }
}
