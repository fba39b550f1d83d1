//! Fixtures shared by the suites. They are compiled in, so that the same tests run natively and in
//! WebAssembly.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{Class, Detector, FitOptions, Patterns, Tensor, fit};

/// oodeel's toy MLP, 784-300-150-10 with a softmax at its end and a single output.
pub const MLP: &[u8] = include_bytes!("../data/mnist_mlp_0-4.onnx");

/// The MLP's hidden layers, by the names that tf2onnx gave them.
pub const DENSE: &str = "sequential/dense/Relu:0";
pub const DENSE_1: &str = "sequential/dense_1/Relu:0";

/// Values computed by oodeel 0.4.0; `tools/golden/fixture.py` tells what they are.
pub static GOLDEN: LazyLock<HashMap<String, Array>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/golden.json")).unwrap());

#[derive(Deserialize)]
pub struct Array {
    dtype: String,
    pub shape: Vec<usize>,
    base64: String,
}

impl Array {
    pub fn values(&self) -> Vec<f32> {
        let bytes = STANDARD.decode(&self.base64).unwrap();
        match self.dtype.as_str() {
            "uint8" => bytes.into_iter().map(f32::from).collect(),
            "float32" => bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            other => panic!("dtype {other}"),
        }
    }

    pub fn rows(&self) -> Vec<Vec<f32>> {
        self.values().chunks_exact(self.shape[1]).map(<[f32]>::to_vec).collect()
    }
}

pub fn golden(name: &str) -> &'static Array {
    &GOLDEN[name]
}

/// Scores of the mini fit by oodeel, pytorch-ood and the published formulas;
/// `tools/golden/presets.py` tells what they are.
static PRESETS: LazyLock<HashMap<String, Array>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/presets.json")).unwrap());

pub fn preset_values(name: &str) -> Vec<f32> {
    PRESETS[name].values()
}

/// Mean patterns of these classes, row-major.
pub fn means(layer: &str, classes: &[usize], values: Vec<f32>) -> Patterns {
    let classes = classes.iter().map(|&index| Class { index, count: 1, rows: 1 }).collect();
    Patterns::new(layer, classes, values).unwrap()
}

/// Golden pixels (0-255) as the inputs that oodeel scored (0-1).
pub fn inputs(name: &str) -> Vec<Tensor> {
    let scaled = |row: Vec<f32>| {
        Tensor::new([28, 28, 1], row.into_iter().map(|pixel| pixel / 255.0).collect()).unwrap()
    };
    golden(name).rows().into_iter().map(scaled).collect()
}

/// The mini fit: 300 training images on the given layers, calibrated on the same 64 images that are
/// scored.
pub fn mini_fit(layers: &[&str]) -> Detector {
    mini_fit_with(&FitOptions::new(layers.iter().copied()))
}

pub fn mini_fit_with(options: &FitOptions) -> Detector {
    fit(MLP, options, mini_samples(), inputs("images")).unwrap()
}

pub fn mini_samples() -> Vec<(Tensor, usize)> {
    let labels = golden("mini_labels").values().into_iter().map(|label| label as usize);
    inputs("mini_images").into_iter().zip(labels).collect()
}

/// Fails with the largest difference and its place.
#[track_caller]
pub fn assert_close(name: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{name}: length");
    let differences = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
    let (index, worst) = differences.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert!(
        worst <= tolerance,
        "{name}[{index}]: found {}, expected {}",
        found[index],
        expected[index]
    );
}

/// A detector written by Python's `onnx`, with a feature map and a vector as its layers.
pub const TINY: &[u8] = include_bytes!("../data/tiny.onnx");

/// What NumPy and Pillow make of its samples; `tests/data/generate.py` tells what they are.
pub static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/reference.json")).unwrap());

/// Detectors, and what NumPy makes of the reference's samples for each; `tests/data/generate.py`
/// tells what they are.
pub fn explained() -> HashMap<String, Explained> {
    serde_json::from_str(include_str!("../data/explained.json")).unwrap()
}

#[derive(Deserialize)]
pub struct Explained {
    detector: String,
    /// Similarity of sample `i` to class `i % 3` in each layer.
    pub samples: Vec<Vec<Parts>>,
}

impl Explained {
    pub fn detector(&self) -> Detector {
        Detector::load(STANDARD.decode(&self.detector).unwrap()).unwrap()
    }
}

/// A similarity: whole, by channel, and by position of a feature map.
#[derive(Deserialize)]
pub struct Parts {
    pub similarity: f32,
    pub channels: Vec<f32>,
    /// Empty for a vector.
    pub map: Vec<f32>,
}

/// Damaged files, each named `code: what is wrong`.
pub fn malformed() -> Vec<(String, Vec<u8>)> {
    let files: HashMap<String, String> =
        serde_json::from_str(include_str!("../data/malformed.json")).unwrap();
    files.into_iter().map(|(name, text)| (name, STANDARD.decode(text).unwrap())).collect()
}

#[derive(Deserialize)]
pub struct Reference {
    pub inputs: Vec<Vec<f32>>,
    pub patterns: Vec<Vec<f32>>,
    pub threshold: f32,
    pub expected: HashMap<String, serde_json::Value>,
    pub pictures: Vec<Picture>,
    pub photo: Picture,
}

impl Reference {
    pub fn tensors(&self) -> Vec<Tensor> {
        self.inputs.iter().map(|input| Tensor::new([1, 5, 4], input.clone()).unwrap()).collect()
    }

    /// One number a sample.
    pub fn column(&self, name: &str) -> Vec<f32> {
        serde_json::from_value(self.expected[name].clone()).unwrap()
    }

    /// One row a sample.
    pub fn rows(&self, name: &str) -> Vec<Vec<f32>> {
        serde_json::from_value(self.expected[name].clone()).unwrap()
    }
}

/// A picture and its resized forms by Pillow.
#[derive(Deserialize)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// None for the photo.
    rgba: Option<String>,
    pub resized: Vec<Resized>,
}

#[derive(Deserialize)]
pub struct Resized {
    /// Width and height.
    pub size: [usize; 2],
    /// `L` or `RGB`.
    pub mode: String,
    pixels: String,
}

impl Picture {
    pub fn rgba(&self) -> Vec<u8> {
        self.rgba.as_ref().map_or_else(|| self.by_formula(), |text| STANDARD.decode(text).unwrap())
    }

    /// The pixels that `generate.py` gives to the photo.
    fn by_formula(&self) -> Vec<u8> {
        let level = |x: usize, y: usize, c: usize| {
            ((x * x / 9 + y * (31 + 40 * c) / 7 + x * y / 50) % 256) as u8
        };
        let places = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        places.flat_map(|(x, y)| [level(x, y, 0), level(x, y, 1), level(x, y, 2), 255]).collect()
    }
}

impl Resized {
    pub fn pixels(&self) -> Vec<u8> {
        STANDARD.decode(&self.pixels).unwrap()
    }
}
