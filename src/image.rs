//! Images, and how they become model input.

pub(crate) mod alter;
mod config;
mod framing;
mod ink;
mod interpolation;
mod options;
mod preprocess;
mod resize;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::alter::Stranger;
pub use self::config::PreprocessConfig;
pub use self::framing::Framing;
pub use self::interpolation::Interpolation;
pub use self::options::PreprocessOptions;
pub use self::preprocess::{Layout, Preprocess};
use crate::names::named;
use crate::{Error, Result};

/// An image of 8-bit pixels, row by row from the top.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    width: usize,
    height: usize,
    format: Format,
    bytes: &'a [u8],
}

/// Meaning of a pixel's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Gray,
    Rgb,
    Rgba,
}

impl<'a> Image<'a> {
    /// An image as browsers hold it: red, green, blue, alpha (not premultiplied). Transparent
    /// pixels are blended with white.
    ///
    /// # Errors
    /// [`Error::ImageSize`] unless `rgba` holds four bytes for every pixel and there is at least
    /// one.
    pub fn new(width: usize, height: usize, rgba: &'a [u8]) -> Result<Self> {
        Self::of(Format::Rgba, width, height, rgba)
    }

    /// An image of red, green and blue.
    ///
    /// # Errors
    /// [`Error::ImageSize`] unless `rgb` holds three bytes for every pixel and there is at least
    /// one.
    pub fn rgb(width: usize, height: usize, rgb: &'a [u8]) -> Result<Self> {
        Self::of(Format::Rgb, width, height, rgb)
    }

    /// An image of one channel, 0 is black.
    ///
    /// # Errors
    /// [`Error::ImageSize`] unless `gray` holds a byte for every pixel and there is at least one.
    pub fn gray(width: usize, height: usize, gray: &'a [u8]) -> Result<Self> {
        Self::of(Format::Gray, width, height, gray)
    }

    fn of(format: Format, width: usize, height: usize, bytes: &'a [u8]) -> Result<Self> {
        let (name, pixel) = match format {
            Format::Gray => ("gray", 1),
            Format::Rgb => ("RGB", 3),
            Format::Rgba => ("RGBA", 4),
        };
        let needed = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(pixel));
        if bytes.is_empty() || needed != Some(bytes.len()) {
            return Err(Error::ImageSize {
                given: bytes.len(),
                width,
                height,
                pixel,
                format: name,
            });
        }
        Ok(Self { width, height, format, bytes })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Converts the pixels to these channels, interleaved.
    pub(crate) fn to_channels(self, channels: Channels) -> Cow<'a, [u8]> {
        match (self.format, channels) {
            (_, Channels::Bgr) => {
                let mut pixels = self.to_channels(Channels::Rgb).into_owned();
                pixels.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| pixel.reverse());
                pixels.into()
            }
            (Format::Gray, Channels::Gray) | (Format::Rgb, Channels::Rgb) => {
                Cow::Borrowed(self.bytes)
            }
            (Format::Gray, Channels::Rgb) => {
                self.bytes.iter().flat_map(|&gray| [gray; 3]).collect()
            }
            (Format::Rgb, Channels::Gray) => {
                self.bytes.as_chunks().0.iter().copied().map(luma).collect()
            }
            (Format::Rgba, Channels::Rgb) => self.on_white().flatten().collect(),
            (Format::Rgba, Channels::Gray) => self.on_white().map(luma).collect(),
        }
    }

    /// Red, green and blue of each RGBA pixel, blended with white.
    fn on_white(self) -> impl Iterator<Item = [u8; 3]> + 'a {
        self.bytes.as_chunks::<4>().0.iter().map(|&[red, green, blue, alpha]| {
            let blend = |value: u8| {
                ((u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255)
                    as u8
            };
            [blend(red), blend(green), blend(blue)]
        })
    }
}

/// Luma with Pillow's integer weights.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471 + 0x8000) >> 16)
        as u8
}

/// Colours of a model's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// One channel, luma by ITU-R 601 as in Pillow's mode `L`.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red: Caffe and OpenCV.
    Bgr,
}

named!(Channels, "the channels", "gray" => Gray, "rgb" => Rgb, "bgr" => Bgr);

impl Channels {
    /// Number of channels.
    pub fn count(self) -> usize {
        match self {
            Channels::Gray => 1,
            Channels::Rgb | Channels::Bgr => 3,
        }
    }

    /// Interleaved pixels of these channels as opaque red, green, blue and alpha.
    fn to_rgba(self, pixels: &[u8]) -> Vec<u8> {
        match self {
            Channels::Gray => pixels.iter().flat_map(|&gray| [gray, gray, gray, 255]).collect(),
            Channels::Rgb => opaque(pixels, |rgb| rgb),
            Channels::Bgr => opaque(pixels, |[blue, green, red]| [red, green, blue]),
        }
    }

    /// A colour, given as red, green and blue, in these channels.
    fn of_colour(self, [red, green, blue]: [u8; 3]) -> Vec<u8> {
        match self {
            Channels::Gray => vec![luma([red, green, blue])],
            Channels::Rgb => vec![red, green, blue],
            Channels::Bgr => vec![blue, green, red],
        }
    }
}

/// Pixels with an alpha channel, given how to read the colours of one.
fn opaque(pixels: &[u8], rgb: fn([u8; 3]) -> [u8; 3]) -> Vec<u8> {
    let colours = pixels.as_chunks().0.iter().map(|&pixel| rgb(pixel));
    colours.flat_map(|[red, green, blue]| [red, green, blue, 255]).collect()
}
