//! Exact quantiles in constant memory, in two passes.

/// A quantile of `f32` values. The first pass counts all values by the upper half of their bits,
/// the second counts those near the quantile by the lower half.
///
/// Between two values it is interpolated linearly, as NumPy does by default.
#[derive(Debug, Clone)]
pub(crate) struct Quantile {
    share: f64,
    upper: Vec<u64>,
    lower: Vec<Lower>,
}

/// Values with the same upper half, counted by the lower half.
#[derive(Debug, Clone)]
struct Lower {
    upper: usize,
    counts: Vec<u64>,
}

const HALF: u32 = 16;
const COUNTS: usize = 1 << HALF;

impl Quantile {
    /// The quantile below which `share` of the values are, 0 to 1, of no values yet.
    pub(crate) fn new(share: f64) -> Self {
        Self { share, upper: vec![0; COUNTS], lower: Vec::new() }
    }

    /// First pass: counts a finite value.
    pub(crate) fn count(&mut self, value: f32) {
        if let Some(count) = self.upper.get_mut((key(value) >> HALF) as usize) {
            *count += 1;
        }
    }

    /// Ends the first pass.
    pub(crate) fn narrow(&mut self) {
        let (low, high) = self.ranks();
        let uppers = [low, high].map(|rank| position(&self.upper, rank).0);
        self.lower = uppers.iter().map(|&upper| Lower { upper, counts: vec![0; COUNTS] }).collect();
        self.lower.dedup_by_key(|lower| lower.upper);
    }

    /// Second pass: counts a value of the first pass again.
    pub(crate) fn refine(&mut self, value: f32) {
        let key = key(value);
        let near = self.lower.iter_mut().find(|lower| lower.upper == (key >> HALF) as usize);
        if let Some(count) = near.and_then(|lower| lower.counts.get_mut(key as usize % COUNTS)) {
            *count += 1;
        }
    }

    /// The quantile after both passes, NaN when there were no values.
    pub(crate) fn value(&self) -> f32 {
        let (low, high) = self.ranks();
        let (a, b) = (f64::from(self.ranked(low)), f64::from(self.ranked(high)));
        (a + (b - a) * (self.place() - low as f64)) as f32
    }

    /// Position of the quantile among the sorted values, from 0.
    fn place(&self) -> f64 {
        self.share * self.upper.iter().sum::<u64>().saturating_sub(1) as f64
    }

    /// Ranks of the values below and above that position.
    fn ranks(&self) -> (u64, u64) {
        (self.place().floor() as u64, self.place().ceil() as u64)
    }

    /// The value with this many others before it.
    fn ranked(&self, rank: u64) -> f32 {
        let (upper, before) = position(&self.upper, rank);
        let lower = self.lower.iter().find(|lower| lower.upper == upper);
        lower.map_or(f32::NAN, |lower| {
            from_key((upper << HALF | position(&lower.counts, rank - before).0) as u32)
        })
    }
}

/// The position of the count that a rank falls into, and the sum of those before it.
fn position(counts: &[u64], rank: u64) -> (usize, u64) {
    let mut before = 0;
    for (position, &count) in counts.iter().enumerate() {
        if before + count > rank {
            return (position, before);
        }
        before += count;
    }
    (counts.len(), before)
}

/// A number in the same order as the value.
pub(super) fn key(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

pub(super) fn from_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantile(share: f64, values: &[f32]) -> f32 {
        let mut quantile = Quantile::new(share);
        values.iter().for_each(|&value| quantile.count(value));
        quantile.narrow();
        values.iter().for_each(|&value| quantile.refine(value));
        quantile.value()
    }

    /// Expected values by NumPy: `numpy.quantile`.
    #[test]
    fn quantiles_equal_numpy() {
        let values = [0.5, -2.0, 3.0, 0.0, 0.0, 1e-30, -1e30, 7.25];
        for (share, expected) in [(0.0, -1e30), (0.5, 5e-31), (0.6, 0.1), (0.9, 4.275), (1.0, 7.25)]
        {
            let found = quantile(share, &values);
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs(),
                "{share}: {found}, expected {expected}"
            );
        }
        assert_eq!(quantile(0.95, &[4.0]), 4.0);
        assert!(quantile(0.5, &[]).is_nan());
    }

    #[test]
    fn values_close_together_are_told_apart() {
        let values: Vec<f32> = (0..100_001).map(|i| 1.0 + i as f32 * f32::EPSILON).collect();
        assert_eq!(quantile(0.5, &values), values[50_000]);
        assert_eq!(quantile(0.95, &values), values[95_000]);
    }
}
