//! A fit that is given its samples piece by piece.

use super::{fit_shown, tapped};
use crate::share::Share;
use crate::{Detector, Error, Features, FitOptions, Image, Model, Result, Tensor};

/// Fits a detector to samples that come piece by piece, as [`fit()`](crate::fit()) does to all at once.
///
/// The features of every sample are kept until the end, four bytes a value: those of seven layers with 288 values in all take
/// 1.2 kB a sample. The samples themselves are not.
#[derive(Debug)]
pub struct Fitter {
    onnx: Vec<u8>,
    model: Model,
    options: FitOptions,
    held_out: Share<usize>,
    /// Features and label of each fit sample.
    samples: Vec<(Features, usize)>,
    calibration: Vec<Features>,
}

impl Fitter {
    /// A fit of nothing yet. Of the samples of each label the share `hold_out`, 0 to 1, is taken evenly for calibration and
    /// not for the patterns, the same samples as the command line takes.
    ///
    /// # Errors
    /// Those of [`Model::load`]; [`Error::Fit`] and [`Error::InvalidOption`] for options that cannot be.
    pub fn new(onnx: &[u8], options: FitOptions, hold_out: f64) -> Result<Self> {
        let held_out = Share::new(hold_out)?;
        let (onnx, model) = tapped(onnx, &options)?;
        Ok(Self { onnx, model, options, held_out, samples: Vec::new(), calibration: Vec::new() })
    }

    /// Shape of one sample, without the batch dimension.
    pub fn input_shape(&self) -> &[usize] {
        self.model.input_shape()
    }

    /// Number of samples so far: to fit on, and to calibrate with.
    pub fn counts(&self) -> (usize, usize) {
        (self.samples.len(), self.calibration.len())
    }

    /// Adds samples laid end to end, each with its class index. When one cannot be used, none is added.
    ///
    /// # Errors
    /// [`Error::UnknownClass`], [`Error::InvalidOption`] unless there is a label for each sample, else as
    /// [`Model::run_batch`].
    pub fn push(&mut self, data: &[f32], labels: &[usize]) -> Result<()> {
        let features = self.features(data, labels)?;
        self.add(features, labels);
        Ok(())
    }

    /// Adds a picture of any size, with its class index.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] unless the options say how pictures become input, else as [`Fitter::push`].
    pub fn push_image(&mut self, image: &Image<'_>, label: usize) -> Result<()> {
        self.push(self.preprocess(image)?.data(), &[label])
    }

    /// Adds features of this model that were computed before, here or elsewhere, each with its class index. When one cannot be
    /// used, none is added.
    ///
    /// # Errors
    /// [`Error::UnknownClass`], [`Error::InvalidOption`] unless there is a label for each sample, [`Error::Fit`] for features of
    /// another model or other layers, [`Error::NotFinite`].
    pub fn push_features(&mut self, features: Vec<Features>, labels: &[usize]) -> Result<()> {
        self.check_labels(labels, features.len())?;
        features.iter().try_for_each(|features| features.check(&self.model))?;
        self.add(features, labels);
        Ok(())
    }

    /// The features of samples laid end to end, each with its class index, for [`Fitter::push_features`] of this fit or another.
    ///
    /// # Errors
    /// As [`Fitter::push`].
    pub fn features(&self, data: &[f32], labels: &[usize]) -> Result<Vec<Features>> {
        let size: usize = self.input_shape().iter().product();
        self.check_labels(labels, data.len().div_ceil(size))?;
        let activations = self.model.run_batch(data)?.into_iter();
        activations.map(|activations| Features::pool(activations, self.model.taps())).collect()
    }

    /// The model's input made from a picture.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] unless the options say how.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        let missing = || Error::NoPreprocess { expected: self.model.input_shape().to_vec() };
        self.options.preprocess.as_ref().ok_or_else(missing)?.apply(image)
    }

    /// Features from their values end to end: logits, then each layer in turn. What a row lacks is missing in them.
    #[cfg(target_family = "wasm")]
    pub(crate) fn features_of(&self, row: &[f32]) -> Features {
        Features::from_row(row, self.model.classes(), self.model.taps())
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        self.held_out.restart();
        self.samples.clear();
        self.calibration.clear();
    }

    fn check_labels(&self, labels: &[usize], samples: usize) -> Result<()> {
        let classes = self.model.classes();
        if let Some(&class) = labels.iter().find(|&&label| label >= classes) {
            return Err(Error::UnknownClass { class, classes });
        }
        if labels.len() != samples {
            let given = format!("{} for {samples} samples", labels.len());
            return Err(Error::InvalidOption { option: "the number of labels", given, allowed: "one a sample" });
        }
        Ok(())
    }

    fn add(&mut self, features: Vec<Features>, labels: &[usize]) {
        for (features, &label) in features.into_iter().zip(labels) {
            match self.held_out.takes(label) {
                true => self.calibration.push(features),
                false => self.samples.push((features, label)),
            }
        }
    }

    /// Takes all samples of another fit of the same model and options, which is empty then.
    ///
    /// # Errors
    /// [`Error::Fit`] when they differ.
    pub fn merge(&mut self, other: &mut Self) -> Result<()> {
        if (&self.onnx, &self.options, self.held_out.share()) != (&other.onnx, &other.options, other.held_out.share()) {
            return Err(Error::Fit { reason: "only fits of one model with the same options can be merged".to_string() });
        }
        self.samples.append(&mut other.samples);
        self.calibration.append(&mut other.calibration);
        Ok(())
    }

    /// The detector of the samples so far, which lets this share of in-distribution samples pass. More may be added afterwards.
    ///
    /// # Errors
    /// As [`fit()`](crate::fit()).
    pub fn finish(&self, id_pass_rate: f64) -> Result<Detector> {
        let options = FitOptions { id_pass_rate, ..self.options.clone() };
        options.check()?;
        let labelled = self.samples.iter().map(|(features, label)| (features, *label));
        fit_shown(self.onnx.clone(), self.model.clone(), &options, labelled, &self.calibration)
    }
}
