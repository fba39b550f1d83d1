//! Pixels to model input: resized and normalised as the detector's model was trained.

use fast_image_resize::images::{Image as Pixels, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, Tensor};

/// A picture as browsers hold it: 8-bit red, green, blue, alpha (not premultiplied), row by row from the top.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    width: usize,
    height: usize,
    rgba: &'a [u8],
}

impl<'a> Image<'a> {
    /// An image of `width` x `height` pixels.
    ///
    /// # Errors
    /// [`Error::ImageSize`] unless `rgba` holds four bytes for every pixel and there is at least one.
    pub fn new(width: usize, height: usize, rgba: &'a [u8]) -> Result<Self> {
        let needed = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(4));
        if rgba.is_empty() || needed != Some(rgba.len()) {
            return Err(Error::ImageSize { given: rgba.len(), width, height });
        }
        Ok(Self { width, height, rgba })
    }

    /// Red, green and blue of each pixel on white paper, which shows through where alpha is low.
    fn on_white(&self) -> impl Iterator<Item = [u8; 3]> {
        self.rgba.as_chunks::<4>().0.iter().map(|&[red, green, blue, alpha]| {
            let blend = |value: u8| ((u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255) as u8;
            [blend(red), blend(green), blend(blue)]
        })
    }
}

/// Colours of a model's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// One channel, luma by ITU-R 601 as in Pillow's mode `L`.
    Gray,
    /// Red, green, blue.
    Rgb,
}

impl Channels {
    fn count(self) -> usize {
        match self {
            Channels::Gray => 1,
            Channels::Rgb => 3,
        }
    }
}

/// Order of a model's input dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `[channels, height, width]`: PyTorch and ONNX.
    Nchw,
    /// `[height, width, channels]`: TensorFlow and Keras.
    Nhwc,
}

/// How a picture is brought to the size of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// The whole picture is resized, whatever its proportions.
    #[default]
    Stretch,
    /// As MNIST was made: light ink on black (dark ink on light paper is inverted), cropped to the ink, scaled to 20/28 of the
    /// input's size with its proportions kept (less for ink smaller than a quarter of the picture), and placed with its centre
    /// of mass in the middle. For one channel only.
    Ink,
}

/// How pictures become inputs of a model. Each value is `(pixel / 255 - mean) / std`.
///
/// What is transparent shows white paper.
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
    /// How a picture is brought to that size.
    #[serde(default)]
    pub framing: Framing,
    /// Mean of each channel, pixels counted 0 to 1.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel, pixels counted 0 to 1.
    pub std: Vec<f32>,
}

impl Preprocess {
    /// More than any model takes, and little enough to be counted in 32 bits.
    const MOST_PIXELS: usize = 1 << 26;

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
            values.len() == self.channels.count() && values.iter().all(|&value| value.is_finite() && allowed(value))
        };
        let pixels = self.width.saturating_mul(self.height);
        let reason = if pixels == 0 || pixels > Self::MOST_PIXELS {
            format!("{} x {} pixels, allowed are 1 to {}", self.width, self.height, Self::MOST_PIXELS)
        } else if self.shape() != input_shape {
            format!("it makes inputs of shape {:?}, the model takes {input_shape:?}", self.shape())
        } else if !normal(&self.mean, |_| true) || !normal(&self.std, |std| std > 0.0) {
            "mean and std need one finite number a channel, std above 0".to_string()
        } else if self.framing == Framing::Ink && self.channels != Channels::Gray {
            "framing \"ink\" needs one channel".to_string()
        } else {
            return Ok(());
        };
        Err(Error::InvalidDetector { field: "preprocess".to_string(), reason })
    }

    /// Makes the model's input from a picture of any size.
    ///
    /// Resizing is bilinear with antialiasing, as Pillow's `Image.resize(size, BILINEAR)`; browsers' own canvas scaling differs.
    ///
    /// # Errors
    /// [`Error::InvalidDetector`] when the settings contradict each other.
    pub fn apply(&self, image: &Image<'_>) -> Result<Tensor> {
        self.check(&self.shape())?;
        let pixels = match (self.channels, self.framing) {
            (Channels::Rgb, _) => self.stretched(image, image.on_white().flatten().collect())?,
            (Channels::Gray, Framing::Stretch) => self.stretched(image, gray(image))?,
            (Channels::Gray, Framing::Ink) => self.framed(Plane { width: image.width, pixels: gray(image) }.inked())?,
        };
        Tensor::new(self.shape(), self.normalised(&pixels))
    }

    fn stretched(&self, image: &Image<'_>, pixels: Vec<u8>) -> Result<Vec<u8>> {
        let whole = Area { left: 0, top: 0, width: image.width, height: image.height };
        resized(image.width, &pixels, self.channels, whole, self.width, self.height)
    }

    /// The ink, scaled and centred on black.
    fn framed(&self, ink: Plane) -> Result<Vec<u8>> {
        let mut field = vec![0; self.width * self.height];
        let Some(area) = ink.area() else { return Ok(field) };
        let side = (self.width.min(self.height) * 20 / 28).max(1);
        // A speck is not blown up to a digit: below a quarter of the picture, ink stays as small as it is.
        let longest = area.width.max(area.height).max(ink.width.min(ink.height()) / 4);
        let scaled = |length: usize| ((length * side) as f64 / longest as f64).round().max(1.0) as usize;
        let (width, height) = (scaled(area.width), scaled(area.height));
        let small = Plane { width, pixels: resized(ink.width, &ink.pixels, Channels::Gray, area, width, height)? };
        let (x, y) = small.centre_of_mass();
        let (left, top) = (placed(x, width, self.width), placed(y, height, self.height));
        for (row, values) in field.chunks_exact_mut(self.width).skip(top).zip(small.pixels.chunks_exact(width)) {
            row.iter_mut().skip(left).zip(values).for_each(|(target, &value)| *target = value);
        }
        Ok(field)
    }

    /// Interleaved pixels to values in the input's own order.
    fn normalised(&self, pixels: &[u8]) -> Vec<f32> {
        let value = |pixel: u8, (mean, std): (&f32, &f32)| (f32::from(pixel) / 255.0 - mean) / std;
        let scales = self.mean.iter().zip(&self.std);
        match self.layout {
            Layout::Nhwc => pixels.iter().zip(scales.cycle()).map(|(&pixel, scale)| value(pixel, scale)).collect(),
            Layout::Nchw => scales
                .enumerate()
                .flat_map(|(channel, scale)| {
                    let plane = pixels.iter().skip(channel).step_by(self.channels.count());
                    plane.map(move |&pixel| value(pixel, scale))
                })
                .collect(),
        }
    }
}

/// Start of a span of `length` within `field`, so that its centre of mass falls on pixel `field / 2`, as far as it fits: in
/// MNIST's files that of every digit rounds to (14, 14).
fn placed(centre: f64, length: usize, field: usize) -> usize {
    let start = (field as f64 / 2.0 - centre).round().max(0.0) as usize;
    start.min(field - length)
}

/// Luma of each pixel, with Pillow's integer weights.
fn gray(image: &Image<'_>) -> Vec<u8> {
    let luma = |[red, green, blue]: [u8; 3]| {
        (u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471 + 0x8000) >> 16
    };
    image.on_white().map(|pixel| luma(pixel) as u8).collect()
}

/// A rectangle of pixels.
#[derive(Clone, Copy)]
struct Area {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// Antialiased bilinear resize of an area of interleaved 8-bit pixels.
fn resized(row: usize, pixels: &[u8], channels: Channels, area: Area, width: usize, height: usize) -> Result<Vec<u8>> {
    let kind = match channels {
        Channels::Gray => PixelType::U8,
        Channels::Rgb => PixelType::U8x3,
    };
    let failed = |reason: String| Error::ModelRun { reason: format!("the image could not be resized: {reason}") };
    let rows = pixels.len() / row / channels.count();
    let source = ImageRef::new(row as u32, rows as u32, pixels, kind).map_err(|e| failed(e.to_string()))?;
    let mut target = Pixels::new(width as u32, height as u32, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        area.left as f64,
        area.top as f64,
        area.width as f64,
        area.height as f64,
    );
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| failed(e.to_string()))?;
    Ok(target.into_vec())
}

/// One channel of 8-bit pixels.
struct Plane {
    width: usize,
    pixels: Vec<u8>,
}

impl Plane {
    /// Darker than this is paper and not ink: scans and antialiased edges have some grey.
    const FAINTEST_INK: u8 = 16;

    /// Light ink on black: inverted when the edge of the picture, where the paper shows, is light.
    fn inked(mut self) -> Self {
        let (mut sum, mut count) = (0, 0);
        for (_, _, pixel) in self.points().filter(|&(x, y, _)| self.on_edge(x, y)) {
            sum += usize::from(pixel);
            count += 1;
        }
        if sum > 127 * count {
            self.pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
        }
        self
    }

    fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    fn on_edge(&self, x: usize, y: usize) -> bool {
        x == 0 || y == 0 || x + 1 == self.width || y + 1 == self.height()
    }

    /// Column, row and value of each pixel.
    fn points(&self) -> impl Iterator<Item = (usize, usize, u8)> {
        self.pixels.iter().enumerate().map(|(i, &pixel)| (i % self.width, i / self.width, pixel))
    }

    /// The smallest rectangle with all ink in it, if there is any.
    fn area(&self) -> Option<Area> {
        let mut ink = self.points().filter(|(_, _, pixel)| *pixel > Self::FAINTEST_INK);
        let (x, y, _) = ink.next()?;
        let (left, top, right, bottom) = ink
            .fold((x, y, x, y), |(left, top, right, bottom), (x, y, _)| (left.min(x), top.min(y), right.max(x), bottom.max(y)));
        Some(Area { left, top, width: right - left + 1, height: bottom - top + 1 })
    }

    /// Column and row of the centre of mass, the first pixel being 0.
    fn centre_of_mass(&self) -> (f64, f64) {
        let (mut mass, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
        for (x, y, pixel) in self.points() {
            let pixel = f64::from(pixel);
            mass += pixel;
            x_sum += pixel * x as f64;
            y_sum += pixel * y as f64;
        }
        (x_sum / mass, y_sum / mass)
    }
}
