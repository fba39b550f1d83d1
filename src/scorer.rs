//! The verdict on features: everything that a detector's file holds but its model.

mod check;
mod choice;
mod explanation;
mod features;
mod file;
mod info;
mod judgement;
mod manifest;
mod prediction_sets;
mod report;
mod score;
mod scored;
mod stopwatch;
mod taught;
mod threshold;
mod warning;

use std::borrow::Cow;

pub(crate) use self::check::{check_classes, check_labels};
pub use self::choice::{Because, Candidate, Choice};
pub use self::explanation::{Compared, Explanation};
pub(crate) use self::file::DetectorFile;
pub use self::info::{Info, LayerInfo, SetsInfo};
pub use self::judgement::{Flagged, Judgement, Trial};
pub(crate) use self::prediction_sets::PredictionSets;
pub use self::report::{BatchReport, LayerReport, Nearest, Predicted, Report, Timings, Verdict};
pub(crate) use self::stopwatch::Stopwatch;
pub use self::taught::{Classify, Taught};
pub use self::threshold::Threshold;
pub(crate) use self::threshold::{check_rate, missing, rank};
#[cfg(test)]
pub(crate) use self::warning::CODES as WARNINGS;
pub use self::warning::Warning;
#[cfg(feature = "engine")]
pub(crate) use self::warning::few_correct;
#[cfg(doc)]
use crate::Error;
use crate::model::Tap;
use crate::{
    Aggregator, Class, ClassIndex, Limits, ModelOptions, OutputKind, Preprocess, Result, She,
    WithEnergy,
};

/// A detector without its model: gives the verdict on features that any runtime computed.
///
/// It reads the same file as [`Detector::load`](crate::Detector::load) and gives the same reports
/// for the same features, bit for bit.
///
/// ```
/// # #[cfg(feature = "embedded")] {
/// use she_ood::{Detector, Scorer, Tensor};
///
/// let detector = Detector::embedded()?;
/// let scorer = Scorer::load(detector.to_bytes())?;
/// let blank = Tensor::new(detector.info().input_shape, vec![0.0; 28 * 28])?;
/// // Another runtime would compute these.
/// let features = detector.features(&blank)?;
/// assert_eq!(scorer.report(&features)?, detector.report(&features)?);
/// # }
/// # Ok::<(), she_ood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scorer {
    pub(crate) she: She,
    pub(crate) aggregator: Aggregator,
    pub(crate) energy: Option<WithEnergy>,
    /// `None` where the model classifies.
    pub(crate) taught: Option<Taught>,
    pub(crate) threshold: Threshold,
    /// `None` where the calibration samples had no labels.
    pub(crate) sets: Option<PredictionSets>,
    pub(crate) labels: Vec<String>,
    /// Meaning of the model's outputs.
    pub(crate) outputs: OutputKind,
    /// How each layer is pooled.
    pub(crate) taps: Vec<Tap>,
    /// How the model is read.
    pub(crate) reading: ModelOptions,
    /// Shape of one sample, without the batch dimension.
    pub(crate) input_shape: Vec<usize>,
    pub(crate) preprocess: Option<Preprocess>,
    /// Number of fit samples with each label, if known.
    pub(crate) samples: Option<Vec<u64>>,
    /// Number of those classified correctly, where some classes have too few for a pattern.
    pub(crate) correct: Option<Vec<u64>>,
    /// What the fit tried, if it chose.
    pub(crate) choice: Option<Choice>,
    /// How it does on strangers made of known samples, if any were made.
    pub(crate) trial: Option<Trial>,
}

impl Scorer {
    /// Reads a detector file. The model in it is hashed, to tell damage, and not kept.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::InvalidModel`] for bytes that are not an ONNX model,
    /// [`Error::NotADetector`] for one without `she.*` metadata, else those of
    /// [`Detector::load`](crate::Detector::load) for the metadata.
    pub fn load<'a>(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self> {
        Self::of_file(&DetectorFile::split(bytes.into().into_owned(), &Limits::default())?)
    }

    pub(crate) fn of_file(file: &DetectorFile) -> Result<Self> {
        file.scorer(&Limits::default())?.checked()
    }

    /// The patterns and the similarity, to compare features with on their own.
    pub fn she(&self) -> &She {
        &self.she
    }

    /// Scores of the held-out samples behind the threshold, ascending.
    pub fn calibration(&self) -> &[f32] {
        self.threshold.scores()
    }

    /// The class at a position among the labels.
    pub(crate) fn class(&self, index: usize) -> Result<ClassIndex> {
        ClassIndex::new(index, self.labels.len())
    }

    /// The classes that have patterns, the same in all layers.
    fn classes(&self) -> &[Class] {
        self.she.classes()
    }

    #[expect(clippy::expect_used, reason = "`class` refuses classes without a label")]
    fn label(&self, class: ClassIndex) -> &str {
        self.labels.get(class.get()).expect("each class has a label")
    }
}
