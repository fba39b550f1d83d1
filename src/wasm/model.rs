//! [`Model`] for JavaScript.

use js_sys::Float32Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::file::{JsFile, held};
use super::options::{ModelOptions, Pixels};
use super::plain::{Typed, read, typed, written};
use super::{Thrown, limits};
use crate::detector::model_input;
use crate::model::{Names, OnnxFile};
use crate::{Features, Image, Layer, Model, Preprocess, Result, Tensor};

/// A classifier held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Model)]
#[derive(Debug)]
pub struct JsModel {
    onnx: OnnxFile,
    model: Model,
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
    default_layer: Option<&'a str>,
    labels: Option<&'a [String]>,
    usual_preprocess: Option<Preprocess>,
}

#[wasm_bindgen(js_class = Model)]
impl JsModel {
    /// Reads an ONNX classifier, with `ModelOptions`.
    pub fn load(
        file: JsFile,
        options: JsValue,
        nodes: Option<usize>,
        values: Option<usize>,
    ) -> Result<Self> {
        let ModelOptions { model, preprocess } = read("an option of the model", options)?;
        let pixels = preprocess.map(Pixels::parsed).transpose()?;
        let config = pixels.as_ref().and_then(Pixels::config);
        let options = model.within(limits(nodes, values), config);
        let onnx = OnnxFile::new(file.0);
        let model = Model::load_file(&onnx, &options, Names::Given)?;
        let preprocess = pixels.map(|pixels| pixels.of(&model)).transpose()?;
        preprocess
            .iter()
            .try_for_each(|preprocess| preprocess.check_option(model.input_shape()))?;
        let labels = Model::labels(&onnx)?;
        Ok(Self { onnx, model, labels, preprocess })
    }

    /// Shapes, layers, labels in the file and usual preprocessing.
    pub fn about(&self) -> Thrown<JsValue> {
        written(&About {
            input_shape: self.model.input_shape(),
            classes: self.model.classes(),
            layers: self.model.tappable(),
            default_layer: self.model.default_layer().map(|layer| layer.name.as_str()),
            labels: self.labels.as_deref(),
            usual_preprocess: self.model.usual_preprocess(),
        })
    }

    /// `Held`: the model's file.
    pub fn file(&self) -> Thrown<JsValue> {
        held(&self.onnx, &[])
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
