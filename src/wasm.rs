//! The door to JavaScript: converts, never computes. The TypeScript in `js/` wraps it as the
//! package's public API.

mod error;
mod fitter;
mod metrics;
mod report;

use js_sys::{Array, Float32Array, Float64Array, Object, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use self::report::numbers;
use crate::{
    BatchReport, Detector, Explanation, Features, Image, LayerExplanation, Limits, Result,
    SimilarityMap, Tensor,
};

/// A result whose error JavaScript can throw as it is.
type Thrown<T> = std::result::Result<T, JsValue>;

/// A detector held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Detector)]
#[derive(Debug)]
pub struct JsDetector(Detector);

#[wasm_bindgen(js_class = Detector)]
impl JsDetector {
    /// The digit detector that comes with the package.
    #[cfg(feature = "embedded")]
    pub fn embedded() -> Result<Self> {
        Detector::embedded().map(Self)
    }

    /// Reads a detector file; see `limits`.
    pub fn load(bytes: &[u8], nodes: Option<usize>, values: Option<usize>) -> Result<Self> {
        Detector::load_within(bytes, &limits(nodes, values)).map(Self)
    }

    /// What the detector is made of, as `Info`.
    pub fn info(&self) -> Thrown<JsValue> {
        plain(&self.0.info())
    }

    /// Scores one sample in the model's own shape, giving the numbers of a `Report`.
    pub fn score(&self, input: Vec<f32>) -> Result<Vec<f64>> {
        Ok(numbers(&self.0.score(&self.tensor(input)?)?))
    }

    /// Scores RGBA pixels, giving the numbers of a `Report`.
    #[wasm_bindgen(js_name = scoreImage)]
    pub fn score_image(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f64>> {
        Ok(numbers(&self.0.score_image(&Image::new(width, height, rgba)?)?))
    }

    /// Explains one sample in the model's own shape, giving an `Explanation`.
    pub fn explain(&self, input: Vec<f32>, class: Option<usize>) -> Thrown<Object> {
        explanation(&self.0.explain(&self.tensor(input)?, class)?)
    }

    /// Explains RGBA pixels, giving an `Explanation`.
    #[wasm_bindgen(js_name = explainImage)]
    pub fn explain_image(
        &self,
        rgba: &[u8],
        width: usize,
        height: usize,
        class: Option<usize>,
    ) -> Thrown<Object> {
        explanation(&self.0.explain_image(&Image::new(width, height, rgba)?, class)?)
    }

    /// Scores samples laid end to end, giving a `BatchReport`.
    #[wasm_bindgen(js_name = scoreBatch)]
    pub fn score_batch(&self, data: &[f32]) -> Result<Object> {
        self.0.score_batch(data).map(batch)
    }

    /// Number of samples that are run together.
    #[wasm_bindgen(js_name = batchSize)]
    pub fn batch_size(&self) -> usize {
        self.0.batch_size()
    }

    /// Scores of the held-out samples, ascending.
    pub fn calibration(&self) -> Vec<f32> {
        self.0.calibration().to_vec()
    }

    /// Logits and features of one sample in the model's own shape, as `Features`.
    pub fn features(&self, input: Vec<f32>) -> Result<Object> {
        let names = self.0.info().layers.into_iter().map(|layer| layer.name);
        Ok(named(names, &self.0.features(&self.tensor(input)?)?))
    }

    /// The model's input made from RGBA pixels.
    pub fn preprocess(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>> {
        Ok(self.0.preprocess(&Image::new(width, height, rgba)?)?.into_data())
    }

    /// The detector as a file.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }
}

/// Limits on a model; those on the bytes of a file are kept where they arrive.
fn limits(nodes: Option<usize>, values: Option<usize>) -> Limits {
    let usual = Limits::default();
    Limits {
        bytes: usize::MAX,
        nodes: nodes.unwrap_or(usual.nodes),
        values: values.unwrap_or(usual.values),
    }
}

impl JsDetector {
    fn tensor(&self, input: Vec<f32>) -> Result<Tensor> {
        Tensor::new(self.0.input_shape(), input)
    }
}

/// Features as `Features`, with the names of their layers.
fn named(names: impl Iterator<Item = String>, features: &Features) -> Object {
    let layers = names.zip(features.layers()).map(|(name, values)| {
        let values = Float32Array::from(values.as_slice());
        object([("name", name.into()), ("features", values.into())])
    });
    let logits = Float32Array::from(features.logits());
    object([("logits", logits.into()), ("layers", layers.collect::<Array>().into())])
}

/// An explanation with typed arrays in its layers, and the numbers of its report.
fn explanation(explanation: &Explanation) -> Thrown<Object> {
    let layers = explanation.layers.iter().map(layer).collect::<Array>();
    let report = Float64Array::from(numbers(&explanation.report).as_slice());
    Ok(object([
        ("report", report.into()),
        ("class", plain(&explanation.class)?),
        ("layers", layers.into()),
    ]))
}

fn layer(layer: &LayerExplanation) -> Object {
    object([
        ("name", layer.name.as_str().into()),
        ("similarity", layer.similarity.into()),
        ("channels", Float32Array::from(layer.channels.as_slice()).into()),
        ("map", layer.map.as_ref().map_or(JsValue::NULL, |map| by_position(map).into())),
    ])
}

fn by_position(map: &SimilarityMap) -> Object {
    let values = Float32Array::from(map.values.as_slice());
    object([("height", map.height.into()), ("width", map.width.into()), ("values", values.into())])
}

/// A batch report with typed arrays, as plain arrays are slow in bulk.
fn batch(report: BatchReport) -> Object {
    let floats = |values: &[f32]| JsValue::from(Float32Array::from(values));
    let indices = |values: &[u32]| JsValue::from(Uint32Array::from(values));
    object([
        ("scores", floats(&report.scores)),
        ("isOod", Uint8Array::from(report.is_ood.as_slice()).into()),
        ("pValues", Float64Array::from(report.p_values.as_slice()).into()),
        ("predicted", indices(&report.predicted)),
        ("probabilities", floats(&report.probabilities)),
        ("nearest", indices(&report.nearest)),
        ("msp", floats(&report.msp)),
        ("maxLogit", floats(&report.max_logit)),
        ("energy", floats(&report.energy)),
    ])
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a new, plain object does not fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object
}

/// Plain data as a plain object, with `null` for what is absent.
fn plain(value: &impl Serialize) -> Thrown<JsValue> {
    let serializer = Serializer::json_compatible().serialize_missing_as_null(true);
    Ok(value.serialize(&serializer)?)
}
