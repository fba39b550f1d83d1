//! Images to model input: resized and normalised as in the model's training.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::ink::Plane;
use super::resize::{Area, resize};
use super::{Channels, Image};
use crate::names::named;
use crate::{Error, Result, Tensor};

/// Order of a model's input dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `[channels, height, width]`: PyTorch and ONNX.
    Nchw,
    /// `[height, width, channels]`: TensorFlow and Keras.
    Nhwc,
}

named!(Layout, "the layout", "nchw" => Nchw, "nhwc" => Nhwc);

/// How an image is brought to the size of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// The whole image is resized. Its proportions may change.
    #[default]
    Stretch,
    /// As MNIST was made: light ink on black (dark ink on light paper is inverted), cropped to the
    /// ink, scaled to 20/28 of the input's size with its proportions kept (less for ink smaller
    /// than a quarter of the picture), and placed with its centre of mass in the middle. For
    /// one channel only.
    Ink,
}

named!(Framing, "the framing", "stretch" => Stretch, "ink" => Ink);

/// How images become inputs of a model. Each value is `(pixel / 255 - mean) / std`.
///
/// Transparent pixels are blended with white.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preprocess {
    /// Width of the input in pixels.
    pub width: usize,
    /// Height of the input in pixels.
    pub height: usize,
    /// Colours of the input.
    pub channels: Channels,
    /// Order of the input's dimensions.
    pub layout: Layout,
    /// How an image is brought to that size.
    #[serde(default)]
    pub framing: Framing,
    /// Mean of each channel, pixels counted 0 to 1.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel, pixels counted 0 to 1.
    pub std: Vec<f32>,
}

impl Preprocess {
    /// More than any model takes. Values per image still fit in 32 bits.
    const MOST_PIXELS: usize = 1 << 26;

    /// Preprocessing for a model whose input is an image: its size, with pixels 0 to 1. A flat
    /// input is taken for a gray square. `None` for an input that cannot be an image.
    pub fn of_input(input_shape: &[usize]) -> Option<Self> {
        let side = |length: usize| (length as f64).sqrt().round() as usize;
        let (channels, layout, height, width) = match *input_shape {
            [1, height, width] => (Channels::Gray, Layout::Nchw, height, width),
            [3, height, width] => (Channels::Rgb, Layout::Nchw, height, width),
            [height, width, 1] => (Channels::Gray, Layout::Nhwc, height, width),
            [height, width, 3] => (Channels::Rgb, Layout::Nhwc, height, width),
            [length] if side(length) * side(length) == length => {
                (Channels::Gray, Layout::Nchw, side(length), side(length))
            }
            _ => return None,
        };
        let (mean, std) = (vec![0.0; channels.count()], vec![1.0; channels.count()]);
        Some(Self { width, height, channels, layout, framing: Framing::Stretch, mean, std })
    }

    /// Guesses the normalisation that a model was trained with from the size of its input.
    ///
    /// Colour images of 160 pixels and more get ImageNet's mean and deviation, those of 32 pixels
    /// CIFAR-10's; all others are 0 to 1. A wrong guess lowers the accuracy of a fit, which
    /// [`Info::warnings`](crate::Info::warnings) reports.
    pub fn guess(input_shape: &[usize]) -> Option<Self> {
        let plain = Self::of_input(input_shape)?;
        let (mean, std) = match (plain.channels, plain.width) {
            (Channels::Rgb, 160..) => (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]),
            (Channels::Rgb, 32) => (vec![0.4914, 0.4822, 0.4465], vec![0.247, 0.2435, 0.2616]),
            _ => return Some(plain),
        };
        Some(Self { mean, std, ..plain })
    }

    /// Shape of the tensors that [`Preprocess::apply`] gives.
    pub fn shape(&self) -> [usize; 3] {
        match self.layout {
            Layout::Nchw => [self.channels.count(), self.height, self.width],
            Layout::Nhwc => [self.height, self.width, self.channels.count()],
        }
    }

    /// Checks the settings themselves and that they make inputs of the model's shape.
    pub(crate) fn check(&self, input_shape: &[usize]) -> Result<()> {
        let normal = |values: &[f32], allowed: fn(f32) -> bool| {
            values.len() == self.channels.count()
                && values.iter().all(|&value| value.is_finite() && allowed(value))
        };
        let pixels = self.width.saturating_mul(self.height);
        let reason = if pixels == 0 || pixels > Self::MOST_PIXELS {
            format!(
                "{} x {} pixels, allowed are 1 to {}",
                self.width,
                self.height,
                Self::MOST_PIXELS
            )
        } else if !self.fits(input_shape) {
            format!("it makes inputs of shape {:?}, the model takes {input_shape:?}", self.shape())
        } else if !normal(&self.mean, |_| true) || !normal(&self.std, |std| std > 0.0) {
            "mean and std need one finite number a channel, std above 0".to_string()
        } else if self.framing == Framing::Ink && self.channels != Channels::Gray {
            "framing \"ink\" needs one channel".to_string()
        } else {
            return Ok(());
        };
        Err(Error::InvalidDetector { field: "preprocess".to_string(), reason, source: None })
    }

    /// Whether its tensors fit inputs of this shape. A flat input `[D]` takes a tensor of `D`
    /// values.
    fn fits(&self, input_shape: &[usize]) -> bool {
        let shape = self.shape();
        shape == input_shape
            || matches!(*input_shape, [length] if length == shape.iter().product::<usize>())
    }

    /// Makes the model's input from an image of any size.
    ///
    /// Resizing is bilinear with antialiasing, as Pillow's `Image.resize(size, BILINEAR)`;
    /// browsers' own canvas scaling differs.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] when the settings contradict each other.
    pub fn apply(&self, image: &Image<'_>) -> Result<Tensor> {
        self.check(&self.shape())?;
        let pixels = image.to_channels(self.channels);
        let pixels = match self.framing {
            Framing::Stretch => self.stretch(image, pixels)?,
            Framing::Ink => Plane::new(image.width(), pixels.into_owned())
                .frame(self.width, self.height)?
                .into(),
        };
        Tensor::new(self.shape(), self.normalise(&pixels))
    }

    /// Resizes the whole image to the size of the input.
    fn stretch<'a>(&self, image: &Image<'_>, pixels: Cow<'a, [u8]>) -> Result<Cow<'a, [u8]>> {
        if (image.width(), image.height()) == (self.width, self.height) {
            return Ok(pixels);
        }
        let whole = Area { left: 0, top: 0, width: image.width(), height: image.height() };
        resize(image.width(), &pixels, self.channels, whole, self.width, self.height)
            .map(Cow::Owned)
    }

    /// Normalises interleaved pixels, in the order of the input's dimensions.
    fn normalise(&self, pixels: &[u8]) -> Vec<f32> {
        let tables: Vec<[f32; 256]> = self.mean.iter().zip(&self.std).map(table).collect();
        match (self.layout, tables.as_slice()) {
            (_, [table]) => pixels.iter().map(|&pixel| level(table, pixel)).collect(),
            (Layout::Nhwc, _) => pixels
                .iter()
                .zip(tables.iter().cycle())
                .map(|(&pixel, table)| level(table, pixel))
                .collect(),
            (Layout::Nchw, _) => tables
                .iter()
                .enumerate()
                .flat_map(|(channel, table)| {
                    let plane = pixels.iter().skip(channel).step_by(tables.len());
                    plane.map(move |&pixel| level(table, pixel))
                })
                .collect(),
        }
    }
}

/// The normalised value of each of the 256 levels of one channel.
fn table((mean, std): (&f32, &f32)) -> [f32; 256] {
    std::array::from_fn(|level| (level as f32 / 255.0 - mean) / std)
}

#[expect(clippy::indexing_slicing, reason = "the table has a value for each byte")]
fn level(table: &[f32; 256], pixel: u8) -> f32 {
    table[usize::from(pixel)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that torchvision and the usual CIFAR-10 recipes have.
    #[test]
    fn the_usual_normalisation_follows_from_the_size() {
        let usual = |shape: &[usize]| Preprocess::guess(shape).map(|guess| (guess.mean, guess.std));
        let imagenet = Some((vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]));
        let cifar = Some((vec![0.4914, 0.4822, 0.4465], vec![0.247, 0.2435, 0.2616]));
        let unit = |channels| Some((vec![0.0; channels], vec![1.0; channels]));
        assert_eq!(
            (usual(&[3, 224, 224]), usual(&[224, 224, 3]), usual(&[3, 160, 160])),
            (imagenet.clone(), imagenet.clone(), imagenet)
        );
        assert_eq!((usual(&[3, 32, 32]), usual(&[32, 32, 3])), (cifar.clone(), cifar));
        assert_eq!(
            (usual(&[3, 64, 64]), usual(&[1, 224, 224]), usual(&[784])),
            (unit(3), unit(1), unit(1))
        );
        assert_eq!((usual(&[5, 7]), usual(&[17])), (None, None));
    }
}
