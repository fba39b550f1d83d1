//! Picture files are read as Chromium shows them; `tests/data/shown.py` tells what is special about each.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::data::{Dataset, Picture, Sample};
use she_ood::{Channels, Framing, Layout, Preprocess, Result};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/shown/");

/// Refused, though Chromium shows them: what it does with them is not done here. And what the message says.
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
        Sample::Values(_) => panic!("{name} is no picture"),
    }
}

/// The levels of a picture on white paper.
fn levels(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width, picture.height);
    let (channels, layout, framing) = (Channels::Rgb, Layout::Nhwc, Framing::Stretch);
    let preprocess = Preprocess { width, height, channels, layout, framing, mean: vec![0.0; 3], std: vec![1.0; 3] };
    let values = preprocess.apply(&picture.image(width, height).unwrap()).unwrap();
    values.data().iter().map(|value| (255.0 * value).round() as u8).collect()
}

/// How far levels may be apart. Decoders of JPEG round differently, and profiles may tear apart levels that were near.
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
        let (Some(shown), false) = (shown, REFUSED.iter().any(|(refused, _)| *refused == name)) else { continue };
        let picture = picture(&name).unwrap();
        assert_eq!((picture.width, picture.height), (shown.width, shown.height), "{name}");
        let expected = STANDARD.decode(shown.rgb).unwrap();
        let apart = levels(&picture).iter().zip(expected).map(|(found, expected)| found.abs_diff(expected)).max().unwrap();
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
