//! What surrounds a product.

/// What happens to the sums of products.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// What each output, or each value of an output channel, is multiplied by. The weights take it
    /// in.
    pub factors: Vec<f32>,
    /// Added to each output, or to each value of an output channel.
    pub bias: Vec<f32>,
    /// The least and the largest value of the output.
    pub limits: [f32; 2],
}

impl Finish {
    /// Limits that change nothing.
    pub const OPEN: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

    /// A bias and nothing else.
    pub fn adding(bias: Vec<f32>) -> Self {
        Self { factors: vec![1.0; bias.len()], bias, limits: Self::OPEN }
    }
}
