//! The door to JavaScript: converts, never computes. The TypeScript in `js/` wraps it as the
//! package's public API.
//!
//! Numbers pass as numbers and typed arrays, a [`Report`](crate::Report) as a row of numbers
//! ([`report`]), because these calls run for every frame. Everything else is plain data, which
//! serde reads and writes as JavaScript objects ([`plain`]).
//!
//! There are three builds: with the engine, without it for `she-ood/scorer`, and for
//! `she-ood/monitor`. Each has only the classes of its entries, as the linker keeps whatever
//! JavaScript may call.

mod batch;
#[cfg(feature = "engine")]
mod detector;
mod error;
mod explanation;
#[cfg(feature = "engine")]
mod file;
#[cfg(feature = "engine")]
mod fitter;
#[cfg(feature = "engine")]
mod metrics;
#[cfg(feature = "engine")]
mod model;
#[cfg(feature = "monitor")]
mod monitor;
#[cfg(feature = "engine")]
mod options;
mod plain;
mod report;
#[cfg(not(any(feature = "engine", feature = "monitor")))]
mod scorer;
#[cfg(feature = "engine")]
mod teacher;
#[cfg(feature = "engine")]
mod weights;

use wasm_bindgen::JsValue;

use crate::Limits;

/// A result whose error JavaScript can throw as it is.
type Thrown<T> = std::result::Result<T, JsValue>;

/// Limits on a model; JavaScript limits the bytes of its file while they arrive.
fn limits(nodes: Option<usize>, values: Option<usize>) -> Limits {
    let usual = Limits::default();
    Limits {
        bytes: usize::MAX,
        nodes: nodes.unwrap_or(usual.nodes),
        values: values.unwrap_or(usual.values),
    }
}
