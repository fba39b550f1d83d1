//! [`Scorer`] for JavaScript. Layers come as the values of each, and as the shape of each without
//! the batch dimension.

use js_sys::{Float32Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::Thrown;
use super::batch::JsBatchReport;
use super::explanation::JsExplanation;
use super::limits;
use super::plain::written;
use super::report::numbers;
use crate::scorer::DetectorFile;
use crate::{Result, Scorer, Tensor};

/// A scorer held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Scorer)]
#[derive(Debug)]
pub struct JsScorer(Scorer);

#[wasm_bindgen(js_class = Scorer)]
impl JsScorer {
    /// Reads a detector file. `sha256` is the hash of its first `length` bytes.
    pub fn load(file: Vec<u8>, length: Option<usize>, sha256: Option<Vec<u8>>) -> Result<Self> {
        let file = DetectorFile::split(file, &limits(None, None))?;
        Scorer::of_file(&file.hashed(length, sha256.as_deref())).map(Self)
    }

    /// `Info`.
    pub fn info(&self) -> Thrown<JsValue> {
        written(&self.0.info())
    }

    /// Scores one sample; returns the numbers of a `Report`.
    pub fn score(
        &self,
        logits: &[f32],
        layers: Vec<Float32Array>,
        shapes: Vec<Uint32Array>,
    ) -> Result<Vec<f64>> {
        let features = self.0.features(logits, &tensors(&values(&layers), &shapes)?)?;
        Ok(numbers(&self.0.report(&features)?))
    }

    /// Scores `count` samples, end to end in the logits and in each layer; returns a
    /// `BatchReport`.
    #[wasm_bindgen(js_name = scoreBatch)]
    pub fn score_batch(
        &self,
        count: usize,
        logits: &[f32],
        layers: Vec<Float32Array>,
        shapes: Vec<Uint32Array>,
    ) -> Thrown<JsValue> {
        let layers = values(&layers);
        let features = |sample| -> Result<_> {
            let layers: Vec<_> = layers.iter().map(|all| part(all, sample, count)).collect();
            self.0.features(part(logits, sample, count), &tensors(&layers, &shapes)?)
        };
        let features = (0..count).map(features).collect::<Result<Vec<_>>>()?;
        written(&JsBatchReport::of(&self.0.report_batch(&features)?))
    }

    /// Explains one sample; returns an `Explanation` with the numbers of its report.
    pub fn explain(
        &self,
        logits: &[f32],
        layers: Vec<Float32Array>,
        shapes: Vec<Uint32Array>,
        class: Option<usize>,
    ) -> Thrown<JsValue> {
        let layers = tensors(&values(&layers), &shapes)?;
        written(&JsExplanation::of(&self.0.explain(logits, &layers, class)?))
    }

    /// Scores of the held-out samples, ascending.
    pub fn calibration(&self) -> Vec<f32> {
        self.0.calibration().to_vec()
    }
}

fn values(layers: &[Float32Array]) -> Vec<Vec<f32>> {
    layers.iter().map(Float32Array::to_vec).collect()
}

fn tensors(layers: &[impl AsRef<[f32]>], shapes: &[Uint32Array]) -> Result<Vec<Tensor>> {
    let shape = |shape: &Uint32Array| -> Vec<usize> {
        shape.to_vec().into_iter().map(|size| size as usize).collect()
    };
    let pairs = layers.iter().zip(shapes);
    pairs.map(|(values, sizes)| Tensor::new(shape(sizes), values.as_ref().to_vec())).collect()
}

/// The values of one of `count` samples, which lie end to end.
fn part(values: &[f32], sample: usize, count: usize) -> &[f32] {
    let size = values.len() / count;
    values.get(sample * size..(sample + 1) * size).unwrap_or_default()
}
