//! Options of fits and models, as the types of the package name them.

use serde::Deserialize;

use crate::{
    AggregatorKind, CompareWith, Error, FitOptions, Framing, Limits, Preprocess, Preset, Result,
    Similarity, Store,
};

/// Share of the samples that is held out by default: without any there is no threshold.
const HOLD_OUT: f64 = 0.1;

/// `FitterOptions` without the loading options.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FitterOptions {
    #[serde(flatten)]
    model: Reading,
    labels: Option<Vec<String>>,
    preset: Option<String>,
    similarity: Option<Similarity>,
    compare_with: Option<CompareWith>,
    aggregator: Option<AggregatorKind>,
    store: Option<StoreName>,
    min_count: Option<u64>,
    react: Option<f64>,
    class_conditional: Option<bool>,
    preprocess: Option<Pixels>,
    hold_out: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoreName {
    Rows(usize),
    Named(Named),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Named {
    Mean,
    All,
}

/// `ModelOptions` without the loading options.
#[derive(Deserialize)]
pub(super) struct ModelOptions {
    #[serde(flatten)]
    pub(super) model: Reading,
    pub(super) preprocess: Option<Pixels>,
}

/// How a model is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reading {
    #[serde(default)]
    layers: Vec<String>,
    logits: Option<String>,
    input_shape: Option<Vec<usize>>,
}

/// The part of a [`Preprocess`] that does not follow from the model: `(pixel / scale - mean) /
/// std`.
#[derive(Deserialize)]
pub(super) struct Pixels {
    scale: Option<f32>,
    mean: Option<PerChannel>,
    std: Option<PerChannel>,
    framing: Option<Framing>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PerChannel {
    All(f32),
    Each(Vec<f32>),
}

impl Reading {
    pub(super) fn within(self, limits: Limits) -> crate::ModelOptions {
        let Self { layers, logits, input_shape } = self;
        crate::ModelOptions { layers, logits, input_shape, limits }
    }
}

impl FitterOptions {
    pub(super) fn hold_out(&self) -> f64 {
        self.hold_out.unwrap_or(HOLD_OUT)
    }

    pub(super) fn take_preprocess(&mut self) -> Option<Pixels> {
        self.preprocess.take()
    }

    pub(super) fn fit_options(self, limits: Limits) -> Result<FitOptions> {
        let preset: Preset = self.preset.as_deref().map_or(Ok(Preset::default()), str::parse)?;
        let preset = FitOptions::preset(preset, [""; 0]);
        let store = self.store.map(|store| match store {
            StoreName::Rows(rows) => Store::Reservoir(rows),
            StoreName::Named(Named::Mean) => Store::Mean,
            StoreName::Named(Named::All) => Store::All,
        });
        Ok(FitOptions {
            similarity: self.similarity.unwrap_or(preset.similarity),
            compare_with: self.compare_with.unwrap_or(preset.compare_with),
            store: store.unwrap_or(preset.store),
            aggregator: self.aggregator.or(preset.aggregator),
            min_count: self.min_count.unwrap_or(preset.min_count),
            react: self.react,
            labels: self.labels,
            class_conditional: self.class_conditional.unwrap_or_default(),
            model: self.model.within(limits),
            ..preset
        })
    }
}

impl Pixels {
    /// The preprocessing of a model with inputs of this shape. Without numbers, the usual ones.
    pub(super) fn preprocess(self, input_shape: &[usize]) -> Result<Preprocess> {
        let normalised = self.scale.is_some() || self.mean.is_some() || self.std.is_some();
        let usual = if normalised {
            Preprocess::of_input(input_shape)
        } else {
            Preprocess::guess(input_shape)
        };
        let plain = usual.ok_or_else(|| Error::InvalidOption {
            option: "preprocess",
            given: format!("for inputs of shape {input_shape:?}"),
            allowed: "models of pictures only, with 1 or 3 channels: leave it out",
        })?;
        let framing = self.framing.unwrap_or_default();
        if !normalised {
            return Ok(Preprocess { framing, ..plain });
        }
        // A detector file holds mean and std of pixels over 255.
        let scale = self.scale.unwrap_or(255.0) / 255.0;
        let scaled = |values: Option<PerChannel>, usual: f32| -> Vec<f32> {
            let values = values.unwrap_or(PerChannel::All(usual)).repeated(plain.channels.count());
            values.iter().map(|value| value * scale).collect()
        };
        let (mean, std) = (scaled(self.mean, 0.0), scaled(self.std, 1.0));
        Ok(Preprocess { framing, mean, std, ..plain })
    }
}

impl PerChannel {
    /// One number for each channel.
    fn repeated(self, channels: usize) -> Vec<f32> {
        match self {
            PerChannel::All(value) => vec![value; channels],
            PerChannel::Each(values) => values,
        }
    }
}
