//! Pictures are framed, resized and normalised as torchvision, timm and Transformers do it.
//! `tests/data/framing.py` tells what the values are.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use she_ood::{
    Channels, Framing, Image, Interpolation, Layout, Preprocess, PreprocessConfig,
    PreprocessOptions, Tensor,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::assert_close;

static FRAMING: LazyLock<Golden> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/framing.json")).unwrap());

#[derive(Deserialize)]
struct Golden {
    pictures: Vec<Picture>,
    fill: [u8; 3],
    framed: Vec<Framed>,
    configs: Vec<Config>,
}

#[derive(Deserialize)]
struct Picture {
    width: usize,
    height: usize,
    rgb: String,
}

#[derive(Deserialize)]
struct Framed {
    picture: usize,
    framing: Framing,
    interpolation: Interpolation,
    resize: usize,
    width: usize,
    height: usize,
    pixels: String,
}

#[derive(Deserialize)]
struct Config {
    library: String,
    config: Value,
    shape: Vec<usize>,
    step: usize,
    values: String,
}

impl Picture {
    fn apply(&self, preprocess: &Preprocess) -> Tensor {
        let bytes = STANDARD.decode(&self.rgb).unwrap();
        preprocess.apply(&Image::rgb(self.width, self.height, &bytes).unwrap()).unwrap()
    }
}

impl Config {
    fn text(&self) -> String {
        self.config.as_str().map_or_else(|| self.config.to_string(), str::to_string)
    }

    fn values(&self) -> Vec<f32> {
        let bytes = STANDARD.decode(&self.values).unwrap();
        bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }
}

#[test]
fn each_framing_equals_torchvision_and_timm_within_one_level() {
    assert!(FRAMING.framed.len() > 200);
    for (number, case) in FRAMING.framed.iter().enumerate() {
        let picture = &FRAMING.pictures[case.picture];
        let preprocess = Preprocess {
            framing: case.framing,
            resize: Some(case.resize),
            interpolation: case.interpolation,
            fill: FRAMING.fill,
            ..Preprocess::of_input(&[case.height, case.width, 3]).unwrap()
        };
        // torchvision fills up with black.
        let preprocess = match case.framing {
            Framing::Letterbox => preprocess,
            _ => Preprocess { fill: [0; 3], ..preprocess },
        };
        let expected = STANDARD.decode(&case.pixels).unwrap();
        let expected: Vec<f32> = expected.into_iter().map(|level| level as f32 / 255.0).collect();
        let name = format!("{number}: {} x {}, {preprocess:?}", picture.width, picture.height);
        let tolerance = match case.interpolation {
            Interpolation::Nearest => 0.0,
            _ => 1.01 / 255.0,
        };
        assert_close(&name, picture.apply(&preprocess).data(), &expected, tolerance);
    }
}

#[test]
fn a_config_makes_the_input_that_its_library_makes() {
    assert!(FRAMING.configs.len() > 20);
    for case in &FRAMING.configs {
        let preprocess = Preprocess::from_config(&case.text(), &case.shape)
            .unwrap_or_else(|error| panic!("{}: {error}", case.config));
        let found = FRAMING.pictures[0].apply(&preprocess);
        let found: Vec<f32> = found.data().iter().copied().step_by(case.step).collect();
        // One level of 255, in units of the input.
        let level = preprocess.std.iter().map(|std| 1.01 / 255.0 / std).fold(0.0, f32::max);
        let name = format!("{}: {}", case.library, case.config);
        assert_close(&name, &found, &case.values(), level + 1e-5);
        let size = PreprocessConfig::parse(&case.text()).unwrap().size();
        assert_eq!(size, Some((case.shape[1], case.shape[2])), "{name}");
    }
}
