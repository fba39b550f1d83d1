//! Fully connected layers: products of rows with constant weights.
//!
//! The weights are packed once, in panels of as many outputs as a vector has values. A tile of the
//! product stays in registers until it is finished. Each output is summed up in the order of the
//! row, whatever the tile, so that a row gives the same values alone and among others.

use std::mem::MaybeUninit;

use tract_data::prelude::{Tensor, TractResult};

use crate::Finish;
use crate::panels::packed;
use crate::vector::{Vector, Work, dispatch, load_some, store_some, tile};
use crate::written::{samples, written};

/// A fully connected layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    depth: usize,
    outputs: usize,
    /// Panels of as many outputs as a vector has values; filled up with zeros.
    weights: Vec<f32>,
    bias: Vec<f32>,
    limits: [f32; 2],
}

impl Linear {
    /// Packs the weights `[outputs, depth]`.
    ///
    /// # Panics
    /// If the depth is zero or there are not `depth` weights and one factor per bias.
    pub fn new(depth: usize, weights: &[f32], finish: Finish) -> Self {
        let row = |output: usize| weights[output * depth..].iter();
        Self::packed([depth, weights.len()], finish, row)
    }

    /// As [`Linear::new`], of weights `[depth, outputs]`.
    ///
    /// # Panics
    /// As [`Linear::new`].
    pub fn transposed(depth: usize, weights: &[f32], finish: Finish) -> Self {
        let outputs = finish.bias.len();
        let column = |output: usize| weights[output..].iter().step_by(outputs);
        Self::packed([depth, weights.len()], finish, column)
    }

    /// Packs `count` weights, `depth` for each output. `weights` yields those of one output, in the
    /// order in which their products are added up.
    fn packed<'a, T: Iterator<Item = &'a f32>>(
        [depth, count]: [usize; 2],
        finish: Finish,
        weights: impl Fn(usize) -> T,
    ) -> Self {
        let Finish { factors, mut bias, limits } = finish;
        let outputs = bias.len();
        assert!(depth > 0, "each output is a sum");
        assert_eq!(count, outputs * depth, "one weight per output and value of a row");
        assert_eq!(factors.len(), outputs, "one factor per output");
        let lanes = tile()[1] / 2;
        let weights = packed(&factors, depth, lanes, weights);
        bias.resize(outputs.next_multiple_of(lanes), 0.0);
        Self { depth, outputs, weights, bias, limits }
    }

    /// Number of packed weights.
    pub fn weights(&self) -> usize {
        self.weights.len()
    }

    /// Number of values that each output is a sum over, and of outputs.
    pub fn size(&self) -> [usize; 2] {
        [self.depth, self.outputs]
    }

    /// The output of this shape for rows `[.., depth]`. The addend has the output's shape and is
    /// added before the limits apply.
    ///
    /// # Errors
    /// The engine's error if the output cannot be allocated.
    ///
    /// # Panics
    /// If input, addend and output are not of as many whole rows.
    pub fn run(
        &self,
        shape: &[usize],
        input: &[f32],
        addend: Option<&[f32]>,
    ) -> TractResult<Tensor> {
        // SAFETY: the product goes over all rows and all panels.
        unsafe { written(shape, |output| self.write(input, addend, output)) }
    }

    fn write(&self, input: &[f32], addend: Option<&[f32]>, output: &mut [MaybeUninit<f32>]) {
        let rows = samples([self.depth, self.outputs], input, addend, output);
        if !output.is_empty() {
            dispatch(Product { layer: self, rows, input, addend, output });
        }
    }
}

/// One run of a layer.
struct Product<'a> {
    layer: &'a Linear,
    rows: usize,
    input: &'a [f32],
    addend: Option<&'a [f32]>,
    output: &'a mut [MaybeUninit<f32>],
}

/// Rows and panels from which a tile goes on.
#[derive(Clone, Copy)]
struct Corner {
    row: usize,
    panel: usize,
}

impl Work for Product<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector, const R: usize>(mut self) {
        // SAFETY: the processor has the vector's instructions.
        unsafe {
            if self.rows == 1 {
                // Many sums at a time, because each waits for the one before it.
                let done = self.sweep::<V, 1, 8>(0);
                let done = self.sweep::<V, 1, 2>(done);
                self.sweep::<V, 1, 1>(done);
            } else {
                let done = self.sweep::<V, R, 2>(0);
                self.sweep::<V, R, 1>(done);
            }
        }
    }
}

impl Product<'_> {
    /// Multiplies all rows with the panels from `first` on, `P` at a time. Returns the first panel
    /// that is left.
    ///
    /// # Safety
    /// The processor has the vector's instructions.
    #[inline(always)]
    unsafe fn sweep<V: Vector, const R: usize, const P: usize>(&mut self, first: usize) -> usize {
        let mut panel = first;
        while panel + P <= self.layer.bias.len() / V::LANES {
            for row in (0..self.rows).step_by(R) {
                let corner = Corner { row, panel };
                // SAFETY: the processor has the vector's instructions, and there are this row and
                // these panels.
                unsafe {
                    let sums = self.sums::<V, R, P>(corner);
                    self.finish(sums, corner);
                }
            }
            panel += P;
        }
        panel
    }

    /// Bias and product of rows with panels. Behind the last row comes that row again.
    ///
    /// # Safety
    /// The processor has the vector's instructions. The layer has these panels, and there is the
    /// first row.
    #[inline(always)]
    unsafe fn sums<V: Vector, const R: usize, const P: usize>(
        &self,
        Corner { row, panel }: Corner,
    ) -> [[V; P]; R] {
        let Linear { depth, weights, bias, .. } = self.layer;
        let bias = &bias[panel * V::LANES..(panel + P) * V::LANES];
        let weights = &weights[panel * V::LANES * depth..(panel + P) * V::LANES * depth];
        let mut rows = [self.input.as_ptr(); R];
        for (i, from) in rows.iter_mut().enumerate() {
            let row = (row + i).min(self.rows - 1);
            *from = self.input[row * depth..(row + 1) * depth].as_ptr();
        }
        // SAFETY: each panel has a vector of biases, and a vector of weights for each of `depth`
        // steps. Each row has `depth` values.
        unsafe {
            let mut sums = [[V::splat(0.0); P]; R];
            for sums in &mut sums {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(bias.as_ptr().add(i * V::LANES));
                }
            }
            let mut columns = [V::splat(0.0); P];
            for step in 0..*depth {
                for (i, column) in columns.iter_mut().enumerate() {
                    *column = V::load(weights.as_ptr().add((i * depth + step) * V::LANES));
                }
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let value = V::splat(*row.add(step));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = sum.add_product(value, column);
                    }
                }
            }
            sums
        }
    }

    /// Adds the addend, applies the limits and writes a tile of the output.
    ///
    /// # Safety
    /// The processor has the vector's instructions.
    #[inline(always)]
    unsafe fn finish<V: Vector, const R: usize, const P: usize>(
        &mut self,
        sums: [[V; P]; R],
        Corner { row, panel }: Corner,
    ) {
        let Linear { outputs, limits: [low, high], .. } = *self.layer;
        let rows = self.rows - row;
        for (i, sums) in sums.into_iter().enumerate().take(rows) {
            for (part, sum) in sums.into_iter().enumerate() {
                let column = (panel + part) * V::LANES;
                let places = (row + i) * outputs + column..(row + i) * outputs + outputs;
                let to = &mut self.output[places.clone()];
                let addend = self.addend.map(|addend| &addend[places]);
                // SAFETY: the processor has the vector's instructions.
                unsafe { write(sum, addend, [V::splat(low), V::splat(high)], to) };
            }
        }
    }
}

/// Finishes the values of a vector, as many as there are places.
///
/// # Safety
/// The processor has the vector's instructions.
#[inline(always)]
unsafe fn write<V: Vector>(
    sum: V,
    addend: Option<&[f32]>,
    [low, high]: [V; 2],
    output: &mut [MaybeUninit<f32>],
) {
    // SAFETY: the processor has the vector's instructions.
    unsafe {
        let sum = match addend {
            Some(addend) => sum.add(load_some(addend)),
            None => sum,
        };
        store_some(sum.clamp(low, high), output);
    }
}

#[cfg(test)]
mod tests;
