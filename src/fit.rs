//! From a classifier and labelled samples to a detector.

mod cached;
mod choice;
mod clips;
mod examples;
mod fitter;
mod from_file;
pub(crate) mod hold_out;
mod judge;
mod learnt;
mod observation;
mod options;
mod part;
mod patterns_builder;
mod preset;
mod probes;
mod quantile;
mod recipe;
mod reservoir;
mod row;
mod scatter;
mod scores;
mod statistics;
mod store;
mod taught;
mod teacher;
mod temperature;
mod threshold;

use std::borrow::Cow;

use self::cached::Cached;
pub use self::fitter::Fitter;
pub use self::observation::{CalibrationSample, Observation, Observations};
use self::observation::{Inputs, run};
pub use self::options::FitOptions;
pub use self::part::{Calibration, Part, PartInfo, Privacy, Progress};
pub use self::patterns_builder::PatternsBuilder;
pub use self::preset::Preset;
pub use self::probes::{Probe, Probes};
use self::scores::Scores;
pub use self::store::Store;
pub use self::teacher::{TaughtClass, TaughtExample, Teacher, TeacherInfo};
use self::threshold::HeldOut;
use crate::model::{Names, OnnxFile, Tap, metadata};
use crate::{
    Classify, Detector, Error, Features, Model, Preprocess, Result, Scorer, Similarity, Tensor,
    WithEnergy,
};

/// Fits a detector: class patterns from labelled samples, the threshold from held-out
/// in-distribution samples.
///
/// `samples` are pairs of input and class index. They are run through the model once, and by clones
/// of the iterator again for an aggregator and again for ReAct, unless all their features fit into
/// 64 MB, which are kept. Beyond that memory does not grow with their number, except with
/// [`Store::All`](crate::Store::All) and [`AggregatorKind::Fisher`](crate::AggregatorKind::Fisher).
///
/// `calibration` must not contain any of `samples`, or fewer in-distribution samples pass than the
/// threshold promises. With too few to promise the rate, fewer than 19 for 0.95, the threshold is
/// +infinity and nothing is flagged.
///
/// These calibration samples have no labels, so there are no prediction sets: [`Fitter`] and
/// [`Fit::detector`] take labelled ones.
///
/// A class without a correctly classified sample, or with fewer than [`FitOptions::min_count`], has
/// no pattern: it is missing in [`Info::classes`](crate::Info::classes).
///
/// # Errors
/// As [`Fit::load`] and [`Model::run`]; [`Error::UnknownClass`] for a class that the model does not
/// have; [`Error::Fit`] when no sample is classified correctly, or the features or scores of a
/// layer do not vary.
pub fn fit<S>(
    onnx: &[u8],
    options: &FitOptions,
    samples: S,
    calibration: impl IntoIterator<Item = Tensor>,
) -> Result<Detector>
where
    S: IntoIterator<Item = (Tensor, usize)> + Clone,
{
    let fit = Fit::load(onnx, options.clone())?;
    let model = fit.model.clone();
    let calibration = calibration.into_iter().map(|input| (input, ()));
    let calibration =
        run(&model, calibration, |_, features, ()| Ok(CalibrationSample::new(features, None)));
    fit.clone().detector(&mut Inputs { fit: &fit, samples, is_first: true }, calibration)
}

/// Fits a detector as [`fit()`] does, from features computed before: those of one run of the model
/// serve many options.
///
/// `samples` are pairs of features, of the layers in the order of the options, and class index.
///
/// # Errors
/// As [`fit()`]; [`Error::Fit`] also for features of other layers.
pub fn fit_features<'a, S>(
    onnx: &[u8],
    options: &FitOptions,
    samples: S,
    calibration: impl IntoIterator<Item = &'a Features>,
) -> Result<Detector>
where
    S: IntoIterator<Item = (&'a Features, usize)>,
{
    let samples = samples.into_iter().map(|(features, class)| (features.clone(), class));
    let samples: Vec<_> =
        samples.map(|(features, class)| Observation::new(features, class)).collect();
    let calibration =
        calibration.into_iter().map(|features| Ok(CalibrationSample::new(features.clone(), None)));
    Fit::load(onnx, options.clone())?
        .fit_in_memory(&samples.iter().collect::<Vec<_>>(), calibration)
}

/// A fit ready to start: the options, and the model loaded once with the layers that they name.
///
/// [`fit()`], [`fit_features()`] and [`Fitter`] are built on it. Use it when options depend on the
/// model, or when reading and running samples takes care of its own: see [`Fit::detector`].
#[derive(Debug, Clone)]
pub struct Fit {
    /// The ONNX file without detector metadata.
    onnx: OnnxFile,
    model: Model,
    options: FitOptions,
    /// The names of the classes in the file's own metadata.
    file_labels: Option<Vec<String>>,
}

impl Fit {
    /// Checks the options and loads the model. The fit keeps the file, and copies it unless it is
    /// given as a `Vec`.
    ///
    /// # Errors
    /// Those of [`Model::load`]; [`Error::Fit`] when no layer is named and the model has no default
    /// one, or several are and no aggregator; [`Error::InvalidOption`].
    pub fn load<'a>(onnx: impl Into<Cow<'a, [u8]>>, options: FitOptions) -> Result<Self> {
        let options = options.ready()?;
        let (onnx, _) = metadata::take_entries(onnx.into().into_owned())?;
        Self::load_file(OnnxFile::new(onnx), options)
    }

    /// As [`Fit::load`], of a file without detector metadata and options that are ready.
    fn load_file(onnx: OnnxFile, options: FitOptions) -> Result<Self> {
        let names = if options.choose { Names::Candidates } else { Names::GivenOrDefault };
        let model = Model::load_file(&onnx, &options.model, names)?;
        check_direction(&model, options.similarity)?;
        let options = options.with_layers(model.taps())?;
        let file_labels = metadata::labels(&onnx)?;
        Self { onnx, model, options, file_labels }.checked()
    }

    /// The model, with the layers of the options tapped.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What classifies.
    pub fn classify(&self) -> Classify {
        self.options.classify
    }

    /// The names of the classes in the file's own metadata: [`Model::labels`].
    pub fn file_labels(&self) -> Option<&[String]> {
        self.file_labels.as_deref()
    }

    /// The same fit with a name for each class, in the order of the logits.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless there is one for each output, where the model classifies.
    pub fn with_labels(mut self, labels: Vec<String>) -> Result<Self> {
        self.options.labels = Some(labels);
        self.checked()
    }

    /// The same fit with this way of making inputs from pictures.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless it makes inputs of the model's shape.
    pub fn with_preprocess(mut self, preprocess: Option<Preprocess>) -> Result<Self> {
        self.options.preprocess = preprocess;
        self.checked()
    }

    /// The same fit with another share of in-distribution samples to pass.
    fn with_id_pass_rate(mut self, id_pass_rate: f64) -> Result<Self> {
        self.options.id_pass_rate = id_pass_rate;
        self.options.check()?;
        Ok(self)
    }

    /// Logits and features of one sample.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn features(&self, input: &Tensor) -> Result<Features> {
        Features::from_outputs(&self.model.forward(input)?.sample(0)?, self.model.taps())
    }

    /// Logits and features of samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run_batch`].
    pub fn features_batch(&self, data: &[f32]) -> Result<Vec<Features>> {
        Features::of_batch(&self.model, data)
    }

    /// Fits to observations that the caller makes, with [`Fit::features_batch`] or otherwise, and
    /// ends with the first error that they yield. Features are kept between passes up to 64 MB.
    ///
    /// # Errors
    /// As [`fit_features()`], and those of the observations.
    pub fn detector(
        self,
        samples: &mut impl Observations,
        calibration: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Detector> {
        let (model, passes) = (self.model.clone(), self.options.passes());
        self.fit_to(&mut Cached::new(&model, samples, passes), calibration)
    }

    /// Fits to observations that are in memory.
    fn fit_in_memory(
        self,
        samples: &[&Observation],
        calibration: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Detector> {
        let mut samples = samples.iter().map(|&observation| Ok(observation.clone()));
        self.fit_to(&mut samples, calibration)
    }

    fn fit_to(
        self,
        samples: &mut impl Observations,
        calibration: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Detector> {
        match (self.options.classify, self.options.choose) {
            (Classify::Patterns, _) => self.fit_taught(samples, calibration),
            (Classify::Model, true) => self.fit_by_choice(samples, calibration),
            (Classify::Model, false) => self.fit_as_told(samples, calibration),
        }
    }

    /// Fits with these options.
    fn fit_as_told(
        self,
        samples: &mut impl Observations,
        calibration: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Detector> {
        let labels = self.labels()?;
        let scores = Scores::fit(&self.model, &self.options, samples)?;
        let held_out = HeldOut::score(&self.model, &self.options, &scores, calibration)?;
        let energy = self.options.energy;
        let energy = energy.map(|weight| held_out.energy(weight, &scores, samples)).transpose()?;
        self.assembled(labels, scores, held_out, energy)
    }

    /// The detector of these scores.
    fn assembled(
        self,
        labels: Vec<String>,
        scores: Scores,
        mut held_out: HeldOut,
        energy: Option<WithEnergy>,
    ) -> Result<Detector> {
        let halved = held_out.take_halved(energy);
        let threshold = held_out.threshold(&self.options, energy)?;
        let sets = held_out.sets(&self.options)?;
        let Scores { she, aggregator, mut statistics } = scores;
        let probes = std::mem::take(&mut statistics.probes);
        let outputs = statistics.output_kind(&self.model);
        let taps = self.model.taps().iter().map(Tap::of).collect();
        let scorer = Scorer {
            she: halved.unwrap_or(she),
            aggregator,
            energy,
            taught: None,
            threshold,
            sets,
            labels,
            outputs,
            taps,
            reading: self.model.options().clone(),
            input_shape: self.model.input_shape().to_vec(),
            preprocess: self.options.preprocess,
            samples: Some(statistics.samples),
            correct: statistics.correct,
            choice: None,
            trial: None,
        };
        let mut detector = Detector::new(self.onnx, self.model, scorer)?;
        detector.scorer.trial = held_out.own_scores().compare(&detector, &probes)?;
        Ok(detector)
    }
}

/// Refuses the direction of a single number, which is 1 or -1 for every sample.
fn check_direction(model: &Model, similarity: Similarity) -> Result<()> {
    let needs_direction =
        matches!(similarity, Similarity::Cosine | Similarity::Mahalanobis | Similarity::FewShot);
    match model.taps().iter().find(|tap| tap.size() == 1 && needs_direction) {
        Some(tap) => Err(Error::Fit {
            reason: format!(
                "layer {:?} has a single feature, whose {similarity} is the same for every \
                 sample: choose another layer or similarity",
                tap.name
            ),
        }),
        None => Ok(()),
    }
}
