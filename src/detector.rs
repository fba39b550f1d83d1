//! The detector joins all stages: file to model, features, score and report.

mod explanation;
mod features;
mod pictures;
mod score;

use std::borrow::Cow;

pub(crate) use self::pictures::{model_input, require_preprocess};
use crate::model::{Names, OnnxFile};
use crate::score::check_size;
use crate::scorer::{DetectorFile, check_classes, check_labels};
use crate::{
    Error, Image, Info, Limits, Model, ModelOptions, Monitor, MonitorOptions, Result, Scorer, She,
    Tensor,
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
    /// Everything else: what the model's features are compared with.
    pub(crate) scorer: Scorer,
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
        Self::of_file(DetectorFile::split(bytes.into().into_owned(), limits)?, limits)
    }

    pub(crate) fn of_file(file: DetectorFile, limits: &Limits) -> Result<Self> {
        if file.is_plain_model() {
            // An unreadable model is reported as such.
            let options = ModelOptions { limits: *limits, ..ModelOptions::default() };
            Model::load_file(&file.onnx, &options, Names::Given)?;
            return Err(Error::NotADetector { is_exported: false });
        }
        let scorer = file.scorer(limits)?;
        let model = Model::load_file(&file.onnx, &scorer.reading, Names::Stored)?;
        Self::new(file.onnx, model, scorer)
    }

    /// The detector as a file, for [`Detector::load`] and any ONNX runtime. It is the model's own
    /// file with metadata appended.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.onnx, self.metadata().as_slice()].concat()
    }

    /// The part of its file that follows the model.
    pub(crate) fn metadata(&self) -> Vec<u8> {
        self.scorer.metadata(&self.onnx)
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.model.input_shape()
    }

    /// The scorer: patterns and similarity, to compare features with on their own.
    pub fn she(&self) -> &She {
        &self.scorer.she
    }

    /// Scores of the held-out samples behind the threshold, ascending.
    pub fn calibration(&self) -> &[f32] {
        self.scorer.calibration()
    }

    /// Number of samples run at once in a batch. A shorter batch costs as much as a full one.
    pub fn batch_size(&self) -> usize {
        self.model.batch_size()
    }

    /// As [`Scorer::monitor`].
    ///
    /// # Errors
    /// As [`Scorer::monitor`].
    pub fn monitor(&self, options: MonitorOptions) -> Result<Monitor> {
        self.scorer.monitor(options)
    }

    /// Makes the model's input from an image.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] when the detector has no preprocessing.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        model_input(&self.model, self.scorer.preprocess.as_ref(), image)
    }

    /// The picture as the model sees it: as [`Preprocess::preview`](crate::Preprocess::preview).
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] when the detector has no preprocessing.
    pub fn preview(&self, image: &Image<'_>) -> Result<Vec<u8>> {
        require_preprocess(&self.model, self.scorer.preprocess.as_ref())?.preview(image)
    }

    /// The detector's model, patterns and settings.
    pub fn info(&self) -> Info {
        self.scorer.info()
    }

    /// Joins a model with the rest, which must be for it.
    pub(crate) fn new(onnx: OnnxFile, model: Model, scorer: Scorer) -> Result<Self> {
        for (patterns, tap) in scorer.she.layers().iter().zip(model.taps()) {
            check_size(patterns, tap.size())?;
        }
        if scorer.taught.is_none() {
            check_classes(scorer.she.classes(), model.classes())?;
            check_labels(&scorer.labels, model.classes())?;
        }
        if let Some(preprocess) = &scorer.preprocess {
            preprocess.check(model.input_shape())?;
        }
        let input_shape = model.input_shape().to_vec();
        let scorer = Scorer { input_shape, ..scorer }.checked()?;
        Ok(Self { onnx, model: model.with_outputs(scorer.outputs), scorer })
    }
}
