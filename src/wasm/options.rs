//! Options of fits and models, as the types of the package name them.

use serde::Deserialize;

use super::file::JsFile;
use crate::{
    AggregatorKind, Classify, CompareWith, Error, Fit, FitOptions, Limits, Model, Preprocess,
    PreprocessConfig, PreprocessOptions, Preset, Result, Similarity, Store,
};

/// Share of the samples that is held out by default: without any there is no threshold.
const HOLD_OUT: f64 = 0.1;

/// `FitterOptions` without the loading options.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FitterOptions {
    #[serde(flatten)]
    model: Reading,
    #[serde(default)]
    classify: Classify,
    labels: Option<Vec<String>>,
    preset: Option<String>,
    similarity: Option<Similarity>,
    compare_with: Option<CompareWith>,
    aggregator: Option<AggregatorKind>,
    with: Option<With>,
    store: Option<StoreName>,
    min_count: Option<u64>,
    react: Option<f64>,
    class_conditional: Option<bool>,
    preprocess: Option<Pixels>,
    hold_out: Option<f64>,
    /// Of `PartOptions`.
    #[serde(default)]
    pub(super) calibration: bool,
}

/// `TeacherOptions` without the loading options and the examples.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TeacherOptions {
    #[serde(flatten)]
    model: Reading,
    layer: Option<String>,
    preprocess: Option<Pixels>,
    id_pass_rate: Option<f64>,
}

/// What joins the score of the layers: `"energy"`, or `{ energy: weight }`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", untagged)]
enum With {
    Named(WithName),
    Weighted { energy: f32 },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WithName {
    Energy,
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

/// `PreprocessOptions`, with the text of a config. A `Preprocess` has the size of the input, too.
#[derive(Deserialize)]
pub(super) struct Pixels {
    config: Option<String>,
    width: Option<usize>,
    height: Option<usize>,
    #[serde(flatten)]
    options: PreprocessOptions,
}

impl Pixels {
    /// The same with the config in the options.
    pub(super) fn parsed(mut self) -> Result<Self> {
        self.options.config = self.config.as_deref().map(PreprocessConfig::parse).transpose()?;
        Ok(self)
    }

    pub(super) fn config(&self) -> Option<&PreprocessConfig> {
        self.options.config.as_ref()
    }

    /// How pictures become inputs of a model, whose size they must be for.
    pub(super) fn of(&self, model: &Model) -> Result<Preprocess> {
        let mut made = model.preprocess(&self.options)?;
        if self.is_whole() {
            // A side that is missing here is meant to be missing: no default replaces it.
            made.resize = self.options.resize;
        }
        let (width, height) =
            (self.width.unwrap_or(made.width), self.height.unwrap_or(made.height));
        if (width, height) == (made.width, made.height) {
            return Ok(made);
        }
        Err(Error::InvalidOption {
            option: "the size of the preprocessing",
            given: format!("{width} x {height}, the model takes {} x {}", made.width, made.height),
            allowed: "the size of the model's input, which need not be given",
        })
    }

    /// Whether this is the preprocessing of a model or a detector, which leaves nothing open.
    fn is_whole(&self) -> bool {
        let PreprocessOptions { mean, std, framing, channels, layout, .. } = &self.options;
        let has_size = self.width.is_some() && self.height.is_some();
        let has_values = mean.is_some() && std.is_some();
        let has_form = framing.is_some() && channels.is_some() && layout.is_some();
        has_size && has_values && has_form && self.config().is_none()
    }
}

/// Loads a model's file for a fit, with its preprocessing. `options` makes the fit's options from
/// the preprocessing config.
pub(super) fn loaded(
    file: JsFile,
    pixels: Option<Pixels>,
    options: impl FnOnce(Option<&PreprocessConfig>) -> Result<FitOptions>,
) -> Result<Fit> {
    let pixels = pixels.map(Pixels::parsed).transpose()?;
    let config = pixels.as_ref().and_then(Pixels::config);
    let fit = Fit::load(file.0, options(config)?)?;
    let preprocess = pixels.map(|pixels| pixels.of(fit.model())).transpose()?;
    fit.with_preprocess(preprocess)
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
    /// The options of a model within limits; the size of its pictures may be in a config.
    pub(super) fn within(
        self,
        limits: Limits,
        config: Option<&PreprocessConfig>,
    ) -> crate::ModelOptions {
        let Self { layers, logits, input_shape } = self;
        let image_size = config.and_then(PreprocessConfig::size);
        crate::ModelOptions { layers, logits, input_shape, image_size, limits, backbone: false }
    }
}

impl TeacherOptions {
    pub(super) fn take_preprocess(&mut self) -> Option<Pixels> {
        self.preprocess.take()
    }

    /// `config` is that of the preprocessing.
    pub(super) fn fit_options(
        self,
        config: Option<&PreprocessConfig>,
        limits: Limits,
    ) -> FitOptions {
        let usual = FitOptions::taught();
        let model = Reading { layers: self.layer.into_iter().collect(), ..self.model };
        FitOptions {
            model: model.within(limits, config),
            id_pass_rate: self.id_pass_rate.unwrap_or(usual.id_pass_rate),
            ..usual
        }
    }
}

impl FitterOptions {
    /// None where patterns classify: they leave each sample out of its own instead.
    pub(super) fn hold_out(&self) -> f64 {
        self.hold_out.unwrap_or(match self.classify {
            Classify::Model => HOLD_OUT,
            Classify::Patterns => 0.0,
        })
    }

    pub(super) fn take_preprocess(&mut self) -> Option<Pixels> {
        self.preprocess.take()
    }

    /// Whether an option is given that a choice would decide, or that it cannot take into account.
    fn says_how_to_score(&self) -> bool {
        !self.model.layers.is_empty()
            || self.preset.is_some()
            || self.similarity.is_some()
            || self.compare_with.is_some()
            || self.aggregator.is_some()
            || self.with.is_some()
            || self.store.is_some()
            || self.react.is_some()
    }

    /// `config` is that of the preprocessing, which may name the classes.
    pub(super) fn fit_options(
        self,
        config: Option<&PreprocessConfig>,
        limits: Limits,
    ) -> Result<FitOptions> {
        let compact = self.preset.is_none();
        let choose = !self.says_how_to_score();
        let preset: Preset = self.preset.as_deref().map_or(Ok(Preset::default()), str::parse)?;
        let preset = FitOptions::from(preset);
        let store = self.store.map(|store| match store {
            StoreName::Rows(rows) => Store::Reservoir(rows),
            StoreName::Named(Named::Mean) => Store::Mean,
            StoreName::Named(Named::All) => Store::All,
        });
        // Patterns do not classify by the classes of the model.
        let own = config.filter(|_| self.classify == Classify::Model);
        let energy = self.with.map(|with| match with {
            With::Named(WithName::Energy) => 1.0,
            With::Weighted { energy } => energy,
        });
        Ok(FitOptions {
            choose,
            classify: self.classify,
            energy,
            compact,
            similarity: self.similarity.unwrap_or(preset.similarity),
            compare_with: self.compare_with.unwrap_or(preset.compare_with),
            store: store.unwrap_or(preset.store),
            aggregator: self.aggregator.or(preset.aggregator),
            min_count: self.min_count.unwrap_or(preset.min_count),
            react: self.react,
            labels: self.labels.or_else(|| Some(own?.labels()?.to_vec())),
            class_conditional: self.class_conditional.unwrap_or_default(),
            model: self.model.within(limits, config),
            ..preset
        })
    }
}
