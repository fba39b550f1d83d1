//! A fit whose samples come piece by piece.

use std::borrow::Cow;

#[cfg(all(target_family = "wasm", feature = "wasm"))]
use super::Probe;
use super::hold_out::HoldOut;
use super::{Calibration, CalibrationSample, Fit, Observation, Part, Probes};
use crate::detector::model_input;
use crate::model::hash;
use crate::{Classify, Detector, Error, Features, FitOptions, Image, Layer, Model, Result, Tensor};

/// Fits a detector to samples that come piece by piece, as [`fit()`](crate::fit()) does to all at
/// once.
///
/// The features of every sample are kept until the end, four bytes a value: seven layers
/// with 288 values in total take 1.2 kB a sample. The samples themselves are not kept.
#[derive(Debug)]
pub struct Fitter {
    fit: Fit,
    hold_out: HoldOut,
    /// In the order in which they came.
    samples: Vec<Observation>,
    probes: Probes,
    /// Merged parts of a fit that this one continues.
    merged: Option<Part>,
    /// Whether all samples are calibration samples of these.
    is_calibrating: bool,
}

impl Fitter {
    /// An empty fit that holds out the share `hold_out` of its samples, 0 to below 1, for the
    /// threshold.
    ///
    /// The share is taken to the nearest sample and evenly of each class, and every class keeps at
    /// least one sample for its pattern. The command line holds out the same samples.
    ///
    /// # Errors
    /// As [`Fit::load`]; [`Error::InvalidOption`] for another share.
    pub fn new(onnx: &[u8], options: FitOptions, hold_out: f64) -> Result<Self> {
        let hold_out = HoldOut::new(hold_out)?;
        Self::of(Fit::load(onnx, options)?, hold_out.share())
    }

    /// The same of a model that is loaded already.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless `hold_out` is at least 0 and below 1, and for labels in the
    /// model's file that do not suit it, where no others are given.
    pub fn of(fit: Fit, hold_out: f64) -> Result<Self> {
        fit.labels()?;
        let (hold_out, probes) = (HoldOut::new(hold_out)?, fit.probes());
        Ok(Self { fit, hold_out, samples: Vec::new(), probes, merged: None, is_calibrating: false })
    }

    /// Continues a fit of parts, of which `merged` holds the patterns of all. Of the options it
    /// takes those that [`Part::fit`] takes.
    ///
    /// # Errors
    /// As [`Part::fit`].
    pub fn of_part<'a>(
        onnx: impl Into<Cow<'a, [u8]>>,
        merged: Part,
        options: FitOptions,
    ) -> Result<Self> {
        let fitter = Self::of(merged.fit(onnx, options)?, merged.hold_out())?;
        Ok(Self { merged: Some(merged), ..fitter })
    }

    /// The same fit, which takes all its samples for calibration samples of the merged parts that
    /// it continues: they are none of the samples that the patterns are made of.
    #[must_use]
    pub fn calibrating(self) -> Self {
        Self { is_calibrating: self.merged.is_some(), ..self }
    }

    /// The model, with the layers of the options tapped.
    pub fn model(&self) -> &Model {
        &self.fit.model
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.fit.model.input_shape()
    }

    /// The tapped layers, in the order of the options.
    pub fn layers(&self) -> &[Layer] {
        self.fit.model.taps()
    }

    /// Share of the samples that is held out for calibration.
    pub fn hold_out(&self) -> f64 {
        if self.is_calibrating { 1.0 } else { self.hold_out.share() }
    }

    /// The part of the samples so far, to be merged with those of others: their patterns, or for a
    /// fit that continues merged ones, their scores by these.
    ///
    /// The share held out is the same of any split: a hash of each sample's features decides. It is
    /// left out of the patterns, and scored by the merged ones.
    ///
    /// # Errors
    /// As [`Part::new`] and [`Calibration::new`].
    pub fn part(&self) -> Result<Part> {
        match &self.merged {
            None => self.gathered(Part::new(&self.fit, self.hold_out())?),
            Some(merged) => {
                let mut calibration = Calibration::new(merged)?;
                self.samples.iter().try_for_each(|sample| match self.is_calibrating {
                    true => calibration.calibrate(&sample.clone().into()),
                    false => calibration.push(sample),
                })?;
                Ok(calibration.part())
            }
        }
    }

    /// The same part of features clipped to this Euclidean length in each layer, and with noise of
    /// this deviation, in clips: [`Part::private`]. Each call draws its own noise, so a second part
    /// of the same samples reveals more than the epsilon of one.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a fit that continues merged parts, as their scores have no
    /// noise; else as [`Part::private`] and [`Part::add_noise`].
    pub fn private_part(&self, clip: f64, noise: Option<f64>) -> Result<Part> {
        if self.merged.is_some() {
            return Err(Error::InvalidOption {
                option: "the clip of features",
                given: format!("{clip} for scores by merged patterns"),
                allowed: "in the first round alone: leave it out",
            });
        }
        let empty = Part::new(&self.fit, self.hold_out())?.private(clip, noise)?;
        let mut part = self.gathered(empty)?;
        part.add_noise(&self.fit)?;
        Ok(part)
    }

    fn gathered(&self, mut part: Part) -> Result<Part> {
        self.samples.iter().try_for_each(|sample| part.push(sample))?;
        Ok(part)
    }

    /// Number of samples so far: those to fit to, and those held out.
    pub fn counts(&self) -> (usize, usize) {
        let (samples, held_out) = self.split();
        match self.is_calibrating {
            true => (0, self.samples.len()),
            false => (samples.len(), held_out.len()),
        }
    }

    /// Adds samples laid end to end, each with its class index. If one cannot be used, none is
    /// added. Which samples are held out, and which are put aside to choose and try by, depends on
    /// the order in which they come.
    ///
    /// # Errors
    /// [`Error::UnknownClass`]; [`Error::InvalidOption`] unless there is a class for each sample;
    /// else as [`Model::run_batch`](crate::Model::run_batch).
    pub fn push(&mut self, data: &[f32], classes: &[usize]) -> Result<()> {
        let size: usize = self.input_shape().iter().product();
        self.check_samples(classes, data.len().div_ceil(size))?;
        let mut probes = self.probes.clone();
        let samples: Vec<_> = classes.iter().map(|&class| (class, probes.next(class))).collect();
        self.samples.extend(self.fit.observe_batch(data, &samples)?);
        self.probes = probes;
        Ok(())
    }

    /// Adds a picture of any size, with its class index.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] unless the options say how pictures become inputs, else as
    /// [`Fitter::push`].
    pub fn push_image(&mut self, image: &Image<'_>, class: usize) -> Result<()> {
        self.push(self.preprocess(image)?.data(), &[class])
    }

    /// Adds features of this model that were computed before, here or elsewhere, each with its
    /// class index. If one cannot be used, none is added. None is put aside for a choice, as there
    /// are no pictures to make strangers of.
    ///
    /// # Errors
    /// [`Error::UnknownClass`]; [`Error::InvalidOption`] unless there is a class for each sample;
    /// [`Error::Fit`] for features of another model or of other layers; [`Error::NotFinite`].
    pub fn push_features(&mut self, features: Vec<Features>, classes: &[usize]) -> Result<()> {
        self.check_samples(classes, features.len())?;
        features.iter().try_for_each(|features| features.check(&self.fit.model))?;
        let samples = features.into_iter().zip(classes);
        self.samples.extend(samples.map(|(features, &class)| Observation::new(features, class)));
        Ok(())
    }

    /// The features of samples laid end to end, for [`Fitter::push_features`] of this fit or
    /// another one.
    ///
    /// # Errors
    /// As [`Model::run_batch`](crate::Model::run_batch).
    pub fn features(&self, data: &[f32]) -> Result<Vec<Features>> {
        self.fit.features_batch(data)
    }

    /// Makes the model's input from a picture.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] unless the options say how.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        model_input(&self.fit.model, self.fit.options.preprocess.as_ref(), image)
    }

    /// Samples laid end to end, as [`Fitter::push`] takes them, where others decide which are put
    /// aside.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn observe(
        &self,
        data: &[f32],
        samples: &[(usize, Option<Probe>)],
    ) -> Result<Vec<Observation>> {
        self.fit.observe_batch(data, samples)
    }

    /// Adds samples by their values laid end to end: of each sample the logits and then each
    /// layer, then the same of each alteration where it is put aside.
    ///
    /// # Errors
    /// [`Error::UnknownClass`]; [`Error::Fit`] for values of another number of samples.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn push_rows(
        &mut self,
        rows: &[f32],
        samples: &[(usize, Option<Probe>)],
    ) -> Result<()> {
        let (classes, taps) = (self.fit.model.classes(), self.fit.model.taps());
        let size = classes + taps.iter().map(crate::Layer::size).sum::<usize>();
        let alterations = self.fit.alterations();
        let rows_of = |probe: &Option<Probe>| 1 + probe.map_or(0, |_| alterations);
        let expected = samples.iter().map(|(_, probe)| rows_of(probe)).sum::<usize>() * size;
        if rows.len() != expected {
            let (given, count) = (rows.len(), samples.len());
            let reason = format!("{given} values for {count} samples, expected {expected}");
            return Err(Error::Fit { reason });
        }
        let mut rows = rows.chunks(size.max(1)).map(|row| Features::from_row(row, classes, taps));
        for (class, probe) in samples {
            let Some(features) = rows.next().transpose()? else { break };
            let altered = rows.by_ref().take(rows_of(probe) - 1).collect::<Result<Vec<_>>>()?;
            let altered = probe.map(|_| altered.into());
            self.samples.push(Observation { altered, ..Observation::new(features, *class) });
        }
        Ok(())
    }

    /// The model's file, without detector metadata.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn onnx(&self) -> &[u8] {
        &self.fit.onnx
    }

    /// A hash of model and options: fits that have the same can be merged.
    pub fn identity(&self) -> String {
        let model = self.fit.onnx.sha256();
        let merged = self.merged.as_ref().map(Part::patterns);
        hash(format!("{model} {:?} {} {merged:?}", self.fit.options, self.hold_out()).as_bytes())
    }

    /// Which samples are put aside.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn probes(&self) -> &Probes {
        &self.probes
    }

    /// Drops all samples.
    pub fn clear(&mut self) {
        self.samples.clear();
        self.probes = self.fit.probes();
    }

    /// Number of classes that there may be: where patterns classify, as many as there are labels.
    fn classes(&self) -> usize {
        match self.fit.options.classify {
            Classify::Model => self.fit.model.classes(),
            Classify::Patterns => self.fit.options.labels.as_ref().map_or(usize::MAX, Vec::len),
        }
    }

    /// Refuses classes that there are not, another number of them than of samples, and samples that
    /// merged parts do not need.
    pub(crate) fn check_samples(&self, given: &[usize], samples: usize) -> Result<()> {
        let is_needed = self.merged.as_ref().is_none_or(Part::needs_samples);
        if samples > 0 && !is_needed && !self.is_calibrating {
            return Err(Error::InvalidOption {
                option: "calibration",
                given: "false for merged patterns that need no sample of the fit again".to_string(),
                allowed: "true, which takes held-out samples and scores them",
            });
        }
        let classes = self.classes();
        if let Some(&class) = given.iter().find(|&&class| class >= classes) {
            return Err(Error::UnknownClass { class, classes });
        }
        if given.len() != samples {
            return Err(Error::InvalidOption {
                option: "the number of class indices",
                given: format!("{} for {samples} samples", given.len()),
                allowed: "one for each sample",
            });
        }
        Ok(())
    }

    /// Moves all samples of another fit of the same model and options to the end of this one, with
    /// those that either put aside.
    ///
    /// # Errors
    /// [`Error::Fit`] when they differ.
    pub fn merge(&mut self, other: &mut Self) -> Result<()> {
        let is_same_fit = self.fit.onnx == other.fit.onnx
            && self.fit.options == other.fit.options
            && self.hold_out() == other.hold_out()
            && self.merged == other.merged
            && self.is_calibrating == other.is_calibrating;
        if !is_same_fit {
            let reason = "only fits of one model with the same options can be merged".to_string();
            return Err(Error::Fit { reason });
        }
        self.samples.append(&mut other.samples);
        Ok(())
    }

    /// The detector of the samples so far, whose threshold lets the share `id_pass_rate` of
    /// in-distribution samples pass. More samples may be added afterwards.
    ///
    /// A fit that continues merged parts adds the scores of its own samples, if it has any.
    ///
    /// Without held-out samples there is no threshold, and nothing is flagged. Too few of them to
    /// promise the rate, fewer than 19 for 0.95, are not an error but one of
    /// [`Info::warnings`](crate::Info::warnings).
    ///
    /// # Errors
    /// As [`fit()`](crate::fit()).
    pub fn finish(&self, id_pass_rate: f64) -> Result<Detector> {
        let fit = self.fit.clone().with_id_pass_rate(id_pass_rate)?;
        if let Some(merged) = &self.merged {
            let mut whole = merged.clone();
            if !self.samples.is_empty() {
                whole.merge(self.part()?)?;
            }
            return whole.detector(fit);
        }
        let (samples, held_out) = self.split();
        let calibration = held_out.into_iter().cloned().map(CalibrationSample::from).map(Ok);
        fit.fit_in_memory(&samples, calibration)
    }

    /// The samples to fit to, and those held out.
    fn split(&self) -> (Vec<&Observation>, Vec<&Observation>) {
        let is_held_out = self.hold_out.choose(self.samples.iter().map(|sample| sample.class));
        let (held_out, samples): (Vec<_>, Vec<_>) =
            self.samples.iter().zip(is_held_out).partition(|(_, is_held_out)| *is_held_out);
        let plain = |part: Vec<(_, bool)>| part.into_iter().map(|(sample, _)| sample).collect();
        (plain(samples), plain(held_out))
    }
}
