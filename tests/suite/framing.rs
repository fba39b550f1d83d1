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
        preprocess.apply(&Image::rgb(self.width, self.height, &self.bytes()).unwrap()).unwrap()
    }

    fn preview(&self, preprocess: &Preprocess) -> Vec<u8> {
        preprocess.preview(&Image::rgb(self.width, self.height, &self.bytes()).unwrap()).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.rgb).unwrap()
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
        assert_shown(&name, &picture.preview(&preprocess), &expected, tolerance);
    }
}

/// Asserts that these are opaque pixels of these colours, 0 to 1.
#[track_caller]
fn assert_shown(name: &str, rgba: &[u8], expected: &[f32], tolerance: f32) {
    let pixels = rgba.as_chunks::<4>().0;
    assert!(pixels.iter().all(|pixel| pixel[3] == 255), "{name}");
    let colours: Vec<f32> =
        pixels.iter().flat_map(|pixel| &pixel[..3]).map(|&level| level as f32 / 255.0).collect();
    assert_close(name, &colours, expected, tolerance);
}

#[test]
fn a_preview_has_the_colours_of_the_picture_whatever_the_input_does_with_them() {
    let bytes: Vec<u8> = (0..48).collect();
    let image = Image::rgb(4, 4, &bytes).unwrap();
    let shown: Vec<u8> = bytes
        .as_chunks()
        .0
        .iter()
        .flat_map(|&[red, green, blue]| [red, green, blue, 255])
        .collect();
    for given in [json!({}), json!({"channels": "bgr", "mean": [0.1, 0.2, 0.3], "std": 0.5})] {
        for shape in [[3, 4, 4], [4, 4, 3]] {
            let preprocess = options(given.clone()).preprocess(&shape).unwrap();
            assert_eq!(preprocess.preview(&image).unwrap(), shown, "{given} {shape:?}");
        }
    }
    let gray = Preprocess::of_input(&[16]).unwrap();
    let luma: Vec<u8> = gray
        .apply(&image)
        .unwrap()
        .data()
        .iter()
        .map(|value| (value * 255.0).round() as u8)
        .flat_map(|gray| [gray, gray, gray, 255])
        .collect();
    assert_eq!(gray.preview(&image).unwrap(), luma);
    let broken = Preprocess { mean: vec![], ..gray };
    assert_eq!(broken.preview(&image).unwrap_err().code(), "invalid-detector");
}

#[test]
fn a_config_makes_the_input_that_its_library_makes() {
    assert!(FRAMING.configs.len() > 20);
    for case in &FRAMING.configs {
        let preprocess = Preprocess::from_config(&case.text(), &case.shape)
            .unwrap_or_else(|error| panic!("{}: {error}", case.config));
        let found = FRAMING.pictures.last().unwrap().apply(&preprocess);
        let found: Vec<f32> = found.data().iter().copied().step_by(case.step).collect();
        // One level of 255, in units of the input.
        let level = preprocess.std.iter().map(|std| 1.01 / 255.0 / std).fold(0.0, f32::max);
        let name = format!("{}: {}", case.library, case.config);
        assert_close(&name, &found, &case.values(), level + 1e-5);
        let size = PreprocessConfig::parse(&case.text()).unwrap().size();
        assert_eq!(size, Some((case.shape[1], case.shape[2])), "{name}");
    }
}

/// A config of Transformers with other fields.
fn vit(more: Value) -> String {
    let mut config = json!({
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 8, "width": 8},
        "resample": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config.to_string()
}

#[test]
fn a_config_that_cannot_be_followed_is_refused_by_its_field() {
    let timm = |more: &str| format!(r#"{{"input_size": [3, 8, 8], {more}}}"#);
    for (config, reason) in [
        (vit(json!({"do_pad": true})), "do_pad: true, allowed: false"),
        (vit(json!({"do_align_long_axis": true})), "do_align_long_axis"),
        (vit(json!({"do_resize": false})), "do_resize: false, allowed: true"),
        (vit(json!({"resample": 5})), "resample: 5, allowed: nearest, bilinear"),
        (vit(json!({"resample": null})), "is without resample, allowed: configs with every field"),
        (
            vit(json!({"image_std": null})),
            "is without image_std, allowed: configs with every field",
        ),
        (vit(json!({"size": {"shortest_edge": 8}})), "do_center_crop: false, allowed: true"),
        (vit(json!({"size": {"shortest_edge": 8, "longest_edge": 9}})), "shortest_edge, or height"),
        (vit(json!({"size": {"longest_edge": 9}})), "shortest_edge, or height and width"),
        (
            vit(json!({"do_center_crop": true})),
            "is without crop_size, allowed: configs with every field",
        ),
        (vit(json!({"rescale_factor": 0})), "rescale_factor: 0, allowed: a finite number above 0"),
        (vit(json!({"rescale_offset": true})), "rescale_offset: true"),
        (vit(json!({"image_processor_type": "DetrImageProcessor"})), "DetrImageProcessor"),
        (
            r#"{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": true}"#
                .into(),
            "Wav2Vec2FeatureExtractor",
        ),
        (timm(r#""crop_mode": "best""#), "crop_mode: \"best\", allowed: center, squash, border"),
        (timm(r#""interpolation": "random""#), "interpolation: \"random\""),
        (timm(r#""crop_pct": "all""#), "crop_pct"),
        (r#"{"input_size": [4, 8, 8]}"#.into(), "input_size: [4,8,8], allowed: 1 or 3 channels"),
        (
            r#"{"resize_size": [9], "crop_size": [8], "antialias": false}"#.into(),
            "antialias: false",
        ),
        (r#"{"resize_size": [9, 8], "crop_size": [8]}"#.into(), "resize_size: [9,8]"),
        (r#"{"mode": "tensorflow"}"#.into(), "allowed: tf, torch, caffe"),
        (
            r#"{"tmVersion": "2", "packageName": "@teachablemachine/pose"}"#.into(),
            "packageName: \"@teachablemachine/pose\"",
        ),
        (r#"{"id2label": {"0": "ant"}, "model_type": "vit"}"#.into(), "an object of id2label"),
        ("[]".into(), "not a JSON object"),
        ("size: 8".into(), "not JSON ("),
    ] {
        let error = PreprocessConfig::parse(&config).unwrap_err();
        assert_eq!(error.code(), "invalid-option");
        assert!(error.to_string().contains(reason), "{config}: {error}");
    }
}

#[test]
fn a_config_of_another_model_is_refused_with_both_named() {
    for (config, shape, reason) in [
        (vit(json!({})), [3, 9, 8], "for 8 x 8 pixels, the model takes 8 x 9"),
        (vit(json!({})), [1, 8, 8], "for 3 channels, the model takes 1"),
        (vit(json!({})), [4, 8, 8], "with 1 or 3 channels"),
        ("caffe".into(), [1, 8, 8], "for 3 channels, the model takes 1"),
        (r#"{"input_size": [3, 8, 9], "crop_pct": 0.9}"#.into(), [3, 8, 9], "crop_pct: 0.9"),
    ] {
        let error = Preprocess::from_config(&config, &shape).unwrap_err().to_string();
        assert!(error.contains(reason), "{config}: {error}");
    }
}

#[test]
fn timm_resizes_for_the_size_of_the_model_unless_it_is_fixed() {
    let resize = |more: &str, shape: &[usize]| {
        let config = format!(r#"{{"input_size": [3, 224, 224], "crop_pct": 0.95{more}}}"#);
        Preprocess::from_config(&config, shape).map(|preprocess| preprocess.resize)
    };
    assert_eq!(resize("", &[3, 224, 224]), Ok(Some(235)));
    assert_eq!(resize("", &[3, 288, 288]), Ok(Some(303)));
    // Transformers wraps models of timm.
    let wrapped = r#"{"image_processor_type": "TimmWrapperImageProcessor",
        "pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.95}}"#;
    assert_eq!(Preprocess::from_config(wrapped, &[3, 224, 224]).unwrap().resize, Some(235));
    let fixed = r#", "fixed_input_size": true"#;
    assert_eq!(resize(fixed, &[3, 224, 224]), Ok(Some(235)));
    assert!(resize(fixed, &[3, 288, 288]).is_err());
}

#[test]
fn keras_and_teachable_machine_are_known() {
    let bytes = [255, 0, 51];
    let image = Image::rgb(1, 1, &bytes).unwrap();
    let input = |config: &str| {
        let input = Preprocess::from_config(config, &[2, 2, 3]).unwrap().apply(&image).unwrap();
        input.data()[..3].to_vec()
    };
    assert_close("tf", &input("tf"), &[1.0, -1.0, -0.6], 1e-6);
    assert_close("caffe", &input(r#"{"mode": "caffe"}"#), &[-52.939, -116.779, 131.32], 1e-4);
    assert_close("torch", &input("\"torch\""), &[2.248908, -2.035714, -0.915556], 1e-5);
    let metadata = r#"{
        "tfjsVersion": "1.3.1", "tmVersion": "2.4.4", "packageVersion": "0.8.4-alpha2",
        "packageName": "@teachablemachine/image", "timeStamp": "2026-11-01T10:00:00.000Z",
        "userMetadata": {}, "modelName": "tm-my-image-model",
        "labels": ["Class 1", "Class 2"], "imageSize": 224
    }"#;
    let config = PreprocessConfig::parse(metadata).unwrap();
    assert_eq!(config.size(), Some((224, 224)));
    assert_eq!(config.labels(), Some(&["Class 1".to_string(), "Class 2".to_string()][..]));
    let made = config.preprocess(&[224, 224, 3]).unwrap();
    assert_eq!((made.framing, made.resize, made.layout), (Framing::Crop, Some(224), Layout::Nhwc));
    assert_eq!((made.mean, made.std), (vec![0.5; 3], vec![0.5; 3]));
    let gray = metadata.replace("224", "96, \"grayscale\": true");
    assert!(Preprocess::from_config(&gray, &[96, 96, 1]).is_ok());
    assert!(Preprocess::from_config(&gray, &[96, 96, 3]).is_err());
}

/// Options as JavaScript gives them.
fn options(given: Value) -> PreprocessOptions {
    serde_json::from_value(given).unwrap()
}

#[test]
fn the_middle_is_cut_out_by_default_of_square_colour_pictures_from_160_pixels() {
    let usual = |shape: &[usize], given: Value| {
        let made = options(given).preprocess(shape).unwrap();
        (made.framing, made.resize)
    };
    let (crop, stretch) = ((Framing::Crop, Some(256)), (Framing::Stretch, None));
    for (shape, given, expected) in [
        (&[3, 224, 224][..], json!({}), crop),
        (&[224, 224, 3], json!({"mean": 0.5}), crop),
        (&[3, 299, 299], json!({}), (Framing::Crop, Some(342))),
        (&[3, 48, 192], json!({}), stretch),
        (&[3, 159, 159], json!({}), stretch),
        (&[1, 224, 224], json!({}), stretch),
        (&[784], json!({}), stretch),
        (&[3, 224, 224], json!({"framing": "stretch"}), stretch),
        (&[3, 224, 224], json!({"framing": "letterbox"}), (Framing::Letterbox, None)),
        (&[3, 224, 224], json!({"resize": 232}), (Framing::Crop, Some(232))),
        (&[3, 32, 32], json!({"resize": 36}), (Framing::Crop, Some(36))),
        (&[3, 32, 32], json!({"framing": "crop"}), (Framing::Crop, None)),
    ] {
        assert_eq!(usual(shape, given.clone()), expected, "{shape:?} {given}");
    }
}

#[test]
fn what_is_given_overrides_the_config() {
    let mut given = options(json!({"interpolation": "lanczos", "fill": [1, 2, 3]}));
    given.config = Some(PreprocessConfig::parse(&vit(json!({}))).unwrap());
    let made = given.preprocess(&[3, 8, 8]).unwrap();
    assert_eq!((made.interpolation, made.fill), (Interpolation::Lanczos, [1, 2, 3]));
    assert_eq!((&made.mean, made.framing), (&vec![0.5; 3], Framing::Stretch));
    given.scale = Some(1.0);
    let made = given.preprocess(&[3, 8, 8]).unwrap();
    assert_eq!(made.mean, [0.0; 3], "mean and std of a config are for its own scale");
    assert_close("std", &made.std, &[1.0 / 255.0; 3], 1e-9);
}

#[test]
fn the_layout_is_asked_for_where_the_shape_allows_both() {
    for shape in [[3, 64, 3], [3, 3, 3], [1, 28, 1], [1, 20, 3], [3, 20, 1]] {
        assert_eq!(Preprocess::of_input(&shape), None, "{shape:?}");
        let error = options(json!({})).preprocess(&shape).unwrap_err().to_string();
        assert!(error.contains("nchw or nhwc: the shape allows both"), "{error}");
    }
    let made = options(json!({"layout": "nhwc"})).preprocess(&[3, 64, 3]).unwrap();
    assert_eq!((made.height, made.width, made.layout), (3, 64, Layout::Nhwc));
    let made = options(json!({"layout": "nchw"})).preprocess(&[3, 64, 3]).unwrap();
    assert_eq!((made.height, made.width, made.layout), (64, 3, Layout::Nchw));
    assert_eq!(Preprocess::of_input(&[3, 3, 224]).unwrap().layout, Layout::Nchw);
    for shape in [&[4, 8, 8][..], &[8, 8, 4], &[2, 8, 8], &[3, 4, 8, 8], &[17]] {
        assert_eq!(options(json!({})).preprocess(shape).unwrap_err().code(), "invalid-option");
    }
}

#[test]
fn blue_may_come_first_and_takes_its_mean_along() {
    let bytes = [255, 0, 51];
    let image = Image::rgb(1, 1, &bytes).unwrap();
    let apply = |given: Value| {
        let input = options(given).preprocess(&[3, 2, 2]).unwrap().apply(&image).unwrap();
        input.data().iter().copied().step_by(4).collect::<Vec<_>>()
    };
    assert_close("bgr", &apply(json!({"channels": "bgr"})), &[0.2, 0.0, 1.0], 1e-6);
    let made = options(json!({"channels": "bgr"})).preprocess(&[3, 224, 224]).unwrap();
    assert_eq!(made.mean, [0.406, 0.456, 0.485]);
    assert!(options(json!({"channels": "gray"})).preprocess(&[3, 8, 8]).is_err());
    let letterbox = Preprocess {
        framing: Framing::Letterbox,
        fill: [10, 20, 30],
        channels: Channels::Bgr,
        ..options(json!({"layout": "nhwc"})).preprocess(&[1, 3, 3]).unwrap()
    };
    let found = letterbox.apply(&image).unwrap().into_data();
    let levels: Vec<u8> = found.iter().map(|value| (value * 255.0).round() as u8).collect();
    assert_eq!(levels, [30, 20, 10, 51, 0, 255, 30, 20, 10]);
}

#[test]
fn old_settings_mean_the_same_and_new_ones_are_written_only_where_needed() {
    let old = json!({
        "width": 4, "height": 5, "channels": "gray", "layout": "nchw", "framing": "stretch",
        "mean": [0.5], "std": [0.25],
    });
    let read: Preprocess = serde_json::from_value(old.clone()).unwrap();
    let usual = (None, Interpolation::Bilinear, [0; 3]);
    assert_eq!((read.resize, read.interpolation, read.fill), usual);
    assert_eq!(json!(read), old);
    let new = Preprocess {
        framing: Framing::Letterbox,
        resize: Some(7),
        interpolation: Interpolation::Bicubic,
        fill: [114; 3],
        ..read
    };
    let text = serde_json::to_string(&new).unwrap();
    assert!(
        text.contains(r#""resize":7,"interpolation":"bicubic","fill":[114,114,114]"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Preprocess>(&text).unwrap(), new);
}

#[test]
fn extreme_pictures_take_no_more_memory_than_the_input() {
    let line = vec![200; 3 * 6_000];
    for (width, height) in [(6_000, 1), (1, 6_000)] {
        let image = Image::rgb(width, height, &line).unwrap();
        for interpolation in
            [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic]
        {
            for framing in [Framing::Stretch, Framing::Crop, Framing::Letterbox] {
                let preprocess = Preprocess {
                    framing,
                    interpolation,
                    fill: [200; 3],
                    ..Preprocess::of_input(&[3, 224, 224]).unwrap()
                };
                let input = preprocess.apply(&image).unwrap();
                let is_plain =
                    input.data().iter().all(|value| (value * 255.0).round() as u8 == 200);
                assert!(is_plain, "{width} x {height} {framing} {interpolation}");
            }
        }
    }
}
