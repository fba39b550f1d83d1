//! Features kept from the first pass for the next ones, while they are few.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Observation, Observations};
use crate::{Features, Layer, Model, Result};

/// Numbers that are kept at most: 64 MB of them.
const MOST: usize = 1 << 24;

/// Observations whose first pass is kept in memory if it is small, for those that follow.
pub(super) struct Cached<'a, S> {
    model: &'a Model,
    samples: &'a mut S,
    /// The first pass as far as it went; `None` when it is not worth keeping, or too large.
    rows: Option<Rows>,
    is_first: bool,
    /// Alterations by the position of their sample: they are made in the first pass alone.
    altered: HashMap<usize, Arc<Vec<Features>>>,
}

/// Logits and features of each sample end to end, so that keeping them costs little more than
/// their size, and its class.
#[derive(Default)]
struct Rows {
    values: Vec<f32>,
    classes: Vec<usize>,
}

impl<'a, S: Observations> Cached<'a, S> {
    /// `samples` for this number of passes.
    pub(super) fn new(model: &'a Model, samples: &'a mut S, passes: usize) -> Self {
        let rows = (passes > 1).then(Rows::default);
        Self { model, samples, rows, is_first: true, altered: HashMap::new() }
    }
}

impl<S: Observations> Observations for Cached<'_, S> {
    fn pass(&mut self) -> impl Iterator<Item = Result<Observation>> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        let altered = &mut self.altered;
        let all: Box<dyn Iterator<Item = Result<Observation>>> = match (is_first, &mut self.rows) {
            (true, rows) => Box::new(self.samples.pass().enumerate().map(|(at, observation)| {
                let observation = observation?;
                keep(rows, &observation);
                altered.extend(observation.altered.clone().map(|features| (at, features)));
                Ok(observation)
            })),
            (false, Some(rows)) => Box::new(completed(rows.observations(self.model), altered)),
            (false, None) => Box::new(completed(self.samples.pass(), altered)),
        };
        all
    }
}

/// Observations with the alterations that the first pass made.
fn completed(
    observations: impl Iterator<Item = Result<Observation>>,
    altered: &HashMap<usize, Arc<Vec<Features>>>,
) -> impl Iterator<Item = Result<Observation>> {
    observations.enumerate().map(|(at, observation)| {
        Ok(Observation { altered: altered.get(&at).cloned(), ..observation? })
    })
}

/// Keeps one more observation, or none at all when they become too many.
fn keep(kept: &mut Option<Rows>, Observation { features, class, .. }: &Observation) {
    let Some(rows) = kept else { return };
    rows.values.extend_from_slice(features.logits());
    features.layers().iter().for_each(|layer| rows.values.extend_from_slice(layer));
    rows.classes.push(*class);
    if rows.values.len() > MOST {
        *kept = None;
    }
}

impl Rows {
    fn observations(&self, model: &Model) -> impl Iterator<Item = Result<Observation>> {
        let (classes, taps) = (model.classes(), model.taps());
        let size = classes + taps.iter().map(Layer::size).sum::<usize>();
        let rows = self.values.chunks(size).zip(&self.classes);
        rows.map(move |(row, &class)| {
            Ok(Observation::new(Features::from_row(row, classes, taps)?, class))
        })
    }
}
