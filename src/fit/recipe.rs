//! The options that patterns and scores depend on.

use serde::{Deserialize, Serialize};

use super::{FitOptions, Store};
use crate::{AggregatorKind, CompareWith, Similarity};

/// How patterns and scores are made: the fields of [`FitOptions`] with these names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recipe {
    pub similarity: Similarity,
    pub compare_with: CompareWith,
    pub store: Store,
    pub aggregator: Option<AggregatorKind>,
    pub energy: Option<f32>,
    pub compact: bool,
    pub min_count: u64,
    pub react: Option<f64>,
}

impl Recipe {
    /// How several layers are joined after a look at the scores of all fit samples, if they are.
    pub fn scored_aggregator(&self, layers: usize) -> Option<AggregatorKind> {
        self.aggregator.filter(|kind| layers > 1 && *kind != AggregatorKind::Sum)
    }
}

impl FitOptions {
    pub(super) fn recipe(&self) -> Recipe {
        Recipe {
            similarity: self.similarity,
            compare_with: self.compare_with,
            store: self.store,
            aggregator: self.aggregator,
            energy: self.energy,
            compact: self.compact,
            min_count: self.min_count,
            react: self.react,
        }
    }

    /// The same options with those of a recipe.
    pub(super) fn with_recipe(self, recipe: Recipe) -> Self {
        let Recipe { similarity, compare_with, store, aggregator, .. } = recipe;
        let Recipe { energy, compact, min_count, react, .. } = recipe;
        Self {
            choose: false,
            similarity,
            compare_with,
            store,
            aggregator,
            energy,
            compact,
            min_count,
            react,
            ..self
        }
    }
}
