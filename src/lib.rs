#![doc = include_str!("../README.md")]
//!
//! # Map of the crate
//!
//! Data flows through the modules in this order; `ARCHITECTURE.md` has a line on each file.
//!
//! | stage | items |
//! |---|---|
//! | input | [`Tensor`], [`Image`], [`Preprocess`] |
//! | model | [`Model`], [`Limits`], [`Layer`], [`Activations`] |
//! | features | [`Features`] |
//! | fit | [`fit()`], [`fit_features()`], [`Fitter`], [`FitOptions`], [`Preset`], [`Patterns`], [`PatternsBuilder`], [`Store`], [`Threshold`], [`Aggregator`] |
//! | score | [`She`], [`Similarity`], [`PatternChoice`], [`baselines()`] |
//! | answer | [`Detector`], [`Report`], [`BatchReport`], [`Explanation`], [`Info`], [`Warning`], [`Error`] |
//! | judging scores | [`metrics`] |
//! | files of samples | `data`, with the feature of that name |
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]
// Library code never panics on what users give it. Tests may.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod aggregator;
mod baselines;
#[cfg(feature = "data")]
pub mod data;
mod detector;
mod error;
mod explain;
mod features;
mod fit;
mod image;
mod info;
#[cfg(target_family = "wasm")]
mod js;
mod limits;
pub mod metrics;
mod model;
mod patterns;
mod preset;
mod quantile;
mod report;
mod share;
mod she;
mod tensor;
mod threads;
mod threshold;
mod warning;

pub use aggregator::{Aggregator, AggregatorKind, Fisher};
pub use baselines::{Baselines, Prediction, baselines};
pub use detector::Detector;
pub use error::{Error, Result};
pub use explain::{Compared, Explanation, LayerExplanation, SimilarityMap};
pub use features::Features;
pub use fit::{FitOptions, Fitter, fit, fit_features};
pub use image::{Channels, Framing, Image, Layout, Preprocess};
pub use info::{Info, LayerInfo};
pub use limits::Limits;
pub use model::{Activations, Layer, Model, OutputKind};
pub use patterns::{Class, Patterns, PatternsBuilder, Store};
pub use preset::Preset;
pub use report::{BatchReport, LayerReport, Nearest, Predicted, Report, Timings};
pub use she::{LayerScore, PatternChoice, She, Similarity};
pub use tensor::Tensor;
pub use threshold::Threshold;
pub use warning::Warning;
