//! Options of a fit.

use std::collections::HashSet;

#[cfg(doc)]
use crate::WithEnergy;
use crate::score::is_usable_weight;
use crate::scorer::check_rate;
use crate::{
    AggregatorKind, Candidate, Classify, CompareWith, Error, Layer, ModelOptions, Preprocess,
    Preset, Result, Similarity, Store,
};

/// Options of a fit. [`FitOptions::default`] lets the fit choose layers and similarity,
/// [`FitOptions::new`] starts from the preset `oodeel`, [`FitOptions::preset`] from any other.
#[derive(Debug, Clone, PartialEq)]
pub struct FitOptions {
    /// Whether the fit chooses layers, similarity, aggregator and energy, by synthetic strangers
    /// that it makes of some samples: [`Choice`](crate::Choice) tells how. Then no layer may be
    /// named, and what the options say of these and of what is stored is not read.
    pub choose: bool,
    /// How the model is read, and the layers to tap; none for the
    /// [default layer](crate::Model::default_layer).
    pub model: ModelOptions,
    /// What classifies. With [`Classify::Patterns`] the model is a backbone, one layer is compared,
    /// by [`Similarity::FewShot`], and of the other options only labels, preprocessing, pass rate
    /// and `class_conditional` are read. The classes are those of the labels, or of the samples
    /// without any.
    pub classify: Classify,
    /// How features are compared with patterns.
    pub similarity: Similarity,
    /// Class that a sample is compared with.
    pub compare_with: CompareWith,
    /// What to store of the features of a class.
    pub store: Store,
    /// How the scores of several layers are joined. `None` allows one layer only.
    pub aggregator: Option<AggregatorKind>,
    /// Weight with which the energy of the logits joins the score, above 0: [`WithEnergy`]. `None`
    /// leaves the energy out.
    pub energy: Option<f32>,
    /// Whether patterns may be stored in half the bits, where that changes no calibration score by
    /// more than 0.0001. Presets say no: their scores are those of the published systems.
    pub compact: bool,
    /// Correctly classified samples that a class needs for a pattern, at least 1. The mean of one
    /// sample is its features: `SECURITY.md` says what features can reveal.
    pub min_count: u64,
    /// ReAct: clip features at this quantile, 0 to 1, of the layer's features over the fit samples.
    /// It changes the score only, neither patterns nor logits.
    pub react: Option<f64>,
    /// Name of each class, in the order of the logits. `None` takes the names in the model's file,
    /// [`Model::labels`](crate::Model::labels), else indices.
    pub labels: Option<Vec<String>>,
    /// How pictures become inputs; `None` for a detector that takes no pictures.
    pub preprocess: Option<Preprocess>,
    /// Share of in-distribution samples that the threshold lets pass, and that have their class in
    /// their prediction set, between 0 and 1.
    pub id_pass_rate: f64,
    /// Whether each predicted class gets a threshold of its own, and each class its own prediction
    /// sets, so that the share holds within each and not only over all.
    pub class_conditional: bool,
}

impl From<Preset> for FitOptions {
    /// A preset on the default layer, with a pass rate of 0.95.
    fn from(preset: Preset) -> Self {
        Self {
            choose: false,
            model: ModelOptions::default(),
            classify: Classify::Model,
            similarity: preset.similarity(),
            compare_with: preset.compare_with(),
            store: preset.store(),
            aggregator: preset.aggregator(),
            energy: None,
            compact: false,
            min_count: 1,
            react: None,
            labels: None,
            preprocess: None,
            id_pass_rate: 0.95,
            class_conditional: false,
        }
    }
}

impl Default for FitOptions {
    /// The fit chooses, with a pass rate of 0.95.
    fn default() -> Self {
        Self { choose: true, ..Preset::default().into() }
    }
}

impl FitOptions {
    /// The preset `oodeel` on these layers, with a pass rate of 0.95.
    pub fn new(layers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::preset(Preset::Oodeel, layers)
    }

    /// A preset on these layers, with a pass rate of 0.95.
    pub fn preset(preset: Preset, layers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { model: ModelOptions::new(layers), ..preset.into() }
    }

    /// Options for patterns that classify, on the default layer of the model.
    pub fn taught() -> Self {
        Self { classify: Classify::Patterns, ..Self::default() }.resolved()
    }

    /// The same options as the fit reads them: with what patterns that classify decide.
    fn resolved(self) -> Self {
        match self.classify {
            Classify::Model => self,
            Classify::Patterns => Self {
                choose: false,
                model: ModelOptions { backbone: true, ..self.model },
                similarity: Similarity::FewShot,
                ..self
            },
        }
    }

    /// The same options as the fit reads them, checked.
    pub(super) fn ready(self) -> Result<Self> {
        let options = self.resolved();
        options.check()?;
        options.check_choice()?;
        Ok(options)
    }

    /// Number of passes over the fit samples.
    pub(super) fn passes(&self) -> usize {
        if self.choose {
            return 3;
        }
        let scored = self.model.layers.len() > 1 && self.aggregator != Some(AggregatorKind::Sum);
        1 + usize::from(self.react.is_some()) + usize::from(scored)
    }

    /// The same options as a fit chose them.
    pub(super) fn with_choice(self, chosen: &Candidate) -> Self {
        let Candidate { layers, similarity, aggregator, energy, .. } = chosen.clone();
        Self {
            choose: false,
            model: ModelOptions { layers, ..self.model },
            similarity,
            compare_with: CompareWith::Nearest,
            store: Store::Mean,
            aggregator,
            energy: energy.then_some(1.0),
            compact: true,
            react: None,
            ..self
        }
    }

    /// The same options with these layers, however they were named.
    pub(super) fn with_layers(mut self, taps: &[Layer]) -> Result<Self> {
        let mut names = HashSet::new();
        if let Some(twice) = taps.iter().find(|tap| !names.insert(&tap.name)) {
            let reason = format!("the layer {:?} is named twice", twice.name);
            return Err(Error::Fit { reason });
        }
        self.model.layers = taps.iter().map(|tap| tap.name.clone()).collect();
        Ok(self)
    }

    /// Refuses layers beside a choice of them.
    fn check_choice(&self) -> Result<()> {
        if !self.choose || self.model.layers.is_empty() {
            return Ok(());
        }
        Err(Error::InvalidOption {
            option: "choose",
            given: format!("true, and the layers {:?}", self.model.layers),
            allowed: "true without layers, false with the named ones",
        })
    }

    /// Refuses what goes with patterns that classify alone, and what does not.
    fn check_few_shot(&self) -> Result<()> {
        let is_taught = self.classify == Classify::Patterns;
        if self.similarity == Similarity::FewShot && !is_taught {
            return Err(Error::InvalidOption {
                option: "the similarity",
                given: "few-shot, and the model classifies".to_string(),
                allowed: "few-shot where patterns classify, the others where the model does",
            });
        }
        if is_taught && self.model.layers.len() > 1 {
            return Err(Error::InvalidOption {
                option: "the number of layers",
                given: format!("{} where patterns classify", self.model.layers.len()),
                allowed: "one, or none for the default layer",
            });
        }
        Ok(())
    }

    /// Refuses invalid options before the long work begins.
    pub(super) fn check(&self) -> Result<()> {
        check_rate(self.id_pass_rate)?;
        self.check_few_shot()?;
        if self.model.layers.len() > 1 && self.aggregator.is_none() {
            let layers = self.model.layers.len();
            let reason = format!(
                "{layers} layers are named and no aggregator that joins their scores: std, sum, \
                 mean or fisher"
            );
            return Err(Error::Fit { reason });
        }
        match (self.react, self.store) {
            (Some(share), _) if !(0.0..=1.0).contains(&share) => {
                let (given, allowed) = (share.to_string(), "a number from 0 to 1");
                Err(Error::InvalidOption { option: "the quantile of ReAct", given, allowed })
            }
            _ if !self.similarity.is_usable() => {
                let (given, allowed) = (format!("{:?}", self.similarity), "a finite beta above 0");
                Err(Error::InvalidOption { option: "the similarity", given, allowed })
            }
            _ if self.energy.is_some_and(|weight| !is_usable_weight(weight)) => {
                let given = self.energy.map(|weight| weight.to_string()).unwrap_or_default();
                let allowed = "a finite number above 0";
                Err(Error::InvalidOption { option: "the weight of the energy", given, allowed })
            }
            _ if self.min_count == 0 => {
                let (given, allowed) = ("0".to_string(), "a number from 1");
                Err(Error::InvalidOption {
                    option: "the fewest samples of a pattern",
                    given,
                    allowed,
                })
            }
            (_, Store::Reservoir(0)) => {
                let (given, allowed) = ("0".to_string(), "a number from 1");
                Err(Error::InvalidOption { option: "the size of the reservoir", given, allowed })
            }
            _ => Ok(()),
        }
    }
}
