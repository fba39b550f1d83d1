//! One channel of 8-bit pixels, and the filters of mathematical morphology.

/// One channel of 8-bit pixels, row by row from the top.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub width: usize,
    pub pixels: Vec<u8>,
}

impl Plane {
    pub fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The shorter side.
    pub fn side(&self) -> usize {
        self.width.min(self.height())
    }

    /// Column, row and value of each pixel.
    pub fn points(&self) -> impl Iterator<Item = (usize, usize, u8)> {
        self.pixels.iter().enumerate().map(|(i, &pixel)| (i % self.width, i / self.width, pixel))
    }

    /// The pixels along the four sides.
    pub fn edge(&self) -> impl Iterator<Item = u8> {
        let mut rows = self.pixels.chunks_exact(self.width);
        let ends = [rows.next(), rows.next_back()].into_iter().flatten().flatten();
        let across = (self.width - 1).max(1);
        ends.chain(rows.flat_map(move |row| row.iter().step_by(across))).copied()
    }

    /// Left, top, right and bottom of the pixels above a level, if there are any.
    pub fn bounds(&self, level: u8) -> Option<[usize; 4]> {
        let mut above = self.points().filter(|(_, _, pixel)| *pixel > level);
        let (x, y, _) = above.next()?;
        Some(above.fold([x, y, x, y], |[left, top, right, bottom], (x, y, _)| {
            [left.min(x), top.min(y), right.max(x), bottom.max(y)]
        }))
    }

    pub fn map(&self, change: impl Fn(u8) -> u8) -> Self {
        Self { width: self.width, pixels: self.pixels.iter().map(|&pixel| change(pixel)).collect() }
    }

    pub fn zip(&self, other: &Self, join: impl Fn(u8, u8) -> u8) -> Self {
        let pairs = self.pixels.iter().zip(&other.pixels);
        Self { width: self.width, pixels: pairs.map(|(&a, &b)| join(a, b)).collect() }
    }

    pub fn mean(&self) -> u8 {
        let sum: usize = self.pixels.iter().map(|&pixel| usize::from(pixel)).sum();
        (sum / self.pixels.len()) as u8
    }

    /// White where a pixel has this level, else black.
    pub fn at_least(&self, level: u8) -> Self {
        self.map(|pixel| if pixel >= level { 255 } else { 0 })
    }

    /// Black but for these pixels.
    pub fn only<'a>(&self, places: impl IntoIterator<Item = &'a usize>) -> Self {
        let mut kept = self.map(|_| 0);
        for &at in places {
            if let (Some(to), Some(&from)) = (kept.pixels.get_mut(at), self.pixels.get(at)) {
                *to = from;
            }
        }
        kept
    }

    /// The columns as rows.
    pub fn transposed(&self) -> Self {
        let columns = (0..self.width).flat_map(|x| self.pixels.iter().skip(x).step_by(self.width));
        Self { width: self.height(), pixels: columns.copied().collect() }
    }

    /// Subtracts another plane; nothing falls below 0.
    pub fn minus(&self, other: &Self) -> Self {
        self.zip(other, u8::saturating_sub)
    }

    /// Averages squares of `factor` pixels a side. A remainder at the right or the bottom is cut
    /// off.
    pub fn shrunk(&self, factor: usize) -> Self {
        let width = self.width / factor;
        let mut pixels = Vec::with_capacity(width * self.height() / factor);
        for rows in self.pixels.chunks_exact(self.width * factor) {
            let mut sums = vec![0_usize; width];
            for row in rows.chunks_exact(self.width) {
                let squares = row.chunks_exact(factor);
                let means = squares.map(|part| part.iter().map(|&v| usize::from(v)).sum::<usize>());
                sums.iter_mut().zip(means).for_each(|(sum, more)| *sum += more);
            }
            let area = factor * factor;
            pixels.extend(sums.into_iter().map(|sum| ((sum + area / 2) / area) as u8));
        }
        Self { width, pixels }
    }

    /// Each pixel joined with those beside it, 1 to 2 to 1 in both directions.
    pub fn blurred(mut self) -> Self {
        self.pixels.chunks_exact_mut(self.width).for_each(|row| blur(row, 1));
        blur(&mut self.pixels, self.width);
        self
    }

    /// The highest value within `x` columns and `y` rows of each pixel.
    pub fn dilated(self, x: usize, y: usize) -> Self {
        self.spread(x, y, u8::max)
    }

    /// The lowest value, likewise.
    pub fn eroded(self, x: usize, y: usize) -> Self {
        self.spread(x, y, u8::min)
    }

    /// Removes dark parts narrower than `2 x + 1` columns or `2 y + 1` rows.
    pub fn closed(self, x: usize, y: usize) -> Self {
        self.dilated(x, y).eroded(x, y)
    }

    /// Removes light parts, likewise.
    pub fn opened(self, x: usize, y: usize) -> Self {
        self.eroded(x, y).dilated(x, y)
    }

    fn spread(mut self, x: usize, y: usize, pick: fn(u8, u8) -> u8) -> Self {
        self.pixels.chunks_exact_mut(self.width).for_each(|row| spread(row, x, 1, pick));
        spread(&mut self.pixels, y, self.width, pick);
        self
    }
}

/// Picks one of the values up to `reach` steps to either side.
fn spread(values: &mut [u8], reach: usize, step: usize, pick: fn(u8, u8) -> u8) {
    for shift in shifts(reach).map(|steps| steps * step) {
        let old = values.to_vec();
        values.iter_mut().zip(old.iter().skip(shift)).for_each(|(to, &at)| *to = pick(*to, at));
    }
    for shift in shifts(reach).map(|steps| steps * step) {
        let old = values.to_vec();
        values.iter_mut().skip(shift).zip(&old).for_each(|(to, &at)| *to = pick(*to, at));
    }
}

/// Steps that add up to `reach`, each at most as long as those before it and one more, so that
/// nothing in between is missed.
fn shifts(reach: usize) -> impl Iterator<Item = usize> {
    let lengths = std::iter::successors(Some(1), |length| Some(2 * length));
    lengths
        .take_while(move |&length| length <= reach)
        .map(move |length| length.min(reach + 1 - length))
}

fn blur(values: &mut [u8], step: usize) {
    let old = values.to_vec();
    let around = old.iter().zip(old.iter().skip(2 * step));
    for (at, (&before, &after)) in values.iter_mut().skip(step).zip(around) {
        *at = ((u32::from(before) + 2 * u32::from(*at) + u32::from(after) + 2) / 4) as u8;
    }
}
