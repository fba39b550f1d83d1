//! Patterns and aggregator: everything that turns features into a score.

use super::clips::Clips;
use super::statistics::Statistics;
use super::{FitOptions, Observations, PatternsBuilder};
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
        let mut statistics = Statistics::new(model.classes(), options.model.layers.len());
        let she = fit_she(model, options, &mut statistics, samples)?;
        statistics.check_layers(&options.model.layers)?;
        let aggregator = match options.aggregator {
            Some(kind) if options.model.layers.len() > 1 => {
                fit_aggregator(&she, kind, &options.model.layers, samples)?
            }
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
    statistics: &mut Statistics,
    samples: &mut impl Observations,
) -> Result<She> {
    let builder =
        |layer| PatternsBuilder::new(layer, options.store).for_similarity(options.similarity);
    let mut builders: Vec<_> = options.model.layers.iter().map(builder).collect();
    let mut clips = options.react.map(|share| Clips::new(share, builders.len()));
    for observation in samples.pass() {
        let observation = observation?;
        observation.features.check(model)?;
        statistics.push(&observation)?;
        clips.iter_mut().for_each(|clips| clips.count(&observation.features));
        for (builder, layer) in builders.iter_mut().zip(observation.features.layers()) {
            builder.push(layer, observation.class, observation.predicted)?;
        }
    }
    let patterns = |builder: PatternsBuilder| builder.at_least(options.min_count)?.finish();
    let layers = builders.into_iter().map(patterns).collect::<Result<_>>()?;
    let clips = clips.map(|clips| clips.finish(samples)).transpose()?;
    She::new(layers, options.similarity, options.compare_with)?.with_clips(clips)
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

fn layer_scores(she: &She, features: &Features, predicted: usize) -> Vec<f32> {
    she.compare(features.layers(), predicted).into_iter().map(|layer| layer.score).collect()
}
