//! Gathered patterns as bytes.

use super::{Gathered, PatternsBuilder};
use crate::Result;
use crate::fit::Store;
use crate::fit::part::bytes::{Reader, Writer, damaged};
use crate::fit::scatter::Scatter;
use crate::score::{MOST_SAMPLES, packed_length};

impl PatternsBuilder {
    pub(in crate::fit) fn write(&self, to: &mut Writer) {
        to.number(self.classes.len() as u64);
        for (&class, gathered) in &self.classes {
            to.number(class as u64);
            gathered.write(to);
        }
        if let Some(scatter) = &self.scatter {
            to.number(scatter.count);
            to.sums(&scatter.products());
        }
    }

    /// Fills this empty builder, of a layer of length `size` and a model with so many classes.
    pub(in crate::fit) fn read(
        mut self,
        from: &mut Reader<'_>,
        classes: usize,
        size: usize,
    ) -> Result<Self> {
        self.size = Some(size);
        for _ in 0..from.at_most(classes as u64)? {
            let class = from.at_most(classes.saturating_sub(1) as u64)? as usize;
            let gathered = Gathered::read(from, self.store, size)?;
            if self.classes.insert(class, gathered).is_some() {
                return Err(damaged("a class stands in it twice"));
            }
        }
        if self.scatter.is_some() {
            let count = from.at_most(MOST_SAMPLES)?;
            let values = if count == 0 { Some(0) } else { packed_length(size) };
            let products = from.sums(values.unwrap_or(usize::MAX))?;
            self.scatter = Some(Scatter::of_products(count, &products));
        }
        Ok(self)
    }
}

impl Gathered {
    fn write(&self, to: &mut Writer) {
        to.bytes(&self.count.to_le_bytes());
        to.sums(&self.sum);
        to.number(self.stored as u64);
        for (times, row) in self.rows.values() {
            (0..*times).for_each(|_| to.floats(row));
        }
    }

    fn read(from: &mut Reader<'_>, store: Store, size: usize) -> Result<Self> {
        let count = i64::from_le_bytes(from.array()?);
        if count.unsigned_abs() > MOST_SAMPLES {
            return Err(damaged(&format!("{count} is not a number of samples")));
        }
        let mut gathered = Self { count, sum: from.sums(size)?, ..Self::default() };
        for _ in 0..from.at_most(gathered.samples().min(store.most_rows() as u64))? {
            gathered.keep(&from.floats(size)?, store);
        }
        Ok(gathered)
    }
}
