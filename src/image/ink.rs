//! Framing of drawings as in MNIST.

use fast_image_resize::FilterType;

use super::Channels;
use super::resize::{Area, Raster};
use crate::Result;

/// One channel of 8-bit pixels, light ink on black.
pub(super) struct Plane {
    width: usize,
    pixels: Vec<u8>,
}

impl Plane {
    /// Darker pixels are paper, as scans and antialiased edges have some grey.
    const FAINTEST_INK: u8 = 16;

    /// A drawing of dark ink on light paper, or light ink on dark, as light ink on black.
    pub(super) fn new(width: usize, pixels: Vec<u8>) -> Self {
        Self { width, pixels }.with_light_ink()
    }

    /// Scales the ink and centres it on a black field of this size.
    pub(super) fn frame(&self, field_width: usize, field_height: usize) -> Result<Vec<u8>> {
        let mut field = vec![0; field_width * field_height];
        let Some(ink) = self.ink() else { return Ok(field) };
        let side = (field_width.min(field_height) * 20 / 28).max(1);
        // A speck is not enlarged to a digit: ink below a quarter of the image is scaled as if it
        // were a quarter.
        let longest = ink.width.max(ink.height).max((self.width.min(self.height()) / 4) as f64);
        let scaled = |length: f64| (length * side as f64 / longest).round().max(1.0) as usize;
        let (width, height) = (scaled(ink.width), scaled(ink.height));
        let drawing = Raster { width: self.width, channels: Channels::Gray, pixels: &self.pixels };
        let small =
            Plane { width, pixels: drawing.resize(ink, width, height, FilterType::Bilinear)? };
        let (x, y) = small.centre_of_mass();
        let (left, top) = (placed(x, width, field_width), placed(y, height, field_height));
        for (row, values) in
            field.chunks_exact_mut(field_width).skip(top).zip(small.pixels.chunks_exact(width))
        {
            row.iter_mut().skip(left).zip(values).for_each(|(target, &value)| *target = value);
        }
        Ok(field)
    }

    /// Inverts a drawing whose edge, where the paper shows, is light.
    fn with_light_ink(mut self) -> Self {
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

    /// The bounding box of the ink, if there is any.
    fn ink(&self) -> Option<Area> {
        let mut ink = self.points().filter(|(_, _, pixel)| *pixel > Self::FAINTEST_INK);
        let (x, y, _) = ink.next()?;
        let (left, top, right, bottom) =
            ink.fold((x, y, x, y), |(left, top, right, bottom), (x, y, _)| {
                (left.min(x), top.min(y), right.max(x), bottom.max(y))
            });
        let [left, top, right, bottom] = [left, top, right + 1, bottom + 1].map(|side| side as f64);
        Some(Area { left, top, width: right - left, height: bottom - top })
    }

    /// Column and row of the centre of mass, counted from 0.
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

/// Start of a span of `length` within `field`, so that its centre of mass falls on pixel `field /
/// 2`, as far as it fits: in MNIST's files that of every digit rounds to (14, 14).
fn placed(centre: f64, length: usize, field: usize) -> usize {
    let start = (field as f64 / 2.0 - centre).round().max(0.0) as usize;
    start.min(field - length)
}
