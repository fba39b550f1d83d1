//! What a detector stores of a class.

use serde::{Deserialize, Serialize};

/// What is stored of the features of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// Their mean: SHE.
    #[default]
    Mean,
    /// All of them, for Hopfield energies: memory and file grow with the samples.
    All,
    /// At most this many of each class, chosen at random.
    ///
    /// The choice depends on the features alone, not on their order, so that parts gathered
    /// separately and merged equal the whole. It hardly ever depends on the last bits, in which
    /// processors and WebAssembly differ.
    Reservoir(usize),
}

impl Store {
    /// Most rows stored of a class beside its mean.
    pub(super) fn most_rows(self) -> usize {
        match self {
            Store::Mean => 0,
            Store::All => usize::MAX,
            Store::Reservoir(rows) => rows,
        }
    }
}
