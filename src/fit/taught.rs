//! From examples to a detector whose patterns classify.

use super::examples::{Compared, Examples, Geometry, MOST_COMPARED};
use super::temperature::{Labelled, temperature};
use super::threshold::{by_class, check_spread, threshold};
use super::{CalibrationSample, Fit, FitOptions, Observations};
use crate::model::Tap;
use crate::score::{Softmax, first_maximum};
use crate::scorer::{PredictionSets, missing};
use crate::{
    Aggregator, CompareWith, Detector, Error, FewShot, Model, Moments, Patterns, Result, Scorer,
    She, Similarity, Taught, Threshold,
};

/// A sample for the threshold: its similarity to each class, by patterns that do not know it.
struct Sample {
    similarities: Vec<f32>,
    /// Its class, if it is known.
    class: Option<usize>,
}

impl Fit {
    /// Fits patterns that classify, and calibrates them with held-out samples, or without any with
    /// each fit sample left out of its own pattern.
    pub(super) fn fit_taught(
        self,
        samples: &mut impl Observations,
        calibration: impl IntoIterator<Item = Result<CalibrationSample>>,
    ) -> Result<Detector> {
        let mut examples = Examples::new(self.feature_count());
        for (number, observation) in (0..).zip(samples.pass()) {
            let observation = observation?;
            observation.features.check(&self.model)?;
            let features = observation.features.layers().concat();
            examples.add(number, observation.class, features);
            examples.keep_compared();
        }
        let labels = self.taught_labels(&examples)?;
        let calibration: Vec<_> = calibration.into_iter().collect::<Result<_>>()?;
        let means = examples.means(self.layer_name())?;
        self.taught_detector(&examples.geometry(), means, labels, calibration)
    }

    /// The labels of the options, else the numbers of the classes.
    fn taught_labels(&self, examples: &Examples<usize>) -> Result<Vec<String>> {
        let classes: Vec<usize> = examples.classes().map(|(&class, _)| class).collect();
        let Some(labels) = &self.options.labels else {
            return Ok(classes.iter().map(usize::to_string).collect());
        };
        if let Some(&class) = classes.iter().find(|class| **class >= labels.len()) {
            return Err(Error::UnknownClass { class, classes: labels.len() });
        }
        match labels.iter().enumerate().find(|(class, _)| !classes.contains(class)) {
            Some((_, label)) => Err(Error::Fit {
                reason: format!(
                    "there is no sample of {label:?}, and patterns classify: add samples of it, or \
                     leave the class out"
                ),
            }),
            None => Ok(labels.clone()),
        }
    }

    /// Number of features of the tapped layer.
    pub(super) fn feature_count(&self) -> usize {
        self.model.taps().iter().map(|tap| tap.size()).sum()
    }

    /// Name of the tapped layer.
    pub(super) fn layer_name(&self) -> &str {
        self.model.taps().first().map_or("", |tap| &tap.name)
    }

    /// The detector of examples and the means of their classes, which have these labels.
    pub(super) fn taught_detector(
        &self,
        geometry: &Geometry,
        means: Patterns,
        labels: Vec<String>,
        calibration: Vec<CalibrationSample>,
    ) -> Result<Detector> {
        let counts = means.classes().iter().map(|class| class.count).collect();
        let left_out: Vec<Compared> = geometry.left_out().collect();
        // The first example of two classes may be the same picture.
        if left_out.len() >= 2 * geometry.class_count() {
            geometry.check()?;
        }
        let few_shot = few_shot(self.feature_count(), geometry, &left_out)?;
        let compared = left_out.iter().map(|compared| Sample::left_out(compared, &few_shot));
        let compared: Vec<Sample> = compared.collect();
        let patterns = vec![means.with_few_shot(few_shot)?];
        let she = She::new(patterns, Similarity::FewShot, CompareWith::Nearest)?;
        let calibrated = match calibration.is_empty() {
            true => Calibrated::of_left_out(&compared, labels.len(), &self.options)?,
            false => {
                let samples = held_out(&self.model, &she, calibration)?;
                Calibrated::of(&samples, labels.len(), false, &self.options)?
            }
        };
        let scorer = Scorer {
            she,
            aggregator: Aggregator::Single,
            energy: None,
            taught: Some(calibrated.taught),
            threshold: calibrated.threshold,
            sets: calibrated.sets,
            labels,
            outputs: self.model.output_kind(),
            taps: self.model.taps().iter().map(Tap::of).collect(),
            reading: self.model.options().clone(),
            input_shape: self.model.input_shape().to_vec(),
            preprocess: self.options.preprocess.clone(),
            samples: Some(counts),
            correct: None,
            choice: None,
            trial: None,
        };
        Detector::new(self.onnx.clone(), self.model.clone(), scorer)
    }
}

/// Refuses a pass rate that more samples are needed for than are left out.
pub(super) fn check_left_out(id_pass_rate: f64) -> Result<()> {
    if missing(MOST_COMPARED, id_pass_rate) == 0 {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "the ID pass rate",
        given: id_pass_rate.to_string(),
        allowed: "at most 0.99 where samples are left out of their patterns, as 100 of them are; \
                  held-out samples allow more",
    })
}

/// How features are compared, standardised on examples that were left out.
fn few_shot(size: usize, geometry: &Geometry, left_out: &[Compared]) -> Result<FewShot> {
    let nearest = |compared: &Compared| compared.distances.iter().copied().fold(f64::MAX, f64::min);
    let best = |compared: &Compared| compared.cosines.iter().copied().fold(-1.0, f64::max);
    let narrow = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
    let is_choice = geometry.class_count() > 1;
    FewShot::new(
        size,
        geometry.residuals.iter().flat_map(|row| narrow(row)).collect(),
        narrow(&geometry.factor),
        moments(left_out.iter().map(nearest)),
        is_choice.then(|| moments(left_out.iter().map(best))),
    )
}

/// Mean and spread; of too few or equal values those of a standard normal distribution, so that a
/// few examples can be scored.
fn moments(values: impl Iterator<Item = f64>) -> Moments {
    Moments::over(values.map(|value| value as f32)).unwrap_or(Moments { mean: 0.0, std: 1.0 })
}

impl Sample {
    fn left_out(compared: &Compared, few_shot: &FewShot) -> Self {
        let pairs = compared.distances.iter().zip(&compared.cosines);
        let similarities = pairs.map(|(&d, &c)| few_shot.join(d, c) as f32).collect();
        Self { similarities, class: Some(compared.class) }
    }

    fn labelled(&self) -> Option<Labelled<'_>> {
        Some((&self.similarities, self.class?))
    }

    /// Negated similarity to the nearest class.
    fn score(&self) -> f32 {
        -self.similarities.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    fn nearest(&self) -> usize {
        first_maximum(&self.similarities).0
    }
}

/// Held-out samples, compared with the patterns.
fn held_out(model: &Model, she: &She, calibration: Vec<CalibrationSample>) -> Result<Vec<Sample>> {
    let compare = |sample: CalibrationSample| {
        sample.features.check(model)?;
        let layers = she.compare(sample.features.layers(), 0);
        let similarities = layers.into_iter().flat_map(|layer| layer.similarities).collect();
        Ok(Sample { similarities, class: sample.class })
    };
    calibration.into_iter().map(compare).collect()
}

/// What samples decide that the patterns do not know.
struct Calibrated {
    taught: Taught,
    threshold: Threshold,
    sets: Option<PredictionSets>,
}

impl Calibrated {
    fn of_left_out(samples: &[Sample], classes: usize, options: &FitOptions) -> Result<Self> {
        check_left_out(options.id_pass_rate)?;
        Self::of(samples, classes, true, options)
    }

    fn of(
        samples: &[Sample],
        classes: usize,
        leave_one_out: bool,
        options: &FitOptions,
    ) -> Result<Self> {
        let labelled: Vec<Labelled<'_>> = samples.iter().filter_map(Sample::labelled).collect();
        let is_right = |sample: &&Sample| sample.class == Some(sample.nearest());
        let right = samples.iter().filter(is_right).count();
        let accuracy = (!labelled.is_empty()).then(|| right as f32 / labelled.len() as f32);
        let taught = Taught { temperature: temperature(&labelled), accuracy, leave_one_out };
        let scores = samples.iter().map(|sample| (sample.nearest(), sample.score()));
        let scores = by_class(classes, scores)?;
        // Before there is a threshold, the first examples may be pictures of one still scene.
        if missing(samples.len(), options.id_pass_rate) == 0 {
            check_spread(&scores)?;
        }
        let odds = labelled.iter().map(|&(similarities, class)| {
            let softmax = Softmax::of(taught.logits(similarities.iter().copied()))?;
            Ok((class, softmax.odds_against(class)))
        });
        let odds = odds.collect::<Result<Vec<_>>>()?;
        let odds = (!labelled.is_empty()).then(|| by_class(classes, odds)).transpose()?;
        let threshold = |scores| {
            let threshold = threshold(scores, options)?;
            Ok(if leave_one_out { threshold.interpolated() } else { threshold })
        };
        let sets = odds.map(threshold).transpose()?;
        let threshold = threshold(scores)?;
        Ok(Self { taught, threshold, sets: sets.map(PredictionSets::new) })
    }
}
