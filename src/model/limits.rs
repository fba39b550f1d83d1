//! Limits on the size of a model.

use crate::{Error, Result};

/// Limits on a model. The defaults are far above the needs of on-device classifiers. A model that
/// asks for more is refused before memory is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file, including a detector's metadata: 512 MiB.
    pub bytes: usize,
    /// Nodes of the graph and of nested graphs: 20,000.
    pub nodes: usize,
    /// Values of all tensors for one sample: 2^28, a gigabyte of 32-bit floats.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 29, nodes: 20_000, values: 1 << 28 }
    }
}

impl Limits {
    pub(crate) fn check_bytes(&self, given: usize) -> Result<()> {
        within("bytes", given, self.bytes)
    }

    pub(crate) fn check_nodes(&self, given: usize) -> Result<()> {
        within("nodes", given, self.nodes)
    }

    /// Refuses too many values for a batch of `samples`.
    pub(crate) fn check_values(&self, given: usize, samples: usize) -> Result<()> {
        within("values", given, self.values.saturating_mul(samples))
    }
}

fn within(what: &'static str, given: usize, allowed: usize) -> Result<()> {
    if given <= allowed { Ok(()) } else { Err(Error::TooLarge { what, given, allowed }) }
}
