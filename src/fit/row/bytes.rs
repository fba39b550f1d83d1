//! Rows of held-out samples as bytes.

use super::Row;
use crate::Result;
use crate::fit::part::bytes::{Reader, Writer, damaged};

impl Row {
    /// As bytes, as many for every sample of a part.
    pub(in crate::fit) fn to_bytes(&self) -> Vec<u8> {
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

    /// A row of a model with so many classes, of `layers` layers, and of as many in half the bits
    /// or none.
    pub(in crate::fit) fn read(
        from: &mut Reader<'_>,
        classes: usize,
        layers: usize,
        halved: usize,
    ) -> Result<Self> {
        let (scores, halved) = (from.scores(layers)?, from.scores(halved)?);
        let own = from.scores(3)?;
        let [msp, energy, odds] = *own.as_slice() else { return Err(damaged("a row is short")) };
        let predicted = from.at_most(classes.saturating_sub(1) as u64)? as usize;
        let label = match from.number()? {
            u64::MAX => None,
            label if label < classes as u64 => Some((label as usize, odds)),
            label => return Err(damaged(&format!("{label} is no class"))),
        };
        Ok(Self { scores, halved, msp, energy, predicted, label })
    }
}
