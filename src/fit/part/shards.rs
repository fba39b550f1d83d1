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
    pub fn push(&mut self, features: &Features) -> Result<()> {
        if self.0.is_empty() {
            self.0.push(Shard::default());
        }
        match self.0.as_mut_slice() {
            [shard] => {
                shard.id = shard.id.wrapping_add(hash(features));
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

    /// Number of samples.
    pub fn samples(&self) -> u64 {
        self.0.iter().fold(0, |all, shard| all.saturating_add(shard.samples))
    }

    /// A shard that is in both.
    pub fn shared_with(&self, other: &Self) -> Option<Shard> {
        other.0.iter().copied().find(|shard| self.0.binary_search(shard).is_ok())
    }

    /// Refuses shards that are in both.
    pub fn check_apart(&self, other: &Self) -> Result<()> {
        match self.shared_with(other) {
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

fn hash(features: &Features) -> u128 {
    let add = |hash: Sha256, value: &f32| hash.chain_update(value.to_le_bytes());
    let values = features.logits().iter().chain(features.layers().iter().flatten());
    let hash = values.fold(Sha256::new(), add).finalize();
    u128::from_le_bytes(hash.first_chunk().copied().unwrap_or_default())
}

fn write_hex<S: Serializer>(id: &u128, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&format!("{id:032x}"))
}

fn read_hex<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<u128, D::Error> {
    let text = String::deserialize(from)?;
    u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
}
