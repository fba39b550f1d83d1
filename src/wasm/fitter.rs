//! [`Fitter`] for JavaScript.

use std::iter::once;

use js_sys::Object;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{JsDetector, Thrown, limits, named, plain};
use crate::{
    AggregatorKind, CompareWith, Error, FitOptions, Fitter, Framing, Image, Limits, Model,
    Preprocess, Preset, Result, Similarity, Store,
};

/// A fit held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Fitter)]
#[derive(Debug)]
pub struct JsFitter(Fitter);

/// The share that is held out unless it is said: without any there is no threshold.
const HOLD_OUT: f64 = 0.1;

/// What `FitterOptions` in `types.ts` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    layers: Vec<String>,
    classes: Option<Vec<String>>,
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

/// What of a [`Preprocess`] does not follow from the model.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Pixels {
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

#[wasm_bindgen(js_class = Fitter)]
impl JsFitter {
    /// A fit of nothing yet; `options` are `FitterOptions` as JSON.
    pub fn create(
        onnx: &[u8],
        options: &str,
        nodes: Option<usize>,
        values: Option<usize>,
    ) -> Result<Self> {
        let options: Options =
            serde_json::from_str(options).map_err(|error| invalid(error.to_string()))?;
        let hold_out = options.hold_out.unwrap_or(HOLD_OUT);
        Fitter::new(onnx, options.fit_options(onnx, limits(nodes, values))?, hold_out).map(Self)
    }

    /// Shape of one sample.
    #[wasm_bindgen(js_name = inputShape)]
    pub fn input_shape(&self) -> Vec<usize> {
        self.0.input_shape().to_vec()
    }

    /// Share of the samples that is held out.
    #[wasm_bindgen(js_name = holdOut)]
    pub fn hold_out(&self) -> f64 {
        self.0.hold_out()
    }

    /// How pictures usually become inputs of this model, as `Preprocess`; `null` for a model of no
    /// pictures.
    #[wasm_bindgen(js_name = usualPreprocess)]
    pub fn usual_preprocess(&self) -> Thrown<JsValue> {
        plain(&Preprocess::guess(self.0.input_shape()))
    }

    /// What tells fits apart that cannot be merged.
    pub fn identity(&self) -> String {
        self.0.identity()
    }

    /// Logits and features of one sample, as `Features`.
    #[wasm_bindgen(js_name = featuresOf)]
    pub fn features_of(&self, input: &[f32]) -> Result<Object> {
        let expected =
            || Error::InputLength { given: input.len(), expected: self.0.input_shape().to_vec() };
        let features = self.0.features(input)?.pop().ok_or_else(expected)?;
        Ok(named(self.0.layers().iter().map(|layer| layer.name.clone()), &features))
    }

    /// The features of samples laid end to end, for `pushFeatures`: of each, the logits and then
    /// each layer.
    pub fn features(&self, data: &[f32], labels: &[u32]) -> Result<Vec<f32>> {
        let features = self.0.features(data)?;
        self.0.check_labels(&indices(labels), features.len())?;
        Ok(features
            .iter()
            .flat_map(|features| {
                once(features.logits()).chain(features.layers().iter().map(Vec::as_slice))
            })
            .flatten()
            .copied()
            .collect())
    }

    /// The model's input made from RGBA pixels.
    pub fn preprocess(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>> {
        Ok(self.0.preprocess(&Image::new(width, height, rgba)?)?.into_data())
    }

    /// Adds samples by what `features` gave for them.
    #[wasm_bindgen(js_name = pushFeatures)]
    pub fn push_features(&mut self, rows: &[f32], labels: &[u32]) -> Result<()> {
        let features = self.0.unpacked(rows, labels.len())?;
        self.0.push_features(features, &indices(labels))
    }

    /// The detector of the samples so far, which are forgotten then.
    pub fn finish(&mut self, id_pass_rate: f64) -> Result<JsDetector> {
        let detector = self.0.finish(id_pass_rate);
        self.0.clear();
        detector.map(JsDetector)
    }
}

fn indices(labels: &[u32]) -> Vec<usize> {
    labels.iter().map(|&label| label as usize).collect()
}

/// The layers of an ONNX file that can be tapped, as `Layer[]`.
#[wasm_bindgen(js_name = layers)]
pub fn layers(onnx: &[u8], nodes: Option<usize>, values: Option<usize>) -> Thrown<JsValue> {
    plain(&Model::layers_within(onnx, &limits(nodes, values))?)
}

impl Options {
    fn fit_options(self, onnx: &[u8], limits: Limits) -> Result<FitOptions> {
        let preset: Preset = self.preset.as_deref().map_or(Ok(Preset::default()), str::parse)?;
        let preset = FitOptions::preset(preset, self.layers);
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
            labels: self.classes,
            preprocess: self
                .preprocess
                .map(|pixels| pixels.preprocess(onnx, &limits))
                .transpose()?,
            class_conditional: self.class_conditional.unwrap_or_default(),
            limits,
            ..preset
        })
    }
}

impl Pixels {
    fn preprocess(self, onnx: &[u8], limits: &Limits) -> Result<Preprocess> {
        let model = Model::load_within(onnx, &[], limits)?;
        let shape = model.input_shape();
        let said = self.mean.is_some() || self.std.is_some();
        let plain = if said { Preprocess::of_input(shape) } else { Preprocess::guess(shape) };
        let plain = plain.ok_or_else(|| {
            invalid(format!("preprocess for a model that takes {shape:?}, no picture"))
        })?;
        let mean =
            self.mean.map_or_else(|| plain.mean.clone(), |mean| mean.of(plain.channels.count()));
        let std = self.std.map_or_else(|| plain.std.clone(), |std| std.of(plain.channels.count()));
        Ok(Preprocess { mean, std, framing: self.framing.unwrap_or_default(), ..plain })
    }
}

impl PerChannel {
    /// One number for each of so many channels.
    fn of(self, channels: usize) -> Vec<f32> {
        match self {
            PerChannel::All(value) => vec![value; channels],
            PerChannel::Each(values) => values,
        }
    }
}

fn invalid(given: String) -> Error {
    Error::InvalidOption { option: "the fit", given, allowed: "options as FitterOptions has them" }
}
