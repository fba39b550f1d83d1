//! The test martingale: the wealth of a gambler who bets that the stream has changed.

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::Result;

/// A bet that a `share` of the samples has p-values of at most `tail`, and the others are as
/// before: the density `1 - share + share / tail` up to `tail`, `1 - share` beyond.
struct Bet {
    tail: f64,
    share: f64,
}

const fn bet(tail: f64, share: f64) -> Bet {
    Bet { tail, share }
}

/// Bets on scores that are higher than before: few or many strangers, far or near.
const HIGHER: [Bet; 9] = [
    bet(0.001953125, 0.05),
    bet(0.001953125, 0.3),
    bet(0.001953125, 0.9),
    bet(0.03125, 0.05),
    bet(0.03125, 0.3),
    bet(0.03125, 0.9),
    bet(0.25, 0.1),
    bet(0.25, 0.3),
    bet(0.25, 0.9),
];

/// Bets on scores that are lower than before, as of one easy picture again and again.
const LOWER: [Bet; 4] = [bet(0.03125, 0.3), bet(0.03125, 0.9), bet(0.25, 0.3), bet(0.25, 0.9)];

/// No more is bet from here on: a stopped martingale is one, and no number overflows.
const ENOUGH: f64 = 1e200;

/// The money, 1 at the start: what is still to be bet, and what each bet has made of its part.
///
/// The p-value of a known sample lies in an interval [low, high] with a probability of `high -
/// low`, whatever came before. A bet multiplies its money by the mean of its density over the
/// interval, which is 1 on average, so the wealth is a martingale.
///
/// Bets that began before the change have lost their money by then. So a part is held back, and
/// with each sample some of it is bet: after `t` samples 1 / sqrt(1 + t / 100) is left. A change
/// after 10,000 samples finds bets of a 2,000,000th each, which strangers bring back in a few
/// samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Wealth {
    /// The money of each bet, `HIGHER` first.
    bets: Vec<f64>,
}

impl Wealth {
    pub fn new() -> Self {
        Self { bets: vec![0.0; HIGHER.len() + LOWER.len()] }
    }

    /// Refuses what no stream can lead to.
    pub fn checked(self) -> Result<Self> {
        let are_money = self.bets.iter().all(|money| money.is_finite() && *money >= 0.0);
        match are_money && self.bets.len() == HIGHER.len() + LOWER.len() {
            true => Ok(self),
            false => Err(invalid("its bets are not as many numbers of 0 or more as there are")),
        }
    }

    /// Bets on sample number `at`, counted from 1, whose p-value lies between `low` and `high`.
    pub fn bet(&mut self, at: u64, (low, high): (f64, f64)) {
        if self.total(at - 1) >= ENOUGH {
            return;
        }
        let part = (held_back(at - 1) - held_back(at)) / self.bets.len() as f64;
        let higher = HIGHER.iter().map(|bet| bet.gain(low, high));
        let gains = higher.chain(LOWER.iter().map(|bet| bet.gain(1.0 - high, 1.0 - low)));
        self.bets.iter_mut().zip(gains).for_each(|(money, gain)| *money = (*money + part) * gain);
    }

    /// All money after `samples`.
    pub fn total(&self, samples: u64) -> f64 {
        held_back(samples) + self.bets.iter().sum::<f64>()
    }

    /// Whether bets on higher scores made more than those on lower ones.
    pub fn is_higher(&self) -> bool {
        let (higher, lower) = self.bets.split_at(HIGHER.len().min(self.bets.len()));
        higher.iter().sum::<f64>() >= lower.iter().sum()
    }
}

impl Bet {
    /// Mean of the density over an interval of p-values.
    fn gain(&self, low: f64, high: f64) -> f64 {
        let in_tail = (high.min(self.tail) - low.min(self.tail)) / (high - low);
        1.0 - self.share + self.share * in_tail / self.tail
    }
}

/// The part of the money that is not yet bet.
fn held_back(samples: u64) -> f64 {
    1.0 / (1.0 + samples as f64 / 100.0).sqrt()
}
