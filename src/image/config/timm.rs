//! `config.json` of timm, and the `pretrained_cfg` in it.

use super::fields::whole_numbers;
use super::{Fields, Frame, PreprocessConfig, Resize, labels_in, refusal};
use crate::image::Channels;
use crate::{Framing, Interpolation, Result};

/// Mean and deviation unless given: ImageNet's.
const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const STD: [f64; 3] = [0.229, 0.224, 0.225];

pub(super) fn read(fields: Fields<'_>) -> Result<PreprocessConfig> {
    let given = fields.object("pretrained_cfg").unwrap_or(fields);
    let (channels, size) = input_size(given)?;
    let mean = given.channels("mean")?.unwrap_or_else(|| MEAN.to_vec());
    Ok(PreprocessConfig {
        size: Some(size),
        frame: Some(frame(given, size)?),
        interpolation: given.interpolation("interpolation")?.unwrap_or(Interpolation::Bicubic),
        fill: fill(&mean),
        channels: Some(channels),
        std: given.channels("std")?.unwrap_or_else(|| STD.to_vec()),
        mean,
        labels: labels_in(given).or_else(|| labels_in(fields)),
    })
}

fn input_size(given: Fields<'_>) -> Result<(Channels, (usize, usize))> {
    let value = given.needed("input_size", given.get("input_size"))?;
    match whole_numbers(value).as_deref() {
        Some([1, height, width]) => Ok((Channels::Gray, (*height, *width))),
        Some([3, height, width]) => Ok((Channels::Rgb, (*height, *width))),
        _ => Err(refusal("input_size", value, "1 or 3 channels, height and width")),
    }
}

/// Models of fixed size are tested at that size, others at the size of their input.
fn frame(given: Fields<'_>, (height, width): (usize, usize)) -> Result<Frame> {
    let framing = match given.text("crop_mode")?.unwrap_or("center") {
        "center" => Framing::Crop,
        "squash" => Framing::Stretch,
        "border" => Framing::Letterbox,
        mode => return Err(refusal("crop_mode", &mode.into(), "center, squash, border")),
    };
    let share = given.number("crop_pct")?.unwrap_or(0.875);
    let is_fixed = given.flag("fixed_input_size")?.unwrap_or_default();
    let resize = match is_fixed && height == width {
        true => Resize::Side(Some((height as f64 / share).floor() as usize)),
        false => Resize::OfInput(share),
    };
    Ok(Frame { framing, resize })
}

/// The mean as a colour, which timm fills up borders with.
fn fill(mean: &[f64]) -> [u8; 3] {
    let level = |at| mean.get(at).or(mean.first()).copied().unwrap_or_default();
    [0, 1, 2].map(|at| (255.0 * level(at)).round_ties_even() as u8)
}
