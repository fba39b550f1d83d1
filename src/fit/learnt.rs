//! What the samples of a fit teach in one pass: patterns and statistics.

use super::recipe::Recipe;
use super::statistics::Statistics;
use super::{Observation, PatternsBuilder};
use crate::{Result, She};

/// Patterns of each layer, and statistics. Those of parts of the samples merge to those of all, in
/// any order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Learnt {
    pub statistics: Statistics,
    pub builders: Vec<PatternsBuilder>,
}

impl Learnt {
    pub fn new(classes: usize, layers: &[String], recipe: &Recipe) -> Self {
        let builder =
            |layer| PatternsBuilder::new(layer, recipe.store).for_similarity(recipe.similarity);
        Self {
            statistics: Statistics::new(classes, layers.len()),
            builders: layers.iter().map(builder).collect(),
        }
    }

    /// Takes in one sample.
    ///
    /// # Errors
    /// As [`Statistics::push`] and [`PatternsBuilder::push`].
    pub fn push(&mut self, observation: &Observation) -> Result<()> {
        self.statistics.push(observation)?;
        let layers = self.builders.iter_mut().zip(observation.features.layers());
        layers.into_iter().try_for_each(|(builder, layer)| {
            builder.push(layer, observation.class, observation.predicted)
        })
    }

    /// Adds what other samples taught by the same recipe.
    ///
    /// # Errors
    /// As [`PatternsBuilder::merge`].
    pub fn merge(&mut self, other: Self) -> Result<()> {
        self.statistics.merge(other.statistics);
        let mut layers = self.builders.iter_mut().zip(other.builders);
        layers.try_for_each(|(builder, other)| builder.merge(other))
    }

    /// Number of samples of each class that are classified correctly.
    pub fn correct(&self) -> Vec<u64> {
        let builder = self.builders.first();
        let count = |class| builder.map_or(0, |builder| builder.count_of(class));
        (0..self.statistics.samples.len()).map(count).collect()
    }

    /// The scorer, and the statistics.
    ///
    /// # Errors
    /// As [`PatternsBuilder::finish`] and [`She::new`]; [`Error::Fit`](crate::Error::Fit) for a
    /// layer that does not vary.
    pub fn scorer(
        mut self,
        recipe: &Recipe,
        layers: &[String],
        clips: Option<Vec<f32>>,
    ) -> Result<(She, Statistics)> {
        let correct = self.correct();
        let patterns = |builder: PatternsBuilder| builder.at_least(recipe.min_count)?.finish();
        let patterns = self.builders.into_iter().map(patterns).collect::<Result<_>>()?;
        let she = She::new(patterns, recipe.similarity, recipe.compare_with)?.with_clips(clips)?;
        self.statistics.check_layers(layers)?;
        let present = correct.iter().filter(|count| **count > 0).count();
        self.statistics.correct = (she.classes().len() < present).then_some(correct);
        Ok((she, self.statistics))
    }
}
