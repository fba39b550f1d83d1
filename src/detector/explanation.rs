//! Why a sample is as similar to a class as it is.

use super::Detector;
use crate::scorer::Stopwatch;
#[cfg(doc)]
use crate::{CompareWith, Error};
use crate::{Explanation, Features, Image, Result, Tensor, Timings};

impl Detector {
    /// Scores one sample of the model's input shape and takes its similarity to a class apart: by
    /// feature, and by position of a feature map.
    ///
    /// Without a `class` (a position in the logits) it is the class behind the score: the nearest,
    /// or with [`CompareWith::Predicted`] the predicted one if it has patterns.
    ///
    /// ```
    /// # #[cfg(feature = "embedded")] {
    /// let detector = she_ood::Detector::embedded()?;
    /// let blank = she_ood::Tensor::new(detector.info().input_shape, vec![0.0; 28 * 28])?;
    /// let explanation = detector.explain(&blank, Some(3))?;
    /// let layer = &explanation.layers[0];
    /// assert_eq!(
    ///     (explanation.class.index, layer.similarity),
    ///     (3, explanation.report.layers[0].similarities[3])
    /// );
    /// assert!((layer.channels.iter().sum::<f32>() - layer.similarity).abs() < 1e-5);
    /// # }
    /// # Ok::<(), she_ood::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Detector::score`]; [`Error::UnknownClass`] for a class that the model does not have,
    /// [`Error::InvalidOption`] for one without patterns.
    pub fn explain(&self, input: &Tensor, class: Option<usize>) -> Result<Explanation> {
        let class = self.scorer.patterned(class)?;
        let mut watch = Stopwatch::start();
        let outputs = self.model.forward(input)?;
        let model = watch.lap();
        let outputs = outputs.sample(0)?;
        let features = Features::from_outputs(&outputs, self.model.taps())?;
        let mut report = self.scorer.report_of(&features)?;
        report.timings = Timings { image: 0.0, model, she: watch.lap() };
        self.scorer.explanation(report, class, &features, self.model.taps(), &outputs.layers)
    }

    /// Explains an image of any size as [`Detector::explain`] does an input.
    ///
    /// # Errors
    /// As [`Detector::preprocess`] and [`Detector::explain`].
    pub fn explain_image(&self, image: &Image<'_>, class: Option<usize>) -> Result<Explanation> {
        let mut watch = Stopwatch::start();
        let input = self.preprocess(image)?;
        let image = watch.lap();
        let mut explanation = self.explain(&input, class)?;
        explanation.report.timings.image = image;
        Ok(explanation)
    }
}
