//! What a teacher has been taught, as plain data.

use serde::Serialize;

use crate::Preprocess;
#[cfg(doc)]
use crate::Teacher;

/// What a teacher has been taught.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TeacherInfo {
    /// Shape of one sample, without the batch dimension.
    pub input_shape: Vec<usize>,
    /// Name of the layer that features are taken from.
    pub layer: String,
    /// Number of features.
    pub size: usize,
    /// How images become inputs, if the backbone takes images.
    pub preprocess: Option<Preprocess>,
    /// The classes, in the order of their labels.
    pub classes: Vec<TaughtClass>,
    /// Number of examples of all classes.
    pub examples: u64,
    /// Share of in-distribution samples that the threshold aims to pass, 0 to 1.
    pub id_pass_rate: f64,
    /// Number of examples that a threshold at this rate still needs, beside another one of their
    /// class each; 0 where there is one.
    pub needed: usize,
}

/// A class that has been taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TaughtClass {
    /// Its name.
    pub label: String,
    /// Number of its examples.
    pub count: u64,
}

/// An example that has been taught.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TaughtExample<'a> {
    /// Its number.
    pub id: u64,
    /// The name of its class.
    pub label: &'a str,
    /// Its features.
    pub features: &'a [f32],
}
