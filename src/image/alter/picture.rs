//! An input as a picture: one plane a channel, with values in the model's own space.

use crate::{Layout, Preprocess};

/// The planes of an input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(super) height: usize,
    pub(super) width: usize,
    layout: Layout,
    /// Row-major, one a channel.
    pub(super) planes: Vec<Vec<f32>>,
}

/// A position between four pixels: where they are in a plane, and how much each counts.
struct Point([(usize, f64); 4]);

impl Picture {
    /// The picture in the values of an input that this preprocessing makes.
    pub(crate) fn new(values: &[f32], preprocess: &Preprocess) -> Self {
        let Preprocess { height, width, layout, .. } = *preprocess;
        let channels = preprocess.channels.count();
        let planes = match layout {
            Layout::Nchw => values.chunks_exact(height * width).map(<[f32]>::to_vec).collect(),
            Layout::Nhwc => (0..channels)
                .map(|channel| values.iter().skip(channel).step_by(channels).copied().collect())
                .collect(),
        };
        Self { height, width, layout, planes }
    }

    /// The values of the input.
    pub(crate) fn into_values(self) -> Vec<f32> {
        match self.layout {
            Layout::Nchw => self.planes.concat(),
            Layout::Nhwc => {
                let mut planes: Vec<_> =
                    self.planes.into_iter().map(IntoIterator::into_iter).collect();
                let pixels = self.height * self.width;
                let mut pixel = || planes.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>();
                (0..pixels).flat_map(|_| pixel()).collect()
            }
        }
    }

    /// The same picture with each plane changed.
    pub(super) fn with_planes(&self, change: impl Fn(&[f32]) -> Vec<f32>) -> Self {
        Self { planes: self.planes.iter().map(|plane| change(plane)).collect(), ..*self }
    }

    /// Takes each pixel at (y, x) from the position `source(y, x)`, bilinearly. Beyond the edges,
    /// the pixels there go on.
    pub(super) fn resampled(&self, source: impl Fn(usize, usize) -> (f64, f64)) -> Self {
        let points: Vec<_> = self.positions().map(|(y, x)| self.point(source(y, x))).collect();
        self.with_planes(|plane| points.iter().map(|point| point.of(plane)).collect())
    }

    /// Makes each pixel of a plane anew from those around it. Beyond the edges, the pixels there go
    /// on.
    pub(super) fn with_pixels(
        &self,
        make: impl Fn(&dyn Fn(isize, isize) -> f32, isize, isize) -> f32,
    ) -> Self {
        let places = |at: isize, size: usize| (at.max(0) as usize).min(size.saturating_sub(1));
        self.with_planes(|plane| {
            let pixel = |y, x| {
                let at = places(y, self.height) * self.width + places(x, self.width);
                plane.get(at).copied().unwrap_or_default()
            };
            self.positions().map(|(y, x)| make(&pixel, y as isize, x as isize)).collect()
        })
    }

    /// The corners of blocks that cover the picture.
    pub(super) fn corners(&self, side: usize) -> impl Iterator<Item = (usize, usize)> {
        let width = self.width;
        (0..self.height)
            .step_by(side)
            .flat_map(move |y| (0..width).step_by(side).map(move |x| (y, x)))
    }

    /// Where the pixels of a block are in a plane, row by row. Beyond the edges, the pixels there
    /// go on.
    pub(super) fn block(
        &self,
        (top, left): (usize, usize),
        side: usize,
    ) -> impl Iterator<Item = usize> {
        let (bottom, right) = (self.height.saturating_sub(1), self.width.saturating_sub(1));
        let row = move |y: usize| (0..side).map(move |x| (y, (left + x).min(right)));
        let places = (0..side).flat_map(move |y| row((top + y).min(bottom)));
        places.map(|(y, x)| y * self.width + x)
    }

    /// The values of all planes at a position.
    pub(super) fn at(&self, position: (f64, f64)) -> impl Iterator<Item = f32> {
        let point = self.point(position);
        self.planes.iter().map(move |plane| point.of(plane))
    }

    /// A picture of these planes, of the same size each.
    pub(super) fn of_planes(height: usize, width: usize, planes: Vec<Vec<f32>>) -> Self {
        Self { height, width, layout: Layout::Nchw, planes }
    }

    fn positions(&self) -> impl Iterator<Item = (usize, usize)> {
        let width = self.width;
        (0..self.height).flat_map(move |y| (0..width).map(move |x| (y, x)))
    }

    fn point(&self, (y, x): (f64, f64)) -> Point {
        let ((top, bottom, down), (left, right, along)) =
            (between(y, self.height), between(x, self.width));
        let at = |row: usize, column: usize| row * self.width + column;
        Point([
            (at(top, left), (1.0 - down) * (1.0 - along)),
            (at(top, right), (1.0 - down) * along),
            (at(bottom, left), down * (1.0 - along)),
            (at(bottom, right), down * along),
        ])
    }
}

impl Point {
    fn of(&self, plane: &[f32]) -> f32 {
        let part =
            |&(at, weight): &(usize, f64)| weight * plane.get(at).copied().map_or(0.0, f64::from);
        self.0.iter().map(part).sum::<f64>() as f32
    }
}

/// The two of `size` places on either side of a position, and how far it is from the first.
fn between(position: f64, size: usize) -> (usize, usize, f64) {
    let last = size.saturating_sub(1);
    let position = position.clamp(0.0, last as f64);
    let first = position.floor();
    (first as usize, (first as usize + 1).min(last), position - first)
}
