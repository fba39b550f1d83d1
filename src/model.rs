//! ONNX files: their bytes and metadata, and classifiers whose internal layers can be read. The
//! only stage that knows the inference engine.

mod activations;
mod class_index;
pub(crate) mod data_file;
mod declared;
mod embeddings;
#[cfg(feature = "engine")]
mod engine;
pub(crate) mod external;
mod foreign;
mod layers;
mod limits;
pub(crate) mod metadata;
mod onnx_file;
mod options;
mod output_kind;
mod pooling;
mod weights;
pub(crate) mod wire;

pub use self::activations::Activations;
pub use self::class_index::ClassIndex;
pub(crate) use self::declared::Declared;
pub use self::embeddings::embeddings_model;
#[cfg(feature = "engine")]
pub(crate) use self::engine::SampleOutputs;
#[cfg(feature = "engine")]
pub use self::engine::{Model, OperatorCost};
pub use self::external::{external_files, inline_weights};
pub use self::layers::Layer;
pub(crate) use self::layers::{Names, Tap};
pub use self::limits::Limits;
#[cfg(any(test, all(target_family = "wasm", feature = "wasm")))]
pub(crate) use self::onnx_file::hexadecimal;
pub(crate) use self::onnx_file::{OnnxFile, hash};
pub use self::options::ModelOptions;
pub use self::output_kind::OutputKind;
pub(crate) use self::output_kind::{are_bounded, are_log_probabilities, are_probabilities};
pub use self::pooling::{ChannelAxis, Pooling};
use crate::Error;

/// The engine's words with all their causes, on one line.
fn words(error: impl std::fmt::Display) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::InvalidModel { reason: words(error) }
}
