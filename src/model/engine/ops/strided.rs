//! Strided slices, in place of the engine's operator, which goes value by value: a fifteenth of
//! ResNet-20's time in WebAssembly, whose shortcuts take every other row and column.

use tract_onnx::prelude::{TVec, TypedFact};

use super::Planes;
use super::slice::Held;

/// One in every few positions along an axis, from the first on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Strided {
    step: usize,
    /// Positions along the axis.
    length: usize,
    /// Values at each position.
    run: usize,
    output_shape: TVec<usize>,
}

impl Strided {
    /// Substitutes the engine's operator, unless it goes backwards or nothing is there.
    pub(in crate::model) fn of(held: &Held, input: &TypedFact) -> Option<Self> {
        let (axis, stride) = held.forwards()?;
        let mut output_shape: TVec<usize> = input.shape.as_concrete()?.into();
        let run = output_shape.get(axis + 1..)?.iter().product();
        let size = output_shape.get_mut(axis)?;
        let length = *size;
        *size = length.div_ceil(stride);
        let is_empty = output_shape.contains(&0);
        (!is_empty).then_some(Self { step: stride, length, run, output_shape })
    }
}

impl Planes for Strided {
    const NAME: &'static str = "Strided";

    fn output_shape(&self) -> &[usize] {
        &self.output_shape
    }

    fn fill(&self, input: &[f32], output: &mut [f32]) {
        let Self { step, length, run, .. } = *self;
        let parts = output.chunks_exact_mut(length.div_ceil(step) * run);
        for (from, to) in input.chunks_exact(length * run).zip(parts) {
            if run == 1 {
                to.iter_mut().zip(from.iter().step_by(step)).for_each(|(to, &from)| *to = from);
                continue;
            }
            let rows = from.chunks_exact(run).step_by(step);
            to.chunks_exact_mut(run).zip(rows).for_each(|(to, from)| to.copy_from_slice(from));
        }
    }
}

#[cfg(test)]
mod tests {
    use tract_onnx::prelude::{DatumType, Tensor, tvec};
    use tract_onnx::tract_core::internal::EvalOp;
    use tract_onnx::tract_core::ops::downsample::Downsample;

    use super::*;

    #[test]
    fn it_takes_what_the_engine_takes() {
        for shape in [[2, 3, 5, 7], [1, 1, 8, 8], [3, 2, 1, 4]] {
            let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| i as f32).collect();
            let input = Tensor::from_shape(&shape, &values).unwrap();
            for (axis, step) in [(0, 2), (1, 2), (2, 2), (2, 3), (3, 1), (3, 2), (3, 9)] {
                let held = Held(Downsample::new(axis, step, 0));
                let fact = TypedFact::dt_shape(DatumType::F32, shape);
                let strided = Strided::of(&held, &fact).unwrap();
                let engine = held.eval_out_of_plan(tvec!(input.clone().into())).unwrap().unwrap();
                let mut output = vec![f32::NAN; strided.output_shape.iter().product()];
                strided.fill(&values, &mut output);
                assert_eq!(&*strided.output_shape, engine[0].shape());
                assert_eq!(
                    output,
                    engine[0].try_as_plain_ram().unwrap().as_slice::<f32>().unwrap()
                );
            }
        }
    }

    #[test]
    fn backwards_and_empty_slices_are_left_to_the_engine() {
        let of = |shape: [usize; 2], step| {
            let fact = TypedFact::dt_shape(DatumType::F32, shape);
            Strided::of(&Held(Downsample::new(1, step, 0)), &fact)
        };
        assert_eq!(of([2, 4], -2), None);
        assert_eq!(of([2, 0], 2), None);
        assert_eq!(of([0, 4], 2), None);
    }
}
