//! Tapped layers to feature vectors.

use she_ood_kernel::total;

use crate::model::{Activations, ChannelAxis, Layer, Pooling};
use crate::tensor::check_finite;
use crate::{Error, Result, Tensor};

/// Logits and pooled layers of one sample: all that a score is computed from. They are finite.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Features {
    logits: Vec<f32>,
    layers: Vec<Vec<f32>>,
}

impl Features {
    /// Features from their values: the logits, one per class, none of a backbone, and the vector of
    /// each tapped layer.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and infinities.
    pub fn new(logits: Vec<f32>, layers: Vec<Vec<f32>>) -> Result<Self> {
        check_finite("the vector of logits", &logits)?;
        for (position, layer) in layers.iter().enumerate() {
            check_finite(format_args!("the vector of layer {position}"), layer)?;
        }
        Ok(Self { logits, layers })
    }

    /// Features from the activations of the layers `taps`.
    ///
    /// A vector is kept as it is; each channel of a map becomes one value, as the layer's
    /// [`pooling`](Layer::pooling) says.
    ///
    /// # Errors
    /// As [`Features::new`].
    pub fn pool(activations: &Activations, taps: &[Layer]) -> Result<Self> {
        check_finite("the vector of logits", &activations.logits)?;
        let layers = activations.layers.iter().map(Tensor::data);
        Self::of_values(activations.logits.clone(), layers, taps)
    }

    /// Features from finite logits and from the values of the layers `taps`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a layer holds NaN or an infinity.
    pub(crate) fn of_values<'a>(
        logits: Vec<f32>,
        layers: impl IntoIterator<Item = &'a [f32]>,
        taps: &[Layer],
    ) -> Result<Self> {
        let mut features = Self { logits, layers: Vec::new() };
        features.pool_layers(layers, taps)?;
        Ok(features)
    }

    /// Takes the values of another sample, in the memory of the one before.
    ///
    /// # Errors
    /// As [`Features::of_values`].
    pub(crate) fn refill<'a>(
        &mut self,
        logits: &[f32],
        layers: impl IntoIterator<Item = &'a [f32]>,
        taps: &[Layer],
    ) -> Result<()> {
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        self.pool_layers(layers, taps)
    }

    fn pool_layers<'a>(
        &mut self,
        layers: impl IntoIterator<Item = &'a [f32]>,
        taps: &[Layer],
    ) -> Result<()> {
        self.layers.resize_with(taps.len(), Vec::new);
        for ((features, values), tap) in self.layers.iter_mut().zip(layers).zip(taps) {
            check_finite(format_args!("the output of layer {:?}", tap.name), values)?;
            features.clear();
            pool(tap, values, features);
        }
        Ok(())
    }

    /// Features from their values end to end: the logits of `classes` classes, then each tap in
    /// turn.
    ///
    /// # Errors
    /// [`Error::Fit`] for a row of another length.
    pub(crate) fn from_row(row: &[f32], classes: usize, taps: &[Layer]) -> Result<Self> {
        let mut rest = row;
        let mut next = |size| {
            let (part, others) = rest.split_at_checked(size)?;
            rest = others;
            Some(part.to_vec())
        };
        let logits = next(classes);
        let layers = taps.iter().map(|tap| next(tap.size())).collect::<Option<_>>();
        match (logits, layers, rest) {
            (Some(logits), Some(layers), []) => Ok(Self { logits, layers }),
            _ => Err(Error::Fit {
                reason: format!(
                    "a row of {} values cannot be cut into {classes} logits and the layers",
                    row.len()
                ),
            }),
        }
    }

    /// Unnormalised class scores, one per class.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// The feature vector of each tapped layer, in the order of the taps.
    pub fn layers(&self) -> &[Vec<f32>] {
        &self.layers
    }

    /// The features of some of the layers, by their positions.
    pub(crate) fn of_layers(&self, positions: &[usize]) -> Self {
        let layers = positions.iter().filter_map(|&position| self.layers.get(position).cloned());
        Self { logits: self.logits.clone(), layers: layers.collect() }
    }

    /// The same logits with other layers, which are finite.
    pub(crate) fn with_layers(&self, layers: Vec<Vec<f32>>) -> Self {
        Self { logits: self.logits.clone(), layers }
    }

    /// Moves the logits and layers out.
    pub fn into_parts(self) -> (Vec<f32>, Vec<Vec<f32>>) {
        (self.logits, self.layers)
    }
}

/// Appends the features of a layer: a vector itself, else each channel pooled over its positions.
fn pool(layer: &Layer, values: &[f32], features: &mut Vec<f32>) {
    let (size, positions) = (layer.size().max(1), layer.positions().max(1));
    let is_last = layer.channel_axis == Some(ChannelAxis::Last);
    match layer.pooling {
        _ if positions == 1 => features.extend_from_slice(values),
        Pooling::First => features.extend(values.iter().take(size)),
        Pooling::Mean if is_last => features.extend(means(values.chunks_exact(size), size)),
        Pooling::Max if is_last => features.extend(maxima(values.chunks_exact(size), size)),
        Pooling::Max => features.extend(values.chunks_exact(positions).map(maximum)),
        Pooling::Mean => features.extend(values.chunks_exact(positions).map(mean)),
    }
}

/// Summed in f64, so that large maps lose nothing.
fn mean(values: &[f32]) -> f32 {
    (total(values) / values.len() as f64) as f32
}

fn maximum(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The mean row, summed in f64 too.
fn means<'a>(rows: impl ExactSizeIterator<Item = &'a [f32]>, size: usize) -> Vec<f32> {
    let (count, mut sums) = (rows.len() as f64, vec![0.0; size]);
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

/// The largest value of each column.
fn maxima<'a>(rows: impl Iterator<Item = &'a [f32]>, size: usize) -> Vec<f32> {
    rows.fold(vec![f32::NEG_INFINITY; size], |mut largest, row| {
        largest.iter_mut().zip(row).for_each(|(largest, value)| *largest = largest.max(*value));
        largest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(shape: &[usize]) -> Layer {
        Layer::new("relu", "Relu", shape, Some(0))
    }

    fn pooled(layer: &Layer, values: &[f32]) -> Result<Vec<f32>> {
        let features = Features::of_values(Vec::new(), [values], std::slice::from_ref(layer))?;
        Ok(features.layers.concat())
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
            "NaN at index 1 of the output of layer \"relu\", only finite numbers are allowed"
        );
    }
}
