//! Tapped layers to feature vectors.

use crate::model::{Activations, EngineOutputs, Layer, Model};
use crate::parallel::map_in_order;
use crate::tensor::{check_finite, total};
use crate::{Error, Result, Tensor};

/// What a model makes of one sample: all that a score is computed from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// Unnormalised class scores, one a class.
    pub logits: Vec<f32>,
    /// The features of each tapped layer, in the order of the taps.
    pub layers: Vec<Vec<f32>>,
}

impl Features {
    /// Features from the activations of the layers `taps`.
    ///
    /// A vector is kept as it is; a feature map `[channels, height, width]` is averaged over its
    /// positions, one value a channel.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a layer gave NaN or an infinity.
    pub fn pool(activations: &Activations, taps: &[Layer]) -> Result<Self> {
        Self::of(&activations.logits, activations.layers.iter().map(Tensor::data), taps)
    }

    /// What the model makes of one sample, of the model's input shape.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when the logits or a layer hold NaN or an infinity.
    pub(crate) fn of_outputs(
        outputs: &EngineOutputs,
        index: usize,
        taps: &[Layer],
    ) -> Result<Self> {
        let ran = outputs.sample(index)?;
        Self::of(&ran.logits, ran.layers, taps)
    }

    /// What the model makes of samples laid end to end, each of its input shape.
    ///
    /// # Errors
    /// As [`Model::run_batch`] and [`Features::pool`].
    pub(crate) fn of_batch(model: &Model, data: &[f32]) -> Result<Vec<Self>> {
        model.check_batch(data)?;
        let mut all = Vec::new();
        for features in map_in_order(model.chunks(data), |chunk| Self::of_chunk(model, chunk)) {
            all.extend(features?);
        }
        Ok(all)
    }

    /// The same, for few samples on one thread.
    pub(crate) fn of_chunk(model: &Model, data: &[f32]) -> Result<Vec<Self>> {
        model.forward_batch(data, |outputs, index| Self::of_outputs(outputs, index, model.taps()))
    }

    fn of<'a>(
        logits: &[f32],
        layers: impl IntoIterator<Item = &'a [f32]>,
        taps: &[Layer],
    ) -> Result<Self> {
        let layers = taps.iter().zip(layers).map(|(tap, values)| pooled(tap, values));
        Ok(Self { layers: layers.collect::<Result<_>>()?, logits: logits.to_vec() })
    }

    /// Features from their values end to end: the logits of so many classes, then each tap in turn.
    /// What the row lacks is missing.
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
    ///
    /// # Errors
    /// [`Error::Fit`] for other numbers of logits, layers or values, [`Error::NotFinite`].
    pub(crate) fn check(&self, model: &Model) -> Result<()> {
        let taps = model.taps();
        let sizes = |layers: &[Vec<f32>]| layers.iter().map(Vec::len).collect::<Vec<_>>();
        let (given, expected) =
            (sizes(&self.layers), taps.iter().map(Layer::size).collect::<Vec<_>>());
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
        named.try_for_each(|(tap, layer)| {
            check_finite(format_args!("the features of layer {:?}", tap.name), layer)
        })
    }
}

/// A vector as it is; of a feature map, channels first, the mean of each channel.
fn pooled(layer: &Layer, values: &[f32]) -> Result<Vec<f32>> {
    check_finite(format_args!("the output of layer {:?}", layer.name), values)?;
    match values.len() / layer.size().max(1) {
        1 => Ok(values.to_vec()),
        positions => Ok(values.chunks_exact(positions.max(1)).map(mean).collect()),
    }
}

/// Summed in f64, so that large maps lose nothing.
fn mean(values: &[f32]) -> f32 {
    (total(values) / values.len() as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(shape: &[usize]) -> Layer {
        Layer { name: "relu".to_string(), op: "Relu".to_string(), shape: shape.to_vec() }
    }

    #[test]
    fn a_vector_is_kept_and_a_map_is_averaged_over_space() {
        assert_eq!(pooled(&layer(&[2]), &[1.0, -2.0]).unwrap(), [1.0, -2.0]);
        assert_eq!(
            pooled(&layer(&[2, 1, 3]), &[1.0, 2.0, 6.0, 0.0, 0.0, -3.0]).unwrap(),
            [3.0, -1.0]
        );
        let long: Vec<f32> = (0..1003).map(|i| i as f32).collect();
        assert_eq!(pooled(&layer(&[1, 1003]), &long).unwrap(), [501.0]);
    }

    #[test]
    fn non_finite_activations_name_the_layer() {
        let error = pooled(&layer(&[2]), &[0.0, f32::NAN]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the output of layer \"relu\" holds NaN at index 1, only finite numbers are allowed"
        );
    }
}
