//! Framing of drawings as in MNIST.

mod lines;
mod paper;
mod parts;
mod plane;

use fast_image_resize::FilterType;

use self::plane::Plane;
use super::Channels;
use super::resize::{Area, Raster};
use crate::Result;

/// Light ink on black.
pub(super) struct Drawing(Plane);

impl Drawing {
    /// Darker pixels are paper, as scans and antialiased edges have some grey.
    const FAINTEST_INK: u8 = 16;
    /// Smaller pictures are no photos of paper: their strokes are too coarse to tell from it.
    const SMALLEST_PHOTO: usize = 64;

    /// A drawing of dark ink on light paper, or light ink on dark.
    pub fn new(width: usize, pixels: Vec<u8>) -> Self {
        let drawing = Self(Plane { width, pixels }).with_light_ink();
        if drawing.is_photo() { Self(paper::strokes(drawing.0)) } else { drawing }
    }

    /// Scales the ink and centres it on a black field of this size.
    pub fn frame(&self, field_width: usize, field_height: usize) -> Result<Vec<u8>> {
        let mut field = vec![0; field_width * field_height];
        let Some(ink) = self.ink() else { return Ok(field) };
        let side = (field_width.min(field_height) * 20 / 28).max(1);
        // A speck is not enlarged to a digit: ink below a quarter of the image is scaled as if it
        // were a quarter.
        let longest = ink.width.max(ink.height).max((self.0.side() / 4) as f64);
        let scaled = |length: f64| (length * side as f64 / longest).round().max(1.0) as usize;
        let (width, height) = (scaled(ink.width), scaled(ink.height));
        let Self(Plane { width: drawn, pixels }) = self;
        let drawing = Raster { width: *drawn, channels: Channels::Gray, pixels };
        let small =
            Plane { width, pixels: drawing.resize(ink, width, height, FilterType::Bilinear)? };
        let (x, y) = centre_of_mass(&small);
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
        for pixel in self.0.edge() {
            sum += usize::from(pixel);
            count += 1;
        }
        if sum > 127 * count {
            self.0.pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
        }
        self
    }

    /// Whether the paper is real: most of a drawing's edge has one level, and that is black.
    fn is_photo(&self) -> bool {
        let mut edge: Vec<u8> = self.0.edge().collect();
        edge.sort_unstable();
        let level = edge.get(edge.len() / 2).copied().unwrap_or_default();
        let even = edge.iter().filter(|&&pixel| pixel == level).count();
        let is_plain = level <= Self::FAINTEST_INK && 2 * even >= edge.len();
        !is_plain && self.0.side() >= Self::SMALLEST_PHOTO
    }

    /// The bounding box of the ink, if there is any.
    fn ink(&self) -> Option<Area> {
        let [left, top, right, bottom] = self.0.bounds(Self::FAINTEST_INK)?;
        let [left, top, right, bottom] = [left, top, right + 1, bottom + 1].map(|side| side as f64);
        Some(Area { left, top, width: right - left, height: bottom - top })
    }
}

/// Column and row of the centre of mass, counted from 0.
fn centre_of_mass(drawing: &Plane) -> (f64, f64) {
    let (mut mass, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
    for (x, y, pixel) in drawing.points() {
        let pixel = f64::from(pixel);
        mass += pixel;
        x_sum += pixel * x as f64;
        y_sum += pixel * y as f64;
    }
    (x_sum / mass, y_sum / mass)
}

/// Start of a span of `length` within `field`, so that its centre of mass falls on pixel `field /
/// 2`, as far as it fits: in MNIST's files that of every digit rounds to (14, 14).
fn placed(centre: f64, length: usize, field: usize) -> usize {
    let start = (field as f64 / 2.0 - centre).round().max(0.0) as usize;
    start.min(field - length)
}
