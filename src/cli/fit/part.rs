//! The samples of a set as a fit pulls them.

use she_ood::{CalibrationSample, Fit, Observation, Observations};

use crate::cli::left_out::LeftOut;
use crate::cli::samples::{Outcome, Samples};

/// Samples that are read and run anew in each pass, and what was left out of them.
pub struct Part<'a> {
    fit: &'a Fit,
    samples: &'a Samples<'a>,
    pub positions: Vec<usize>,
    pub left_out: LeftOut<'a>,
}

impl Observations for Part<'_> {
    fn pass(&mut self) -> impl Iterator<Item = she_ood::Result<Observation>> {
        self.observations("fitting")
    }
}

impl<'a> Part<'a> {
    /// The samples at these positions; `strict` ends at the first that cannot be used.
    pub fn new(
        fit: &'a Fit,
        samples: &'a Samples<'a>,
        positions: Vec<usize>,
        strict: bool,
    ) -> Self {
        Self { fit, samples, positions, left_out: LeftOut::new(samples.set, strict) }
    }

    /// The usable samples with a class that the model has.
    fn observations(
        &mut self,
        task: &'static str,
    ) -> impl Iterator<Item = she_ood::Result<Observation>> {
        let Self { fit, samples, positions, left_out } = self;
        let classified = |outcome: Outcome<_>| {
            outcome.and_then(|position, features| {
                Ok(Observation::new(features, samples.class(position)?))
            })
        };
        let outcomes = samples.features(positions.clone(), task, *fit).map(classified);
        outcomes.filter_map(|outcome| left_out.keep(outcome).transpose())
    }

    /// The same samples for the threshold.
    pub fn labelled_calibration(
        &mut self,
    ) -> impl Iterator<Item = she_ood::Result<CalibrationSample>> {
        self.observations("calibrating").map(|sample| sample.map(CalibrationSample::from))
    }

    /// The usable samples for the threshold, whatever their labels, which serve the prediction sets
    /// where they are classes of the model.
    pub fn calibration(&mut self) -> impl Iterator<Item = she_ood::Result<CalibrationSample>> {
        let Self { fit, samples, positions, left_out } = self;
        let labelled = |outcome: Outcome<_>| {
            outcome.and_then(|position, features| {
                Ok(CalibrationSample::new(features, samples.class(position).ok()))
            })
        };
        let outcomes = samples.features(positions.clone(), "calibrating", *fit).map(labelled);
        outcomes.filter_map(|outcome| left_out.keep(outcome).transpose())
    }
}
