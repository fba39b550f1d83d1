//! The samples that are put aside for the choice and the judgement, and what is made of them.

use std::collections::HashMap;

use super::{Fit, Observation};
use crate::image::alter::{Change, Picture};
use crate::parallel::map_in_order;
use crate::{Classify, Features, Preprocess, Result, Stranger};

/// Samples put aside that a choice or a judgement needs.
pub(super) const LEAST: usize = 20;

/// Of the samples of a class, every so many is put aside.
const EVERY: usize = 4;

/// Samples put aside at most.
const MOST: usize = 250;

/// Samples of a class put aside at least, while they are fewer than [`MOST`].
const LEAST_OF_CLASS: usize = 2;

/// Numbers that the features of all alterations have at most: 64 MB of them.
const MOST_VALUES: usize = 1 << 24;

/// Shortest side of a picture that has enough pixels to be cut into tiles.
const SHORTEST_SIDE: usize = 8;

/// Decides which samples are put aside, by their class and number within it: every fourth, evenly
/// of all classes, about 250 in all. None of a model that takes no pictures.
#[derive(Debug, Clone)]
pub struct Probes {
    of_class: usize,
    most: usize,
    /// Number of samples of each class so far.
    seen: HashMap<usize, usize>,
    taken: usize,
}

/// A sample that is put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What its strangers are drawn by.
    seed: u64,
}

impl Probes {
    /// Samples of a class put aside at most, and of all.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn limits(&self) -> (usize, usize) {
        (self.of_class, self.most)
    }

    pub(super) fn none() -> Self {
        Self::new(1, 0)
    }

    fn new(classes: usize, most: usize) -> Self {
        let of_class = most.div_ceil(classes.max(1)).max(LEAST_OF_CLASS);
        Self { of_class, most, seen: HashMap::new(), taken: 0 }
    }

    /// Takes the next sample, with its class index; `None` unless it is put aside.
    pub fn next(&mut self, class: usize) -> Option<Probe> {
        let seen = self.seen.entry(class).or_default();
        // Not the last of every four, with which a share held out for the threshold begins.
        let (number, rest) = (*seen / EVERY, *seen % EVERY);
        *seen += 1;
        let is_fourth = rest == 0 && number > 0;
        let is_probe = is_fourth && number <= self.of_class && self.taken < self.most;
        self.taken += usize::from(is_probe);
        is_probe.then(|| Probe::new(class, number))
    }
}

impl Probe {
    /// The sample put aside as the `number`-th of its class, from 1.
    pub fn new(class: usize, number: usize) -> Self {
        Self { seed: ((class as u64) << 32) | number as u64 }
    }
}

impl Fit {
    /// Decides which samples are put aside, for [`Fit::observe`].
    pub fn probes(&self) -> Probes {
        let values =
            self.model.classes() + self.model.taps().iter().map(|tap| tap.size()).sum::<usize>();
        let most = MOST_VALUES / (values * self.alterations().max(1)).max(1);
        match self.picture() {
            Some(_) => Probes::new(self.model.classes(), most.min(MOST)),
            None => Probes::none(),
        }
    }

    /// A sample as the fit takes it, from its input, the features that the model makes of it, and
    /// its class index. The model also runs on alterations of one that is put aside.
    ///
    /// # Errors
    /// As [`Model::run`](crate::Model::run).
    pub fn observe(
        &self,
        input: &[f32],
        features: Features,
        class: usize,
        probe: Option<Probe>,
    ) -> Result<Observation> {
        let altered = probe.map(|probe| self.altered(input, probe)).transpose()?;
        Ok(Observation { altered: altered.map(Into::into), ..Observation::new(features, class) })
    }

    /// Samples laid end to end as the fit takes them, each with its class index.
    pub(super) fn observe_batch(
        &self,
        data: &[f32],
        samples: &[(usize, Option<Probe>)],
    ) -> Result<Vec<Observation>> {
        let features = self.features_batch(data)?;
        let size = self.model.input_shape().iter().product::<usize>().max(1);
        let samples = data.chunks(size).zip(features).zip(samples);
        let observe = |((input, features), &(class, probe)): ((&[f32], _), &_)| {
            self.observe(input, features, class, probe)
        };
        map_in_order(samples, observe).collect()
    }

    /// Features of the strangers made of a sample, and of its mild changes where the fit chooses.
    pub(crate) fn altered(&self, input: &[f32], probe: Probe) -> Result<Vec<Features>> {
        let Some(form) = self.picture() else { return Ok(Vec::new()) };
        let picture = Picture::new(input, &form);
        let strangers = Stranger::ALL.iter().map(|kind| kind.of(&picture, probe.seed));
        let changes = self.changes(&form).iter().map(|change| change.of(&picture));
        let mut inputs: Vec<f32> =
            strangers.chain(changes).flat_map(Picture::into_values).collect();
        if self.model.takes_whole_numbers() {
            inputs.iter_mut().for_each(|value| *value = value.round());
        }
        self.model.check_batch(&inputs)?;
        Features::of_chunk(&self.model, &inputs)
    }

    /// Number of alterations of a sample that is put aside.
    pub(crate) fn alterations(&self) -> usize {
        self.picture().map_or(0, |form| Stranger::ALL.len() + self.changes(&form).len())
    }

    fn changes(&self, form: &Preprocess) -> &'static [Change] {
        if self.options.choose { Change::of_framing(form.framing) } else { &[] }
    }

    /// How a picture lies in an input; `None` for a model of other inputs, and for patterns that
    /// classify, which are neither chosen nor judged.
    pub(super) fn picture(&self) -> Option<Preprocess> {
        if self.options.classify == Classify::Patterns {
            return None;
        }
        let shape = self.model.input_shape();
        let form = match &self.options.preprocess {
            Some(preprocess) => Some(preprocess.clone()),
            None => Preprocess::of_input(shape).filter(|_| shape.len() == 3),
        };
        form.filter(|form| form.height.min(form.width) >= SHORTEST_SIDE)
    }
}
