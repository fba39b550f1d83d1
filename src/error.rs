//! The one error type of the crate.

use std::sync::Arc;

use crate::nearest::nearest;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// An error of another library behind an [`Error`], for [`source`](std::error::Error::source).
/// Causes with the same text are equal.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// Everything that can go wrong. Each message says what was given and what is allowed.
///
/// [`Error::code`] is the stable name of the kind; JavaScript sees it as `SheError.code`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A flat input has the wrong number of values.
    #[error("the input has {given} values, expected {} for shape {expected:?}", volume(.expected))]
    InputLength {
        /// Number of values given.
        given: usize,
        /// Shape that the values are to fill.
        expected: Vec<usize>,
    },
    /// An input tensor has the wrong shape.
    #[error("the input has shape {given:?}, the model takes {expected:?}")]
    InputShape {
        /// Shape given.
        given: Vec<usize>,
        /// Shape of one sample of the model, without the batch dimension.
        expected: Vec<usize>,
    },
    /// NaN or an infinity in place of a finite number.
    #[error("{value} at index {index} of {place}, only finite numbers are allowed")]
    NotFinite {
        /// Tensor or list that holds the value.
        place: String,
        /// Position in that place, row-major.
        index: usize,
        /// The value itself.
        value: f32,
    },
    /// A value that a model of whole numbers, such as pixels, cannot take.
    #[error(
        "the input holds {value} at index {index}, the model takes whole numbers from {lowest} to \
         {highest}, such as pixels as they are"
    )]
    InputRange {
        /// Position in the input, row-major.
        index: usize,
        /// The value itself.
        value: f32,
        /// The lowest number that the model takes.
        lowest: f32,
        /// The highest.
        highest: f32,
    },
    /// An image whose bytes do not match its size, or that has no pixels.
    #[error(
        "an image of {width} x {height} needs {} bytes of {format} (at least one pixel), {given} \
         were given",
        volume(&[*.width, *.height, *.pixel])
    )]
    ImageSize {
        /// Bytes given.
        given: usize,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Bytes of a pixel.
        pixel: usize,
        /// Format of a pixel: `gray`, `RGB` or `RGBA`.
        format: &'static str,
    },
    /// An image was given to a detector without preprocessing.
    #[error(
        "this detector has no image preprocessing, give the model's own input of shape {expected:?}"
    )]
    NoPreprocess {
        /// Shape of one sample of the model.
        expected: Vec<usize>,
    },
    /// A layer name that the model does not have, or that cannot be tapped.
    #[error("no layer {name:?} can be tapped; {}", suggestion(name, layers))]
    UnknownLayer {
        /// Name given.
        name: String,
        /// Names that can be tapped.
        layers: Vec<String>,
    },
    /// Bytes that are not an ONNX model, or a damaged one.
    #[error("not a readable ONNX model: {reason}")]
    InvalidModel {
        /// What is wrong with it.
        reason: String,
    },
    /// An ONNX operator that the engine does not have.
    #[error("node {node:?} needs the operator {operator}, which is not supported")]
    UnsupportedOperator {
        /// Name of the node.
        node: String,
        /// Operator of the node.
        operator: String,
    },
    /// A readable ONNX model that is not a classifier of the supported form.
    #[error("unsupported model: {reason}")]
    UnsupportedModel {
        /// What was found and what is allowed.
        reason: String,
    },
    /// A file or model that asks for more than [`Limits`](crate::Limits) allow.
    #[error(
        "the model asks for {given} {what}, at most {allowed} are allowed: the limits are options"
    )]
    TooLarge {
        /// `bytes`, `nodes` or `values`.
        what: &'static str,
        /// Amount the model asks for.
        given: usize,
        /// The limit.
        allowed: usize,
    },
    /// The model failed while it ran.
    #[error("the model failed to run: {reason}")]
    ModelRun {
        /// The engine's own words.
        reason: String,
    },
    /// An ONNX model without detector metadata.
    #[error("{}", not_a_detector(*.is_exported))]
    NotADetector {
        /// Whether it is a graph that was exported from a detector.
        is_exported: bool,
    },
    /// An unusable part of a detector, from its file or from a caller.
    #[error("the detector's {field} cannot be used: {reason}")]
    InvalidDetector {
        /// The metadata key, manifest field or option.
        field: String,
        /// What is wrong with it.
        reason: String,
        /// The error of the parser, if one refused it.
        source: Option<Cause>,
    },
    /// A detector in the format of a later version.
    #[error("the detector has format {given:?}, this version reads format {supported:?}")]
    DetectorVersion {
        /// Format of the file.
        given: String,
        /// Format that can be read.
        supported: String,
    },
    /// Patterns and features of a layer differ in length.
    #[error("the patterns of layer {layer:?} have {patterns} values, its features have {features}")]
    PatternsMismatch {
        /// Name of the layer.
        layer: String,
        /// Length of a pattern.
        patterns: usize,
        /// Length of the features.
        features: usize,
    },
    /// A class that the model does not have.
    #[error(
        "class {class} is out of range, the model has {classes} classes (0 to {})",
        .classes.saturating_sub(1)
    )]
    UnknownClass {
        /// Class given.
        class: usize,
        /// Number of classes of the model.
        classes: usize,
    },
    /// A file of samples that cannot be read.
    #[error("{path}: {reason}")]
    Data {
        /// File, folder or sample.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// The error of the system or of the decoder, if one refused it.
        source: Option<Cause>,
    },
    /// Data that no detector can be fitted to.
    #[error("cannot fit: {reason}")]
    Fit {
        /// What is missing.
        reason: String,
    },
    /// A part of a fit that is damaged, incomplete, of another version, or not ready for its use.
    #[error("the part of a fit cannot be used: {reason}")]
    InvalidPart {
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// Parts of different fits.
    #[error("these parts of a fit do not belong together: {what} is {one} here and {other} there")]
    PartsMismatch {
        /// What they differ in.
        what: String,
        /// What the one has.
        one: String,
        /// What the other has.
        other: String,
    },
    /// A part of a fit that is merged a second time.
    #[error("the {samples} samples of the part {id} are merged already: leave out its second copy")]
    RepeatedPart {
        /// Identity of the samples that are in both.
        id: String,
        /// Number of these samples.
        samples: u64,
    },
    /// A monitor's snapshot that is damaged or belongs to another detector, or scores that none can
    /// compare with.
    #[error("the monitor cannot be used: {reason}")]
    InvalidMonitor {
        /// What was given and what is allowed.
        reason: String,
    },
    /// An option outside its range.
    #[error("{option} is {given}, allowed: {allowed}")]
    InvalidOption {
        /// Name of the option.
        option: &'static str,
        /// Value given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
}

fn not_a_detector(is_exported: bool) -> &'static str {
    match is_exported {
        true => {
            "this is a graph that was exported from a detector, for other runtimes: give the \
             detector file that it was made from"
        }
        false => {
            "the model carries no she.* metadata, so it is not a detector: fit one from it first"
        }
    }
}

/// The layers that may be meant, and where all of them are listed.
fn suggestion(name: &str, layers: &[String]) -> String {
    let nearest = nearest(name, layers.iter().map(String::as_str));
    let all = match layers.len() {
        0 => return "the model has none".to_string(),
        all => format!("`she-ood layers --all` or Model.layers lists all {all}"),
    };
    match nearest.as_slice() {
        [] => all,
        names => format!("the nearest are {}; {all}", names.join(", ")),
    }
}

/// Number of values in a shape, for messages: it saturates, as a shape in an error may be absurd.
fn volume(shape: &[usize]) -> usize {
    shape.iter().fold(1, |product, &dim| product.saturating_mul(dim))
}

impl Error {
    /// Stable, kebab-case name of the kind of error, the same in every language.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InputLength { .. } => "input-length",
            Error::InputShape { .. } => "input-shape",
            Error::NotFinite { .. } => "not-finite",
            Error::InputRange { .. } => "input-range",
            Error::ImageSize { .. } => "image-size",
            Error::NoPreprocess { .. } => "no-preprocess",
            Error::UnknownLayer { .. } => "unknown-layer",
            Error::InvalidModel { .. } => "invalid-model",
            Error::UnsupportedOperator { .. } => "unsupported-operator",
            Error::UnsupportedModel { .. } => "unsupported-model",
            Error::TooLarge { .. } => "too-large",
            Error::ModelRun { .. } => "model-run",
            Error::NotADetector { .. } => "not-a-detector",
            Error::InvalidDetector { .. } => "invalid-detector",
            Error::DetectorVersion { .. } => "detector-version",
            Error::PatternsMismatch { .. } => "patterns-mismatch",
            Error::UnknownClass { .. } => "unknown-class",
            Error::Data { .. } => "data",
            Error::Fit { .. } => "fit",
            Error::InvalidPart { .. } => "invalid-part",
            Error::PartsMismatch { .. } => "parts-mismatch",
            Error::RepeatedPart { .. } => "repeated-part",
            Error::InvalidMonitor { .. } => "invalid-monitor",
            Error::InvalidOption { .. } => "invalid-option",
        }
    }

    /// Address of the page that tells the usual causes of this kind of error, and what to do.
    pub fn help(&self) -> String {
        format!("{}docs/errors.html#{}", env!("CARGO_PKG_HOMEPAGE"), self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_the_anchor_of_the_code() {
        let help = Error::Fit { reason: String::new() }.help();
        assert!(help.starts_with("https://") && help.ends_with("/docs/errors.html#fit"), "{help}");
    }
}
