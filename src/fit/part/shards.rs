//! Which samples are in a part, so that none is merged twice.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::privacy::random;
use crate::{Error, Features, Result};

/// Samples that were gathered together. What identifies them is the sum of a hash of each, which no
/// order changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(super) struct Shard {
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    id: u128,
    pub samples: u64,
}

/// The shards of a part, ascending.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Shards(Vec<Shard>);

/// What a sample is gathered for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Fit,
    Calibration,
}

impl Shards {
    /// One of so many samples, whose identity has nothing to do with them.
    pub fn unrelated(samples: u64) -> Result<Self> {
        let id = (u128::from(random()?) << 64) | u128::from(random()?);
        Ok(Self(vec![Shard { id, samples }]))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a sample to a part that was not merged.
    pub fn push(&mut self, features: &Features, class: Option<usize>, role: Role) -> Result<()> {
        if self.0.is_empty() {
            self.0.push(Shard::default());
        }
        match self.0.as_mut_slice() {
            [shard] => {
                shard.id = shard.id.wrapping_add(hash(features, class, role));
                shard.samples += 1;
                Ok(())
            }
            _ => Err(Error::InvalidPart {
                reason: "it was merged, and takes no more samples: push them to a part of their \
                         own, and merge"
                    .to_string(),
            }),
        }
    }

    /// Refuses shards that are in both.
    pub fn check_apart(&self, other: &Self) -> Result<()> {
        match other.0.iter().find(|shard| self.0.binary_search(shard).is_ok()) {
            Some(shard) => Err(Error::RepeatedPart {
                id: format!("{:032x}", shard.id),
                samples: shard.samples,
            }),
            None => Ok(()),
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        // Not the unstable sort: this one is fast where nearly all are sorted already.
        self.0.sort();
    }
}

fn hash(features: &Features, class: Option<usize>, role: Role) -> u128 {
    let add = |hash: Sha256, value: &f32| hash.chain_update(value.to_le_bytes());
    let class = class.map_or(u64::MAX, |class| class as u64);
    let start = Sha256::new().chain_update([role as u8]).chain_update(class.to_le_bytes());
    let values = features.logits().iter().chain(features.layers().iter().flatten());
    let hash = values.fold(start, add).finalize();
    u128::from_le_bytes(hash.first_chunk().copied().unwrap_or_default())
}

fn write_hex<S: Serializer>(id: &u128, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&format!("{id:032x}"))
}

fn read_hex<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<u128, D::Error> {
    let text = String::deserialize(from)?;
    u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
}
