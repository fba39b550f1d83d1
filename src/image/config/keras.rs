//! Modes of Keras' `preprocess_input`.

use super::{Fields, PreprocessConfig, over_255, refusal};
use crate::image::Channels;
use crate::{Interpolation, Result};

/// The config of a mode; `None` for other names.
pub(super) fn of_mode(name: &str) -> Option<PreprocessConfig> {
    let (channels, factor, offset, mean, std) = match name {
        "tf" => (None, 1.0 / 127.5, -1.0, vec![0.0], vec![1.0]),
        "torch" => {
            let (mean, std) = (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]);
            (Some(Channels::Rgb), 1.0 / 255.0, 0.0, mean, std)
        }
        "caffe" => (Some(Channels::Bgr), 1.0, 0.0, vec![103.939, 116.779, 123.68], vec![1.0; 3]),
        _ => return None,
    };
    let (mean, std) = over_255(factor, offset, &mean, &std);
    Some(PreprocessConfig {
        size: None,
        frame: None,
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        channels,
        mean,
        std,
        labels: None,
    })
}

/// `{"mode": …}`.
pub(super) fn read(fields: Fields<'_>) -> Result<PreprocessConfig> {
    let mode = fields.needed("mode", fields.text("mode")?)?;
    of_mode(mode).ok_or_else(|| refusal("mode", &mode.into(), "tf, torch, caffe"))
}
