//! Preprocessing as far as it is given, and the usual for the rest.

use serde::{Deserialize, Deserializer};

use super::{Channels, Framing, Interpolation, Layout, Preprocess, PreprocessConfig};
use crate::{Error, Result};

/// How pictures become inputs, as far as it is given: each value is `(pixel / scale - mean) / std`.
/// What is left out comes from `config`, or is usual for the model's input:
/// [`PreprocessOptions::preprocess`].
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PreprocessOptions {
    /// A config file of another library.
    #[serde(skip)]
    pub config: Option<PreprocessConfig>,
    /// The pixel value that becomes 1 before `mean` and `std` apply; 255 by default.
    pub scale: Option<f32>,
    /// Mean of each channel, or one for all; 0 by default.
    #[serde(deserialize_with = "per_channel")]
    pub mean: Option<Vec<f32>>,
    /// Standard deviation of each channel, or one for all; 1 by default.
    #[serde(deserialize_with = "per_channel")]
    pub std: Option<Vec<f32>>,
    /// How an image is brought to the size of the input.
    pub framing: Option<Framing>,
    /// The side that an image is resized to first: [`Preprocess::resize`]. Without a framing, it
    /// stands for [`Framing::Crop`].
    pub resize: Option<usize>,
    /// How an image is resized.
    pub interpolation: Option<Interpolation>,
    /// Red, green and blue where the resized image does not reach.
    pub fill: Option<[u8; 3]>,
    /// Colours of the input, where they are not gray or red, green, blue.
    pub channels: Option<Channels>,
    /// Order of the input's dimensions, where its shape allows both.
    pub layout: Option<Layout>,
}

/// A number, or one for each channel.
fn per_channel<'de, D: Deserializer<'de>>(
    given: D,
) -> std::result::Result<Option<Vec<f32>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum PerChannel {
        All(f32),
        Each(Vec<f32>),
    }
    Ok(Option::deserialize(given)?.map(|values| match values {
        PerChannel::All(value) => vec![value],
        PerChannel::Each(values) => values,
    }))
}

impl PreprocessOptions {
    /// Whether the normalisation is given, and not the usual one.
    pub fn has_normalisation(&self) -> bool {
        self.config.is_some() || self.normalises()
    }

    /// Whether the framing is given, and not the usual one.
    pub fn has_framing(&self) -> bool {
        self.framing.is_some()
            || self.resize.is_some()
            || self.config.as_ref().is_some_and(PreprocessConfig::has_framing)
    }

    fn normalises(&self) -> bool {
        self.scale.is_some() || self.mean.is_some() || self.std.is_some()
    }

    /// The preprocessing of a model with inputs of this shape, without the batch dimension.
    ///
    /// Without a config, the framing is that of [`Preprocess::of_input`]. If neither scale, mean
    /// nor std is given, normalisation is that of [`Preprocess::guess`].
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for inputs that are not pictures, or may be in two ways and no
    /// layout is given, and for channels that the input does not have; as
    /// [`PreprocessConfig::preprocess`].
    pub fn preprocess(&self, input_shape: &[usize]) -> Result<Preprocess> {
        let plain = Preprocess::of_layout(input_shape, self.layout)?;
        let usual = match &self.config {
            Some(config) => config.applied_to(plain)?,
            None if self.normalises() => plain,
            None => plain.with_usual_normalisation(),
        };
        let usual = with_channels(usual, self.channels)?;
        let (framing, resize) = self.frame(&usual);
        let channels = usual.channels.count();
        let (mean, std) = match self.normalises() {
            true => (self.scaled(&self.mean, 0.0, channels), self.scaled(&self.std, 1.0, channels)),
            false => (usual.mean, usual.std),
        };
        Ok(Preprocess {
            framing,
            resize,
            interpolation: self.interpolation.unwrap_or(usual.interpolation),
            fill: self.fill.unwrap_or(usual.fill),
            mean,
            std,
            ..usual
        })
    }

    /// Another framing than the usual one has no side to resize to, unless it is given.
    fn frame(&self, usual: &Preprocess) -> (Framing, Option<usize>) {
        let framing = match (self.framing, self.resize, usual.framing) {
            (Some(given), ..) => given,
            (None, Some(_), Framing::Stretch) => Framing::Crop,
            (None, _, usual) => usual,
        };
        (framing, self.resize.or(usual.resize.filter(|_| framing == usual.framing)))
    }

    /// A value for each channel, of pixels over 255.
    fn scaled(&self, given: &Option<Vec<f32>>, default: f32, channels: usize) -> Vec<f32> {
        let scale = self.scale.unwrap_or(255.0) / 255.0;
        let values = match given.as_deref() {
            None => vec![default; channels],
            Some([one]) => vec![*one; channels],
            Some(each) => each.to_vec(),
        };
        values.iter().map(|value| value * scale).collect()
    }
}

/// The same preprocessing in other channels. Mean and std go with their colours.
fn with_channels(usual: Preprocess, channels: Option<Channels>) -> Result<Preprocess> {
    let Some(channels) = channels.filter(|&channels| channels != usual.channels) else {
        return Ok(usual);
    };
    if channels.count() != usual.channels.count() {
        return Err(Error::InvalidOption {
            option: "preprocess.channels",
            given: channels.to_string(),
            allowed: "gray for inputs of one channel, rgb or bgr for three",
        });
    }
    let reversed = |values: Vec<f32>| values.into_iter().rev().collect();
    Ok(Preprocess { channels, mean: reversed(usual.mean), std: reversed(usual.std), ..usual })
}
