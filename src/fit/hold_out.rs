//! The share of samples that is held out for calibration.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use crate::{Error, Result};

/// The share of samples to hold out, exactly as the decimal number it is written as: binary
/// fractions turn 29 samples of a hundred into 28.999….
#[derive(Debug, Clone)]
pub(crate) struct HoldOut {
    share: f64,
    numerator: u128,
    denominator: u128,
}

/// The samples of one label.
#[derive(Debug, Default)]
struct Group {
    /// Rank of the label by its first sample.
    rank: usize,
    count: u128,
    /// Number of them to hold out.
    quota: u128,
    seen: u128,
}

impl HoldOut {
    /// # Errors
    /// [`Error::InvalidOption`] unless `share` is at least 0 and below 1.
    pub(crate) fn new(share: f64) -> Result<Self> {
        match (0.0..1.0).contains(&share) {
            true => {
                let (numerator, denominator) = fraction(share);
                Ok(Self { share, numerator, denominator })
            }
            false => {
                let (given, allowed) = (share.to_string(), "a number from 0 to below 1");
                Err(Error::InvalidOption { option: "the share to hold out", given, allowed })
            }
        }
    }

    pub(crate) fn share(&self) -> f64 {
        self.share
    }

    /// Whether to hold out each of the samples with these labels.
    ///
    /// The share of all is held out, to the nearest sample, spread evenly over the labels and over
    /// the samples of each, so that no rhythm in their order favours some. Every label keeps at
    /// least one sample.
    pub(crate) fn choose<L: Eq + Hash>(&self, labels: impl IntoIterator<Item = L>) -> Vec<bool> {
        let labels: Vec<L> = labels.into_iter().collect();
        let mut groups: HashMap<&L, Group> = HashMap::new();
        for label in &labels {
            let rank = groups.len();
            groups.entry(label).or_insert(Group { rank, ..Group::default() }).count += 1;
        }
        self.set_quotas(groups.values_mut().collect());
        labels.iter().map(|label| groups.entry(label).or_default().holds_out_next()).collect()
    }

    /// Gives each label its own share, rounded down. What is missing of the share of all goes to
    /// those that lost most by rounding.
    fn set_quotas(&self, mut groups: Vec<&mut Group>) {
        for group in &mut groups {
            group.quota = group.count * self.numerator / self.denominator;
        }
        let count: u128 = groups.iter().map(|group| group.count).sum();
        let quotas: u128 = groups.iter().map(|group| group.quota).sum();
        let whole = (2 * count * self.numerator + self.denominator) / (2 * self.denominator);
        groups.retain(|group| group.quota + 1 < group.count);
        groups.sort_by_key(|group| {
            (Reverse(group.count * self.numerator % self.denominator), group.rank)
        });
        groups.into_iter().take((whole - quotas) as usize).for_each(|group| group.quota += 1);
    }
}

impl Group {
    fn holds_out_next(&mut self) -> bool {
        let held_out = |seen| seen * self.quota / self.count;
        let next = held_out(self.seen + 1) > held_out(self.seen);
        self.seen += 1;
        next
    }
}

/// Numerator and denominator of the shortest decimal number that reads as this one, 0 to below 1.
fn fraction(share: f64) -> (u128, u128) {
    // Digits beyond these are not worth one sample of any number.
    let decimals: Vec<u32> = share
        .to_string()
        .chars()
        .skip("0.".len())
        .take(37)
        .filter_map(|c| c.to_digit(10))
        .collect();
    let numerator = decimals.iter().fold(0, |number, &digit| 10 * number + u128::from(digit));
    (numerator, 10_u128.pow(decimals.len() as u32))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    fn held_out(share: f64, labels: &[usize]) -> Vec<bool> {
        HoldOut::new(share).unwrap().choose(labels)
    }

    /// Number of samples held out of each of `labels` labels with `each` samples each, one after
    /// another.
    fn of_each(share: f64, labels: usize, each: usize) -> Vec<usize> {
        let all: Vec<usize> = (0..labels * each).map(|i| i / each).collect();
        held_out(share, &all)
            .chunks(each)
            .map(|held_out| held_out.iter().filter(|&&held_out| held_out).count())
            .collect()
    }

    #[test]
    fn the_share_of_all_is_held_out_and_each_label_gives_its_part() {
        assert_eq!(of_each(0.1, 3, 9), [1, 1, 1]);
        assert_eq!(of_each(0.1, 10, 19), [2, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
        assert_eq!(of_each(0.29, 1, 100), [29]);
        assert_eq!(of_each(0.57, 1, 100), [57]);
        assert_eq!(of_each(0.1, 10, 10), [1; 10]);
        assert_eq!(of_each(0.1, 7, 4), [1, 1, 1, 0, 0, 0, 0]);
        assert_eq!(of_each(0.999, 5, 1), [0; 5]);
        assert_eq!(of_each(0.999, 5, 2), [1; 5]);
        assert_eq!(of_each(0.0, 5, 100), [0; 5]);
        assert_eq!(of_each(f64::MIN_POSITIVE, 5, 100), [0; 5]);
    }

    #[test]
    fn a_share_is_the_decimal_number_that_it_is_written_as() {
        for (share, expected) in
            [(0.0, (0, 10)), (0.1, (1, 10)), (0.29, (29, 100)), (1e-7, (1, 10_000_000))]
        {
            let (numerator, denominator) = fraction(share);
            assert_eq!(numerator * expected.1, expected.0 * denominator, "{share}");
        }
        assert_eq!(
            fraction(1.0 - f64::EPSILON / 2.0),
            (9_999_999_999_999_999, 10_000_000_000_000_000)
        );
    }

    #[test]
    fn shares_of_one_or_more_and_below_nothing_are_refused() {
        for share in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(HoldOut::new(share).unwrap_err().code(), "invalid-option", "{share}");
        }
    }

    proptest! {
        /// By whole numbers of thousandths, in which all can be computed exactly.
        #[test]
        fn the_promise_holds_for_any_labels(
            thousandths in 0usize..1000,
            labels in prop::collection::vec(0usize..8, 0..300),
        ) {
            let share = thousandths as f64 / 1000.0;
            let chosen = held_out(share, &labels);
            let of = |label| {
                let mine = labels.iter().zip(&chosen).filter(move |(l, _)| **l == label);
                mine.map(|(_, &held_out)| held_out).collect::<Vec<_>>()
            };
            let (mut all, mut room) = (0, 0);
            for label in 0..8 {
                let mine = of(label);
                let own = mine.iter().filter(|&&held_out| held_out).count();
                let floor = mine.len() * thousandths / 1000;
                prop_assert!(own == floor || own == floor + 1);
                prop_assert!(mine.is_empty() || own < mine.len());
                room += usize::from(floor + 1 < mine.len() && own == floor);
                all += own;
                // Evenly: no start of a label's samples has one more or one less than its part.
                for seen in 0..=mine.len() {
                    let so_far = mine[..seen].iter().filter(|&&held_out| held_out).count();
                    prop_assert_eq!(so_far, own * seen / mine.len().max(1));
                }
            }
            let whole = (2 * labels.len() * thousandths + 1000) / 2000;
            prop_assert!(all == whole || all < whole && room == 0);
        }
    }
}
