//! The part of the crate `rustfft` that the inference engine calls, by the definition of the
//! transform instead of its fast algorithms: n² multiplications, where a classifier of pictures
//! asks for none at all. `[patch]` in Cargo.toml puts it in the place of the crate, whose
//! algorithms for every length make a tenth of the WebAssembly.

use std::f64::consts::TAU;
use std::marker::PhantomData;

use num_complex::Complex;
use num_traits::{FromPrimitive, Signed};

pub use num_complex;
pub use num_traits;

/// A number that can be transformed.
pub trait FftNum: Copy + FromPrimitive + Signed + Sync + Send + std::fmt::Debug + 'static {}

impl<T: Copy + FromPrimitive + Signed + Sync + Send + std::fmt::Debug + 'static> FftNum for T {}

/// The sign of the exponent. Neither direction is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FftDirection {
    /// exp(-2πi jk / n)
    Forward,
    /// exp(2πi jk / n)
    Inverse,
}

/// Makes transforms of one number type.
#[derive(Debug)]
pub struct FftPlanner<T>(PhantomData<T>);

/// A transform of one length.
#[derive(Debug)]
pub struct Fft<T> {
    roots: Vec<Complex<T>>,
}

impl<T: FftNum> FftPlanner<T> {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(PhantomData)
    }

    pub fn plan_fft(&mut self, len: usize, direction: FftDirection) -> Fft<T> {
        let sign = if direction == FftDirection::Forward { -1.0 } else { 1.0 };
        let number = |value: f64| T::from_f64(value).unwrap_or_else(T::zero);
        let root = |k: usize| sign * TAU * k as f64 / len as f64;
        let on_circle = |k| Complex::new(number(root(k).cos()), number(root(k).sin()));
        Fft { roots: (0..len).map(on_circle).collect() }
    }

    pub fn plan_fft_forward(&mut self, len: usize) -> Fft<T> {
        self.plan_fft(len, FftDirection::Forward)
    }
}

impl<T: FftNum> Fft<T> {
    /// Transforms each piece of the planned length in place.
    pub fn process(&self, buffer: &mut [Complex<T>]) {
        let len = self.roots.len().max(1);
        for piece in buffer.chunks_exact_mut(len) {
            let from = piece.to_vec();
            for (k, value) in piece.iter_mut().enumerate() {
                let terms = from
                    .iter()
                    .enumerate()
                    .filter_map(|(j, x)| Some(x * self.roots.get(j * k % len)?));
                *value = terms.fold(Complex::new(T::zero(), T::zero()), |sum, term| sum + term);
            }
        }
    }
}
