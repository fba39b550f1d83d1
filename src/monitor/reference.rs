//! The scores that a stream is compared with, cut into bins.

use serde::{Deserialize, Serialize};

use super::invalid;
use super::tags::{seed, tag};
use crate::scorer::rank;
use crate::tensor::check_comparable;
use crate::{Result, Threshold};

/// Shares of the reference scores above the edges between bins: fine at both ends, where strangers
/// and mere copies lie, even between.
const LEVELS: [f64; 25] = [
    0.001953125,
    0.00390625,
    0.0078125,
    0.015625,
    0.03125,
    0.0625,
    0.125,
    0.1875,
    0.25,
    0.3125,
    0.375,
    0.4375,
    0.5,
    0.5625,
    0.625,
    0.6875,
    0.75,
    0.8125,
    0.875,
    0.9375,
    0.96875,
    0.984375,
    0.9921875,
    0.99609375,
    0.998046875,
];

/// A score with the tag that orders equal scores, as whole numbers in the same order.
pub(super) type Key = (u32, u32);

/// What is kept of the reference scores: a few of them, as edges between bins.
///
/// `n` scores in order leave `n + 1` gaps: below the lowest, between neighbours, above the highest.
/// A new score of the same kind falls into each gap with the same probability. Edges are scores,
/// so a bin is a number of whole gaps, and its probability is known exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reference {
    /// Number of scores.
    pub size: u64,
    pub id_pass_rate: f64,
    /// The first part of the threshold's key.
    threshold: u32,
    /// Highest first.
    edges: Vec<Key>,
}

impl Reference {
    pub fn new(scores: &[f32], id_pass_rate: f64) -> Result<Self> {
        check_comparable("the reference scores", scores)?;
        let threshold = ordered(Threshold::calibrate(scores.to_vec(), id_pass_rate)?.value());
        let mut sorted = scores.to_vec();
        sorted.sort_by(f32::total_cmp);
        let tagged = sorted.iter().zip(0..).map(|(&score, index)| (ordered(score), tag(0, index)));
        let mut keys: Vec<Key> = tagged.collect();
        keys.sort_unstable();
        let size = keys.len() as u64;
        let edge = |above: u64| keys.get((size - above) as usize).copied();
        let edges = gaps_above(size).into_iter().filter_map(edge).collect();
        Self { size, id_pass_rate, threshold, edges }.checked()
    }

    /// Refuses what [`Reference::new`] cannot have made.
    pub fn checked(self) -> Result<Self> {
        crate::scorer::check_rate(self.id_pass_rate)?;
        let Self { size, id_pass_rate: rate, .. } = self;
        if size > u64::from(u32::MAX) {
            return Err(invalid(format!("{size} reference scores, at most 2^32 - 1 are allowed")));
        }
        if rank(size as usize, rate) > size as usize {
            let missing = crate::scorer::missing(size as usize, rate);
            return Err(invalid(format!(
                "{size} reference scores are too few for a threshold that passes {rate}: give \
                 {missing} more"
            )));
        }
        let is_ascending = self.edges.is_sorted_by(|above, below| above >= below);
        match is_ascending && self.edges.len() == gaps_above(size).len() {
            true => Ok(self),
            false => Err(invalid("its edges do not fit its number of reference scores")),
        }
    }

    /// Whether a score is above the threshold.
    pub fn flags(&self, score: f32) -> bool {
        ordered(score) > self.threshold
    }

    /// The bin of a score, 0 for the highest scores.
    pub fn bin(&self, score: f32, tag: u32) -> usize {
        self.edges.partition_point(|&edge| edge >= (ordered(score), tag))
    }

    /// Number of gaps in each bin.
    pub fn gaps(&self) -> Vec<u64> {
        let mut above = gaps_above(self.size);
        above.push(self.size + 1);
        let before = std::iter::once(0).chain(above.iter().copied());
        before.zip(&above).map(|(before, above)| above - before).collect()
    }

    /// Number of gaps above the threshold.
    pub fn flagged_gaps(&self) -> u64 {
        self.size + 1 - rank(self.size as usize, self.id_pass_rate) as u64
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hash = seed(&format!("{:?}", self.edges)) as u32;
        let Self { size, id_pass_rate, .. } = self;
        write!(f, "{size} scores ({hash:08x}) at a pass rate of {id_pass_rate}")
    }
}

/// Number of gaps above each edge, ascending.
fn gaps_above(size: u64) -> Vec<u64> {
    let above = LEVELS.iter().map(|level| (level * (size + 1) as f64).round() as u64);
    let mut above: Vec<u64> = above.filter(|above| (1..=size).contains(above)).collect();
    above.dedup();
    above
}

/// The score as a whole number in the same order. Both zeros are one.
fn ordered(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}
