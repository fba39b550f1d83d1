//! A share of samples, taken evenly.

use std::collections::HashMap;
use std::hash::Hash;

use crate::{Error, Result};

/// Takes a share of what comes, evenly within each label, so that no rhythm in the order of labels picks some of them alone.
#[derive(Debug, Clone)]
pub(crate) struct Share<L> {
    share: f64,
    seen: HashMap<L, usize>,
}

impl<L: Eq + Hash> Share<L> {
    /// # Errors
    /// [`Error::InvalidOption`] unless `share` is at least 0 and less than 1.
    pub(crate) fn new(share: f64) -> Result<Self> {
        match (0.0..1.0).contains(&share) {
            true => Ok(Self { share, seen: HashMap::new() }),
            false => {
                let (given, allowed) = (share.to_string(), "a number from 0 and below 1");
                Err(Error::InvalidOption { option: "the share to hold out", given, allowed })
            }
        }
    }

    pub(crate) fn share(&self) -> f64 {
        self.share
    }

    /// Whether the next of this label is taken.
    pub(crate) fn takes(&mut self, label: L) -> bool {
        let count = self.seen.entry(label).or_default();
        *count += 1;
        (*count as f64 * self.share).floor() > ((*count - 1) as f64 * self.share).floor()
    }
}
