//! Convolutions of feature maps, with all that surrounds the product: padding, strides, bias,
//! an addend and limits.

mod dense;
mod depthwise;
mod planes;

pub use self::dense::Dense;
pub use self::depthwise::Depthwise;

/// What a convolution looks at. Height and width, in this order everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub channels: usize,
    /// Size of the input.
    pub input: [usize; 2],
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Steps from output to output.
    pub strides: [usize; 2],
    /// Steps from tap to tap.
    pub dilations: [usize; 2],
    /// Zeros before the first row and column.
    pub before: [usize; 2],
    /// Size of the output. It tells how many zeros follow the input.
    pub output: [usize; 2],
}

impl Geometry {
    /// Values of a kernel that looks at one channel.
    fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// Positions of an output channel.
    fn positions(&self) -> usize {
        self.output.iter().product()
    }

    /// Rows and columns that the kernel reaches over, zeros included.
    fn reach(&self, axis: usize) -> usize {
        let steps = |count: usize, step: usize| count.saturating_sub(1).saturating_mul(step);
        steps(self.output[axis], self.strides[axis])
            .saturating_add(steps(self.kernel[axis], self.dilations[axis]))
            .saturating_add(1)
    }

    /// Number of values that the padded input of one sample has. With wide padding and dilation
    /// that is far more than input and output have.
    pub fn padded(&self) -> usize {
        self.channels.saturating_mul(self.reach(0)).saturating_mul(self.reach(1))
    }
}

#[cfg(test)]
mod tests;
