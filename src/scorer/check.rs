//! Checks that the parts of a scorer fit together.

use super::Scorer;
use crate::score::MOST_SAMPLES;
use crate::{Class, Error, Result};

impl Scorer {
    /// Checks that the parts fit together.
    pub(crate) fn checked(self) -> Result<Self> {
        self.check_enough_labels()?;
        check_classes(self.classes(), self.labels.len())?;
        self.aggregator.check(self.she.layers().len())?;
        self.check_energy()?;
        self.check_taught()?;
        self.check_samples()?;
        Ok(self)
    }

    /// Refuses fewer labels than classes that have a pattern. The model, which tells exactly how
    /// many there are, may not be at hand.
    fn check_enough_labels(&self) -> Result<()> {
        check_labels(&self.labels, self.classes().len().max(self.labels.len()))
    }

    fn check_energy(&self) -> Result<()> {
        match &self.energy {
            Some(energy) if !energy.is_usable() => Err(Error::InvalidDetector {
                field: "energy".to_string(),
                reason: format!("{energy:?} is not a weight above 0 with positive deviations"),
                source: None,
            }),
            _ => Ok(()),
        }
    }

    /// Refuses fewer samples of a class than are classified correctly, and counts of other classes.
    fn check_samples(&self) -> Result<()> {
        let Some(samples) = self.samples.as_ref().or(self.correct.as_ref()) else {
            return Ok(());
        };
        let enough =
            |class: &Class| samples.get(class.index).is_some_and(|&samples| samples >= class.count);
        let is_part = |correct: &Vec<u64>| {
            correct.len() == samples.len()
                && correct.iter().zip(samples).all(|(correct, samples)| correct <= samples)
        };
        let fits = samples.len() == self.labels.len()
            && samples.iter().all(|&count| count <= MOST_SAMPLES)
            && self.classes().iter().all(enough)
            && self.correct.as_ref().is_none_or(is_part);
        match fits {
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

/// Refuses classes that the model does not have.
pub(crate) fn check_classes(given: &[Class], classes: usize) -> Result<()> {
    match given.iter().find(|class| class.index >= classes) {
        Some(class) => Err(Error::UnknownClass { class: class.index, classes }),
        None => Ok(()),
    }
}
