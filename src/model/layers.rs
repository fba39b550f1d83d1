//! The layers of a model that can be tapped.

use serde::Serialize;

use crate::{Error, Result};

/// A tensor inside a model whose values can serve as features.
///
/// Feature maps must have their channels first, as ONNX's convolutions make them. A map behind a
/// `Transpose` to channels last, which TensorFlow exporters sometimes write, looks the same and
/// would be averaged over the wrong dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Layer {
    /// Name of the tensor in the ONNX file.
    pub name: String,
    /// ONNX operator that makes it, for example `Relu`.
    pub op: String,
    /// Shape for one sample: `[D]`, or `[channels, height, width]` for a feature map.
    pub shape: Vec<usize>,
}

impl Layer {
    /// Length of its feature vector: `D`, or the number of channels, as feature maps are averaged
    /// over space.
    pub fn size(&self) -> usize {
        match self.shape.as_slice() {
            [size, ..] => *size,
            // A scalar.
            [] => 1,
        }
    }
}

/// The layer for a tensor whose shape for one sample is `shape`, if its rank is one that features
/// are made from.
pub(super) fn tappable(name: &str, op: &str, shape: &[usize]) -> Option<Layer> {
    (matches!(shape.len(), 1 | 3) && !shape.contains(&0)).then(|| Layer {
        name: name.to_string(),
        op: op.to_string(),
        shape: shape.to_vec(),
    })
}

/// The layer called `name`; the error lists those there are.
pub(super) fn find(layers: &[Layer], name: &str) -> Result<Layer> {
    layers.iter().find(|layer| layer.name == name).cloned().ok_or_else(|| Error::UnknownLayer {
        name: name.to_string(),
        layers: layers.iter().map(|layer| layer.name.clone()).collect(),
    })
}
