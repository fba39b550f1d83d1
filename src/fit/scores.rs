//! Patterns and aggregator: everything that turns features into a score.

use super::clips::Clips;
use super::learnt::Learnt;
use super::statistics::Statistics;
use super::{FitOptions, Observations};
use crate::score::AggregatorBuilder;
use crate::{Aggregator, AggregatorKind, Features, Model, Result, She};

/// Scores of samples, and what the fit learnt about the samples on the way.
pub(super) struct Scores {
    pub she: She,
    pub aggregator: Aggregator,
    pub statistics: Statistics,
}

impl Scores {
    /// Fits patterns and aggregator.
    pub(super) fn fit(
        model: &Model,
        options: &FitOptions,
        samples: &mut impl Observations,
    ) -> Result<Self> {
        let (she, statistics) = fit_she(model, options, samples)?;
        let layers = &options.model.layers;
        let aggregator = match options.aggregator {
            Some(kind) if layers.len() > 1 => fit_aggregator(&she, kind, layers, samples)?,
            _ => Aggregator::Single,
        };
        Ok(Self { she, aggregator, statistics })
    }

    /// The joined score of a sample.
    pub(super) fn of(&self, features: &Features, predicted: usize) -> f32 {
        self.by(&self.she, features, predicted)
    }

    /// The joined score of a sample by another scorer.
    pub(super) fn by(&self, she: &She, features: &Features, predicted: usize) -> f32 {
        self.aggregator.join(&layer_scores(she, features, predicted))
    }
}

fn fit_she(
    model: &Model,
    options: &FitOptions,
    samples: &mut impl Observations,
) -> Result<(She, Statistics)> {
    let (recipe, layers) = (options.recipe(), &options.model.layers);
    let mut learnt = Learnt::new(model.classes(), layers, &recipe);
    let mut clips = options.react.map(|share| Clips::new(share, layers.len()));
    for observation in samples.pass() {
        let observation = observation?;
        observation.features.check(model)?;
        clips.iter_mut().for_each(|clips| clips.count(&observation.features));
        learnt.push(&observation)?;
    }
    let clips = clips.map(|clips| clips.finish(samples)).transpose()?;
    learnt.scorer(&recipe, layers, clips)
}

fn fit_aggregator(
    she: &She,
    kind: AggregatorKind,
    layers: &[String],
    samples: &mut impl Observations,
) -> Result<Aggregator> {
    let mut builder = AggregatorBuilder::new(kind, layers.len());
    if kind != AggregatorKind::Sum {
        for observation in samples.pass() {
            let observation = observation?;
            builder.push(&layer_scores(she, &observation.features, observation.predicted));
        }
    }
    builder.finish(layers)
}

pub(super) fn layer_scores(she: &She, features: &Features, predicted: usize) -> Vec<f32> {
    she.compare(features.layers(), predicted).into_iter().map(|layer| layer.score).collect()
}
