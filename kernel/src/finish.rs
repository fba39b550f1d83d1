//! What surrounds a product.

/// What happens to the sums of products.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// Added to each output, or to each value of an output channel.
    pub bias: Vec<f32>,
    /// The least and the largest value of the output.
    pub limits: [f32; 2],
}
