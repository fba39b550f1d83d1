//! Checks that the parts of a detector fit together.

use super::Detector;
use crate::score::{MOST_SAMPLES, check_size};
use crate::{Class, Error, Model, Preprocess, Result};

impl Detector {
    /// Checks that the parts fit together.
    pub(crate) fn checked(self) -> Result<Self> {
        for (patterns, tap) in self.she.layers().iter().zip(self.model.taps()) {
            check_size(patterns, tap.size())?;
            check_classes(patterns.classes(), self.model.classes())?;
        }
        self.aggregator.check(self.she.layers().len())?;
        self.check_energy()?;
        check_settings(&self.model, &self.labels, self.preprocess.as_ref())?;
        self.check_samples()?;
        Ok(self)
    }

    fn check_energy(&self) -> Result<()> {
        match &self.energy {
            Some(energy) if !energy.is_usable() => Err(Error::InvalidDetector {
                field: "energy".to_string(),
                reason: format!("{energy:?} is no weight above 0 with positive deviations"),
                source: None,
            }),
            _ => Ok(()),
        }
    }

    /// Refuses fewer samples of a class than are classified correctly, and counts of other classes.
    fn check_samples(&self) -> Result<()> {
        let Some(samples) = &self.samples else { return Ok(()) };
        let enough =
            |class: &Class| samples.get(class.index).is_some_and(|&samples| samples >= class.count);
        let countable = samples.iter().all(|&count| count <= MOST_SAMPLES);
        match samples.len() == self.labels.len() && countable && self.classes().iter().all(enough) {
            true => Ok(()),
            false => Err(Error::InvalidDetector {
                field: "samples".to_string(),
                reason: format!(
                    "{samples:?} are not the numbers of samples of {} classes",
                    self.labels.len()
                ),
                source: None,
            }),
        }
    }
}

/// Refuses labels and preprocessing that are not for this model.
pub(crate) fn check_settings(
    model: &Model,
    labels: &[String],
    preprocess: Option<&Preprocess>,
) -> Result<()> {
    if labels.len() != model.classes() {
        let reason = format!("{} labels for {} classes", labels.len(), model.classes());
        return Err(Error::InvalidDetector { field: "labels".to_string(), reason, source: None });
    }
    preprocess.map_or(Ok(()), |preprocess| preprocess.check(model.input_shape()))
}

/// Refuses classes that the model does not have.
fn check_classes(given: &[Class], classes: usize) -> Result<()> {
    match given.iter().find(|class| class.index >= classes) {
        Some(class) => Err(Error::UnknownClass { class: class.index, classes }),
        None => Ok(()),
    }
}
