//! What one pass over the samples leaves for the choice.

use crate::fit::{Observation, PatternsBuilder, Store};
use crate::{
    Candidate, CompareWith, Error, Layer, Model, Patterns, Result, She, Similarity, baselines,
};

/// Features above which no covariance is gathered: it takes 1 MB at this number.
const MOST_WHITENED: usize = 512;

/// If energies differ by less, the outputs are probabilities, whose energy is 0 but for rounding.
const LEAST_RANGE: f32 = 1e-3;

/// The samples put aside, and the patterns of all others.
pub(super) struct Gathered {
    pub probes: Vec<Observation>,
    layers: Vec<Builders>,
    /// The lowest and highest energy.
    energies: (f32, f32),
}

/// Patterns of a layer, as they are and for Mahalanobis distances.
struct Builders {
    plain: PatternsBuilder,
    whitened: Option<PatternsBuilder>,
}

impl Gathered {
    pub fn new(model: &Model) -> Self {
        let builders = |tap: &Layer| {
            let plain = || PatternsBuilder::new(&tap.name, Store::Mean);
            let whitened = (2..=MOST_WHITENED).contains(&tap.size());
            let whitened = whitened.then(|| plain().for_similarity(Similarity::Mahalanobis));
            Builders { plain: plain(), whitened }
        };
        let layers = model.taps().iter().map(builders).collect();
        Self { probes: Vec::new(), layers, energies: (f32::INFINITY, f32::NEG_INFINITY) }
    }

    pub fn push(&mut self, observation: Observation) -> Result<()> {
        let energy = baselines(observation.features.logits())?.1.energy;
        self.energies = (self.energies.0.min(energy), self.energies.1.max(energy));
        if observation.altered.is_some() {
            self.probes.push(observation);
            return Ok(());
        }
        let Observation { features, class, predicted, .. } = observation;
        for (builders, layer) in self.layers.iter_mut().zip(features.layers()) {
            let all = std::iter::once(&mut builders.plain).chain(&mut builders.whitened);
            all.into_iter().try_for_each(|builder| builder.push(layer, class, predicted))?;
        }
        Ok(())
    }

    /// Whether the logits have energies that tell samples apart.
    pub fn has_energy(&self) -> bool {
        self.energies.1 - self.energies.0 > LEAST_RANGE
    }

    /// The scorer of one layer; `None` where the similarity does not suit its features.
    pub fn scorer(&self, layer: usize, similarity: Similarity) -> Option<She> {
        let Builders { plain, whitened } = self.layers.get(layer)?;
        let builder = match similarity {
            Similarity::Mahalanobis => whitened.as_ref()?,
            _ => plain,
        };
        let patterns: Patterns = builder.clone().finish().ok()?;
        let has_direction = similarity != Similarity::Cosine || patterns.size() > 1;
        let scorer = She::new(vec![patterns], similarity, CompareWith::Nearest).ok();
        scorer.filter(|_| has_direction)
    }

    /// Refuses samples of which none is classified correctly: no candidate has a pattern.
    pub fn check(&self) -> Result<()> {
        let finish = |layer: &Builders| layer.plain.clone().finish().map(drop);
        self.layers.first().map_or(Ok(()), finish)
    }

    /// The default layer, else the last, by the cosine where it has one, with energy.
    ///
    /// # Errors
    /// [`Error::Fit`] without layers.
    pub fn fallback(&self, model: &Model) -> Result<Candidate> {
        let taps = || model.taps().iter();
        let layer = taps().find(|tap| tap.is_default).or(taps().last());
        let layer = layer.ok_or(Error::Fit { reason: "there are no layers".to_string() })?;
        let similarity = if layer.size() > 1 { Similarity::Cosine } else { Similarity::Euclidean };
        Ok(Candidate {
            layers: vec![layer.name.clone()],
            similarity,
            aggregator: None,
            energy: self.has_energy(),
            auroc: None,
            false_alarms: None,
            passed_over: false,
        })
    }
}
