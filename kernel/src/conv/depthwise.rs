//! Convolutions in which each output channel looks at one channel.

use std::mem::MaybeUninit;

use tract_data::prelude::{Tensor, TractResult};

use super::Geometry;
use super::planes::Planes;
use crate::Finish;
use crate::panels::packed;
use crate::vector::{Vector, Work, dispatch, store_some, tile};
use crate::written::written;

/// Rows of the output that are computed at a time.
const ROWS: usize = 4;

/// A convolution in which each output channel looks at the input channel of its index.
#[derive(Debug, Clone, PartialEq)]
pub struct Depthwise {
    planes: Planes,
    /// Size of the output.
    output: [usize; 2],
    /// Input values of a channel.
    plane: usize,
    taps: Vec<usize>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    limits: [f32; 2],
}

impl Depthwise {
    /// Takes the weights `[channels, height, width]`.
    ///
    /// # Panics
    /// If there are not one bias and one factor per channel, or not one weight per channel and tap.
    pub fn new(geometry: Geometry, weights: &[f32], finish: Finish) -> Self {
        let channels = geometry.channels;
        let Finish { factors, bias, limits } = finish;
        let depth = geometry.taps();
        assert_eq!(weights.len(), channels * depth, "one weight per channel and tap");
        assert_eq!([bias.len(), factors.len()], [channels; 2], "one of each per channel");
        let weights = packed(&factors, depth, 1, |channel| weights[channel * depth..].iter());
        let (plane, output) = (geometry.input[0] * geometry.input[1], geometry.output);
        let planes = Planes::new(geometry);
        Self { output, plane, taps: planes.taps(), weights, bias, limits, planes }
    }

    /// Number of packed weights.
    pub fn weights(&self) -> usize {
        self.weights.len()
    }

    /// Number of values that each output is a sum over.
    pub fn depth(&self) -> usize {
        self.taps.len()
    }

    /// The output of this shape for samples `[samples, channels, height, width]`.
    ///
    /// # Errors
    /// The engine's error if the output cannot be allocated.
    ///
    /// # Panics
    /// If input and output are not of as many whole samples.
    pub fn run(&self, shape: &[usize], input: &[f32]) -> TractResult<Tensor> {
        // SAFETY: each channel is written from its first row to its last.
        unsafe { written(shape, |output| self.write(input, output)) }
    }

    pub(super) fn write(&self, input: &[f32], output: &mut [MaybeUninit<f32>]) {
        let count = input.len() / self.plane.max(1);
        assert_eq!(input.len(), count * self.plane, "whole planes");
        assert_eq!(count % self.bias.len().max(1), 0, "whole samples");
        assert_eq!(output.len(), count * self.output[0] * self.output[1], "the output's size");
        if !output.is_empty() {
            dispatch(Pass { conv: self, input, output });
        }
    }
}

/// One run of a convolution.
struct Pass<'a> {
    conv: &'a Depthwise,
    input: &'a [f32],
    output: &'a mut [MaybeUninit<f32>],
}

impl Work for Pass<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const R: usize>(self) {
        let conv = self.conv;
        let (taps, [height, width]) = (conv.taps.len(), conv.output);
        // The last vectors read on behind the last value.
        let [_, slack] = tile();
        let mut laid_out = vec![0.0; conv.planes.plane() + slack];
        let channels = conv.weights.chunks_exact(taps).zip(&conv.bias).cycle();
        for (i, (given, (weights, &bias))) in
            self.input.chunks_exact(conv.plane).zip(channels).enumerate()
        {
            conv.planes.fill(given, &mut laid_out[..conv.planes.plane()]);
            let channel = Channel { conv, laid_out: &laid_out, weights, bias };
            // SAFETY: the processor has the vector's instructions.
            unsafe { channel.convolve::<V>(&mut self.output[i * height * width..]) };
        }
    }
}

/// One channel of a sample.
struct Channel<'a> {
    conv: &'a Depthwise,
    laid_out: &'a [f32],
    weights: &'a [f32],
    bias: f32,
}

impl Channel<'_> {
    /// Writes the channel to the beginning of the output, from the first row to the last and in
    /// these from the last column to the first. Vectors at the end of a row reach over it; what
    /// they write there is overwritten by what follows.
    ///
    /// # Safety
    /// The processor has the vector's instructions.
    #[inline(always)]
    unsafe fn convolve<V: Vector>(&self, output: &mut [MaybeUninit<f32>]) {
        let [height, width] = self.conv.output;
        let mut row = 0;
        while row < height {
            let rows = if height < ROWS { 1 } else { ROWS };
            row = row.min(height - rows);
            for column in (0..width).step_by(2 * V::LANES).rev() {
                // SAFETY: the rows and the column lie within the output.
                unsafe {
                    match (rows, width - column > V::LANES) {
                        (ROWS, true) => self.block::<V, ROWS, 2>(row, column, output),
                        (ROWS, false) => self.block::<V, ROWS, 1>(row, column, output),
                        (_, true) => self.block::<V, 1, 2>(row, column, output),
                        (_, false) => self.block::<V, 1, 1>(row, column, output),
                    }
                }
            }
            row += rows;
        }
    }

    /// Computes `R` rows of `N` vectors.
    ///
    /// # Safety
    /// The processor has the vector's instructions; the output has these rows and this column.
    #[inline(always)]
    unsafe fn block<V: Vector, const R: usize, const N: usize>(
        &self,
        row: usize,
        column: usize,
        output: &mut [MaybeUninit<f32>],
    ) {
        let (pitch, [_, width]) = (self.conv.planes.pitch(), self.conv.output);
        // SAFETY: the value that the last tap of the last row looks at lies in the plane, and two
        // vectors of slack behind it.
        unsafe {
            let first = self.laid_out.as_ptr().add(row * pitch + column);
            let mut sums = [[V::splat(self.bias); N]; R];
            for (&tap, &weight) in self.conv.taps.iter().zip(self.weights) {
                let (from, weight) = (first.add(tap), V::splat(weight));
                for (i, sums) in sums.iter_mut().enumerate() {
                    for (part, sum) in sums.iter_mut().enumerate() {
                        let values = V::load(from.add(i * pitch + part * V::LANES));
                        *sum = sum.add_product(weight, values);
                    }
                }
            }
            let [low, high] = self.conv.limits.map(|limit| V::splat(limit));
            for (i, sums) in sums.into_iter().enumerate() {
                for (part, sum) in sums.into_iter().enumerate() {
                    let at = (row + i) * width + column + part * V::LANES;
                    let to = output.get_mut(at..).unwrap_or_default();
                    store_some(sum.clamp(low, high), to);
                }
            }
        }
    }
}
