//! How much a model may ask for.

use crate::{Error, Result};

/// What a model may take at most. The defaults are far above what classifiers take that run on a
/// device; a model that asks for more is refused before anything is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file, with all that a detector adds: 512 MiB.
    pub bytes: usize,
    /// Nodes of the graph and of the graphs inside it: 20,000.
    pub nodes: usize,
    /// Values of all tensors together that the model makes of one sample: 2^28, a gigabyte of
    /// 32-bit floats.
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

    /// Refuses what is made of so many samples at a time.
    pub(crate) fn check_values(&self, given: usize, samples: usize) -> Result<()> {
        within("values", given, self.values.saturating_mul(samples))
    }
}

fn within(what: &'static str, given: usize, allowed: usize) -> Result<()> {
    if given <= allowed { Ok(()) } else { Err(Error::TooLarge { what, given, allowed }) }
}
