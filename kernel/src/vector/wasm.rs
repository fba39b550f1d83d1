//! WebAssembly's vectors.

use std::arch::wasm32::{
    f32x4_add, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, v128, v128_load, v128_store,
};

use super::Vector;

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
        f32x4_add(self, f32x4_mul(one, other))
    }

    // `pmax(a, b)` is `a < b ? b : a`: one instruction where `max` takes several.
    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        f32x4_pmin(f32x4_pmax(self, low), high)
    }
}
