//! `metadata.json` of Teachable Machine.

use super::{Fields, Frame, PreprocessConfig, Resize, labels_in, over_255, refusal};
use crate::image::Channels;
use crate::{Framing, Interpolation, Result};

pub(super) const MARKS: [&str; 3] = ["tmVersion", "tfjsVersion", "imageSize"];

/// The middle square of an image, resized; values from -1 to 1.
pub(super) fn read(fields: Fields<'_>) -> Result<PreprocessConfig> {
    if let Some(name) = fields.text("packageName")?.filter(|name| !name.ends_with("/image")) {
        return Err(refusal("packageName", &name.into(), "models of images"));
    }
    let size = fields.needed("imageSize", fields.size("imageSize")?)?;
    if size.0 != size.1 {
        return Err(refusal("imageSize", &vec![size.0, size.1].into(), "one number"));
    }
    let is_gray = fields.flag("grayscale")?.unwrap_or_default();
    let (mean, std) = over_255(1.0 / 127.5, -1.0, &[0.0], &[1.0]);
    Ok(PreprocessConfig {
        size: Some(size),
        frame: Some(Frame { framing: Framing::Crop, resize: Resize::Side(Some(size.0)) }),
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        channels: Some(if is_gray { Channels::Gray } else { Channels::Rgb }),
        mean,
        std,
        labels: labels_in(fields),
    })
}
