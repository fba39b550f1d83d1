//! The detector joins all stages: file to model, features, score and report.

mod check;
mod choice;
mod explanation;
mod features;
mod file;
mod info;
mod judgement;
mod manifest;
mod pictures;
mod prediction_sets;
mod report;
mod score;
mod stopwatch;
mod taught;
mod threshold;
mod warning;

pub(crate) use self::check::{check_labels, check_preprocess};
pub use self::choice::{Because, Candidate, Choice};
pub use self::explanation::{Compared, Explanation};
pub use self::info::{Info, LayerInfo, SetsInfo};
pub use self::judgement::{Flagged, Judgement, Trial};
pub(crate) use self::pictures::{model_input, require_preprocess};
pub(crate) use self::prediction_sets::PredictionSets;
pub use self::report::{BatchReport, LayerReport, Nearest, Predicted, Report, Timings, Verdict};
pub use self::taught::{Classify, Taught};
pub use self::threshold::Threshold;
pub(crate) use self::threshold::{check_rate, missing, rank};
#[cfg(test)]
pub(crate) use self::warning::CODES as WARNINGS;
pub use self::warning::Warning;

use std::borrow::Cow;

#[cfg(doc)]
use crate::Error;
use crate::model::OnnxFile;
use crate::{
    Aggregator, Class, ClassIndex, Image, Limits, Model, Preprocess, Result, She, Tensor,
    WithEnergy,
};

/// A classifier with stored class patterns: scores how far a sample is from what it knows.
///
/// ```
/// # #[cfg(feature = "embedded")] {
/// let detector = she_ood::Detector::embedded()?;
/// let blank = she_ood::Tensor::new(detector.info().input_shape, vec![0.0; 28 * 28])?;
/// let report = detector.score(&blank)?;
/// assert!(report.is_ood && report.score > report.threshold);
/// # }
/// # Ok::<(), she_ood::Error>(())
/// ```
#[derive(Debug)]
pub struct Detector {
    /// The ONNX file without detector metadata.
    pub(crate) onnx: OnnxFile,
    pub(crate) model: Model,
    pub(crate) she: She,
    pub(crate) aggregator: Aggregator,
    pub(crate) energy: Option<WithEnergy>,
    /// `None` where the model classifies.
    pub(crate) taught: Option<Taught>,
    pub(crate) threshold: Threshold,
    /// `None` where the calibration samples had no labels.
    pub(crate) sets: Option<PredictionSets>,
    pub(crate) labels: Vec<String>,
    pub(crate) preprocess: Option<Preprocess>,
    /// Number of fit samples with each label, if known.
    pub(crate) samples: Option<Vec<u64>>,
    /// What the fit tried, if it chose.
    pub(crate) choice: Option<Choice>,
    /// How it does on strangers made of known samples, if any were made.
    pub(crate) trial: Option<Trial>,
}

/// The embedded detector's file: see `models/README.md` for its origin.
#[cfg(feature = "embedded")]
const EMBEDDED: &[u8] = include_bytes!("../models/digits.onnx");

impl Detector {
    /// The detector that comes with the crate: a small network that knows the handwritten digits 0
    /// to 4 (28 x 28 pixels, light ink on black, 0 to 1).
    ///
    /// # Errors
    /// As [`Detector::load`].
    #[cfg(feature = "embedded")]
    pub fn embedded() -> Result<Self> {
        Self::load(EMBEDDED)
    }

    /// Reads a detector file: an ONNX model with `she.*` metadata. The detector keeps the file, and
    /// copies it unless it is given as a `Vec`.
    ///
    /// # Errors
    /// Those of [`Model::load`]; [`Error::NotADetector`], [`Error::DetectorVersion`],
    /// [`Error::InvalidDetector`], [`Error::NotFinite`] or [`Error::InvalidOption`] for the
    /// metadata; [`Error::PatternsMismatch`] or [`Error::UnknownClass`] when it does not fit the
    /// model.
    pub fn load<'a>(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self> {
        Self::load_within(bytes, &Limits::default())
    }

    /// As [`Detector::load`], with other limits on what the model may take.
    ///
    /// # Errors
    /// As [`Detector::load`].
    pub fn load_within<'a>(bytes: impl Into<Cow<'a, [u8]>>, limits: &Limits) -> Result<Self> {
        file::read(bytes.into().into_owned(), limits)
    }

    /// The detector as a file, for [`Detector::load`] and any ONNX runtime. It is the model's own
    /// file with metadata appended.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.onnx, self.metadata().as_slice()].concat()
    }

    /// The part of its file that follows the model.
    pub(crate) fn metadata(&self) -> Vec<u8> {
        file::metadata(self)
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.model.input_shape()
    }

    /// The scorer: patterns and similarity, to compare features with on their own.
    pub fn she(&self) -> &She {
        &self.she
    }

    /// Scores of the held-out samples behind the threshold, ascending.
    pub fn calibration(&self) -> &[f32] {
        self.threshold.scores()
    }

    /// Number of samples run at once in a batch. A shorter batch costs as much as a full one.
    pub fn batch_size(&self) -> usize {
        self.model.batch_size()
    }

    /// Makes the model's input from an image.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] when the detector has no preprocessing.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        model_input(&self.model, self.preprocess.as_ref(), image)
    }

    /// The picture as the model sees it: as [`Preprocess::preview`].
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] when the detector has no preprocessing.
    pub fn preview(&self, image: &Image<'_>) -> Result<Vec<u8>> {
        require_preprocess(&self.model, self.preprocess.as_ref())?.preview(image)
    }

    /// The class at a position among the labels.
    pub(crate) fn class(&self, index: usize) -> Result<ClassIndex> {
        ClassIndex::new(index, self.class_count())
    }

    /// The classes that have patterns, the same in all layers.
    fn classes(&self) -> &[Class] {
        self.she.classes()
    }

    #[expect(clippy::expect_used, reason = "`checked` refuses labels that are not one per class")]
    fn label(&self, class: ClassIndex) -> &str {
        self.labels.get(class.get()).expect("each class has a label")
    }
}
