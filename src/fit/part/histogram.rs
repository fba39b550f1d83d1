//! Quantiles of parts of the samples, for ReAct.

use std::collections::BTreeMap;

use super::bytes::{Reader, Writer, damaged};
use crate::Result;
use crate::fit::quantile::{from_key, key};

/// Bits of a value that are not told apart: values within 1/65536 of each other are counted as one.
const DROPPED: u32 = 8;

/// Counts of a layer's features, which merge. Quantiles are exact to 1/65536 of their size.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    pub fn push(&mut self, features: &[f32]) {
        features.iter().for_each(|&value| *self.0.entry(key(value) >> DROPPED).or_default() += 1);
    }

    pub fn merge(&mut self, other: Self) {
        for (bin, count) in other.0 {
            let own = self.0.entry(bin).or_default();
            *own = own.saturating_add(count);
        }
    }

    /// The value below which `share` of all are, interpolated linearly between two of them.
    pub fn quantile(&self, share: f64) -> f32 {
        let count = self.0.values().fold(0u64, |all, count| all.saturating_add(*count));
        let place = share * count.saturating_sub(1) as f64;
        let (low, high) = (self.ranked(place.floor() as u64), self.ranked(place.ceil() as u64));
        (low + (high - low) * place.fract()) as f32
    }

    /// The middle of the bin of the value with so many before it.
    fn ranked(&self, rank: u64) -> f64 {
        let mut before = 0u64;
        let found = self.0.iter().find(|(_, count)| {
            before = before.saturating_add(**count);
            before > rank
        });
        found.map_or(f64::NAN, |(&bin, _)| middle(bin))
    }

    pub fn write(&self, to: &mut Writer) {
        to.number(self.0.len() as u64);
        for (&bin, &count) in &self.0 {
            to.bytes(&bin.to_le_bytes());
            to.number(count);
        }
    }

    pub fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut bins = BTreeMap::new();
        for _ in 0..from.number()? {
            let bin = u32::from_le_bytes(from.array()?);
            if !middle(bin).is_finite() {
                return Err(damaged("a value in it is not a finite number"));
            }
            bins.insert(bin, from.number()?);
        }
        Ok(Self(bins))
    }
}

/// Zero is a bin of its own, of which it is the lowest value.
fn middle(bin: u32) -> f64 {
    let value = |key| f64::from(from_key(key));
    let (low, high) = (bin << DROPPED, (bin << DROPPED) | ((1 << DROPPED) - 1));
    if value(low) == 0.0 { 0.0 } else { f64::midpoint(value(low), value(high)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_their_bound_of_the_exact_ones() {
        let values: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.37).sin() * 3.0 + 2.0).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f32::total_cmp);
        let (mut whole, mut parts) = (Histogram::default(), Histogram::default());
        whole.push(&values);
        values.chunks(700).rev().for_each(|chunk| {
            let mut part = Histogram::default();
            part.push(chunk);
            parts.merge(part);
        });
        assert_eq!(parts, whole);
        for share in [0.0, 0.1, 0.3, 0.5, 0.9, 0.999, 1.0] {
            let place: f64 = share * 4999.0;
            let at = |place: f64| f64::from(sorted[place as usize]);
            let (low, high) = (at(place.floor()), at(place.ceil()));
            let error =
                (f64::from(whole.quantile(share)) - (low + (high - low) * place.fract())).abs();
            assert!(error <= low.abs().max(high.abs()) / 65536.0, "{share}: {error}");
        }
        assert_eq!(Histogram(BTreeMap::from([(key(0.0) >> DROPPED, 3)])).quantile(0.9), 0.0);
    }
}
