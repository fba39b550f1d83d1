//! The detector: bytes to model, features, score and report. Only here do the stages meet.

mod check;
mod explanation;
mod file;
mod info;
mod report;
mod scoring;
mod threshold;
mod warning;

pub(crate) use self::check::check_settings;
pub use self::explanation::{Compared, Explanation};
pub(crate) use self::file::hash;
pub use self::info::{Info, LayerInfo};
pub use self::report::{BatchReport, LayerReport, Nearest, Predicted, Report, Timings};
pub use self::threshold::Threshold;
pub(crate) use self::threshold::check_rate;
#[cfg(test)]
pub(crate) use self::warning::CODES as WARNINGS;
pub use self::warning::Warning;

use web_time::{Duration, Instant};

use crate::parallel::map_in_order;
use crate::{
    Aggregator, Class, CompareWith, Error, Features, Image, Layer, Limits, Model, Preprocess,
    Result, She, Tensor,
};

/// A classifier with stored class patterns, which tells how far a sample is out of its depth.
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
    pub(crate) onnx: Vec<u8>,
    pub(crate) model: Model,
    pub(crate) she: She,
    pub(crate) aggregator: Aggregator,
    pub(crate) threshold: Threshold,
    pub(crate) labels: Vec<String>,
    pub(crate) preprocess: Option<Preprocess>,
    /// Number of fit samples with each label, if known.
    pub(crate) samples: Option<Vec<u64>>,
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

    /// Reads a detector file: an ONNX model with `she.*` metadata.
    ///
    /// # Errors
    /// Those of [`Model::load`]; [`Error::NotADetector`], [`Error::DetectorVersion`],
    /// [`Error::InvalidDetector`], [`Error::NotFinite`] or [`Error::InvalidOption`] for the
    /// metadata; [`Error::PatternsMismatch`] or [`Error::UnknownClass`] when the two do not fit
    /// together.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        Self::load_within(bytes, &Limits::default())
    }

    /// As [`Detector::load`], with other limits on what the model may take.
    ///
    /// # Errors
    /// As [`Detector::load`].
    pub fn load_within(bytes: &[u8], limits: &Limits) -> Result<Self> {
        file::read(bytes, limits)
    }

    /// The detector as a file, which [`Detector::load`] and any ONNX runtime read. All but the
    /// metadata is the model's own.
    pub fn to_bytes(&self) -> Vec<u8> {
        file::write(self)
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.model.input_shape()
    }

    /// What the detector is made of.
    pub fn info(&self) -> Info {
        let layer = |patterns: &crate::Patterns| LayerInfo {
            name: patterns.layer().to_string(),
            size: patterns.size(),
        };
        let classes = self.classes();
        let class_threshold = |class| self.threshold.value_for(class);
        Info {
            input_shape: self.model.input_shape().to_vec(),
            labels: self.labels.clone(),
            classes: classes.iter().map(|class| class.index).collect(),
            counts: classes.iter().map(|class| class.count).collect(),
            samples: self.samples.clone(),
            rows: classes.iter().map(|class| class.rows).collect(),
            outputs: self.model.output_kind(),
            layers: self.she.layers.iter().map(layer).collect(),
            similarity: self.she.similarity,
            compare_with: self.she.compare_with,
            aggregator: self.aggregator.clone(),
            clips: self.she.clips.clone(),
            threshold: self.threshold.value(),
            class_thresholds: self
                .threshold
                .scores_by_class()
                .map(|_| (0..self.labels.len()).map(class_threshold).collect()),
            id_pass_rate: self.threshold.id_pass_rate(),
            pass_rate_interval: self.threshold.pass_rate_interval(),
            calibration_size: self.threshold.scores().len(),
            preprocess: self.preprocess.clone(),
            warnings: Vec::new(),
        }
        .warned()
    }

    /// Patterns and similarity, to hold features against by themselves.
    pub fn she(&self) -> &She {
        &self.she
    }

    /// Scores of the held-out samples that the threshold is set by, ascending.
    pub fn calibration(&self) -> &[f32] {
        self.threshold.scores()
    }

    /// Logits and features of one sample.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn features(&self, input: &Tensor) -> Result<Features> {
        Features::of_outputs(&self.model.forward(input)?, 0, self.model.taps())
    }

    /// Logits and features of samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run_batch`].
    pub fn features_batch(&self, data: &[f32]) -> Result<Vec<Features>> {
        Features::of_batch(&self.model, data)
    }

    /// Scores one sample of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run`], and [`Error::NotFinite`] for features so large that their score is no
    /// number.
    pub fn score(&self, input: &Tensor) -> Result<Report> {
        let start = Instant::now();
        let outputs = self.model.forward(input)?;
        Ok(self.timed_report(|taps| Features::of_outputs(&outputs, 0, taps), start)?.1)
    }

    /// Features of what the model has just given, since `start`, and the report on them.
    fn timed_report(
        &self,
        features: impl FnOnce(&[Layer]) -> Result<Features>,
        start: Instant,
    ) -> Result<(Features, Report)> {
        let ran = Instant::now();
        let features = features(self.model.taps())?;
        let report = self.report_checked(&features)?;
        let timings = Timings {
            model: milliseconds(ran - start),
            she: milliseconds(ran.elapsed()),
            ..report.timings
        };
        Ok((features, Report { timings, ..report }))
    }

    /// Makes the model's input from a picture.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] when the detector does not say how.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        model_input(&self.model, self.preprocess.as_ref(), image)
    }

    /// Scores a picture of any size, preprocessed as the detector says.
    ///
    /// # Errors
    /// As [`Detector::preprocess`] and [`Detector::score`].
    pub fn score_image(&self, image: &Image<'_>) -> Result<Report> {
        let (input, image) = timed(|| self.preprocess(image))?;
        let report = self.score(&input)?;
        Ok(Report { timings: Timings { image, ..report.timings }, ..report })
    }

    /// Scores one sample of the model's input shape and tells where its similarity to a class comes
    /// from: which features, and which positions of feature maps.
    ///
    /// Without a `class` (a position in the logits) it is the class that the score compares with: the
    /// nearest, or with [`CompareWith::Predicted`] the predicted one if it has patterns.
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
        self.check_patterned(class)?;
        let start = Instant::now();
        let activations = self.model.run(input)?;
        let (features, report) =
            self.timed_report(|taps| Features::pool(&activations, taps), start)?;
        let index = class.unwrap_or_else(|| self.compared_class(&report));
        let explained =
            self.she.explain(index, &report.layers, &features.layers, &activations.layers);
        let layers = explained.ok_or_else(|| self.unpatterned(index))?;
        Ok(Explanation { class: Compared { index, label: self.label(index) }, layers, report })
    }

    /// Explains a picture of any size as [`Detector::explain`] does an input.
    ///
    /// # Errors
    /// As [`Detector::preprocess`] and [`Detector::explain`].
    pub fn explain_image(&self, image: &Image<'_>, class: Option<usize>) -> Result<Explanation> {
        let (input, image) = timed(|| self.preprocess(image))?;
        let mut explanation = self.explain(&input, class)?;
        explanation.report.timings.image = image;
        Ok(explanation)
    }

    /// Number of samples run at once in a batch. A shorter batch costs as much as a full one.
    pub fn batch_size(&self) -> usize {
        self.model.batch_size()
    }

    /// Scores many samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// [`Error::InputLength`] unless `data` is a whole number of samples, [`Error::NotFinite`] with
    /// the index in `data`, else as [`Model::run`].
    pub fn score_batch(&self, data: &[f32]) -> Result<BatchReport> {
        self.model.check_batch(data)?;
        let mut batch = BatchReport::default();
        let score = |chunk| -> Result<Vec<_>> {
            Features::of_chunk(&self.model, chunk)?
                .iter()
                .map(|features| self.report_checked(features))
                .collect()
        };
        for reports in map_in_order(self.model.chunks(data), score) {
            let reports: Vec<Report> = reports?;
            reports.iter().for_each(|report| batch.push(report));
        }
        Ok(batch)
    }

    /// The classes that have patterns, the same in all layers.
    fn classes(&self) -> &[Class] {
        self.she.layers.first().map_or(&[], |patterns| patterns.classes())
    }

    /// Class that a sample is compared with, among those with patterns.
    fn compared_class(&self, report: &Report) -> usize {
        match self.she.compare_with {
            CompareWith::Predicted if self.is_patterned(report.predicted.index) => {
                report.predicted.index
            }
            _ => report.nearest.index,
        }
    }

    fn is_patterned(&self, class: usize) -> bool {
        self.classes().iter().any(|patterned| patterned.index == class)
    }

    /// Refuses a class to compare with that has no patterns.
    fn check_patterned(&self, class: Option<usize>) -> Result<()> {
        match class {
            Some(class) if !self.is_patterned(class) => Err(self.unpatterned(class)),
            _ => Ok(()),
        }
    }

    /// What is wrong with a class that has no patterns.
    fn unpatterned(&self, class: usize) -> Error {
        let classes = self.model.classes();
        if class >= classes {
            return Error::UnknownClass { class, classes };
        }
        let allowed = "a class that has patterns, as the detector's info lists them";
        Error::InvalidOption { option: "the class", given: class.to_string(), allowed }
    }

    fn label(&self, class: usize) -> String {
        self.labels.get(class).cloned().unwrap_or_default()
    }
}

/// The model's input made from a picture, where it is said how.
pub(crate) fn model_input(
    model: &Model,
    preprocess: Option<&Preprocess>,
    image: &Image<'_>,
) -> Result<Tensor> {
    let expected = || Error::NoPreprocess { expected: model.input_shape().to_vec() };
    let input = preprocess.ok_or_else(expected)?.apply(image)?;
    Tensor::new(model.input_shape(), input.into_data())
}

/// What some work gives, and how many milliseconds it took.
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = Instant::now();
    let made = work()?;
    Ok((made, milliseconds(start.elapsed())))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
