//! What a run of a model gives.

use crate::Tensor;

/// Raw outputs of a [`Model`](crate::Model) for one sample.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Activations {
    /// Unnormalised class scores, one per class. For a model that ends in a softmax: its input.
    /// None of a backbone.
    pub logits: Vec<f32>,
    /// The tapped layers in the order asked for, `[D]` or `[channels, height, width]`.
    pub layers: Vec<Tensor>,
}
