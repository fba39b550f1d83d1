//! Input planes laid out so that each tap of a kernel reads neighbouring values for neighbouring
//! outputs: with zeros around them and, for strides, split by the remainder of row and column.

use super::Geometry;

/// Where the padded input lies in memory. A plane per channel, in it a part for each remainder of
/// the rows and the columns that a tap looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planes {
    geometry: Geometry,
    /// Remainders of rows and columns, by the stride, that taps look at.
    remainders: [Vec<usize>; 2],
    /// Rows and columns of a part.
    part: [usize; 2],
    /// Whether the input lies so already.
    pub(super) as_is: bool,
}

impl Planes {
    pub(super) fn new(geometry: Geometry) -> Self {
        let remainders = [0, 1].map(|axis| {
            let (stride, dilation) = (geometry.strides[axis], geometry.dilations[axis]);
            let mut found: Vec<usize> =
                (0..geometry.kernel[axis]).map(|tap| tap * dilation % stride).collect();
            found.sort_unstable();
            found.dedup();
            found
        });
        let part = [0, 1].map(|axis| geometry.reach(axis).div_ceil(geometry.strides[axis]));
        let as_is = geometry.strides == [1, 1] && part == geometry.input;
        Self { geometry, remainders, part, as_is }
    }

    /// Values between a row and the next.
    pub(super) fn pitch(&self) -> usize {
        self.part[1]
    }

    /// Number of values of one channel.
    pub(super) fn plane(&self) -> usize {
        self.remainders[0].len() * self.remainders[1].len() * self.part[0] * self.part[1]
    }

    /// Distance of each tap's value from the position of the output, in the first channel.
    pub(super) fn taps(&self) -> Vec<usize> {
        let [height, width] = self.geometry.kernel;
        let place = |axis: usize, tap: usize| {
            let (at, stride) = (tap * self.geometry.dilations[axis], self.geometry.strides[axis]);
            let part = self.remainders[axis].iter().position(|&r| r == at % stride);
            (part.unwrap_or(0), at / stride)
        };
        let offset = |y: usize, x: usize| {
            let ((above, row), (left, column)) = (place(0, y), place(1, x));
            let part = above * self.remainders[1].len() + left;
            (part * self.part[0] + row) * self.part[1] + column
        };
        (0..height).flat_map(|y| (0..width).map(move |x| offset(y, x))).collect()
    }

    /// Lays out the plane of one channel. What surrounds it must be zero.
    pub(super) fn fill(&self, plane: &[f32], laid_out: &mut [f32]) {
        let [rows, _] = self.part;
        let sides = self.remainders[0]
            .iter()
            .flat_map(|&above| self.remainders[1].iter().map(move |&left| [above, left]));
        let parts = laid_out.chunks_exact_mut(rows * self.pitch());
        for (part, [above, left]) in parts.zip(sides) {
            for (y, row) in part.chunks_exact_mut(self.pitch()).enumerate() {
                let [width, stride] = [self.geometry.input[1], self.geometry.strides[0]];
                let y = (y * stride + above).checked_sub(self.geometry.before[0]);
                let given = y.and_then(|y| plane.get(y * width..(y + 1) * width));
                if let Some(given) = given {
                    self.fill_row(given, left, row);
                }
            }
        }
    }

    /// Copies the values of a row whose column has this remainder.
    fn fill_row(&self, given: &[f32], remainder: usize, row: &mut [f32]) {
        let (stride, before) = (self.geometry.strides[1], self.geometry.before[1]);
        let first = before.saturating_sub(remainder).div_ceil(stride);
        let skipped = (first * stride + remainder).saturating_sub(before);
        let (Some(row), Some(given)) = (row.get_mut(first..), given.get(skipped..)) else { return };
        match stride {
            1 => {
                let length = row.len().min(given.len());
                row[..length].copy_from_slice(&given[..length]);
            }
            _ => {
                row.iter_mut().zip(given.iter().step_by(stride)).for_each(|(to, &from)| *to = from)
            }
        }
    }
}
