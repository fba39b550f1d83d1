//! [`Teacher`] for JavaScript.

use std::collections::{HashMap, HashSet};

use wasm_bindgen::prelude::*;

use super::file::{JsFile, held};
use super::options::{TeacherOptions, loaded};
use super::plain::{read, written};
use super::report;
use super::{Thrown, limits};
use crate::{Error, Features, Image, Result, Teacher, Tensor};

/// A teacher held in WebAssembly memory until `free` is called.
#[wasm_bindgen(js_name = Teacher)]
#[derive(Debug)]
pub struct JsTeacher {
    teacher: Teacher,
    /// The teacher's own number of each example, by its id in JavaScript, which outlives this
    /// object.
    numbers: HashMap<u32, u64>,
}

#[wasm_bindgen(js_class = Teacher)]
impl JsTeacher {
    /// Begins to teach, with `TeacherOptions`.
    pub fn create(
        file: JsFile,
        options: JsValue,
        nodes: Option<usize>,
        values: Option<usize>,
    ) -> Result<Self> {
        let mut options: TeacherOptions = read("an option of the teacher", options)?;
        let pixels = options.take_preprocess();
        let fit =
            loaded(file, pixels, |config| Ok(options.fit_options(config, limits(nodes, values))))?;
        Ok(Self::of(Teacher::of(fit)?))
    }

    /// Begins to teach features that JavaScript computes, with `TeachingOptions`.
    #[wasm_bindgen(js_name = ofFeatures)]
    pub fn of_features(size: usize, options: JsValue) -> Result<Self> {
        let options: TeacherOptions = read("an option of the teacher", options)?;
        let options = options.fit_options(None, limits(None, None));
        Ok(Self::of(Teacher::of_embeddings(size, options)?))
    }

    /// `TeacherInfo`.
    pub fn info(&self) -> Thrown<JsValue> {
        written(&self.teacher.info())
    }

    /// `Info` of the detector, which describes the reports.
    #[wasm_bindgen(js_name = detectorInfo)]
    pub fn detector_info(&mut self) -> Thrown<JsValue> {
        written(&self.teacher.detector()?.info())
    }

    /// RGBA pixels as the model sees them, in the size of its input.
    pub fn preview(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<u8>> {
        self.teacher.preview(&Image::new(width, height, rgba)?)
    }

    /// The model's input made from RGBA pixels.
    pub fn preprocess(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>> {
        Ok(self.teacher.preprocess(&Image::new(width, height, rgba)?)?.into_data())
    }

    /// Features of one sample in the model's own shape.
    pub fn features(&self, input: Vec<f32>) -> Result<Vec<f32>> {
        let input = Tensor::new(self.teacher.model().input_shape(), input)?;
        Ok(self.teacher.features(&input)?.layers().concat())
    }

    /// Adds an example under a new id.
    pub fn add(&mut self, id: u32, label: &str, features: Vec<f32>) -> Result<()> {
        let number = self.teacher.add(label, &self.row(features)?)?;
        self.numbers.insert(id, number);
        Ok(())
    }

    /// Takes an example back.
    pub fn forget(&mut self, id: u32) -> Result<()> {
        self.teacher.forget(self.number(id)?)?;
        self.numbers.remove(&id);
        Ok(())
    }

    /// Makes an example one of another class.
    #[wasm_bindgen(js_name = move)]
    pub fn move_to(&mut self, id: u32, label: &str) -> Result<()> {
        self.teacher.move_to(self.number(id)?, label)
    }

    /// Gives a class another name.
    pub fn rename(&mut self, label: &str, name: &str) -> Result<()> {
        self.teacher.rename(label, name)
    }

    /// Removes a class with its examples.
    pub fn remove(&mut self, label: &str) -> Result<()> {
        self.teacher.remove(label)?;
        let left: HashSet<u64> = self.teacher.examples().map(|example| example.id).collect();
        self.numbers.retain(|_, number| left.contains(number));
        Ok(())
    }

    /// Scores features; returns the numbers of a `Report`.
    pub fn score(&mut self, features: Vec<f32>) -> Result<Vec<f64>> {
        let features = self.row(features)?;
        Ok(report::numbers(&self.teacher.report(&features)?))
    }

    /// `Held`: the model's file.
    pub fn file(&self) -> Thrown<JsValue> {
        held(self.teacher.onnx(), &[])
    }

    /// `Held`: the detector as a file.
    #[wasm_bindgen(js_name = detectorFile)]
    pub fn detector_file(&mut self) -> Thrown<JsValue> {
        let detector = self.teacher.detector()?;
        held(&detector.onnx, &detector.metadata())
    }
}

impl JsTeacher {
    fn of(teacher: Teacher) -> Self {
        Self { teacher, numbers: HashMap::new() }
    }

    fn row(&self, features: Vec<f32>) -> Result<Features> {
        let size = self.teacher.model().taps().iter().map(|tap| tap.size()).sum();
        let features = Tensor::new([size], features)?;
        Features::new(Vec::new(), vec![features.into_data()])
    }

    fn number(&self, id: u32) -> Result<u64> {
        self.numbers.get(&id).copied().ok_or_else(|| Error::InvalidOption {
            option: "the id of an example",
            given: id.to_string(),
            allowed: "that of an example that was added and not taken back",
        })
    }
}
