//! Tensors of the engine that a kernel writes, and their sizes.

use std::mem::MaybeUninit;
use std::slice;

use tract_data::prelude::{Tensor, TractResult};

/// A tensor of 32-bit floats, whose values nothing writes before `write` does.
///
/// # Safety
/// `write` writes every value.
pub(crate) unsafe fn written(
    shape: &[usize],
    write: impl FnOnce(&mut [MaybeUninit<f32>]),
) -> TractResult<Tensor> {
    // SAFETY: nothing reads the values before they are written.
    let mut tensor = unsafe { Tensor::uninitialized::<f32>(shape)? };
    if tensor.len() > 0 {
        // SAFETY: the tensor was made for as many floats, which may hold anything until then.
        write(unsafe {
            slice::from_raw_parts_mut(tensor.as_ptr_mut_unchecked::<f32>().cast(), tensor.len())
        });
    }
    Ok(tensor)
}

/// Number of samples in an input, each with `given` values that make `made` values of the output.
///
/// # Panics
/// If input, addend and output are not of as many whole samples.
pub(crate) fn samples(
    [given, made]: [usize; 2],
    input: &[f32],
    addend: Option<&[f32]>,
    output: &[MaybeUninit<f32>],
) -> usize {
    let samples = input.len() / given.max(1);
    assert_eq!(input.len(), samples * given, "whole samples");
    assert_eq!(output.len(), samples * made, "the output's size");
    assert!(addend.is_none_or(|addend| addend.len() == output.len()), "the addend's size");
    samples
}
