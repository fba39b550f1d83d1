//! One sample of a set.

use super::{Vectors, damaged};
use crate::{Image, Result, Tensor};

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    /// Pixels, from which preprocessing makes an input.
    Picture(Picture),
    /// The model's own input.
    Values(Tensor),
    /// What the model made of it elsewhere.
    Features(Vectors),
}

/// The pixels of a picture, 8 bits a channel, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Bytes per pixel: 1 for gray, 3 for RGB, 4 for RGBA.
    pub channels: usize,
    /// The pixels, interleaved.
    pub pixels: Vec<u8>,
    /// Whether it comes from a file of its own, so that it is not framed as a model's input yet.
    pub is_file: bool,
}

impl Picture {
    /// The picture for [`Preprocess::apply`](crate::Preprocess::apply), in a size that its pixels
    /// fill: its own, or the one from [`Inputs::size`](super::Inputs::size).
    ///
    /// # Errors
    /// [`Error::ImageSize`](crate::Error::ImageSize) when the pixels do not fill the size,
    /// [`Error::Data`](crate::Error::Data) for any other number of channels.
    pub fn image(&self, width: usize, height: usize) -> Result<Image<'_>> {
        match self.channels {
            1 => Image::gray(width, height, &self.pixels),
            3 => Image::rgb(width, height, &self.pixels),
            4 => Image::new(width, height, &self.pixels),
            other => {
                Err(damaged("a picture", format!("it has {other} channels, 1, 3 or 4 are allowed")))
            }
        }
    }
}
