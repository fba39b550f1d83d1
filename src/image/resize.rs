//! Resizing as Pillow does it.

use fast_image_resize::images::{Image as Pixels, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

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

/// Antialiased bilinear resize of an area of interleaved 8-bit pixels.
pub(super) fn resized(
    row: usize,
    pixels: &[u8],
    channels: Channels,
    area: Area,
    width: usize,
    height: usize,
) -> Result<Vec<u8>> {
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
