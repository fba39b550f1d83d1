//! What a model's file leaves open.

use crate::Limits;

/// How a classifier is read: the layers to tap, and what its file leaves open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelOptions {
    /// Names of the layers to tap, as [`Model::layers`](crate::Model::layers) lists them.
    pub layers: Vec<String>,
    /// Name of the tensor that holds the logits or probabilities. `None` finds it: see
    /// [`Model::load`](crate::Model::load).
    pub logits: Option<String>,
    /// Whether the model is a backbone, which makes features: it may end in a classifier, whose
    /// logits are not computed, or have none.
    pub backbone: bool,
    /// Shape of one sample, without the batch dimension, for a model that leaves sizes open.
    pub input_shape: Option<Vec<usize>>,
    /// Height and width of pictures, where a model leaves them open and no `input_shape` is given.
    pub image_size: Option<(usize, usize)>,
    /// Limits on the model.
    pub limits: Limits,
}

impl ModelOptions {
    /// Options that tap these layers.
    pub fn new(layers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { layers: layers.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}
