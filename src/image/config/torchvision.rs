//! `ImageClassification` of torchvision: what `weights.transforms()` holds.

use serde_json::{Map, Value};

use super::{Fields, Frame, PreprocessConfig, Resize, refusal};
use crate::{Framing, Result};

/// The attributes of the transform, or an object that holds them under its name.
pub(super) fn read(fields: Fields<'_>) -> Result<PreprocessConfig> {
    let given = fields.object("ImageClassification").unwrap_or(fields);
    given.only("antialias", true, "true: pictures are always antialiased")?;
    let size = given.needed("crop_size", given.size("crop_size")?)?;
    let resize = given.needed("resize_size", given.get("resize_size"))?;
    let is_list_of_two = resize.as_array().is_some_and(|sides| sides.len() == 2);
    let (framing, side) = match given.size("resize_size")? {
        Some(resized) if is_list_of_two && resized == size => (Framing::Stretch, None),
        Some((height, width)) if is_list_of_two && height == width => {
            (Framing::Stretch, Some(height))
        }
        Some((side, _)) if !is_list_of_two => (Framing::Crop, Some(side)),
        _ => return Err(refusal("resize_size", resize, "one side, or a square, or the crop_size")),
    };
    Ok(PreprocessConfig {
        size: Some(size),
        frame: Some(Frame { framing, resize: Resize::Side(side) }),
        interpolation: given.needed("interpolation", given.interpolation("interpolation")?)?,
        fill: [0; 3],
        channels: None,
        mean: given.needed("mean", given.channels("mean")?)?,
        std: given.needed("std", given.channels("std")?)?,
        labels: None,
    })
}

/// What Python prints of the transform: a line `name=value` for each attribute.
pub(super) fn of_text(text: &str) -> Option<Result<PreprocessConfig>> {
    let lines = text.strip_prefix("ImageClassification(")?.trim_end().strip_suffix(')')?.lines();
    let fields: Map<String, Value> = lines
        .filter_map(|line| line.trim().trim_end_matches(',').split_once('='))
        .map(|(name, value)| {
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            (name.to_string(), value)
        })
        .collect();
    Some(read(Fields(&fields)))
}
