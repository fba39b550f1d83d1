//! Options that say how a model is read.

use std::path::PathBuf;

use she_ood::ModelOptions;

/// The model file, and the options that its file leaves open.
#[derive(Debug, clap::Args)]
pub struct Reading {
    /// ONNX classifier, or for `fit` any backbone; `embeddings` for data that are features already.
    pub model: PathBuf,
    /// Tensor that holds the logits or probabilities, where the program cannot tell or takes
    /// another one.
    #[arg(long, value_name = "NAME")]
    pub logits: Option<String>,
    /// Shape of one sample, without the batch, for a model that leaves sizes open: 3,224,224.
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub input_shape: Option<Vec<usize>>,
}

impl Reading {
    /// Options that tap these layers.
    pub fn options(&self, layers: &[String]) -> ModelOptions {
        let (logits, input_shape) = (self.logits.clone(), self.input_shape.clone());
        ModelOptions { logits, input_shape, ..ModelOptions::new(layers) }
    }
}
