//! Images to model input: resized and normalised as in the model's training.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::framing::Axis;
use super::ink::Drawing;
use super::resize::Raster;
use super::{Channels, Framing, Image, Interpolation, PreprocessConfig};
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
    /// The side that an image is resized to before the middle is taken at the size of the input:
    /// the shorter side for [`Framing::Crop`], the longer one for [`Framing::Letterbox`], both for
    /// [`Framing::Stretch`]. `None` for as much as the input needs: to cover it, to fit into it, to
    /// have its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resize: Option<usize>,
    /// How an image is resized. [`Framing::Ink`] is always bilinear.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub interpolation: Interpolation,
    /// Red, green and blue where the resized image does not reach.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub fill: [u8; 3],
    /// Mean of each channel, pixels counted 0 to 1.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel, pixels counted 0 to 1.
    pub std: Vec<f32>,
}

/// An invalid setting: its name, the value given, and the values allowed.
type Flaw = (&'static str, String, &'static str);

/// Whether older versions mean the same by leaving it out.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Channels, layout, height and width.
type Form = (Channels, Layout, usize, usize);

impl Preprocess {
    /// More than any model takes. Values per image still fit in 32 bits.
    const MOST_PIXELS: usize = 1 << 26;
    /// Allowed values of `resize`. Training pipelines stay far below the largest.
    const SIDES: RangeInclusive<usize> = 1..=1 << 14;

    /// Preprocessing for a model whose input is an image: its size, with pixels 0 to 1. A flat
    /// input is taken for a gray square. `None` for an input that cannot be an image, or that could
    /// be one in two ways, such as `[3, 64, 3]`: there
    /// [`PreprocessOptions`](crate::PreprocessOptions) take a layout.
    ///
    /// Square colour inputs of 160 pixels and more are framed as networks for ImageNet are tested:
    /// the shorter side is resized to the input's side / 0.875, and the middle is cut out. Images
    /// for all others are stretched.
    pub fn of_input(input_shape: &[usize]) -> Option<Self> {
        form(input_shape, None).ok().map(Self::of_form)
    }

    /// Guesses the normalisation that a model was trained with from the size of its input.
    ///
    /// Colour images of 160 pixels and more get ImageNet's mean and deviation, those of 32 pixels
    /// CIFAR-10's; all others are 0 to 1. They are framed as [`Preprocess::of_input`] says. A wrong
    /// guess lowers the accuracy of a fit, which [`Info::warnings`](crate::Info::warnings) reports.
    pub fn guess(input_shape: &[usize]) -> Option<Self> {
        Self::of_input(input_shape).map(Self::with_usual_normalisation)
    }

    /// The preprocessing that a config file of another library describes, for a model with inputs
    /// of this shape, without the batch dimension. [`PreprocessConfig`] lists the files.
    ///
    /// # Errors
    /// As [`PreprocessConfig::parse`] and [`PreprocessConfig::preprocess`].
    pub fn from_config(json: &str, input_shape: &[usize]) -> Result<Self> {
        PreprocessConfig::parse(json)?.preprocess(input_shape)
    }

    /// As [`Preprocess::of_input`], for inputs of this layout.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an input that cannot be an image, or could be one in two ways.
    pub(super) fn of_layout(input_shape: &[usize], layout: Option<Layout>) -> Result<Self> {
        form(input_shape, layout).map(Self::of_form).map_err(|allowed| Error::InvalidOption {
            option: "preprocess",
            given: format!("for inputs of shape {input_shape:?}"),
            allowed,
        })
    }

    fn of_form((channels, layout, height, width): Form) -> Self {
        let is_photo = channels != Channels::Gray && width == height && width >= 160;
        let (framing, resize) = match is_photo {
            true => (Framing::Crop, Some((width as f64 / 0.875).round() as usize)),
            false => (Framing::Stretch, None),
        };
        let (mean, std) = (vec![0.0; channels.count()], vec![1.0; channels.count()]);
        let (interpolation, fill) = Default::default();
        Self { width, height, channels, layout, framing, resize, interpolation, fill, mean, std }
    }

    pub(super) fn with_usual_normalisation(self) -> Self {
        let (mean, std) = match (self.channels, self.width) {
            (Channels::Rgb, 160..) => (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]),
            (Channels::Rgb, 32) => (vec![0.4914, 0.4822, 0.4465], vec![0.247, 0.2435, 0.2616]),
            _ => return self,
        };
        Self { mean, std, ..self }
    }

    /// Shape of the tensors that [`Preprocess::apply`] gives.
    pub fn shape(&self) -> [usize; 3] {
        match self.layout {
            Layout::Nchw => [self.channels.count(), self.height, self.width],
            Layout::Nhwc => [self.height, self.width, self.channels.count()],
        }
    }

    /// Checks the settings of a detector themselves and that they make inputs of the model's shape.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] with the first setting that cannot be used.
    pub(crate) fn check(&self, input_shape: &[usize]) -> Result<()> {
        self.flaw(input_shape).map_or(Ok(()), |(option, given, allowed)| {
            let reason = format!("it is {given}, allowed: {allowed}");
            Err(Error::InvalidDetector { field: option.to_string(), reason, source: None })
        })
    }

    /// As [`Preprocess::check`], of settings that are chosen for a model.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] with the first setting that cannot be used.
    pub(crate) fn check_option(&self, input_shape: &[usize]) -> Result<()> {
        self.flaw(input_shape).map_or(Ok(()), |(option, given, allowed)| {
            Err(Error::InvalidOption { option, given, allowed })
        })
    }

    fn flaw(&self, input_shape: &[usize]) -> Option<Flaw> {
        self.size_flaw(input_shape).or_else(|| self.values_flaw()).or_else(|| self.framing_flaw())
    }

    fn size_flaw(&self, input_shape: &[usize]) -> Option<Flaw> {
        let pixels = self.width.saturating_mul(self.height);
        if pixels == 0 || pixels > Self::MOST_PIXELS {
            let given = format!("{} x {}", self.width, self.height);
            return Some(("preprocess.width and height", given, "1 to 67,108,864 pixels"));
        }
        (!self.fits(input_shape)).then(|| {
            let given = format!("for inputs of shape {:?}, not {input_shape:?}", self.shape());
            ("preprocess", given, "settings that make the model's inputs")
        })
    }

    fn values_flaw(&self) -> Option<Flaw> {
        if !self.is_for_channels(&self.mean, |_| true) {
            let allowed = "one finite number for each channel";
            return Some(("preprocess.mean", format!("{:?}", self.mean), allowed));
        }
        (!self.is_for_channels(&self.std, |std| std > 0.0)).then(|| {
            let allowed = "one finite number above 0 for each channel";
            ("preprocess.std", format!("{:?}", self.std), allowed)
        })
    }

    fn framing_flaw(&self) -> Option<Flaw> {
        let is_ink = self.framing == Framing::Ink;
        if let Some(side) = self.resize.filter(|side| !Self::SIDES.contains(side)) {
            return Some(("preprocess.resize", side.to_string(), "1 to 16,384"));
        }
        let (given, allowed) = if is_ink && self.channels != Channels::Gray {
            ("\"ink\" for a model of colour images", "\"ink\" for models of one channel")
        } else if is_ink && self.resize.is_some() {
            ("\"ink\" with resize", "\"ink\" without resize, as it has a size of its own")
        } else {
            return None;
        };
        Some(("preprocess.framing", given.to_string(), allowed))
    }

    fn is_for_channels(&self, values: &[f32], allowed: fn(f32) -> bool) -> bool {
        values.len() == self.channels.count()
            && values.iter().all(|&value| value.is_finite() && allowed(value))
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
    /// Images are resized as Pillow's `Image.resize` does, within one level of 255; browsers' own
    /// canvas scaling differs.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] when the settings contradict each other.
    pub fn apply(&self, image: &Image<'_>) -> Result<Tensor> {
        Tensor::new(self.shape(), self.normalise(&self.framed(image)?))
    }

    /// The picture as the model sees it: framed and resized to the size of the input, before it is
    /// normalised. Returns red, green, blue and alpha of each of `width * height` pixels, row by
    /// row from the top; alpha is 255.
    ///
    /// # Errors
    /// As [`Preprocess::apply`].
    pub fn preview(&self, image: &Image<'_>) -> Result<Vec<u8>> {
        Ok(self.channels.to_rgba(&self.framed(image)?))
    }

    /// The input's pixels, channels interleaved.
    fn framed<'a>(&self, image: &Image<'a>) -> Result<Cow<'a, [u8]>> {
        self.check(&self.shape())?;
        let pixels = image.to_channels(self.channels);
        match self.framing {
            Framing::Ink => Drawing::new(image.width(), pixels.into_owned())
                .frame(self.width, self.height)
                .map(Cow::Owned),
            _ => self.frame(image, pixels),
        }
    }

    /// Resizes an image and takes the middle.
    fn frame<'a>(&self, image: &Image<'_>, pixels: Cow<'a, [u8]>) -> Result<Cow<'a, [u8]>> {
        let (image, input) = ((image.width(), image.height()), (self.width, self.height));
        let (width, height) = self.framing.resized(image, input, self.resize);
        if image == input && image == (width, height) {
            return Ok(pixels);
        }
        let x = Axis::centred(image.0, width, input.0);
        let y = Axis::centred(image.1, height, input.1);
        let source = Raster { width: image.0, channels: self.channels, pixels: &pixels };
        let part = source.part(&x, &y, self.interpolation)?;
        Ok(if (x.taken, y.taken) == input { part } else { self.filled_up(&part, &x, &y) }.into())
    }

    /// Places a part in the middle of the input, on the colour that fills it up.
    fn filled_up(&self, part: &[u8], x: &Axis, y: &Axis) -> Vec<u8> {
        let size = self.channels.count();
        let mut field = self.channels.of_colour(self.fill).repeat(self.width * self.height);
        let rows = field.chunks_exact_mut(self.width * size).skip(y.before);
        for (row, values) in rows.zip(part.chunks_exact(x.taken * size)) {
            row.iter_mut().skip(x.before * size).zip(values).for_each(|(to, &value)| *to = value);
        }
        field
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

/// How an input of this shape holds an image; if it does not, which ones do.
fn form(input_shape: &[usize], layout: Option<Layout>) -> std::result::Result<Form, &'static str> {
    let channels = |count| match count {
        1 => Some(Channels::Gray),
        3 => Some(Channels::Rgb),
        _ => None,
    };
    let asked = |given| layout.is_none_or(|layout| layout == given);
    match *input_shape {
        [first, second, third] => {
            let nchw = channels(first).filter(|_| asked(Layout::Nchw));
            let nhwc = channels(third).filter(|_| asked(Layout::Nhwc));
            match (nchw, nhwc) {
                (Some(channels), None) => Ok((channels, Layout::Nchw, second, third)),
                (None, Some(channels)) => Ok((channels, Layout::Nhwc, first, second)),
                (Some(_), Some(_)) => Err("a layout with it, nchw or nhwc: the shape allows both"),
                (None, None) => {
                    Err("models of pictures only, with 1 or 3 channels first or last: for others, \
                     give samples in the model's own shape")
                }
            }
        }
        [length] => {
            let side = (length as f64).sqrt().round() as usize;
            (side * side == length)
                .then_some((Channels::Gray, Layout::Nchw, side, side))
                .ok_or("flat inputs of as many values as a square of pixels has, such as [784]")
        }
        _ => Err("models of pictures only, with inputs of three dimensions or flat ones"),
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
