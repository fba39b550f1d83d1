//! [`Fitter`] for JavaScript.

use std::iter::once;

use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::detector::JsDetector;
use super::file::{JsFile, held};
use super::options::{FitterOptions, loaded};
use super::plain::{read, written};
use super::{Thrown, limits};
use crate::{Features, Fitter, Image, Part, Preprocess, Probe, Result};

/// A fit held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Fitter)]
#[derive(Debug)]
pub struct JsFitter(Fitter);

/// What JavaScript's `Fitter` tells of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    input_shape: &'a [usize],
    usual_preprocess: Option<Preprocess>,
    hold_out: f64,
    /// Number of samples that the model runs at once. A shorter batch costs as much as a full one.
    batch_size: usize,
    /// Samples of a class put aside at most, and of all.
    probes: (usize, usize),
    /// Fits with the same identity can be merged.
    identity: String,
}

#[wasm_bindgen(js_class = Fitter)]
impl JsFitter {
    /// Begins a fit, with `FitterOptions`, or continues the one that a part is of.
    pub fn create(
        file: JsFile,
        options: JsValue,
        nodes: Option<usize>,
        values: Option<usize>,
        part: Option<Vec<u8>>,
    ) -> Result<Self> {
        let mut options: FitterOptions = read("an option of the fit", options)?;
        if let Some(part) = part {
            let is_calibrating = options.calibration;
            let options = options.fit_options(None, limits(nodes, values))?;
            let fitter = Fitter::of_part(file.0, Part::from_bytes(&part)?, options)?;
            return Ok(Self(if is_calibrating { fitter.calibrating() } else { fitter }));
        }
        let hold_out = options.hold_out();
        let pixels = options.take_preprocess();
        let fit =
            loaded(file, pixels, |config| options.fit_options(config, limits(nodes, values)))?;
        Fitter::of(fit, hold_out).map(Self)
    }

    /// Shape, usual preprocessing, share held out, size of batches and identity.
    pub fn about(&self) -> Thrown<JsValue> {
        let input_shape = self.0.input_shape();
        written(&About {
            input_shape,
            usual_preprocess: self.0.model().usual_preprocess(),
            hold_out: self.0.hold_out(),
            batch_size: self.0.model().batch_size(),
            probes: self.0.probes().limits(),
            identity: self.0.identity(),
        })
    }

    /// Features of samples laid end to end, for `pushFeatures`: the logits and then each layer of
    /// one sample after the other. Behind a sample that is put aside, with a number of its class
    /// above 0 among `probes`, follow those of its alterations.
    pub fn features(&self, data: &[f32], classes: &[u32], probes: &[u32]) -> Result<Vec<f32>> {
        let size = self.0.input_shape().iter().product::<usize>().max(1);
        self.0.check_samples(&indices(classes), data.len().div_ceil(size))?;
        let observed = self.0.observe(data, &samples(classes, probes))?;
        Ok(observed.iter().flat_map(|one| one.all_features()).flat_map(row).collect())
    }

    /// The model's input made from RGBA pixels.
    pub fn preprocess(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>> {
        Ok(self.0.preprocess(&Image::new(width, height, rgba)?)?.into_data())
    }

    /// Adds samples by what `features` returned for them.
    #[wasm_bindgen(js_name = pushFeatures)]
    pub fn push_features(&mut self, rows: &[f32], classes: &[u32], probes: &[u32]) -> Result<()> {
        self.0.check_samples(&indices(classes), probes.len())?;
        self.0.push_rows(rows, &samples(classes, probes))
    }

    /// `Held`: the model's file.
    pub fn file(&self) -> Thrown<JsValue> {
        held(self.0.onnx(), &[])
    }

    /// Returns the part of the samples so far, and forgets them.
    pub fn part(&mut self, clip: Option<f64>, noise: Option<f64>) -> Result<Vec<u8>> {
        let part = match clip {
            Some(clip) => self.0.private_part(clip, noise),
            None => self.0.part(),
        };
        self.0.clear();
        Ok(part?.to_bytes())
    }

    /// Returns the detector of the samples so far, and forgets them.
    pub fn finish(&mut self, id_pass_rate: f64) -> Result<JsDetector> {
        let detector = self.0.finish(id_pass_rate);
        self.0.clear();
        detector.map(JsDetector)
    }
}

/// Merges parts of a fit.
#[wasm_bindgen(js_name = mergeParts)]
pub fn merge_parts(parts: Vec<Uint8Array>) -> Result<Vec<u8>> {
    let parts = parts.iter().map(|part| Part::from_bytes(&part.to_vec()));
    Ok(Part::merge_all(parts)?.to_bytes())
}

/// `PartInfo`: what a part says of itself.
#[wasm_bindgen(js_name = partInfo)]
pub fn part_info(part: &[u8]) -> Thrown<JsValue> {
    written(&Part::from_bytes(part)?.info())
}

fn indices(classes: &[u32]) -> Vec<usize> {
    classes.iter().map(|&class| class as usize).collect()
}

/// The logits, then each layer.
fn row(features: &Features) -> Vec<f32> {
    once(features.logits())
        .chain(features.layers().iter().map(Vec::as_slice))
        .flatten()
        .copied()
        .collect()
}

/// Each sample's class, and whether it is put aside.
fn samples(classes: &[u32], probes: &[u32]) -> Vec<(usize, Option<Probe>)> {
    let samples = indices(classes).into_iter().zip(indices(probes));
    samples
        .map(|(class, number)| (class, (number > 0).then(|| Probe::new(class, number))))
        .collect()
}
