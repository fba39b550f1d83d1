//! Padding of feature maps with a constant, in place of the engine's operator.
//!
//! The engine copies value by value, a tenth of a convolutional network's time in WebAssembly. This
//! one copies row by row.

use tract_onnx::prelude::{TVec, TypedFact};
use tract_onnx::tract_core::ops::array::{Pad as EnginePad, PadMode};

use super::Planes;

/// Places feature maps `[.., height, width]` inside larger ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Pad {
    /// Height and width, in this order everywhere here.
    input: [usize; 2],
    /// Positions before the first row and column.
    before: [usize; 2],
    output: [usize; 2],
    output_shape: TVec<usize>,
    /// Bits of the value, so that paddings can be compared.
    value: u32,
}

impl Pad {
    /// Substitutes the engine's operator, if it pads the last two axes with a constant.
    pub(in crate::model) fn of(pad: &EnginePad, input: &TypedFact) -> Option<Self> {
        let PadMode::Constant(value) = &pad.mode else { return None };
        let shape = input.shape.as_concrete()?;
        let output_shape: TVec<usize> = shape
            .iter()
            .zip(&pad.pads)
            .map(|(size, (before, after))| before + size + after)
            .collect();
        let (planes, before) = pad.pads.split_last_chunk::<2>()?;
        let (_, &output) = output_shape.split_last_chunk::<2>()?;
        let (_, &input) = shape.split_last_chunk::<2>()?;
        if planes.iter().any(|&pad| pad != (0, 0)) || input.contains(&0) {
            return None;
        }
        Some(Self {
            input,
            before: before.map(|(before, _)| before),
            output,
            output_shape,
            value: value.cast_to_scalar::<f32>().ok()?.to_bits(),
        })
    }
}

impl Planes for Pad {
    const NAME: &'static str = "Pad";

    fn output_shape(&self) -> &[usize] {
        &self.output_shape
    }

    fn fill(&self, input: &[f32], output: &mut [f32]) {
        let ([height, width], [above, left], [rows, columns]) =
            (self.input, self.before, self.output);
        output.fill(f32::from_bits(self.value));
        for (plane, padded) in
            input.chunks_exact(height * width).zip(output.chunks_exact_mut(rows * columns))
        {
            for (row, padded) in
                plane.chunks_exact(width).zip(padded.chunks_exact_mut(columns).skip(above))
            {
                padded.iter_mut().skip(left).zip(row).for_each(|(padded, &value)| *padded = value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tract_onnx::prelude::{DatumType, Tensor};

    use super::*;

    fn pad(shape: &[usize], pads: &[(usize, usize)], value: f32) -> Option<Pad> {
        let engine = EnginePad {
            pads: pads.to_vec(),
            mode: PadMode::Constant(Arc::new(Tensor::from(value))),
        };
        Pad::of(&engine, &TypedFact::dt_shape(DatumType::F32, shape))
    }

    #[test]
    fn a_picture_lies_within_the_value() {
        let pad = pad(&[1, 2, 2, 3], &[(0, 0), (0, 0), (1, 0), (2, 1)], 0.5).unwrap();
        assert_eq!(pad.output_shape(), [1, 2, 3, 6]);
        let mut padded = [0.0; 36];
        pad.fill(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -1.0, -2.0, -3.0, -4.0, -5.0, -6.0], &mut padded);
        #[rustfmt::skip]
        assert_eq!(padded, [
            0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
            0.5, 0.5, 1.0, 2.0, 3.0, 0.5,
            0.5, 0.5, 4.0, 5.0, 6.0, 0.5,
            0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
            0.5, 0.5, -1.0, -2.0, -3.0, 0.5,
            0.5, 0.5, -4.0, -5.0, -6.0, 0.5,
        ]);
    }

    #[test]
    fn other_axes_and_empty_pictures_are_left_to_the_engine() {
        assert_eq!(pad(&[1, 2, 2, 3], &[(0, 0), (0, 1), (1, 1), (1, 1)], 0.0), None);
        assert_eq!(pad(&[1, 2, 0, 3], &[(0, 0), (0, 0), (1, 1), (1, 1)], 0.0), None);
        assert_eq!(pad(&[4], &[(1, 1)], 0.0), None);
    }
}
