//! Max pooling of feature maps, in place of the engine's operator, which compares value by value:
//! a quarter of a small network's time in WebAssembly.

use she_ood_kernel::MaxPool as Kernel;
use tract_onnx::prelude::{TVec, TypedFact};
use tract_onnx::tract_core::ops::cnn::OptMaxPool;
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::Planes;

/// Max pooling of feature maps `[batch, channels, height, width]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct MaxPool {
    kernel: Kernel,
    output_shape: TVec<usize>,
}

impl MaxPool {
    /// Substitutes the engine's operator, unless it is dilated or returns indices too.
    pub(in crate::model) fn of(pool: &OptMaxPool, _: &TypedFact) -> Option<Self> {
        let spec = &pool.pool_spec;
        if spec.data_format != DataFormat::NCHW
            || pool.with_index_outputs.is_some()
            || spec.dilations().iter().any(|&d| d != 1)
        {
            return None;
        }
        let geometry = pool.geometry.as_concrete()?;
        let two = |sizes: &[usize]| <[usize; 2]>::try_from(sizes).ok();
        let kernel = Kernel {
            input: two(geometry.input_shape.hw_dims())?,
            kernel: two(&geometry.patch.spec.kernel_shape)?,
            strides: two(&geometry.patch.spec.strides)?,
            padding: two(&geometry.patch.pad_before)?,
            output: two(geometry.output_shape.hw_dims())?,
        };
        Some(Self { kernel, output_shape: geometry.output_shape.shape.clone() })
    }
}

impl Planes for MaxPool {
    const NAME: &'static str = "MaxPool";

    fn output_shape(&self) -> &[usize] {
        &self.output_shape
    }

    fn fill(&self, input: &[f32], output: &mut [f32]) {
        self.kernel.run(input, output);
    }
}
