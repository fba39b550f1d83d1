//! How pixels between pixels are computed.

use fast_image_resize::FilterType;
use serde::{Deserialize, Serialize};

use crate::names::named;

/// How an image is resized. All but `nearest` are antialiased, as Pillow and torchvision resize
/// pictures; OpenCV, TensorFlow and browsers' canvases do otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    /// The pixel under the middle of the new one.
    Nearest,
    /// Weights that fall linearly with the distance.
    #[default]
    Bilinear,
    /// Cubic weights, sharper.
    Bicubic,
    /// Lanczos weights of radius 3, the sharpest.
    Lanczos,
}

named!(
    Interpolation, "the interpolation",
    "nearest" => Nearest, "bilinear" => Bilinear, "bicubic" => Bicubic, "lanczos" => Lanczos,
);

impl Interpolation {
    /// The library's filter; `None` for nearest, which has no weights.
    pub(super) fn filter(self) -> Option<FilterType> {
        match self {
            Interpolation::Nearest => None,
            Interpolation::Bilinear => Some(FilterType::Bilinear),
            Interpolation::Bicubic => Some(FilterType::CatmullRom),
            Interpolation::Lanczos => Some(FilterType::Lanczos3),
        }
    }
}
