//! Options of fits and models, as the types of the package name them.

use serde::Deserialize;

use crate::{
    AggregatorKind, CompareWith, FitOptions, Limits, PreprocessOptions, Preset, Result, Similarity,
    Store,
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
    preprocess: Option<PreprocessOptions>,
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
    pub(super) preprocess: Option<PreprocessOptions>,
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

impl Reading {
    /// The options of a model within limits; the size of its pictures may be in `pixels`.
    pub(super) fn within(
        self,
        limits: Limits,
        pixels: Option<&PreprocessOptions>,
    ) -> crate::ModelOptions {
        let Self { layers, logits, input_shape } = self;
        let image_size = pixels.and_then(|pixels| pixels.config.as_ref()?.size());
        crate::ModelOptions { layers, logits, input_shape, image_size, limits }
    }
}

impl FitterOptions {
    pub(super) fn hold_out(&self) -> f64 {
        self.hold_out.unwrap_or(HOLD_OUT)
    }

    pub(super) fn preprocess(&self) -> Option<PreprocessOptions> {
        self.preprocess.clone()
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
            labels: self.labels.or_else(|| labels_of(self.preprocess.as_ref()?)),
            class_conditional: self.class_conditional.unwrap_or_default(),
            model: self.model.within(limits, self.preprocess.as_ref()),
            ..preset
        })
    }
}

/// Names of the classes in the config of the preprocessing.
fn labels_of(preprocess: &PreprocessOptions) -> Option<Vec<String>> {
    preprocess.config.as_ref()?.labels().map(<[String]>::to_vec)
}
