//! Tapped layers to feature vectors.

use ndarray::ArrayView2;

use crate::model::{Activations, Layer, Model};
use crate::tensor::check_finite;
use crate::{Error, Result, Tensor};

/// What a model makes of one sample: all that a score is computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Unnormalised class scores, one a class.
    pub logits: Vec<f32>,
    /// The features of each tapped layer, in the order of the taps.
    pub layers: Vec<Vec<f32>>,
}

impl Features {
    /// Features from the activations of the layers `taps`.
    ///
    /// A vector is kept as it is; a feature map `[channels, height, width]` is averaged over its positions, one value a
    /// channel.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a layer gave NaN or an infinity.
    pub fn pool(activations: &Activations, taps: &[Layer]) -> Result<Self> {
        let layers = taps.iter().zip(&activations.layers).map(|(tap, activation)| pooled(&tap.name, activation));
        Ok(Self { layers: layers.collect::<Result<_>>()?, logits: activations.logits.clone() })
    }

    /// What the model makes of samples laid end to end, each of its input shape.
    ///
    /// # Errors
    /// As [`Model::run_batch`] and [`Features::pool`].
    pub(crate) fn of_batch(model: &Model, data: &[f32]) -> Result<Vec<Self>> {
        model.run_batch(data)?.iter().map(|activations| Self::pool(activations, model.taps())).collect()
    }

    /// Features from their values end to end: the logits of so many classes, then each tap in turn. What the row lacks is missing.
    pub(crate) fn from_row(row: &[f32], classes: usize, taps: &[Layer]) -> Self {
        let mut rest = row;
        let mut next = |size| {
            let (part, others) = rest.split_at_checked(size).unwrap_or_default();
            rest = others;
            part.to_vec()
        };
        Self { logits: next(classes), layers: taps.iter().map(|tap| next(tap.size())).collect() }
    }

    /// Refuses features that this model does not make.
    pub(crate) fn check(&self, model: &Model) -> Result<()> {
        let taps = model.taps();
        let sizes = |layers: &[Vec<f32>]| layers.iter().map(Vec::len).collect::<Vec<_>>();
        let (given, expected) = (sizes(&self.layers), taps.iter().map(Layer::size).collect::<Vec<_>>());
        if given != expected || self.logits.len() != model.classes() {
            let reason = format!(
                "features have {} logits and layers of {given:?} values, the model has {} and {expected:?}",
                self.logits.len(),
                model.classes()
            );
            return Err(Error::Fit { reason });
        }
        check_finite("the logits", &self.logits)?;
        let mut named = taps.iter().zip(&self.layers);
        named.try_for_each(|(tap, layer)| check_finite(format_args!("the features of layer {:?}", tap.name), layer))
    }
}

fn pooled(layer: &str, activation: &Tensor) -> Result<Vec<f32>> {
    check_finite(format_args!("the output of layer {layer:?}"), activation.data())?;
    match *activation.shape() {
        [_] => Ok(activation.data().to_vec()),
        [channels, height, width] => averaged(channels, height * width, activation.data()),
        ref shape => Err(unsupported(shape)),
    }
}

fn averaged(channels: usize, positions: usize, values: &[f32]) -> Result<Vec<f32>> {
    let map = ArrayView2::from_shape((channels, positions), values).map_err(|_| unsupported(&[channels, positions]))?;
    Ok(map.rows().into_iter().map(|row| mean(row.iter().copied())).collect())
}

/// Summed in f64, so that large maps lose nothing.
fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len() as f64;
    (values.map(f64::from).sum::<f64>() / count) as f32
}

fn unsupported(shape: &[usize]) -> Error {
    Error::UnsupportedModel { reason: format!("features are made from [D] or [channels, height, width], not {shape:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_kept_and_a_map_is_averaged_over_space() {
        let vector = Tensor::new([2], vec![1.0, -2.0]).unwrap();
        assert_eq!(pooled("f", &vector).unwrap(), [1.0, -2.0]);
        let map = Tensor::new([2, 1, 3], vec![1.0, 2.0, 6.0, 0.0, 0.0, -3.0]).unwrap();
        assert_eq!(pooled("f", &map).unwrap(), [3.0, -1.0]);
    }

    #[test]
    fn non_finite_activations_name_the_layer() {
        let error = pooled("relu", &Tensor::new([2], vec![0.0, f32::NAN]).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the output of layer \"relu\" holds NaN at index 1, only finite numbers are allowed");
    }
}
