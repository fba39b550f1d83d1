//! Depthwise convolution with the channels side by side, in place of the engine's.
//!
//! The engine's goes position by position and reads each weight anew for each. This one works on
//! four positions at a time, whose sums stay in registers with the weights that they share. The
//! order of a sum is the engine's, so results are equal to the bit.

use std::arch::wasm32::{
    f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_load32_lane, v128_store,
    v128_store32_lane,
};

use tract_linalg::isa::{Arch, IsaReq};
use tract_linalg::routines::{Func, Routine, RoutineFactory};

const NAME: &str = "she_ood_depthwise_c_f32";
/// Values in a vector.
const LANES: usize = 4;
/// Positions that share the weights that were read.
const POSITIONS: usize = 4;

inventory::submit! {
    Routine {
        func: Func::DepthwiseC,
        arch: Some(Arch::Wasm32Simd128),
        isa: IsaReq::ANY,
        // The engine's own has 0.
        boost: 1,
        round_trip: false,
        factory: RoutineFactory::DepthwiseCF32 { name: NAME, run: depthwise },
    }
}

/// A row of the output and what it is computed of, as the engine's `DepthwiseCF32` names it.
struct Row<'a> {
    input: *const f32,
    output: *mut f32,
    kernel: *const f32,
    bias: *const f32,
    /// Index in the kernel and offset in the input of each tap.
    taps: &'a [usize],
    offsets: &'a [isize],
    kernel_stride: usize,
    input_stride: isize,
    output_stride: isize,
}

/// Fills a row of the output: see [`tract_linalg::routines::DepthwiseCF32`].
///
/// # Safety
/// As `DepthwiseCF32` says: with the strides, offsets and lengths given, all of the input, the
/// kernel and the bias may be read, and all of the output written.
#[expect(clippy::too_many_arguments, reason = "the engine's signature")]
pub(crate) unsafe fn depthwise(
    input: *const f32,
    output: *mut f32,
    kernel: *const f32,
    taps: &[usize],
    offsets: &[isize],
    bias: *const f32,
    channels: usize,
    kernel_stride: usize,
    positions: usize,
    input_stride: isize,
    output_stride: isize,
) {
    let row = Row {
        input,
        output,
        kernel,
        bias,
        taps,
        offsets,
        kernel_stride,
        input_stride,
        output_stride,
    };
    let many = channels - channels % (4 * LANES);
    let whole = channels - channels % LANES;
    for channel in (0..many).step_by(4 * LANES) {
        // SAFETY: four vectors from `channel` on are channels of the row.
        unsafe { row.fill::<2, 4, LANES>(channel, positions) };
    }
    for channel in (many..whole).step_by(LANES) {
        // SAFETY: so is one.
        unsafe { row.fill::<1, 1, LANES>(channel, positions) };
    }
    for channel in whole..channels {
        // SAFETY: so is a single value.
        unsafe { row.fill::<1, 1, 1>(channel, positions) };
    }
}

impl Row<'_> {
    /// Fills `ALONE` vectors from a channel on, of `L` values each, at all positions: at single
    /// positions at once, at several positions `MANY` at a time. Eight or four sums, either way.
    ///
    /// # Safety
    /// The row has these channels and positions, and `MANY` divides `ALONE`.
    unsafe fn fill<const MANY: usize, const ALONE: usize, const L: usize>(
        &self,
        channel: usize,
        positions: usize,
    ) {
        let blocks = positions - positions % POSITIONS;
        for position in (0..blocks).step_by(POSITIONS) {
            for vector in (0..ALONE).step_by(MANY) {
                // SAFETY: the channels are those of the vector, and `POSITIONS` positions from here
                // on are less than `blocks`.
                unsafe { self.block::<POSITIONS, MANY, L>(channel + vector * L, position) };
            }
        }
        for position in blocks..positions {
            // SAFETY: the position is less than `positions`.
            unsafe { self.block::<1, ALONE, L>(channel, position) };
        }
    }

    /// Fills `V` vectors of `L` values each at `P` positions.
    ///
    /// # Safety
    /// The row has these channels and positions.
    #[inline(always)]
    unsafe fn block<const P: usize, const V: usize, const L: usize>(
        &self,
        channel: usize,
        position: usize,
    ) {
        let inputs: [*const f32; P] = std::array::from_fn(|p| {
            self.input
                .wrapping_offset((position + p) as isize * self.input_stride)
                .wrapping_add(channel)
        });
        // SAFETY: the bias has these channels.
        let mut sums = [unsafe { load::<V, L>(self.bias.add(channel)) }; P];
        for (&tap, &offset) in self.taps.iter().zip(self.offsets) {
            // SAFETY: the kernel has these channels for each tap.
            let weights =
                unsafe { load::<V, L>(self.kernel.add(tap * self.kernel_stride + channel)) };
            for (sums, input) in sums.iter_mut().zip(inputs) {
                // SAFETY: the input has these channels for each position and tap.
                let values = unsafe { load::<V, L>(input.wrapping_offset(offset)) };
                for ((sum, value), weight) in sums.iter_mut().zip(values).zip(weights) {
                    *sum = f32x4_add(*sum, f32x4_mul(value, weight));
                }
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            let place = (position + p) as isize * self.output_stride;
            // SAFETY: the output has these channels for each position.
            unsafe { store::<V, L>(sums, self.output.wrapping_offset(place).add(channel)) };
        }
    }
}

/// Reads `V` vectors of `L` values, a whole vector or one.
///
/// # Safety
/// `V * L` values may be read.
#[inline(always)]
unsafe fn load<const V: usize, const L: usize>(values: *const f32) -> [v128; V] {
    std::array::from_fn(|v| match L {
        // SAFETY: as this function's. Vectors need no alignment.
        LANES => unsafe { v128_load(values.add(v * L).cast()) },
        // SAFETY: the same.
        _ => unsafe { v128_load32_lane::<0>(f32x4_splat(0.0), values.add(v * L).cast()) },
    })
}

/// Writes what [`load`] reads.
///
/// # Safety
/// `V * L` values may be written.
#[inline(always)]
unsafe fn store<const V: usize, const L: usize>(vectors: &[v128; V], values: *mut f32) {
    for (v, &vector) in vectors.iter().enumerate() {
        match L {
            // SAFETY: as this function's. Vectors need no alignment.
            LANES => unsafe { v128_store(values.add(v * L).cast(), vector) },
            // SAFETY: the same.
            _ => unsafe { v128_store32_lane::<0>(vector, values.add(v * L).cast()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use tract_data::prelude::DatumType;
    use tract_linalg::isa::native;
    use tract_linalg::routines::best_for;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// Numbers of both signs without a pattern.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 500.0 - 1.0).collect()
    }

    /// Compares a row with its definition: `block` of `channels`, at `positions`, by taps that are
    /// `dilation` positions apart and taken in reverse order.
    fn assert_defined(
        taps: usize,
        [channels, positions, stride, dilation]: [usize; 4],
        block: Range<usize>,
    ) {
        let input = numbers((positions * stride + taps * dilation) * channels);
        let (kernel, bias) = (numbers(taps * channels), numbers(channels));
        let order: Vec<usize> = (0..taps).rev().collect();
        let offsets: Vec<isize> =
            order.iter().map(|tap| (tap * dilation * channels) as isize).collect();
        let mut found = vec![f32::NAN; positions * channels];
        let first = block.start;
        // SAFETY: all pointers begin at the block's first channel of vectors that have its last.
        unsafe {
            depthwise(
                input.as_ptr().add(first),
                found.as_mut_ptr().add(first),
                kernel.as_ptr().add(first),
                &order,
                &offsets,
                bias.as_ptr().add(first),
                block.len(),
                channels,
                positions,
                (stride * channels) as isize,
                channels as isize,
            );
        }
        for (at, found) in found.iter().enumerate() {
            let (position, channel) = (at / channels, at % channels);
            let term = |sum, &tap: &usize| {
                let place = (position * stride + tap * dilation) * channels + channel;
                sum + input[place] * kernel[tap * channels + channel]
            };
            let expected = order.iter().fold(bias[channel], term);
            let is_in_block = block.contains(&channel);
            assert!(
                if is_in_block { *found == expected } else { found.is_nan() },
                "{taps} taps, {channels} channels {block:?}, {positions} positions, stride \
                 {stride}, dilation {dilation}: {found} at {position}, not {expected}"
            );
        }
    }

    #[test]
    fn a_row_is_that_of_the_definition() {
        for taps in [0, 1, 2, 3, 9, 25] {
            for channels in [1, 3, 4, 5, 8, 11, 12, 16, 31] {
                for positions in [0, 1, 3, 4, 5, 8, 11] {
                    for (stride, dilation) in [(1, 1), (2, 1), (1, 2), (3, 2)] {
                        let sizes = [channels, positions, stride, dilation];
                        assert_defined(taps, sizes, 0..channels);
                    }
                }
            }
        }
    }

    #[test]
    fn other_channels_are_left_alone() {
        for block in [0..16, 16..32, 5..27, 30..32, 31..32] {
            assert_defined(9, [32, 6, 1, 1], block);
        }
    }

    #[test]
    fn the_engine_takes_it() {
        let routine = best_for(Func::DepthwiseC, DatumType::F32, &native());
        assert_eq!(routine.expect("a routine").name(), NAME);
    }
}
