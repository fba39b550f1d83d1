//! The making of parts, which needs the model.

use super::header::Header;
use super::learning::Learning;
use super::privacy::Privacy;
use super::ratings::Ratings;
use super::{Part, bytes};
use crate::fit::hold_out::HoldOut;
use crate::fit::reservoir::key;
use crate::fit::row::Row;
use crate::fit::scores::layer_scores;
use crate::fit::statistics::Outputs;
use crate::fit::threshold::halved;
use crate::fit::{CalibrationSample, Fit, Observation};
use crate::{Classify, Error, Features, LayerInfo, Result, She, Warning};

impl Part {
    /// An empty part of the first round.
    ///
    /// `hold_out` is the share of the samples, 0 to below 1, that is held out for calibration: the
    /// same ones however they are split, as a hash of their features decides.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for another share, for a fit that chooses, and for one whose
    /// patterns classify.
    pub fn new(fit: &Fit, hold_out: f64) -> Result<Self> {
        let header = fit.header(HoldOut::new(hold_out)?.share())?;
        let learning = Some(Learning::new(&header));
        Ok(Self { header, learning, ratings: None, progress: None, noised: false })
    }

    /// The same empty part, for samples whose features are clipped to this Euclidean length in each
    /// layer, and with noise of this deviation, in clips: [`Privacy`]. [`Part::add_noise`] adds it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for numbers that are not above 0, for too little noise to promise
    /// anything, and for noise in a fit that gathers more than sums and counts.
    pub fn private(self, clip: f64, noise: Option<f64>) -> Result<Self> {
        let mut header = self.header;
        header.privacy = Some(Privacy::new(clip, noise, &header.recipe, header.layers.len())?);
        let learning = Some(Learning::new(&header));
        Ok(Self { header, learning, ..self })
    }

    /// Adds the noise of a part of the first round, once all its samples are in, and forgets all
    /// that has none: what the outputs of the samples were, and which samples these are.
    ///
    /// # Errors
    /// [`Error::InvalidPart`] where the noise is added already; [`Error::Fit`] where the system has
    /// no random numbers.
    pub fn add_noise(&mut self, fit: &Fit) -> Result<()> {
        let Some(privacy) = self.header.privacy.filter(|privacy| privacy.noise.is_some()) else {
            return Ok(());
        };
        if std::mem::replace(&mut self.noised, true) {
            let reason = "its noise is added already".to_string();
            return Err(Error::InvalidPart { reason });
        }
        let outputs = fit.model.run_noise()?.logits;
        let learning = self.learning.as_mut();
        learning.map_or(Ok(()), |learning| learning.add_noise(&self.header, privacy, &outputs))
    }

    /// Adds a sample to a part of the first round that was not merged. One that is held out is
    /// passed over.
    ///
    /// # Errors
    /// [`Error::Fit`] for features of another model or of other layers; [`Error::UnknownClass`];
    /// [`Error::InvalidPart`] for a merged part.
    pub fn push(&mut self, observation: &Observation) -> Result<()> {
        self.header.check_features(&observation.features)?;
        if self.header.holds_out(&observation.features) {
            return Ok(());
        }
        self.header.check_class(observation.class)?;
        let learning = self.learning.as_mut();
        let learning = learning.ok_or_else(|| bytes::damaged("it holds no patterns"))?;
        // Clipped or not, they are the samples that the second round sees.
        learning.shards.push(&observation.features)?;
        match self.header.privacy {
            Some(privacy) => learning.push(&observation.clipped(&privacy)),
            None => learning.push(observation),
        }
    }
}

/// Scores samples by merged patterns: the second round of a fit of parts.
#[derive(Debug)]
pub struct Calibration {
    she: She,
    halved: Option<She>,
    header: Header,
    ratings: Ratings,
    outputs: Outputs,
}

impl Calibration {
    /// Of a part that holds the patterns of all samples.
    ///
    /// # Errors
    /// [`Error::InvalidPart`] for a part without patterns or one that is not complete; else as
    /// [`PatternsBuilder::finish`](crate::PatternsBuilder::finish).
    pub fn new(patterns: &Part) -> Result<Self> {
        patterns.check_complete()?;
        let learning = patterns.learning.as_ref().ok_or_else(|| Error::InvalidPart {
            reason: "it holds scores and no patterns: give the merged parts of the first round"
                .to_string(),
        })?;
        let header = patterns.header.clone();
        let (she, _) = learning.scorer(&header)?;
        let halved = halved(&header.recipe, &she);
        let ratings = Ratings::new(&header, patterns.patterns()?, halved.is_some());
        Ok(Self { she, halved, header, ratings, outputs: Outputs::default() })
    }

    /// Whether the samples of the fit are needed again: for an aggregator that looks at their
    /// scores, or as some of them are held out.
    pub fn needs_samples(&self) -> bool {
        self.header.needs_samples()
    }

    /// Adds a sample of the fit.
    ///
    /// # Errors
    /// As [`Part::push`].
    pub fn push(&mut self, observation: &Observation) -> Result<()> {
        let Observation { features, predicted, .. } = observation;
        self.header.check_features(features)?;
        if self.header.holds_out(features) {
            return self.calibrate(&CalibrationSample::from(observation.clone()));
        }
        if let Some(fit) = &mut self.ratings.fit {
            self.ratings.about.fit.push(features)?;
            fit.push(&layer_scores(&self.she, features, *predicted));
        }
        Ok(())
    }

    /// Adds a calibration sample.
    ///
    /// # Errors
    /// As [`Part::push`].
    pub fn calibrate(&mut self, sample: &CalibrationSample) -> Result<()> {
        self.header.check_features(&sample.features)?;
        sample.class.map_or(Ok(()), |class| self.header.check_class(class))?;
        let row = Row::of(&self.she, self.halved.as_ref(), sample)?;
        self.ratings.about.calibration.push(&sample.features)?;
        self.ratings.rows.push(&row);
        self.outputs.push(sample.features.logits());
        Ok(())
    }

    /// Problems of the calibration samples to look at before their scores are merged.
    pub fn warnings(&self) -> Vec<Warning> {
        let is_empty = self.ratings.about.calibration.samples() == 0;
        self.outputs.warning().filter(|_| !is_empty).into_iter().collect()
    }

    /// The part of the samples so far.
    pub fn part(self) -> Part {
        let Self { header, ratings, .. } = self;
        Part { header, learning: None, ratings: Some(ratings), progress: None, noised: false }
    }
}

impl Fit {
    pub(super) fn header(&self, hold_out: f64) -> Result<Header> {
        let refuse = |option, given: &str, allowed| {
            Err(Error::InvalidOption { option, given: given.to_string(), allowed })
        };
        if self.options.choose {
            let allowed = "layers and a similarity of yours: a part sees too little to choose";
            return refuse("how a part is to score", "left to the fit", allowed);
        }
        if self.options.classify == Classify::Patterns {
            return refuse("what tells the class", "patterns", "the model, in a fit of parts");
        }
        let layer = |tap: &crate::Layer| LayerInfo { name: tap.name.clone(), size: tap.size() };
        let options = self.model.options();
        Ok(Header {
            model: self.onnx.sha256().to_string(),
            layers: self.model.taps().iter().map(layer).collect(),
            logits: options.logits.clone(),
            input_shape: options.input_shape.clone(),
            labels: self.labels()?,
            preprocess: self.options.preprocess.clone(),
            hold_out,
            privacy: None,
            recipe: self.options.recipe(),
        })
    }
}

impl Observation {
    /// The same sample with features of at most the greatest length.
    fn clipped(&self, privacy: &Privacy) -> Self {
        let layers = self.features.layers().iter().map(|layer| privacy.clipped(layer)).collect();
        let features = self.features.with_layers(layers);
        Self { features: features.into(), ..self.clone() }
    }
}

impl Header {
    /// Whether a sample with these features is held out.
    fn holds_out(&self, features: &Features) -> bool {
        let first = features.layers().first();
        let ((hash, _), most) = (key(first.map_or(&[], Vec::as_slice)), u64::MAX as f64);
        let start = hash.first_chunk().copied().map_or(0, u64::from_le_bytes);
        self.hold_out > 0.0 && (start as f64) < self.hold_out * most
    }

    fn check_class(&self, class: usize) -> Result<()> {
        let classes = self.labels.len();
        if class < classes { Ok(()) } else { Err(Error::UnknownClass { class, classes }) }
    }

    fn check_features(&self, features: &Features) -> Result<()> {
        let sizes: Vec<usize> = self.layers.iter().map(|layer| layer.size).collect();
        features.check_sizes("part", self.labels.len(), &sizes)
    }
}
