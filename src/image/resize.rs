//! Resizing, equal to Pillow's.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::framing::Axis;
use super::{Channels, Interpolation};
use crate::{Error, Result};

/// A rectangle of an image, in pixels and parts of them.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// Interleaved 8-bit pixels, row by row.
#[derive(Clone, Copy)]
pub(super) struct Raster<'a> {
    pub width: usize,
    pub channels: Channels,
    pub pixels: &'a [u8],
}

impl Raster<'_> {
    /// Resizes the part of the image that two axes take.
    pub fn part(self, x: &Axis, y: &Axis, interpolation: Interpolation) -> Result<Vec<u8>> {
        let Some(filter) = interpolation.filter() else { return Ok(self.nearest(x, y)) };
        let ((left, width), (top, height)) = (x.area(), y.area());
        let area = Area { left, top, width, height };
        if filter == FilterType::Bilinear {
            return self.resize(area, x.taken, y.taken, filter);
        }
        // These weights overshoot. Pillow clamps after the rows and again after the columns,
        // the library in the other order.
        let rows = Area { top: 0.0, height: y.source as f64, ..area };
        let pixels = self.resize(rows, x.taken, y.source, filter)?;
        let columns = Area { left: 0.0, width: x.taken as f64, ..area };
        Raster { width: x.taken, pixels: &pixels, ..self }.resize(columns, x.taken, y.taken, filter)
    }

    fn nearest(self, x: &Axis, y: &Axis) -> Vec<u8> {
        let size = self.channels.count();
        let columns: Vec<usize> = x.nearest().collect();
        let pixel = |(row, column): (usize, usize)| {
            self.pixels.iter().skip((row * self.width + column) * size).take(size)
        };
        let points = y.nearest().flat_map(|row| columns.iter().map(move |&column| (row, column)));
        points.flat_map(pixel).copied().collect()
    }

    /// Resizes an area, with antialiasing.
    pub fn resize(
        self,
        area: Area,
        width: usize,
        height: usize,
        filter: FilterType,
    ) -> Result<Vec<u8>> {
        match self.channels {
            Channels::Gray => self.resize_as::<U8>(area, width, height, filter),
            Channels::Rgb | Channels::Bgr => self.resize_as::<U8x3>(area, width, height, filter),
        }
        .map_err(|reason| Error::ModelRun {
            reason: format!("the image could not be resized: {reason}"),
        })
    }

    /// Generic over the pixel, so that the library's code for other kinds of pixels is not linked.
    fn resize_as<P: PixelTrait>(
        self,
        area: Area,
        width: usize,
        height: usize,
        filter: FilterType,
    ) -> std::result::Result<Vec<u8>, String> {
        let rows = self.pixels.len() / self.width / P::size();
        let source = TypedImageRef::<P>::from_buffer(self.width as u32, rows as u32, self.pixels)
            .map_err(|e| e.to_string())?;
        let mut bytes = vec![0; width * height * P::size()];
        let mut target = TypedImage::<P>::from_buffer(width as u32, height as u32, &mut bytes)
            .map_err(|e| e.to_string())?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
            area.left,
            area.top,
            area.width,
            area.height,
        );
        Resizer::new().resize_typed(&source, &mut target, &options).map_err(|e| e.to_string())?;
        Ok(bytes)
    }
}
