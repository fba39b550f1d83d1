//! Resizing, equal to Pillow's.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::Channels;
use crate::{Error, Result};

/// A rectangle of pixels.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// Resizes an area of interleaved 8-bit pixels, bilinear with antialiasing. `row` is the width of
/// the source.
pub(super) fn resize(
    row: usize,
    pixels: &[u8],
    channels: Channels,
    area: Area,
    width: usize,
    height: usize,
) -> Result<Vec<u8>> {
    match channels {
        Channels::Gray => resize_as::<U8>(row, pixels, area, width, height),
        Channels::Rgb => resize_as::<U8x3>(row, pixels, area, width, height),
    }
    .map_err(|reason| Error::ModelRun {
        reason: format!("the image could not be resized: {reason}"),
    })
}

/// Generic over the pixel, so that the library's code for other kinds of pixels is not linked.
fn resize_as<P: PixelTrait>(
    row: usize,
    pixels: &[u8],
    area: Area,
    width: usize,
    height: usize,
) -> std::result::Result<Vec<u8>, String> {
    let rows = pixels.len() / row / P::size();
    let source = TypedImageRef::<P>::from_buffer(row as u32, rows as u32, pixels)
        .map_err(|e| e.to_string())?;
    let mut bytes = vec![0; width * height * P::size()];
    let mut target = TypedImage::<P>::from_buffer(width as u32, height as u32, &mut bytes)
        .map_err(|e| e.to_string())?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(area.left as f64, area.top as f64, area.width as f64, area.height as f64);
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(|e| e.to_string())?;
    Ok(bytes)
}
