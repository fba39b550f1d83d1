//! How pictures become a model's inputs.

use crate::{Error, Image, Model, Preprocess, PreprocessOptions, Result, Tensor};

impl Model {
    /// How pictures become inputs: as the options say, and as is usual for the rest. Models of
    /// whole numbers take pixels as they are.
    ///
    /// # Errors
    /// As [`PreprocessOptions::preprocess`].
    pub fn preprocess(&self, options: &PreprocessOptions) -> Result<Preprocess> {
        if self.takes_whole_numbers() && !options.has_normalisation() {
            let scale = Some(1.0);
            return PreprocessOptions { scale, ..options.clone() }.preprocess(self.input_shape());
        }
        options.preprocess(self.input_shape())
    }

    /// The preprocessing that is usual for pictures, `None` for a model of other inputs.
    pub fn usual_preprocess(&self) -> Option<Preprocess> {
        self.preprocess(&PreprocessOptions::default()).ok()
    }
}

/// Makes the model's input from an image.
pub(crate) fn model_input(
    model: &Model,
    preprocess: Option<&Preprocess>,
    image: &Image<'_>,
) -> Result<Tensor> {
    let input = require_preprocess(model, preprocess)?.apply(image)?;
    Tensor::new(model.input_shape(), input.into_data())
}

/// The preprocessing of a model that takes pictures.
pub(crate) fn require_preprocess<'a>(
    model: &Model,
    preprocess: Option<&'a Preprocess>,
) -> Result<&'a Preprocess> {
    preprocess.ok_or_else(|| Error::NoPreprocess { expected: model.input_shape().to_vec() })
}
