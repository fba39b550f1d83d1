//! Vectors of the processor, as the kernels use them.

#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
pub(crate) mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

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
