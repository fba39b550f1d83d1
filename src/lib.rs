#![cfg_attr(feature = "engine", doc = include_str!("../README.md"))]
//!
//! # Map of the crate
//!
//! Data flows through the modules in this order; `ARCHITECTURE.md` has a line on each file.
//!
//! | stage | items |
//! |---|---|
//! | input | [`Tensor`], [`Image`], [`Preprocess`], [`PreprocessOptions`], [`PreprocessConfig`] |
//! | model | [`inline_weights()`], [`Model`], [`ModelOptions`], [`Limits`], [`Layer`], [`Pooling`], [`ChannelAxis`], [`ClassIndex`], [`Activations`] |
//! | features | [`Features`] |
//! | fit | [`fit()`], [`fit_features()`], [`Fit`], [`Fitter`], [`FitOptions`], [`Preset`], [`Patterns`], [`PatternsBuilder`], [`Store`], [`Threshold`], [`Aggregator`] |
//! | score | [`She`], [`Similarity`], [`CompareWith`], [`baselines()`] |
//! | report | [`Detector`], [`Scorer`], [`Report`], [`Verdict`], [`BatchReport`], [`Explanation`], [`Info`], [`Warning`], [`Error`] |
//! | streams | [`Monitor`], [`MonitorReport`], [`Fleet`] |
//! | quality of scores | [`metrics`] |
//! | files of samples | `data`, with the feature of that name |
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]
// Fits and the engine use more of the lower stages than the verdict does.
#![cfg_attr(not(feature = "engine"), allow(dead_code, unused_imports))]
// Library code never panics on what users give it. Tests may.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(test)]
#[path = "wasm/crossing.rs"]
mod crossing;
#[cfg(feature = "data")]
pub mod data;
#[cfg(feature = "engine")]
mod detector;
mod error;
mod exact;
#[cfg(feature = "engine")]
mod export;
#[cfg(feature = "engine")]
mod fit;
mod image;
mod labels;
mod listed;
pub mod metrics;
mod model;
mod monitor;
mod names;
mod nearest;
#[cfg(feature = "engine")]
mod parallel;
mod score;
mod scorer;
mod tensor;
#[cfg(all(target_family = "wasm", feature = "wasm"))]
mod wasm;

#[cfg(feature = "engine")]
pub use detector::Detector;
pub use error::{Cause, Error, Result};
#[cfg(feature = "engine")]
pub use export::ExportOptions;
#[cfg(feature = "engine")]
pub use fit::{
    Calibration, CalibrationSample, Fit, FitOptions, Fitter, Observation, Observations, Part,
    PartInfo, PatternsBuilder, Preset, Privacy, Probe, Probes, Progress, Store, TaughtClass,
    TaughtExample, Teacher, TeacherInfo, fit, fit_features,
};
pub use image::{
    Channels, Framing, Image, Interpolation, Layout, Preprocess, PreprocessConfig,
    PreprocessOptions, Stranger,
};
pub use model::{
    Activations, ChannelAxis, ClassIndex, Layer, Limits, ModelOptions, OutputKind, Pooling,
    embeddings_model, external_files, inline_weights,
};
#[cfg(feature = "engine")]
pub use model::{Model, OperatorCost};
pub use monitor::{
    Alarm, Device, FlagRate, Fleet, FleetReport, Monitor, MonitorOptions, MonitorReport,
};
pub use score::{
    Aggregator, AggregatorKind, Baselines, Class, CompareWith, Features, FewShot, Fisher,
    LayerExplanation, LayerScore, Moments, Parts, Patterns, Precision, Prediction, She, Similarity,
    SimilarityMap, Whitening, WithEnergy, baselines,
};
pub use scorer::{
    BatchReport, Because, Candidate, Choice, Classify, Compared, Explanation, Flagged, Info,
    Judgement, LayerInfo, LayerReport, Nearest, Predicted, Report, Scorer, SetsInfo, Taught,
    Threshold, Timings, Trial, Verdict, Warning,
};
pub use tensor::Tensor;

/// The code in the documentation.
#[cfg(all(doctest, feature = "engine"))]
mod documentation {
    #[doc = include_str!("../docs/index.md")]
    mod start {}
    #[doc = include_str!("../docs/own-model.md")]
    mod own_model {}
    #[doc = include_str!("../docs/large-fits.md")]
    mod large_fits {}
    #[doc = include_str!("../docs/monitor.md")]
    mod monitor {}
}
