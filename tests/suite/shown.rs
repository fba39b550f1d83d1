//! Picture files are read as Chromium shows them; `tests/data/shown.py` tells what is special about
//! each.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::data::{Dataset, Picture, Sample};
use she_ood::{Channels, Framing, Interpolation, Layout, Preprocess, Result};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/shown/");

/// Refused, though Chromium shows them: what it does with them is not done here. And what the
/// message says.
const REFUSED: [(&str, &str); 6] = [
    ("32-masks-alpha.bmp", "compression type 6"),
    ("8-runs-top-down.bmp", "top-down"),
    ("cicp-hlg.png", "PQ, HLG or XYZ"),
    ("cicp-pq.png", "PQ, HLG or XYZ"),
    ("icc-cmyk.jpg", "CMYK profile"),
    ("no-palette.gif", "no color table"),
];

#[derive(Deserialize)]
struct Shown {
    width: usize,
    height: usize,
    rgb: String,
}

/// What Chromium shows, by the name of the file; nothing of one that it calls damaged.
fn shown() -> BTreeMap<String, Option<Shown>> {
    serde_json::from_str(include_str!("../data/shown.json")).unwrap()
}

fn picture(name: &str) -> Result<Picture> {
    match Dataset::open(&format!("{FOLDER}{name}"))?.sample(0)? {
        Sample::Picture(picture) => Ok(picture),
        _ => panic!("{name} is no picture"),
    }
}

/// The levels of a picture on white paper.
fn levels(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width, picture.height);
    let (channels, layout, framing) = (Channels::Rgb, Layout::Nhwc, Framing::Stretch);
    let preprocess = Preprocess {
        width,
        height,
        channels,
        layout,
        framing,
        resize: None,
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        mean: vec![0.0; 3],
        std: vec![1.0; 3],
    };
    let values = preprocess.apply(&picture.image(width, height).unwrap()).unwrap();
    values.data().iter().map(|value| (255.0 * value).round() as u8).collect()
}

/// How far levels may be apart. Decoders of JPEG round differently, and profiles may tear apart
/// levels that were near.
fn tolerance(name: &str) -> u8 {
    match name {
        "half-colours.jpg" => 4,
        "icc-adobe.jpg" | "icc-p3.jpg" => 5,
        _ if name.ends_with(".jpg") => 2,
        "alpha-deep.png" => 2,
        _ => 1,
    }
}

#[test]
fn pictures_are_what_chromium_shows() {
    let mut far = Vec::new();
    for (name, shown) in shown() {
        let (Some(shown), false) = (shown, REFUSED.iter().any(|(refused, _)| *refused == name))
        else {
            continue;
        };
        let picture = picture(&name).unwrap();
        assert_eq!((picture.width, picture.height), (shown.width, shown.height), "{name}");
        let expected = STANDARD.decode(shown.rgb).unwrap();
        let apart = levels(&picture)
            .iter()
            .zip(expected)
            .map(|(found, expected)| found.abs_diff(expected))
            .max()
            .unwrap();
        if apart > tolerance(&name) {
            far.push((name, apart));
        }
    }
    assert!(far.is_empty(), "{far:?}");
}

#[test]
fn pictures_that_cannot_be_shown_right_are_refused() {
    for (name, message) in REFUSED {
        let error = picture(name).unwrap_err();
        assert_eq!(error.code(), "data", "{name}");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn what_chromium_calls_damaged_is_refused() {
    for (name, _) in shown().iter().filter(|(_, shown)| shown.is_none()) {
        assert_eq!(picture(name).unwrap_err().code(), "data", "{name}");
    }
}

#[test]
fn damaged_profiles_do_no_harm() {
    let folder = std::env::temp_dir().join(format!("she-ood-profiles-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for name in ["icc-p3.webp", "icc-adobe.jpg", "icc-gray-gray.jpg", "24-icc.bmp"] {
        let whole = std::fs::read(format!("{FOLDER}{name}")).unwrap();
        let start = whole.windows(4).position(|window| window == b"acsp").unwrap() - 36;
        for _ in 0..60 {
            let mut bytes = whole.clone();
            for _ in 0..=random(3) {
                let place = start + random(bytes.len().min(start + 450) - start);
                bytes[place] = [0, 1, 0x7f, 0x80, 0xff, random(256) as u8][random(6)];
            }
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            let found = Dataset::open(path.to_str().unwrap()).and_then(|set| set.sample(0));
            assert!(found.is_ok() || found.is_err_and(|error| error.code() == "data"), "{name}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
