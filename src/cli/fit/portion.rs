//! The samples of a set as a fit pulls them.

use std::collections::HashMap;

use she_ood::{CalibrationSample, Features, Fit, Observation, Observations, Probe, Tensor};

use crate::cli::left_out::LeftOut;
use crate::cli::samples::{Outcome, Samples, features_of};

/// Samples that are read and run anew in each pass, and what was left out of them.
pub struct Portion<'a> {
    fit: &'a Fit,
    samples: &'a Samples<'a>,
    pub positions: Vec<usize>,
    pub left_out: LeftOut<'a>,
    /// Samples put aside, by position, until a pass has run them.
    probes: HashMap<usize, Probe>,
}

impl Observations for Portion<'_> {
    fn pass(&mut self) -> impl Iterator<Item = she_ood::Result<Observation>> {
        let probes = std::mem::take(&mut self.probes);
        self.observations("fitting", probes).map(|sample| Ok(sample?.1))
    }
}

impl<'a> Portion<'a> {
    /// The samples at these positions; `strict` ends at the first that cannot be used.
    pub fn new(
        fit: &'a Fit,
        samples: &'a Samples<'a>,
        positions: Vec<usize>,
        strict: bool,
    ) -> Self {
        let left_out = LeftOut::new(samples.set, strict);
        Self { fit, samples, positions, left_out, probes: HashMap::new() }
    }

    /// The same samples, some of them put aside: those that are of all samples at `positions`.
    pub fn with_probes_of(mut self, positions: &[usize]) -> Self {
        let mut probes = self.fit.probes();
        let probe =
            |&position: &usize| Some((position, probes.next(self.samples.class(position).ok()?)?));
        self.probes = positions.iter().filter_map(probe).collect();
        self
    }

    /// The usable samples with a class that the model has, each with its position.
    pub fn placed(
        &mut self,
        task: &'static str,
    ) -> impl Iterator<Item = she_ood::Result<(usize, Observation)>> {
        self.observations(task, HashMap::new())
    }

    fn observations(
        &mut self,
        task: &'static str,
        probes: HashMap<usize, Probe>,
    ) -> impl Iterator<Item = she_ood::Result<(usize, Observation)>> {
        let Self { fit, samples, positions, left_out, .. } = self;
        let (fit, samples) = (*fit, *samples);
        let observe = move |(position, input): (&usize, &Tensor), features| {
            // A sample without a class is left out below.
            let class = samples.class(*position).unwrap_or_default();
            fit.observe(input.data(), features, class, probes.get(position).copied())
        };
        let run = move |positions: &[usize], inputs: &[Tensor]| {
            let samples = positions.iter().zip(inputs);
            let ran = samples.zip(features_of(fit, inputs));
            ran.map(|(sample, features)| observe(sample, features?)).collect()
        };
        let classified = |outcome: Outcome<Observation>| {
            outcome.and_then(|position, observation| {
                samples.class(position).map(|_| (position, observation))
            })
        };
        let observed = move |position, features| {
            samples.class(position).map(|class| Observation::new(features, class))
        };
        let (batch, positions) = (fit.model().batch_size(), positions.clone());
        let outcomes: Box<dyn Iterator<Item = Outcome<Observation>>> =
            match samples.set.holds_features() {
                true => {
                    let computed = samples.computed(positions, task, fit.model());
                    Box::new(computed.map(move |outcome| outcome.and_then(observed)))
                }
                false => Box::new(samples.map(positions, task, batch, run)),
            };
        let outcomes = outcomes.map(classified);
        outcomes.filter_map(|outcome| left_out.keep(outcome).transpose())
    }

    /// The same samples for the threshold.
    pub fn labelled_calibration(
        &mut self,
    ) -> impl Iterator<Item = she_ood::Result<CalibrationSample>> {
        self.observations("calibrating", HashMap::new())
            .map(|sample| sample.map(|(_, sample)| CalibrationSample::from(sample)))
    }

    /// The usable samples for the threshold, whatever their labels, which serve the prediction sets
    /// where they are classes of the model.
    pub fn calibration(&mut self) -> impl Iterator<Item = she_ood::Result<CalibrationSample>> {
        let Self { fit, samples, positions, left_out, .. } = self;
        let labelled = |outcome: Outcome<_>| {
            outcome.and_then(|position, features| {
                Ok(CalibrationSample::new(features, samples.class(position).ok()))
            })
        };
        let (positions, task) = (positions.clone(), "calibrating");
        let outcomes: Box<dyn Iterator<Item = Outcome<Features>>> =
            match samples.set.holds_features() {
                true => Box::new(samples.computed(positions, task, fit.model())),
                false => Box::new(samples.features(positions, task, *fit)),
            };
        let outcomes = outcomes.map(labelled);
        outcomes.filter_map(|outcome| left_out.keep(outcome).transpose())
    }
}
