//! Vectors of the processor, as the kernels use them.

#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
pub(crate) mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::mem::MaybeUninit;

/// A vector of 32-bit floats in a register.
///
/// # Safety
/// Each function may only run on a processor that has the vector's instructions. [`dispatch`] runs
/// kernels where it does. `load` reads, and `store` writes, [`LANES`](Vector::LANES) values, which
/// need no alignment.
pub(crate) trait Vector: Copy {
    const LANES: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    /// `self + one * other`, rounded once or twice.
    unsafe fn add_product(self, one: Self, other: Self) -> Self;
    /// The values clamped to two limits. NaN stays NaN.
    unsafe fn clamp(self, low: Self, high: Self) -> Self;
}

/// Values of the widest vector.
pub(crate) const MOST_LANES: usize = 16;

/// Loads a vector, or as many of its values as there are and zeros.
///
/// # Safety
/// The processor has the vector's instructions.
#[inline(always)]
pub(crate) unsafe fn load_some<V: Vector>(from: &[f32]) -> V {
    // SAFETY: the slice or the array is as long as the vector.
    unsafe {
        if from.len() >= V::LANES {
            return V::load(from.as_ptr());
        }
        let mut values = [0.0; MOST_LANES];
        values[..from.len()].copy_from_slice(from);
        V::load(values.as_ptr())
    }
}

/// Stores a vector, or as many of its values as there is room for.
///
/// # Safety
/// The processor has the vector's instructions.
#[inline(always)]
pub(crate) unsafe fn store_some<V: Vector>(vector: V, to: &mut [MaybeUninit<f32>]) {
    // SAFETY: the slice or the array is as long as the vector.
    unsafe {
        if to.len() >= V::LANES {
            return vector.store(to.as_mut_ptr().cast());
        }
        let mut values = [0.0; MOST_LANES];
        vector.store(values.as_mut_ptr());
        to.iter_mut().zip(values).for_each(|(to, value)| *to = MaybeUninit::new(value));
    }
}

/// Work that any vector can do, on tiles of `R` rows of two vectors.
pub(crate) trait Work {
    /// # Safety
    /// The processor has the vector's instructions.
    unsafe fn run<V: Vector, const R: usize>(self);
}

/// Rows and columns of the tiles that [`dispatch`] works with on this processor.
pub(crate) fn tile() -> [usize; 2] {
    #[cfg(target_arch = "x86_64")]
    if let Some(level) = x86::Level::detected() {
        return level.tile();
    }
    BASE_TILE
}

/// Runs the work with the widest vectors that this processor has.
pub(crate) fn dispatch(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if let Some(level) = x86::Level::detected() {
        return level.run(work);
    }
    // SAFETY: the build targets processors that have this vector.
    unsafe { work.run::<Base, BASE_ROWS>() }
}

#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
type Base = portable::Array;
#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
type Base = std::arch::wasm32::v128;

/// Eight sums, two factors and two products: no more than there are registers.
const BASE_ROWS: usize = 4;
const BASE_TILE: [usize; 2] = [BASE_ROWS, 2 * <Base as Vector>::LANES];
