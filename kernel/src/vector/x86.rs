//! Vectors of x86-64, chosen when the program runs.

use std::arch::x86_64::*;

use super::{Vector, Work};

/// Instructions beyond those that every x86-64 processor has.
#[derive(Clone, Copy)]
pub(super) enum Level {
    Avx2,
    Avx512,
}

impl Level {
    pub(super) fn detected() -> Option<Self> {
        if is_x86_feature_detected!("avx512f") {
            Some(Self::Avx512)
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            Some(Self::Avx2)
        } else {
            None
        }
    }

    /// Rows and columns of the tile that [`Level::run`] works with.
    pub(super) fn tile(self) -> [usize; 2] {
        match self {
            Self::Avx2 => [AVX2_ROWS, 2 * <__m256 as Vector>::LANES],
            Self::Avx512 => [AVX512_ROWS, 2 * <__m512 as Vector>::LANES],
        }
    }

    pub(super) fn run(self, work: impl Work) {
        // SAFETY: `detected` makes a level only where the processor has its instructions.
        unsafe {
            match self {
                Self::Avx2 => avx2(work),
                Self::Avx512 => avx512(work),
            }
        }
    }
}

/// Of sixteen registers twelve hold sums, of thirty-two sixteen.
const AVX2_ROWS: usize = 6;
const AVX512_ROWS: usize = 8;

#[target_feature(enable = "avx2,fma")]
fn avx2(work: impl Work) {
    // SAFETY: this function's processor has the instructions.
    unsafe { work.run::<__m256, AVX2_ROWS>() }
}

#[target_feature(enable = "avx512f")]
fn avx512(work: impl Work) {
    // SAFETY: this function's processor has the instructions.
    unsafe { work.run::<__m512, AVX512_ROWS>() }
}

/// The same functions under the names of both widths.
macro_rules! vector {
    ($vector:ty, $lanes:expr, $splat:ident, $load:ident, $store:ident, $add:ident, $fma:ident,
     $max:ident, $min:ident) => {
        // SAFETY of each function: the processor has the instruction, and a pointer leads to as
        // many values as the vector holds, by the contract of `Vector`.
        impl Vector for $vector {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(value: f32) -> Self {
                unsafe { $splat(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn add_product(self, one: Self, other: Self) -> Self {
                unsafe { $fma(one, other, self) }
            }

            // If either operand is NaN, both instructions return the second one.
            #[inline(always)]
            unsafe fn clamp(self, low: Self, high: Self) -> Self {
                unsafe { $min(high, $max(low, self)) }
            }
        }
    };
}

vector!(
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_fmadd_ps,
    _mm256_max_ps,
    _mm256_min_ps
);
vector!(
    __m512,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_fmadd_ps,
    _mm512_max_ps,
    _mm512_min_ps
);
