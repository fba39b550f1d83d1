//! Four numbers that the compiler keeps in a vector if the processor has one.

use std::array::from_fn;

use super::Vector;

#[derive(Clone, Copy)]
pub(super) struct Array([f32; 4]);

impl Vector for Array {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: `from` points to four values by the contract of `Vector`.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: `to` points to four values by the contract of `Vector`.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }

    #[inline(always)]
    unsafe fn add_product(self, one: Self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + one.0[i] * other.0[i]))
    }

    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        let larger = |i: usize| if self.0[i] < low.0[i] { low.0[i] } else { self.0[i] };
        let raised: [f32; 4] = from_fn(larger);
        Self(from_fn(|i| if raised[i] > high.0[i] { high.0[i] } else { raised[i] }))
    }
}
