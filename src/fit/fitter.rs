//! A fit that is given its samples piece by piece.

use super::hold_out::Share;
use super::{fit_shown, tapped};
use crate::detector::{hash, model_input};
use crate::{Detector, Error, Features, FitOptions, Image, Layer, Model, Result, Tensor};

/// Fits a detector to samples that come piece by piece, as [`fit()`](crate::fit()) does to all at
/// once.
///
/// The features of every sample are kept until the end, four bytes a value: those of seven layers
/// with 288 values in all take 1.2 kB a sample. The samples themselves are not.
#[derive(Debug)]
pub struct Fitter {
    onnx: Vec<u8>,
    model: Model,
    options: FitOptions,
    held_out: Share,
    /// Features and label of each sample, in the order in which they came.
    samples: Vec<(Features, usize)>,
}

impl Fitter {
    /// A fit of nothing yet. The share `hold_out` of all samples, 0 to below 1 and to the nearest
    /// sample, is taken evenly of each label for calibration and not for the patterns, the same
    /// samples as the command line takes. A label keeps one at least.
    ///
    /// # Errors
    /// Those of [`Model::load`]; [`Error::Fit`] and [`Error::InvalidOption`] for options that
    /// cannot be.
    pub fn new(onnx: &[u8], options: FitOptions, hold_out: f64) -> Result<Self> {
        let held_out = Share::new(hold_out)?;
        let (onnx, model) = tapped(onnx, &options)?;
        Ok(Self { onnx, model, options, held_out, samples: Vec::new() })
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.model.input_shape()
    }

    /// The tapped layers, in the order of the options.
    pub fn layers(&self) -> &[Layer] {
        self.model.taps()
    }

    /// Share of the samples that is held out for calibration.
    pub fn hold_out(&self) -> f64 {
        self.held_out.share()
    }

    /// Number of samples so far: to fit on, and to calibrate with.
    pub fn counts(&self) -> (usize, usize) {
        let (samples, calibration) = self.split();
        (samples.len(), calibration.len())
    }

    /// Adds samples laid end to end, each with its class index. When one cannot be used, none is
    /// added.
    ///
    /// # Errors
    /// [`Error::UnknownClass`], [`Error::InvalidOption`] unless there is a label for each sample,
    /// else as [`Model::run_batch`].
    pub fn push(&mut self, data: &[f32], labels: &[usize]) -> Result<()> {
        let size: usize = self.input_shape().iter().product();
        self.check_labels(labels, data.len().div_ceil(size))?;
        let features = self.features(data)?;
        self.samples.extend(features.into_iter().zip(labels.iter().copied()));
        Ok(())
    }

    /// Adds a picture of any size, with its class index.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] unless the options say how pictures become input, else as
    /// [`Fitter::push`].
    pub fn push_image(&mut self, image: &Image<'_>, label: usize) -> Result<()> {
        self.push(self.preprocess(image)?.data(), &[label])
    }

    /// Adds features of this model that were computed before, here or elsewhere, each with its
    /// class index. When one cannot be used, none is added.
    ///
    /// # Errors
    /// [`Error::UnknownClass`], [`Error::InvalidOption`] unless there is a label for each sample,
    /// [`Error::Fit`] for features of another model or other layers, [`Error::NotFinite`].
    pub fn push_features(&mut self, features: Vec<Features>, labels: &[usize]) -> Result<()> {
        self.check_labels(labels, features.len())?;
        features.iter().try_for_each(|features| features.check(&self.model))?;
        self.samples.extend(features.into_iter().zip(labels.iter().copied()));
        Ok(())
    }

    /// The features of samples laid end to end, for [`Fitter::push_features`] of this fit or
    /// another.
    ///
    /// # Errors
    /// As [`Model::run_batch`].
    pub fn features(&self, data: &[f32]) -> Result<Vec<Features>> {
        Features::of_batch(&self.model, data)
    }

    /// The model's input made from a picture.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] unless the options say how.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        model_input(&self.model, self.options.preprocess.as_ref(), image)
    }

    /// Features from their values end to end, so many samples of logits and then each layer in
    /// turn.
    ///
    /// # Errors
    /// [`Error::Fit`] unless the values are those of so many samples.
    #[cfg(target_family = "wasm")]
    pub(crate) fn unpacked(&self, rows: &[f32], samples: usize) -> Result<Vec<Features>> {
        let (classes, taps) = (self.model.classes(), self.model.taps());
        let size = classes + taps.iter().map(crate::Layer::size).sum::<usize>();
        if rows.len() != samples * size {
            let reason = format!(
                "{} values are not the features of {samples} samples, {size} each",
                rows.len()
            );
            return Err(Error::Fit { reason });
        }
        rows.chunks(size.max(1)).map(|row| Features::from_row(row, classes, taps)).collect()
    }

    /// What tells fits apart that cannot be merged: a hash of the model and the options.
    pub fn identity(&self) -> String {
        hash(
            &[self.onnx.as_slice(), format!("{:?} {}", self.options, self.hold_out()).as_bytes()]
                .concat(),
        )
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// Refuses labels that the model does not have, or of another number than the samples.
    pub(crate) fn check_labels(&self, labels: &[usize], samples: usize) -> Result<()> {
        let classes = self.model.classes();
        if let Some(&class) = labels.iter().find(|&&label| label >= classes) {
            return Err(Error::UnknownClass { class, classes });
        }
        if labels.len() != samples {
            let given = format!("{} for {samples} samples", labels.len());
            return Err(Error::InvalidOption {
                option: "the number of labels",
                given,
                allowed: "one a sample",
            });
        }
        Ok(())
    }

    /// Takes all samples of another fit of the same model and options, which is empty then, as if
    /// they had come to this one.
    ///
    /// # Errors
    /// [`Error::Fit`] when they differ.
    pub fn merge(&mut self, other: &mut Self) -> Result<()> {
        if (&self.onnx, &self.options, self.hold_out())
            != (&other.onnx, &other.options, other.hold_out())
        {
            return Err(Error::Fit {
                reason: "only fits of one model with the same options can be merged".to_string(),
            });
        }
        self.samples.append(&mut other.samples);
        Ok(())
    }

    /// The detector of the samples so far, which lets this share of in-distribution samples pass.
    /// More may be added afterwards. With nothing held out it has no threshold, and nothing is
    /// flagged.
    ///
    /// # Errors
    /// As [`fit()`](crate::fit()). Too few held-out samples to promise that rate, fewer than 19 for
    /// 0.95, are no error, but among [`Info::warnings`](crate::Info::warnings).
    pub fn finish(&self, id_pass_rate: f64) -> Result<Detector> {
        let options = FitOptions { id_pass_rate, ..self.options.clone() };
        options.check()?;
        let (samples, calibration) = self.split();
        fit_shown(
            self.onnx.clone(),
            self.model.clone(),
            &options,
            samples.iter().copied(),
            calibration,
        )
    }

    /// The samples to fit on, and those held out.
    fn split(&self) -> (Vec<(&Features, usize)>, Vec<&Features>) {
        let held_out = self.held_out.taken(self.samples.iter().map(|(_, label)| label));
        let (mut samples, mut calibration) = (Vec::new(), Vec::new());
        for ((features, label), held_out) in self.samples.iter().zip(held_out) {
            match held_out {
                true => calibration.push(features),
                false => samples.push((features, *label)),
            }
        }
        (samples, calibration)
    }
}
