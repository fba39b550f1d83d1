//! The colours that a picture file says its numbers mean, in sRGB.

use std::io::Cursor;

use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageResult};
use moxcms::{
    Chromaticity, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, RenderingIntent, ToneReprCurve,
    TransformOptions, curve_from_gamma,
};
use png::{CodingIndependentCodePoints, Info, SourceChromaticities};

use super::header;

/// What a file says of its colours, `None` where that is nothing, sRGB or no use.
pub(super) fn profile(format: ImageFormat, bytes: &[u8], decoder: &mut impl ImageDecoder) -> ImageResult<Option<ColorProfile>> {
    let in_color = decoder.color_type().has_color();
    Ok(match format {
        ImageFormat::Png => of_png(bytes, in_color),
        ImageFormat::Bmp => header::bmp_profile(bytes).and_then(|icc| parse(icc, in_color)),
        ImageFormat::Jpeg | ImageFormat::WebP => decoder.icc_profile()?.and_then(|icc| parse(&icc, in_color)),
        _ => None,
    })
}

/// A profile that cannot be read counts for nothing, as in browsers.
fn parse(icc: &[u8], in_color: bool) -> Option<ColorProfile> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    match profile.color_space {
        DataColorSpace::Rgb => Some(profile),
        DataColorSpace::Gray if !in_color => Some(with_curve(ColorProfile::new_srgb(), profile.gray_trc?)),
        _ => None,
    }
}

/// The chunks of a PNG file by their rank.
fn of_png(bytes: &[u8], in_color: bool) -> Option<ColorProfile> {
    let reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    let info = reader.info();
    let coded = info.coding_independent_code_points.and_then(coded);
    coded.or_else(|| parse(info.icc_profile.as_deref()?, in_color)).or_else(|| info.srgb.is_none().then(|| of_gamma(info))?)
}

/// The transfer functions of H.273 that Chromium applies.
const TRANSFERS: [u8; 12] = [1, 4, 5, 6, 7, 8, 11, 13, 14, 15, 16, 18];

fn coded(code: CodingIndependentCodePoints) -> Option<ColorProfile> {
    let known = TRANSFERS.contains(&code.transfer_function) && code.is_video_full_range_image;
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: code.color_primaries.try_into().ok()?,
        transfer_characteristics: code.transfer_function.try_into().ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    (known && profile.is_matrix_shaper()).then_some(profile)
}

/// A PNG file's gamma, and its primaries if it has them.
fn of_gamma(info: &Info<'_>) -> Option<ColorProfile> {
    /// About that of sRGB itself.
    const NEAR: std::ops::Range<f32> = 0.95..1.05;
    let gamma = info.gama_chunk.map(|gamma| gamma.into_value()).filter(|&gamma| gamma > 0.0)?;
    let curve = curve_from_gamma(1.0 / gamma);
    match info.chrm_chunk {
        None if NEAR.contains(&(gamma * 2.2)) => None,
        None => Some(with_curve(ColorProfile::new_srgb(), curve)),
        Some(primaries) => Some(with_curve(with_primaries(&primaries)?, curve)),
    }
}

fn with_primaries(given: &SourceChromaticities) -> Option<ColorProfile> {
    let [white, red, green, blue] =
        [given.white, given.red, given.green, given.blue].map(|(x, y)| Chromaticity::new(x.into_value(), y.into_value()));
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    let finite = [profile.red_colorant, profile.green_colorant, profile.blue_colorant].iter().all(|c| (c.x + c.y + c.z).is_finite());
    finite.then_some(profile)
}

fn with_curve(mut profile: ColorProfile, curve: ToneReprCurve) -> ColorProfile {
    // Else the curve of this code would count.
    profile.cicp = None;
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    profile
}

/// The picture in sRGB. It stays as it is where the profile does not fit it.
pub(super) fn to_srgb(image: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    convert(&image, profile).unwrap_or(image)
}

fn convert(image: &DynamicImage, profile: &ColorProfile) -> Option<DynamicImage> {
    let options = TransformOptions { rendering_intent: RenderingIntent::Perceptual, prefer_fixed_point: false, ..Default::default() };
    // In 16 bits, as a file's dark levels may lie far apart in sRGB.
    let mut image = image.to_rgba16();
    let transform = profile.create_transform_16bit(Layout::Rgba, &ColorProfile::new_srgb(), Layout::Rgba, options).ok()?;
    let mut converted = vec![0; image.len()];
    transform.transform(&image, &mut converted).ok()?;
    image.copy_from_slice(&converted);
    Some(DynamicImage::ImageRgba16(image))
}
