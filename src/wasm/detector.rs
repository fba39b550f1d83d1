//! [`Detector`] for JavaScript.

use wasm_bindgen::prelude::*;

use super::batch::JsBatchReport;
use super::explanation::JsExplanation;
use super::file::{JsFile, held};
use super::model::features;
use super::plain::written;
use super::report::numbers;
use super::{Thrown, limits};
use crate::scorer::DetectorFile;
use crate::{Detector, ExportOptions, Image, Result, Tensor};

/// A detector held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Detector)]
#[derive(Debug)]
pub struct JsDetector(pub(super) Detector);

#[wasm_bindgen(js_class = Detector)]
impl JsDetector {
    /// The digit detector that comes with the package.
    #[cfg(feature = "embedded")]
    pub fn embedded() -> Result<Self> {
        Detector::embedded().map(Self)
    }

    /// Reads a detector file within limits on its model. `sha256` is the hash of the file's first
    /// `length` bytes.
    pub fn load(
        file: JsFile,
        nodes: Option<usize>,
        values: Option<usize>,
        length: Option<usize>,
        sha256: Option<Vec<u8>>,
    ) -> Result<Self> {
        let limits = limits(nodes, values);
        let file = DetectorFile::split(file.0, &limits)?.hashed(length, sha256.as_deref());
        Detector::of_file(file, &limits).map(Self)
    }

    /// `Info`.
    pub fn info(&self) -> Thrown<JsValue> {
        written(&self.0.info())
    }

    /// Scores one sample in the model's own shape; returns the numbers of a `Report`.
    pub fn score(&self, input: Vec<f32>) -> Result<Vec<f64>> {
        Ok(numbers(&self.0.score(&self.tensor(input)?)?))
    }

    /// Scores RGBA pixels; returns the numbers of a `Report`.
    #[wasm_bindgen(js_name = scoreImage)]
    pub fn score_image(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f64>> {
        Ok(numbers(&self.0.score_image(&Image::new(width, height, rgba)?)?))
    }

    /// Explains one sample in the model's own shape; returns an `Explanation` with the numbers of
    /// its report.
    pub fn explain(&self, input: Vec<f32>, class: Option<usize>) -> Thrown<JsValue> {
        written(&JsExplanation::of(&self.0.explain(&self.tensor(input)?, class)?))
    }

    /// Explains RGBA pixels, likewise.
    #[wasm_bindgen(js_name = explainImage)]
    pub fn explain_image(
        &self,
        rgba: &[u8],
        width: usize,
        height: usize,
        class: Option<usize>,
    ) -> Thrown<JsValue> {
        let image = Image::new(width, height, rgba)?;
        written(&JsExplanation::of(&self.0.explain_image(&image, class)?))
    }

    /// Scores samples laid end to end; returns a `BatchReport`.
    #[wasm_bindgen(js_name = scoreBatch)]
    pub fn score_batch(&self, data: &[f32]) -> Thrown<JsValue> {
        written(&JsBatchReport::of(&self.0.score_batch(data)?))
    }

    /// Number of samples that the model runs at once. A shorter batch costs as much as a full one.
    #[wasm_bindgen(js_name = batchSize)]
    pub fn batch_size(&self) -> usize {
        self.0.batch_size()
    }

    /// Scores of the held-out samples, ascending.
    pub fn calibration(&self) -> Vec<f32> {
        self.0.calibration().to_vec()
    }

    /// `Features` of one sample in the model's own shape.
    pub fn features(&self, input: Vec<f32>) -> Thrown<JsValue> {
        let names = self.0.info().layers.into_iter().map(|layer| layer.name);
        features(names, &self.0.features(&self.tensor(input)?)?)
    }

    /// RGBA pixels as the model sees them, in the size of its input.
    pub fn preview(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<u8>> {
        self.0.preview(&Image::new(width, height, rgba)?)
    }

    /// The model's input made from RGBA pixels.
    pub fn preprocess(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>> {
        Ok(self.0.preprocess(&Image::new(width, height, rgba)?)?.into_data())
    }

    /// The detector as a plain ONNX graph.
    #[wasm_bindgen(js_name = toOnnx)]
    pub fn to_onnx(&self, taps: bool, preprocess: bool) -> Result<Vec<u8>> {
        let options = ExportOptions::default().with_taps(taps).with_preprocess(preprocess);
        self.0.to_onnx(&options)
    }

    /// `Held`: the detector as a file.
    pub fn file(&self) -> Thrown<JsValue> {
        held(&self.0.onnx, &self.0.metadata())
    }
}

impl JsDetector {
    fn tensor(&self, input: Vec<f32>) -> Result<Tensor> {
        Tensor::new(self.0.input_shape(), input)
    }
}
