//! The detector: bytes to model, features, score and report. Only here do the stages meet.

mod file;

pub(crate) use self::file::hash;

use web_time::{Duration, Instant};

use crate::baselines::{Prediction, baselines};
use crate::patterns::MOST_SAMPLES;
use crate::she::{LayerScore, She, check_size};
use crate::threads::in_order;
use crate::{
    Aggregator, Baselines, BatchReport, Class, Compared, Error, Explanation, Features, Image, Info, Layer, LayerInfo,
    LayerReport, Limits, Model, Nearest, PatternChoice, Predicted, Preprocess, Report, Result, Tensor, Threshold, Timings,
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
    /// Number of fit samples with each label, where it is known.
    pub(crate) samples: Option<Vec<u64>>,
}

/// The embedded detector's file: see `models/README.md` for its origin.
#[cfg(feature = "embedded")]
const EMBEDDED: &[u8] = include_bytes!("../models/digits.onnx");

impl Detector {
    /// The detector that comes with the crate: a small network that knows the handwritten digits 0 to 4 (28 x 28 pixels, light
    /// ink on black, 0 to 1).
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
    /// Those of [`Model::load`]; [`Error::NotADetector`], [`Error::DetectorVersion`], [`Error::InvalidDetector`],
    /// [`Error::NotFinite`] or [`Error::InvalidOption`] for the metadata; [`Error::PatternsMismatch`] or
    /// [`Error::UnknownClass`] when the two do not fit together.
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

    /// The detector as a file, which [`Detector::load`] and any ONNX runtime read. All but the metadata is the model's own.
    pub fn to_bytes(&self) -> Vec<u8> {
        file::write(self)
    }

    /// Checks that the parts fit together.
    pub(crate) fn checked(self) -> Result<Self> {
        for (patterns, tap) in self.she.layers.iter().zip(self.model.taps()) {
            check_size(patterns, tap.size())?;
            check_classes(patterns.classes(), self.model.classes())?;
        }
        self.she.check()?;
        self.aggregator.check(self.she.layers.len())?;
        check_settings(&self.model, &self.labels, self.preprocess.as_ref())?;
        self.check_samples()?;
        Ok(self)
    }

    /// Refuses fewer samples of a class than are classified rightly, or counts of other classes.
    fn check_samples(&self) -> Result<()> {
        let Some(samples) = &self.samples else { return Ok(()) };
        let enough = |class: &Class| samples.get(class.index).is_some_and(|&samples| samples >= class.count);
        let countable = samples.iter().all(|&count| count <= MOST_SAMPLES);
        match samples.len() == self.labels.len() && countable && self.classes().iter().all(enough) {
            true => Ok(()),
            false => Err(Error::InvalidDetector {
                field: "samples".to_string(),
                reason: format!("{samples:?} are not the numbers of samples of {} classes", self.labels.len()),
            }),
        }
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.model.input_shape()
    }

    /// What the detector is made of.
    pub fn info(&self) -> Info {
        let layer = |patterns: &crate::Patterns| LayerInfo { name: patterns.layer().to_string(), size: patterns.size() };
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
            pattern: self.she.pattern,
            aggregator: self.aggregator.clone(),
            clips: self.she.clips.clone(),
            threshold: self.threshold.value(),
            class_thresholds: self.threshold.scores_by_class().map(|_| (0..self.labels.len()).map(class_threshold).collect()),
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
    /// As [`Model::run`], and [`Error::NotFinite`] for features so large that their score is no number.
    pub fn score(&self, input: &Tensor) -> Result<Report> {
        let start = Instant::now();
        let outputs = self.model.forward(input)?;
        Ok(self.judged(|taps| Features::of_outputs(&outputs, 0, taps), start)?.1)
    }

    /// Features of what the model has just given, since `start`, and the verdict on them.
    fn judged(&self, features: impl FnOnce(&[Layer]) -> Result<Features>, start: Instant) -> Result<(Features, Report)> {
        let ran = Instant::now();
        let features = features(self.model.taps())?;
        let report = self.verdict(&features)?;
        let timings = Timings { model: milliseconds(ran - start), she: milliseconds(ran.elapsed()), ..report.timings };
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

    /// Scores one sample of the model's input shape and tells where its similarity to a class comes from: which features, and
    /// which positions of feature maps.
    ///
    /// Without a `class` (a position in the logits) it is the one that judges the sample: the nearest, or with
    /// [`PatternChoice::Predicted`] the predicted one if it has patterns.
    ///
    /// ```
    /// # #[cfg(feature = "embedded")] {
    /// let detector = she_ood::Detector::embedded()?;
    /// let blank = she_ood::Tensor::new(detector.info().input_shape, vec![0.0; 28 * 28])?;
    /// let explanation = detector.explain(&blank, Some(3))?;
    /// let layer = &explanation.layers[0];
    /// assert_eq!((explanation.class.index, layer.similarity), (3, explanation.report.layers[0].similarities[3]));
    /// assert!((layer.channels.iter().sum::<f32>() - layer.similarity).abs() < 1e-5);
    /// # }
    /// # Ok::<(), she_ood::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Detector::score`]; [`Error::UnknownClass`] for a class that the model does not have, [`Error::InvalidOption`] for
    /// one without patterns.
    pub fn explain(&self, input: &Tensor, class: Option<usize>) -> Result<Explanation> {
        self.check_patterned(class)?;
        let start = Instant::now();
        let activations = self.model.run(input)?;
        let (features, report) = self.judged(|taps| Features::pool(&activations, taps), start)?;
        let index = class.unwrap_or_else(|| self.judging(&report));
        let explained = self.she.explain(index, &report.layers, &features.layers, &activations.layers);
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

    /// Number of samples that are run together in a batch: what is less costs as much.
    pub fn together(&self) -> usize {
        self.model.together()
    }

    /// Scores many samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// [`Error::InputLength`] unless `data` is a whole number of samples, [`Error::NotFinite`] with the index in `data`, else
    /// as [`Model::run`].
    pub fn score_batch(&self, data: &[f32]) -> Result<BatchReport> {
        self.model.check_batch(data)?;
        let mut batch = BatchReport::default();
        let score = |chunk| Features::of_chunk(&self.model, chunk)?.iter().map(|features| self.verdict(features)).collect();
        in_order(self.model.chunks(data), score, |reports: Result<Vec<_>>| {
            reports?.iter().for_each(|report| batch.push(report));
            Ok(())
        })?;
        Ok(batch)
    }

    /// The verdict on features, all but the timings: for those that were computed before.
    ///
    /// # Errors
    /// [`Error::PatternsMismatch`] for features that are not this detector's, [`Error::InvalidOption`] unless there is a logit
    /// for each class, [`Error::NotFinite`] for NaN and infinities, and for features so large that their score is no number.
    pub fn report(&self, features: &Features) -> Result<Report> {
        let (given, classes) = (features.logits.len(), self.model.classes());
        if given != classes {
            let given = format!("{given}, the model has {classes} classes");
            return Err(Error::InvalidOption { option: "the number of logits", given, allowed: "one a class" });
        }
        self.verdict(features)
    }

    /// The verdict on features of this model.
    fn verdict(&self, features: &Features) -> Result<Report> {
        let (prediction, baselines) = baselines(&features.logits)?;
        let layers = self.she.score(&features.layers, prediction.class)?;
        let score = self.aggregator.join(&layers.iter().map(|layer| layer.score).collect::<Vec<_>>());
        if score.is_nan() {
            return Err(Error::NotFinite { place: "the score".to_string(), index: 0, value: score });
        }
        Ok(self.report_of(score, prediction, baselines, layers))
    }

    fn report_of(&self, score: f32, prediction: Prediction, baselines: Baselines, layers: Vec<LayerScore>) -> Report {
        let names = self.she.layers.iter().map(|patterns| patterns.layer().to_string());
        Report {
            score,
            threshold: self.threshold.value_for(prediction.class),
            is_ood: self.threshold.is_ood(score, prediction.class),
            p_value: self.threshold.p_value(score, prediction.class),
            predicted: Predicted {
                index: prediction.class,
                label: self.label(prediction.class),
                probability: prediction.probability(),
            },
            probabilities: prediction.probabilities,
            nearest: self.nearest(&layers),
            layers: names
                .zip(layers)
                .map(|(name, LayerScore { score, similarities })| LayerReport { name, score, similarities })
                .collect(),
            baselines,
            timings: Timings::default(),
        }
    }

    /// The class with the highest similarity, the layers joined as their scores are.
    fn nearest(&self, layers: &[LayerScore]) -> Nearest {
        let of = |layer: &LayerScore, row: usize| layer.similarities.get(row).copied().unwrap_or_default();
        let mut scores = Vec::with_capacity(layers.len());
        let mut similarity = |row: usize| {
            scores.clear();
            scores.extend(layers.iter().map(|layer| -of(layer, row)));
            -self.aggregator.join(&scores)
        };
        // Far out, Fisher's method gives all classes the same.
        let sum = |row: usize| layers.iter().map(|layer| of(layer, row)).sum::<f32>();
        let classes = self.classes().iter().enumerate().map(|(row, class)| (class.index, similarity(row), sum(row)));
        let nearest = classes.reduce(|best, next| if (next.1, next.2) > (best.1, best.2) { next } else { best });
        let (index, similarity, _) = nearest.unwrap_or_default();
        Nearest { index, label: self.label(index), similarity }
    }

    /// The classes that have patterns, the same in all layers.
    fn classes(&self) -> &[Class] {
        self.she.layers.first().map_or(&[], |patterns| patterns.classes())
    }

    /// The class that a sample is judged by, of those that have patterns.
    fn judging(&self, report: &Report) -> usize {
        match self.she.pattern {
            PatternChoice::Predicted if self.is_patterned(report.predicted.index) => report.predicted.index,
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
pub(crate) fn model_input(model: &Model, preprocess: Option<&Preprocess>, image: &Image<'_>) -> Result<Tensor> {
    let expected = || Error::NoPreprocess { expected: model.input_shape().to_vec() };
    let input = preprocess.ok_or_else(expected)?.apply(image)?;
    Tensor::new(model.input_shape(), input.into_data())
}

/// Refuses labels and preprocessing that are not for this model.
pub(crate) fn check_settings(model: &Model, labels: &[String], preprocess: Option<&Preprocess>) -> Result<()> {
    if labels.len() != model.classes() {
        let reason = format!("{} labels for {} classes", labels.len(), model.classes());
        return Err(Error::InvalidDetector { field: "labels".to_string(), reason });
    }
    preprocess.map_or(Ok(()), |preprocess| preprocess.check(model.input_shape()))
}

/// Refuses classes that the model does not have.
fn check_classes(given: &[Class], classes: usize) -> Result<()> {
    match given.iter().find(|class| class.index >= classes) {
        Some(class) => Err(Error::UnknownClass { class: class.index, classes }),
        None => Ok(()),
    }
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
