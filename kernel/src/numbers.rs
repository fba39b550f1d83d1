//! Numbers for tests.

use std::fmt::Debug;
use std::mem::MaybeUninit;

/// Numbers of both signs without a pattern.
pub(crate) fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let hashed =
        |i: u32| (seed ^ i.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b).rotate_left(13);
    (1..=count as u32).map(|i| (hashed(i) >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
}

/// What a kernel writes to as many places.
pub(crate) fn written(count: usize, write: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut output = vec![MaybeUninit::new(f32::NAN); count];
    write(&mut output);
    // SAFETY: all were written at first.
    output.into_iter().map(|value| unsafe { value.assume_init() }).collect()
}

/// Compares up to the order of sums.
pub(crate) fn assert_close(found: &[f32], expected: &[f32], of: &impl Debug) {
    assert_eq!(found.len(), expected.len(), "{of:?}");
    let largest = expected.iter().fold(1.0, |most: f32, value| most.max(value.abs()));
    for (i, (one, other)) in found.iter().zip(expected).enumerate() {
        assert!((one - other).abs() <= 3e-6 * largest, "{one} for {other} at {i} of {of:?}");
    }
}
