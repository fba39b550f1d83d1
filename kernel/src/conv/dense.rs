//! Convolutions in which each output looks at all channels: a matrix product.
//!
//! The weights are a matrix of a row per output channel, packed once. The columns, one for each
//! position of each sample, are packed panel by panel as the product needs them, and a tile of the
//! product stays in registers until it is finished.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use tract_data::prelude::{Tensor, TractResult};

use super::Geometry;
use super::planes::Planes;
use crate::Finish;
use crate::panels::packed;
use crate::vector::{MOST_LANES, Vector, Work, dispatch, tile};
use crate::written::{samples, written};

/// Values that half of a common second-level cache holds.
const FAR: usize = 1 << 17;
/// Values that half of a common first-level cache holds.
const NEAR: usize = 1 << 12;

/// A convolution in which each output looks at all channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    planes: Planes,
    positions: usize,
    /// Output positions that lie one after the other in the input, too.
    run: usize,
    outputs: usize,
    /// Distance of each value that a position looks at from the first.
    offsets: Vec<usize>,
    /// The largest of them.
    farthest: usize,
    channels: usize,
    /// Values of a plane, as given and as laid out.
    plane: [usize; 2],
    /// Panels of as many rows as a tile has; filled up with zeros.
    weights: Vec<f32>,
    bias: Vec<f32>,
    limits: [f32; 2],
}

impl Dense {
    /// Packs the weights `[outputs, channels, height, width]`.
    ///
    /// # Panics
    /// If there are not as many factors as biases, or not one weight per output, channel and tap.
    pub fn new(geometry: Geometry, weights: &[f32], finish: Finish) -> Self {
        let (outputs, depth) = (finish.bias.len(), geometry.channels * geometry.taps());
        assert_eq!(weights.len(), outputs * depth, "one weight per output, channel and tap");
        assert_eq!(finish.factors.len(), outputs, "one factor per output");
        let (positions, width, channels) =
            (geometry.positions(), geometry.output[1], geometry.channels);
        let given = geometry.input[0] * geometry.input[1];
        let planes = Planes::new(geometry);
        let (plane, taps) = (planes.plane(), planes.taps());
        let channel = |channel: usize| taps.iter().map(move |tap| channel * plane + tap);
        let offsets: Vec<usize> = (0..channels).flat_map(channel).collect();
        let [rows, _] = tile();
        let mut bias = finish.bias;
        bias.resize(outputs.next_multiple_of(rows), 0.0);
        Self {
            positions,
            run: if planes.pitch() == width { positions } else { width },
            outputs,
            farthest: offsets.iter().max().copied().unwrap_or(0),
            offsets,
            channels,
            plane: [given, plane],
            weights: packed(&finish.factors, depth, rows, |output| {
                weights[output * depth..].iter()
            }),
            bias,
            limits: finish.limits,
            planes,
        }
    }

    /// Number of packed weights.
    pub fn weights(&self) -> usize {
        self.weights.len()
    }

    /// Number of values that each output is a sum over.
    pub fn depth(&self) -> usize {
        self.offsets.len()
    }

    /// The output of this shape for samples `[samples, channels, height, width]`. The addend has
    /// the output's shape and is added before the limits apply.
    ///
    /// # Errors
    /// The engine's error if the output cannot be allocated.
    ///
    /// # Panics
    /// If input, addend and output are not of as many whole samples.
    pub fn run(
        &self,
        shape: &[usize],
        input: &[f32],
        addend: Option<&[f32]>,
    ) -> TractResult<Tensor> {
        // SAFETY: the product finishes every column of every row.
        unsafe { written(shape, |output| self.write(input, addend, output)) }
    }

    pub(super) fn write(
        &self,
        input: &[f32],
        addend: Option<&[f32]>,
        output: &mut [MaybeUninit<f32>],
    ) {
        let sizes = [self.channels * self.plane[0], self.outputs * self.positions];
        samples(sizes, input, addend, output);
        if !output.is_empty() {
            let values = self.laid_out(input);
            dispatch(Product { conv: self, values: &values, addend, output });
        }
    }

    /// The input as its planes are laid out.
    fn laid_out<'a>(&self, input: &'a [f32]) -> Cow<'a, [f32]> {
        if self.planes.as_is {
            return input.into();
        }
        // The last panel of columns reads on behind the last value.
        let ([given, laid_out], [_, slack]) = (self.plane, tile());
        let mut values = vec![0.0; input.len() / given * laid_out + slack];
        for (from, to) in input.chunks_exact(given).zip(values.chunks_exact_mut(laid_out)) {
            self.planes.fill(from, to);
        }
        values.into()
    }
}

/// One run of a convolution.
struct Product<'a> {
    conv: &'a Dense,
    values: &'a [f32],
    addend: Option<&'a [f32]>,
    output: &'a mut [MaybeUninit<f32>],
}

/// Output positions side by side in the input.
struct Piece {
    /// Place of the first value that the first position looks at.
    from: usize,
    /// Column of the panel.
    column: usize,
}

impl Work for Product<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const R: usize>(mut self) {
        let (columns, depth) = (2 * V::LANES, self.conv.offsets.len());
        let panels = self.columns().div_ceil(columns);
        let size = depth * columns;
        // The product goes over packed columns again for each panel of the weights. It reads those
        // again for each block of columns, which pays where they stay in the cache.
        let room = if self.conv.weights.len() <= FAR { NEAR } else { FAR };
        let block = (room / size.max(1)).clamp(1, panels);
        // A piece may be written beyond its panel, where the next one follows.
        let mut packed = vec![0.0; block * size + columns];
        let mut pieces = Vec::with_capacity(columns);
        for first in (0..panels).step_by(block) {
            let block = first..panels.min(first + block);
            for (i, panel) in block.clone().enumerate() {
                self.cut(panel * columns, columns, &mut pieces);
                // SAFETY: the processor has the vector's instructions.
                unsafe { self.pack::<V>(&pieces, &mut packed[i * size..]) };
            }
            for row in (0..self.conv.outputs).step_by(R) {
                for (i, panel) in block.clone().enumerate() {
                    let weights = &self.conv.weights[row * depth..(row + R) * depth];
                    let bias = &self.conv.bias[row..row + R];
                    // SAFETY: the processor has the vector's instructions.
                    unsafe {
                        let sums = sums::<V, R>(weights, &packed[i * size..(i + 1) * size], bias);
                        self.finish(sums, row, panel * columns);
                    }
                }
            }
        }
    }
}

impl Product<'_> {
    /// Columns of all samples.
    fn columns(&self) -> usize {
        self.output.len() / self.conv.outputs
    }

    /// Sample and position of a column.
    fn place(&self, column: usize) -> (usize, usize) {
        (column / self.conv.positions, column % self.conv.positions)
    }

    /// Cuts the columns from `first` on into pieces.
    fn cut(&self, first: usize, columns: usize, pieces: &mut Vec<Piece>) {
        pieces.clear();
        let mut column = 0;
        while column < columns && first + column < self.columns() {
            let (sample, position) = self.place(first + column);
            let (row, left) = (position / self.conv.run, position % self.conv.run);
            let sample = sample * self.conv.channels * self.conv.plane[1];
            let from = sample + row * self.conv.planes.pitch() + left;
            pieces.push(Piece { from, column });
            column += self.conv.run - left;
        }
    }

    /// Packs the columns of some pieces. Each piece is copied as if it filled the panel, and what
    /// is too much overwritten by the next.
    ///
    /// # Safety
    /// The processor has the vector's instructions.
    #[inline(always)]
    unsafe fn pack<V: Vector>(&self, pieces: &[Piece], panel: &mut [f32]) {
        let columns = 2 * V::LANES;
        let end = pieces.last().map_or(0, |piece| piece.from + self.conv.farthest + columns);
        if end > self.values.len() {
            return self.pack_end(pieces, columns, panel);
        }
        assert!(panel.len() >= (self.conv.offsets.len() + 1) * columns);
        let mut to = panel.as_mut_ptr();
        for offset in &self.conv.offsets {
            for piece in pieces {
                // SAFETY: the last piece looks farthest, at values before `end`. The panel has
                // room for one more step than there are offsets, and a column is less than that.
                unsafe {
                    let from = self.values.as_ptr().add(piece.from + offset);
                    let to = to.add(piece.column);
                    let (left, right) = (V::load(from), V::load(from.add(V::LANES)));
                    left.store(to);
                    right.store(to.add(V::LANES));
                }
            }
            to = to.wrapping_add(columns);
        }
    }

    /// As [`Product::pack`], at the end of the values.
    fn pack_end(&self, pieces: &[Piece], columns: usize, panel: &mut [f32]) {
        for (offset, step) in self.conv.offsets.iter().zip(panel.chunks_exact_mut(columns)) {
            for piece in pieces {
                let values = self.values[piece.from + offset..].iter();
                step[piece.column..].iter_mut().zip(values).for_each(|(to, &from)| *to = from);
            }
        }
    }

    /// Adds the addend, applies the limits and writes a tile of the output.
    ///
    /// # Safety
    /// The processor has the vector's instructions.
    #[inline(always)]
    unsafe fn finish<V: Vector, const R: usize>(
        &mut self,
        sums: [[V; 2]; R],
        row: usize,
        column: usize,
    ) {
        let (sample, position) = self.place(column);
        let Dense { outputs, positions, limits, .. } = *self.conv;
        if position + 2 * V::LANES > positions {
            // SAFETY: the processor has the vector's instructions.
            return unsafe { self.scatter(sums, row, column) };
        }
        let rows = outputs - row;
        let first = (sample * outputs + row) * positions + position;
        // SAFETY: the first place of a row, which is less than `outputs`, has as many places
        // behind it in its channel as two vectors have values.
        unsafe {
            let [low, high] = limits.map(|limit| V::splat(limit));
            for (i, sums) in sums.into_iter().enumerate() {
                if i < rows {
                    for (part, sum) in sums.into_iter().enumerate() {
                        let at = first + i * positions + part * V::LANES;
                        let sum = match self.addend {
                            Some(addend) => sum.add(V::load(addend.as_ptr().add(at))),
                            None => sum,
                        };
                        sum.clamp(low, high).store(self.output.as_mut_ptr().add(at).cast());
                    }
                }
            }
        }
    }

    /// As [`Product::finish`], for a tile that reaches over the end of a sample.
    ///
    /// # Safety
    /// The processor has the vector's instructions.
    #[inline(always)]
    unsafe fn scatter<V: Vector, const R: usize>(
        &mut self,
        sums: [[V; 2]; R],
        row: usize,
        column: usize,
    ) {
        let mut values = [[0.0; MOST_COLUMNS]; R];
        for (values, [left, right]) in values.iter_mut().zip(sums) {
            // SAFETY: no two vectors have more than `MOST_COLUMNS` values.
            unsafe {
                left.store(values.as_mut_ptr());
                right.store(values.as_mut_ptr().add(V::LANES));
            }
        }
        self.write(&values, row, column..self.columns().min(column + 2 * V::LANES));
    }

    /// Finishes values one by one.
    fn write(
        &mut self,
        values: &[[f32; MOST_COLUMNS]],
        row: usize,
        columns: std::ops::Range<usize>,
    ) {
        let Dense { outputs, positions, limits: [low, high], .. } = *self.conv;
        for (i, column) in columns.enumerate() {
            let (sample, position) = self.place(column);
            for (row, values) in (row..outputs).zip(values) {
                let at = (sample * outputs + row) * positions + position;
                let sum = values[i] + self.addend.map_or(0.0, |addend| addend[at]);
                let raised = if sum < low { low } else { sum };
                self.output[at].write(if raised > high { high } else { raised });
            }
        }
    }
}

/// Columns of the widest tile.
const MOST_COLUMNS: usize = 2 * MOST_LANES;

/// Bias and product of a panel of rows with a panel of columns.
///
/// # Safety
/// The processor has the vector's instructions.
#[inline(always)]
unsafe fn sums<V: Vector, const R: usize>(
    weights: &[f32],
    columns: &[f32],
    bias: &[f32],
) -> [[V; 2]; R] {
    let steps = weights.len() / R;
    assert!(bias.len() >= R && columns.len() >= steps * 2 * V::LANES);
    let (mut weights, mut columns) = (weights.as_ptr(), columns.as_ptr());
    // SAFETY: there are `R` biases, and each step has `R` weights and two vectors of columns.
    unsafe {
        let mut sums = [[V::splat(0.0); 2]; R];
        for (row, sums) in sums.iter_mut().enumerate() {
            *sums = [V::splat(*bias.get_unchecked(row)); 2];
        }
        for _ in 0..steps {
            let [left, right] = [V::load(columns), V::load(columns.add(V::LANES))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let weight = V::splat(*weights.add(row));
                sums[0] = sums[0].add_product(weight, left);
                sums[1] = sums[1].add_product(weight, right);
            }
            weights = weights.wrapping_add(R);
            columns = columns.wrapping_add(2 * V::LANES);
        }
        sums
    }
}
