//! WebAssembly's vectors.

use std::arch::wasm32::{
    f32x4_add, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, v128, v128_load, v128_store,
};

use super::Vector;

/// `one * other + sum`, for vectors and for the engine's tiles.
///
/// With the feature `fusable` the compiler does not inline it, and its C calling convention passes
/// vectors by value. `tools/fuse.js` can then find it in the finished file and replace its body
/// with the fused instruction of relaxed SIMD; `wasm-opt` inlines it after that. The compiler
/// cannot do this itself: once it may use relaxed SIMD, it also uses instructions that lose NaN.
#[cfg_attr(feature = "fusable", inline(never))]
#[cfg_attr(not(feature = "fusable"), inline(always))]
#[expect(improper_ctypes_definitions, reason = "nothing but Rust calls it")]
pub(crate) extern "C" fn multiply_add(one: v128, other: v128, sum: v128) -> v128 {
    f32x4_add(f32x4_mul(one, other), sum)
}

impl Vector for v128 {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        f32x4_splat(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: `from` points to four values by the contract of `Vector`.
        unsafe { v128_load(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: `to` points to four values by the contract of `Vector`.
        unsafe { v128_store(to.cast(), self) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        f32x4_add(self, other)
    }

    #[inline(always)]
    unsafe fn add_product(self, one: Self, other: Self) -> Self {
        multiply_add(one, other, self)
    }

    // `pmax(a, b)` is `a < b ? b : a`: one instruction where `max` takes several.
    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        f32x4_pmin(f32x4_pmax(self, low), high)
    }
}
