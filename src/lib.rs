//! Out-of-distribution detection for ONNX classifiers, on the device: does the model know that it
//! does not know?
//!
//! A [`Detector`] runs a classifier, compares the features of its hidden layers with stored
//! patterns of each class (SHE, the Simplified Hopfield Energy, Zhang et al., ICLR 2023, and other
//! similarities), and returns a score, a p-value and a [`Verdict`] beside the prediction. A higher
//! score is more out-of-distribution.
//!
//! ```
//! # #[cfg(feature = "embedded")]
//! # fn main() -> she_ood::Result<()> {
//! use she_ood::{Detector, Tensor};
//!
//! let detector = Detector::embedded()?; // knows the handwritten digits 0 to 4
//! let report = detector.score(&Tensor::new([1, 28, 28], vec![0.0; 784])?)?;
//! assert!(report.is_ood, "a blank picture is not a digit");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "embedded"))]
//! # fn main() {}
//! ```
//!
//! A detector of your own classifier takes labelled samples, and others held out for the threshold.
//! By default the fit chooses layers and similarity itself:
//!
//! ```no_run
//! # #[cfg(feature = "engine")]
//! # fn fit_mine(
//! #     samples: Vec<(she_ood::Tensor, usize)>,
//! #     held_out: Vec<she_ood::Tensor>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use she_ood::{FitOptions, fit};
//!
//! let onnx = std::fs::read("classifier.onnx")?;
//! let detector = fit(&onnx, &FitOptions::default(), samples, held_out)?;
//! std::fs::write("detector.onnx", detector.to_bytes())?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | what it adds | default |
//! |---|---|---|
//! | `engine` | running and fitting models: `Model`, `Detector`, `Fit` | yes |
//! | `embedded` | the digit detector inside the library | yes |
//! | `data` | readers of image folders, `.npz` and idx files: `data` | no |
//! | `cli` | the command line: `cargo install she-ood --features cli` | no |
//! | `wasm`, `monitor` | the JavaScript classes of the npm package | no |
//!
//! Without `engine` a [`Scorer`] judges features that another runtime computed.
//!
//! # Map of the crate
//!
//! Data flows through the modules in this order.
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
#[cfg(all(doctest, feature = "embedded"))]
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
