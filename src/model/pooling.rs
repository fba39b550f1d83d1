//! How a layer becomes a feature vector, and how a name says so.

use serde::{Deserialize, Serialize};

use crate::names::named;

/// How the values of a channel become one feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Pooling {
    /// Their mean over all positions.
    #[default]
    Mean,
    /// The largest of them.
    Max,
    /// The value of the first token: a transformer's class token.
    First,
}

named!(Pooling, "the pooling", "mean" => Mean, "max" => Max, "first" => First);

/// Which axis of a layer holds its channels, one feature each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChannelAxis {
    /// The first: `[channels, height, width]`, `[channels, length]`.
    #[serde(rename = "channels-first")]
    First,
    /// The last: `[height, width, channels]`, `[tokens, channels]`.
    #[serde(rename = "channels-last")]
    Last,
}

named!(
    ChannelAxis, "the channel axis",
    "channels-first" => First, "channels-last" => Last,
);
