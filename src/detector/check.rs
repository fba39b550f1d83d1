//! Checks that the parts of a detector fit together.

use super::Detector;
use crate::score::{MOST_SAMPLES, check_size};
use crate::{Class, Error, Model, Preprocess, Result};

impl Detector {
    /// Checks that the parts fit together.
    pub(crate) fn checked(self) -> Result<Self> {
        for (patterns, tap) in self.she.layers().iter().zip(self.model.taps()) {
            check_size(patterns, tap.size())?;
            check_classes(patterns.classes(), self.class_count())?;
        }
        self.aggregator.check(self.she.layers().len())?;
        self.check_energy()?;
        self.check_taught()?;
        check_labels(&self.labels, self.class_count())?;
        check_preprocess(&self.model, self.preprocess.as_ref())?;
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

/// Refuses labels that are not one a class.
pub(crate) fn check_labels(labels: &[String], classes: usize) -> Result<()> {
    if labels.len() == classes {
        return Ok(());
    }
    let reason = format!("{} labels for {classes} classes", labels.len());
    Err(Error::InvalidDetector { field: "labels".to_string(), reason, source: None })
}

/// Refuses preprocessing that is not for this model.
pub(crate) fn check_preprocess(model: &Model, preprocess: Option<&Preprocess>) -> Result<()> {
    preprocess.map_or(Ok(()), |preprocess| preprocess.check(model.input_shape()))
}

/// Refuses classes that the model does not have.
fn check_classes(given: &[Class], classes: usize) -> Result<()> {
    match given.iter().find(|class| class.index >= classes) {
        Some(class) => Err(Error::UnknownClass { class: class.index, classes }),
        None => Ok(()),
    }
}
