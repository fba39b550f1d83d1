//! Classes by their position in the logits.

use crate::{Error, Result};

/// A class of a model, by its position in the logits. It is always one that the model has; see
/// [`Model::class`](crate::Model::class).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassIndex(usize);

impl ClassIndex {
    /// Checks a class of a model with this many classes.
    pub(crate) fn new(class: usize, classes: usize) -> Result<Self> {
        if class < classes { Ok(Self(class)) } else { Err(Error::UnknownClass { class, classes }) }
    }

    /// Position in the logits.
    pub fn get(self) -> usize {
        self.0
    }
}
