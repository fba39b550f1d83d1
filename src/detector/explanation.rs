//! Why a sample is as similar to a class as it is.

use serde::Serialize;

use super::Detector;
use super::stopwatch::Stopwatch;
use crate::{
    ClassIndex, CompareWith, Error, Features, Image, LayerExplanation, Report, Result, Tensor,
    Timings,
};

/// Why a sample is as similar to a class as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[must_use]
pub struct Explanation {
    /// The report, as [`Detector::score`] gives it.
    pub report: Report,
    /// The class that the sample is compared with.
    pub class: Compared,
    /// Each layer by itself, in the order of [`Report::layers`].
    pub layers: Vec<LayerExplanation>,
}

/// The class that a sample is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// Position in the logits.
    pub index: usize,
    /// Its name.
    pub label: String,
}

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
        let class = class.map(|class| self.class(class)).transpose()?;
        class.map_or(Ok(()), |class| self.check_patterned(class))?;
        let mut watch = Stopwatch::start();
        let outputs = self.model.forward(input)?;
        let model = watch.lap();
        let outputs = outputs.sample(0)?;
        let features = Features::from_outputs(&outputs, self.model.taps())?;
        let mut report = self.report_of(&features)?;
        report.timings = Timings { image: 0.0, model, she: watch.lap() };
        let class = class.map_or_else(|| self.compared_class(&report), Ok)?;
        let layers = self.explain_layers(class, &report, &features, &outputs.layers)?;
        let label = self.label(class).to_string();
        Ok(Explanation { class: Compared { index: class.get(), label }, layers, report })
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

    fn explain_layers(
        &self,
        class: ClassIndex,
        report: &Report,
        features: &Features,
        raw: &[&[f32]],
    ) -> Result<Vec<LayerExplanation>> {
        let row = self.classes().iter().position(|patterned| patterned.index == class.get());
        let similarity = |row: usize| {
            report.layers.iter().map(|layer| layer.similarities.get(row).copied()).collect()
        };
        row.and_then(similarity)
            .and_then(|similarities: Vec<_>| {
                self.she.explain(class.get(), &similarities, features, self.model.taps(), raw)
            })
            .ok_or_else(|| without_patterns(class))
    }

    /// Class that the score compares with, if it has patterns, else the nearest.
    fn compared_class(&self, report: &Report) -> Result<ClassIndex> {
        let predicted = report.predicted.index;
        match self.she.compare_with() {
            CompareWith::Predicted if self.is_patterned(predicted) => self.class(predicted),
            _ => self.class(report.nearest.index),
        }
    }

    fn is_patterned(&self, class: usize) -> bool {
        self.classes().iter().any(|patterned| patterned.index == class)
    }

    fn check_patterned(&self, class: ClassIndex) -> Result<()> {
        if self.is_patterned(class.get()) { Ok(()) } else { Err(without_patterns(class)) }
    }
}

fn without_patterns(class: ClassIndex) -> Error {
    let allowed = "a class that has patterns, as the detector's info lists them";
    Error::InvalidOption { option: "the class", given: class.get().to_string(), allowed }
}
