//! [`Model`] for JavaScript.

use js_sys::Float32Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::options::ModelOptions;
use super::plain::{Typed, read, typed, written};
use super::{Thrown, limits};
use crate::detector::model_input;
use crate::{Features, Image, Layer, Model, Preprocess, Result, Tensor};

/// A classifier held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Model)]
#[derive(Debug)]
pub struct JsModel {
    model: Model,
    /// All that can be tapped.
    layers: Vec<Layer>,
    labels: Option<Vec<String>>,
    preprocess: Option<Preprocess>,
}

/// What JavaScript's `Model` tells of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    input_shape: &'a [usize],
    classes: usize,
    layers: &'a [Layer],
    labels: Option<&'a [String]>,
    usual_preprocess: Option<Preprocess>,
}

#[wasm_bindgen(js_class = Model)]
impl JsModel {
    /// Reads an ONNX classifier, with `ModelOptions`.
    pub fn load(
        onnx: &[u8],
        options: JsValue,
        nodes: Option<usize>,
        values: Option<usize>,
    ) -> Result<Self> {
        let ModelOptions { layers: taps, preprocess } = read("an option of the model", options)?;
        let limits = limits(nodes, values);
        let model = Model::load_within(onnx, &taps, &limits)?;
        let layers = Model::layers_within(onnx, &limits)?;
        let preprocess = preprocess
            .map(|pixels| pixels.parsed()?.preprocess(model.input_shape()))
            .transpose()?;
        preprocess.iter().try_for_each(|preprocess| preprocess.check(model.input_shape()))?;
        Ok(Self { model, layers, labels: Model::labels(onnx)?, preprocess })
    }

    /// Shapes, layers, labels in the file and usual preprocessing.
    pub fn about(&self) -> Thrown<JsValue> {
        written(&About {
            input_shape: self.model.input_shape(),
            classes: self.model.classes(),
            layers: &self.layers,
            labels: self.labels.as_deref(),
            usual_preprocess: Preprocess::guess(self.model.input_shape()),
        })
    }

    /// `Features` of one sample in the model's own shape.
    pub fn features(&self, input: Vec<f32>) -> Thrown<JsValue> {
        let input = Tensor::new(self.model.input_shape(), input)?;
        let taps = self.model.taps();
        let names = taps.iter().map(|layer| layer.name.clone());
        features(names, &Features::pool(&self.model.run(&input)?, taps)?)
    }

    /// The model's input made from RGBA pixels.
    pub fn preprocess(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>> {
        let image = Image::new(width, height, rgba)?;
        Ok(model_input(&self.model, self.preprocess.as_ref(), &image)?.into_data())
    }
}

/// `Features`.
#[derive(Serialize)]
struct JsFeatures {
    logits: Typed<Float32Array>,
    layers: Vec<JsLayerFeatures>,
}

#[derive(Serialize)]
struct JsLayerFeatures {
    name: String,
    features: Typed<Float32Array>,
}

/// `Features` with the names of their layers.
pub(super) fn features(
    names: impl Iterator<Item = String>,
    features: &Features,
) -> Thrown<JsValue> {
    let layers = names.zip(features.layers());
    let layers = layers.map(|(name, values)| JsLayerFeatures { name, features: typed(values) });
    written(&JsFeatures { logits: typed(features.logits()), layers: layers.collect() })
}
