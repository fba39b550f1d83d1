//! A share of samples to hold out.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use crate::{Error, Result};

/// A share of samples, as the decimal number that it is written as: binary fractions make 29
/// samples of a hundred 28.999….
#[derive(Debug, Clone)]
pub(crate) struct Share {
    share: f64,
    numerator: u128,
    denominator: u128,
}

/// Samples of a label.
#[derive(Debug, Default)]
struct Label {
    count: u128,
    /// The number of them to take.
    quota: u128,
    seen: u128,
}

impl Share {
    /// # Errors
    /// [`Error::InvalidOption`] unless `share` is at least 0 and less than 1.
    pub(crate) fn new(share: f64) -> Result<Self> {
        match (0.0..1.0).contains(&share) {
            true => {
                let (numerator, denominator) = fraction(share);
                Ok(Self { share, numerator, denominator })
            }
            false => {
                let (given, allowed) = (share.to_string(), "a number from 0 and below 1");
                Err(Error::InvalidOption { option: "the share to hold out", given, allowed })
            }
        }
    }

    pub(crate) fn share(&self) -> f64 {
        self.share
    }

    /// Which of the samples with these labels are taken: the share of all, to the nearest sample,
    /// spread evenly over the labels and over the samples of each, so that no rhythm in their
    /// order picks some of them alone. The last sample of a label is left.
    pub(crate) fn taken<L: Eq + Hash>(&self, samples: impl IntoIterator<Item = L>) -> Vec<bool> {
        let mut places = HashMap::new();
        let place = |label| {
            let next = places.len();
            *places.entry(label).or_insert(next)
        };
        let samples: Vec<usize> = samples.into_iter().map(place).collect();
        let mut labels: Vec<Label> = places.iter().map(|_| Label::default()).collect();
        samples.iter().for_each(|&place| {
            labels.get_mut(place).into_iter().for_each(|label| label.count += 1)
        });
        self.set_quotas(&mut labels);
        samples.iter().map(|&place| labels.get_mut(place).is_some_and(Label::takes_next)).collect()
    }

    /// Each label's own share, rounded down; what the share of all is more goes to those that lost
    /// most by it.
    fn set_quotas(&self, labels: &mut [Label]) {
        labels
            .iter_mut()
            .for_each(|label| label.quota = label.count * self.numerator / self.denominator);
        let (count, quotas) = labels
            .iter()
            .fold((0, 0), |(count, quotas), label| (count + label.count, quotas + label.quota));
        let whole = (2 * count * self.numerator + self.denominator) / (2 * self.denominator);
        let mut with_room: Vec<_> =
            labels.iter_mut().filter(|label| label.quota + 1 < label.count).collect();
        with_room.sort_by_key(|label| Reverse(label.count * self.numerator % self.denominator));
        with_room.into_iter().take((whole - quotas) as usize).for_each(|label| label.quota += 1);
    }
}

impl Label {
    fn takes_next(&mut self) -> bool {
        let taken = |seen| seen * self.quota / self.count;
        let takes = taken(self.seen + 1) > taken(self.seen);
        self.seen += 1;
        takes
    }
}

/// Numerator and denominator of the shortest decimal number that reads as this one, 0 to below 1.
fn fraction(share: f64) -> (u128, u128) {
    let text = share.to_string();
    // Beyond these digits no number of samples is worth one.
    let decimals: String = text.chars().skip("0.".len()).take(37).collect();
    (decimals.parse().unwrap_or(0), 10_u128.pow(decimals.len() as u32))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    fn taken(share: f64, labels: &[usize]) -> Vec<bool> {
        Share::new(share).unwrap().taken(labels)
    }

    /// Numbers of samples taken of `labels` labels with `each` samples each, one after another.
    fn of_each(share: f64, labels: usize, each: usize) -> Vec<usize> {
        let all: Vec<usize> = (0..labels * each).map(|i| i / each).collect();
        taken(share, &all)
            .chunks(each)
            .map(|taken| taken.iter().filter(|&&taken| taken).count())
            .collect()
    }

    #[test]
    fn the_share_of_all_is_taken_and_each_label_gives_its_part() {
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
            assert_eq!(Share::new(share).unwrap_err().code(), "invalid-option", "{share}");
        }
    }

    proptest! {
        /// By whole numbers of thousandths, in which all can be computed exactly.
        #[test]
        fn the_promise_holds_for_any_labels(thousandths in 0usize..1000, labels in prop::collection::vec(0usize..8, 0..300)) {
            let share = thousandths as f64 / 1000.0;
            let taken = taken(share, &labels);
            let of = |label| labels.iter().zip(&taken).filter(move |(l, _)| **l == label).map(|(_, &taken)| taken).collect::<Vec<_>>();
            let (mut all, mut room) = (0, 0);
            for label in 0..8 {
                let mine = of(label);
                let own = mine.iter().filter(|&&taken| taken).count();
                let floor = mine.len() * thousandths / 1000;
                prop_assert!(own == floor || own == floor + 1);
                prop_assert!(mine.is_empty() || own < mine.len());
                room += usize::from(floor + 1 < mine.len() && own == floor);
                all += own;
                // Evenly: no start of a label's samples has one more or one less than its part.
                for seen in 0..=mine.len() {
                    let so_far = mine[..seen].iter().filter(|&&taken| taken).count();
                    prop_assert_eq!(so_far, own * seen / mine.len().max(1));
                }
            }
            let whole = (2 * labels.len() * thousandths + 1000) / 2000;
            prop_assert!(all == whole || all < whole && room == 0);
        }
    }
}
