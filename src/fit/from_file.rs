//! What a fit takes from the model's file: names of the classes, and preprocessing.

use super::Fit;
use crate::model::metadata;
use crate::{Classify, Error, PreprocessConfig, PreprocessOptions, Result};

impl Fit {
    /// The same fit, with the preprocessing that the model's file tells, else the usual one, where
    /// the options tell none.
    pub(super) fn with_own_preprocess(self) -> Result<Self> {
        if self.options.preprocess.is_some() {
            return Ok(self);
        }
        let preprocess = match self.file_config()? {
            Some(config) => {
                let config = Some(config);
                let options = PreprocessOptions { config, ..PreprocessOptions::default() };
                Some(self.model.preprocess(&options)?)
            }
            None => self.model.usual_preprocess(),
        };
        self.with_preprocess(preprocess)
    }

    /// What the model's file says of its preprocessing, under `preprocessor_config` of its
    /// metadata.
    ///
    /// # Errors
    /// As [`PreprocessConfig::parse`].
    pub fn file_config(&self) -> Result<Option<PreprocessConfig>> {
        let text = metadata::preprocessor_config(&self.onnx)?;
        text.map(|text| PreprocessConfig::parse(&text)).transpose()
    }

    /// The labels from the options, else from the file, else positions.
    pub(super) fn labels(&self) -> Result<Vec<String>> {
        let classes = self.model.classes();
        match (&self.options.labels, &self.file_labels) {
            (Some(labels), _) => Ok(labels.clone()),
            (None, None) => Ok(positions(classes)),
            (None, Some(labels)) if labels.len() == classes => Ok(labels.clone()),
            (None, Some(labels)) => Err(Error::InvalidOption {
                option: "labels",
                given: format!(
                    "not given, and the model's own metadata names {} classes for {classes} \
                     outputs",
                    labels.len()
                ),
                allowed: "a name for each output, in their order",
            }),
        }
    }

    /// Labels of the file are checked when they are used: others may be given until then.
    pub(super) fn checked(self) -> Result<Self> {
        if let Some(preprocess) = &self.options.preprocess {
            preprocess.check_option(self.model.input_shape())?;
        }
        if self.options.classify == Classify::Patterns {
            return Ok(self);
        }
        match &self.options.labels {
            Some(labels) => check_labels(labels, self.model.classes()).map(|()| self),
            None => Ok(self),
        }
    }
}

/// Refuses labels that are not one for each output of the model.
fn check_labels(labels: &[String], outputs: usize) -> Result<()> {
    if labels.len() == outputs {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "the number of labels",
        given: format!("{}, and the model has {outputs} outputs", labels.len()),
        allowed: "one label for each output, in their order",
    })
}

/// The classes named by their positions.
fn positions(classes: usize) -> Vec<String> {
    (0..classes).map(|class| class.to_string()).collect()
}
