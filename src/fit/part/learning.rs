//! The first round: patterns and statistics.

use super::bytes::{Reader, Writer};
use super::header::Header;
use super::histogram::Histogram;
use super::privacy::{Privacy, gauss};
use super::shards::Shards;
use crate::fit::learnt::Learnt;
use crate::fit::recipe::Recipe;
use crate::fit::statistics::Statistics;
use crate::fit::{Observation, PatternsBuilder};
use crate::scorer::few_correct;
use crate::{Result, She, Warning};

/// Deviations of the noise that the count of a class must reach to have a pattern: the noise alone
/// does once in 30,000 classes.
const SURE: f64 = 4.0;

/// What samples teach, and which samples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Learning {
    pub shards: Shards,
    learnt: Learnt,
    /// Features of each layer, counted for ReAct where the recipe has it.
    counted: Vec<Histogram>,
}

impl Learning {
    pub fn new(header: &Header) -> Self {
        let layers = header.layer_names();
        let counted = header.recipe.react.map_or(0, |_| layers.len());
        Self {
            shards: Shards::default(),
            learnt: Learnt::new(header.labels.len(), &layers, &header.recipe),
            counted: vec![Histogram::default(); counted],
        }
    }

    pub fn push(&mut self, observation: &Observation) -> Result<()> {
        let layers = self.counted.iter_mut().zip(observation.features.layers());
        layers.for_each(|(counted, layer)| counted.push(layer));
        self.learnt.push(observation)
    }

    pub fn merge(&mut self, other: Self) -> Result<()> {
        self.shards.check_apart(&other.shards)?;
        self.learnt.merge(other.learnt)?;
        self.shards.merge(other.shards);
        let layers = self.counted.iter_mut().zip(other.counted);
        layers.for_each(|(counted, other)| counted.merge(other));
        Ok(())
    }

    /// Adds noise to sums and counts, and puts the meaning of these outputs, which are of no
    /// sample, in the place of all else.
    pub fn add_noise(&mut self, header: &Header, privacy: Privacy, outputs: &[f32]) -> Result<()> {
        let (classes, noise) = (self.learnt.statistics.samples.len(), privacy.noise.unwrap_or(0.0));
        let draw = |_| Ok((noise * gauss()?).round() as i64);
        let counts: Vec<i64> = (0..classes).map(draw).collect::<Result<_>>()?;
        for (builder, layer) in self.learnt.builders.iter_mut().zip(&header.layers) {
            builder.add_noise(layer.size, &counts, privacy.clip * noise)?;
        }
        let seen = self.learnt.builders.first().map_or(0, PatternsBuilder::count);
        self.learnt.statistics.forget(outputs);
        self.shards = Shards::unrelated(seen)?;
        Ok(())
    }

    /// Number of samples; of those that are classified correctly, where there is noise.
    pub fn samples(&self) -> u64 {
        let correct = self.learnt.builders.first().map_or(0, PatternsBuilder::count);
        self.learnt.statistics.count().max(correct)
    }

    /// Number of samples of each class that are classified correctly.
    pub fn counts(&self) -> Vec<u64> {
        self.learnt.correct()
    }

    /// Of each layer and class, the length of the mean features.
    pub fn lengths(&self, classes: usize) -> Vec<Vec<f64>> {
        let lengths = |builder: &PatternsBuilder| {
            (0..classes).map(|class| builder.length_of(class)).collect()
        };
        self.learnt.builders.iter().map(lengths).collect()
    }

    /// Warnings where too few samples are classified correctly, and where outputs are no logits;
    /// none with noise, which leaves only correct samples.
    pub fn warnings(&self, labels: &[String]) -> Vec<Warning> {
        let Statistics { samples, outputs, .. } = &self.learnt.statistics;
        if self.learnt.statistics.count() == 0 {
            return Vec::new();
        }
        let few = few_correct(labels, &self.counts(), samples);
        let few = few.map(|message| Warning { code: "few-correct", message });
        few.into_iter().chain(outputs.warning()).collect()
    }

    /// The scorer, and the statistics. With noise, classes have no pattern whose count may be noise
    /// alone.
    pub fn scorer(&self, header: &Header) -> Result<(She, Statistics)> {
        let noise = header.privacy.and_then(|privacy| privacy.noise).unwrap_or(0.0);
        let by_chance = (SURE * noise * (self.shards.len() as f64).sqrt()).ceil() as u64;
        let min_count = header.recipe.min_count.max(by_chance);
        let recipe = Recipe { min_count, ..header.recipe.clone() };
        let quantiles =
            |share| self.counted.iter().map(|counted| counted.quantile(share)).collect();
        let clips = header.recipe.react.map(quantiles);
        self.learnt.clone().scorer(&recipe, &header.layer_names(), clips)
    }

    pub fn write(&self, to: &mut Writer) {
        self.learnt.statistics.write(to);
        self.learnt.builders.iter().for_each(|builder| builder.write(to));
        self.counted.iter().for_each(|counted| counted.write(to));
    }

    pub fn read(from: &mut Reader<'_>, header: &Header, shards: Shards) -> Result<Self> {
        let (mut empty, classes) = (Self::new(header), header.labels.len());
        let statistics = Statistics::read(from, classes, header.layers.len())?;
        let builders = empty.learnt.builders.drain(..).zip(&header.layers);
        let builders = builders
            .map(|(builder, layer)| builder.read(from, classes, layer.size))
            .collect::<Result<_>>()?;
        let counted = empty.counted.iter().map(|_| Histogram::read(from)).collect::<Result<_>>()?;
        Ok(Self { shards, learnt: Learnt { statistics, builders }, counted })
    }
}
