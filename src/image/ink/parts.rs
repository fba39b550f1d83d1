//! Connected parts of a drawing.

use super::plane::Plane;

/// Pixels that touch one another, by side or corner.
#[derive(Debug)]
pub(super) struct Part {
    pub pixels: Vec<usize>,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Part {
    pub fn width(&self) -> usize {
        self.right - self.left + 1
    }

    /// The longer side.
    pub fn longest(&self) -> usize {
        self.width().max(self.bottom - self.top + 1)
    }

    /// Whether it stays off the edge of the plane, which blurring has dimmed.
    pub fn is_inside(&self, plane: &Plane) -> bool {
        self.left > 1
            && self.top > 1
            && self.right + 2 < plane.width
            && self.bottom + 2 < plane.height()
    }
}

/// The parts of the pixels that are not 0.
pub(super) fn parts(plane: &Plane) -> Vec<Part> {
    let mut free: Vec<bool> = plane.pixels.iter().map(|&pixel| pixel > 0).collect();
    let starts = 0..free.len();
    starts.filter_map(|start| part(&mut free, plane.width, start)).collect()
}

/// Takes the part around a pixel.
fn part(free: &mut [bool], width: usize, start: usize) -> Option<Part> {
    let mut take = |at: usize| free.get_mut(at).is_some_and(std::mem::take);
    let mut pixels: Vec<usize> = take(start).then_some(start).into_iter().collect();
    let (x, y) = (start % width, start / width);
    let mut part = Part { pixels: Vec::new(), left: x, top: y, right: x, bottom: y };
    let mut next = 0;
    while let Some(&at) = pixels.get(next) {
        let (x, y) = (at % width, at / width);
        part.left = part.left.min(x);
        part.right = part.right.max(x);
        part.bottom = part.bottom.max(y);
        pixels.extend(around(x, y, width).filter(|&at| take(at)));
        next += 1;
    }
    (next > 0).then_some(Part { pixels, ..part })
}

/// The pixels around one, and itself.
fn around(x: usize, y: usize, width: usize) -> impl Iterator<Item = usize> {
    let rows = y.saturating_sub(1)..=y + 1;
    let columns = x.saturating_sub(1)..=(x + 1).min(width - 1);
    rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
}
