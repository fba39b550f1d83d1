//! Converts pictures from the colour space that their files declare to sRGB.

use std::io::Cursor;

use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageResult};
use moxcms::{
    Chromaticity, CicpColorPrimaries as Primaries, CicpProfile, ColorPrimaries, ColorProfile,
    DataColorSpace, Layout, MatrixCoefficients, RenderingIntent, ToneReprCurve,
    TransferCharacteristics as Transfer, TransformOptions, curve_from_gamma,
};
use png::{CodingIndependentCodePoints, Info, SourceChromaticities};

use super::decode::failure;
use super::header;

/// The colour space that a file declares; `None` for sRGB, and if the declaration is missing or
/// unusable.
pub(super) fn profile(
    format: ImageFormat,
    bytes: &[u8],
    decoder: &mut impl ImageDecoder,
) -> ImageResult<Option<ColorProfile>> {
    let in_color = decoder.color_type().has_color();
    match format {
        ImageFormat::Png => of_png(bytes, in_color),
        ImageFormat::Bmp => Ok(header::bmp_profile(bytes).and_then(|icc| parse(icc, in_color))),
        ImageFormat::Jpeg if header::is_cmyk(bytes) => {
            refuse_cmyk(decoder.icc_profile()?.as_deref())
        }
        ImageFormat::WebP if header::is_webp_animation(bytes) => Ok(None),
        ImageFormat::Jpeg | ImageFormat::WebP => {
            Ok(decoder.icc_profile()?.and_then(|icc| parse(&icc, in_color)))
        }
        _ => Ok(None),
    }
}

/// Refuses CMYK profiles: simulating inks on paper is beyond this program.
fn refuse_cmyk(icc: Option<&[u8]>) -> ImageResult<Option<ColorProfile>> {
    match icc.and_then(|icc| icc.get(16..20)) {
        Some(b"CMYK") => Err(failure(
            ImageFormat::Jpeg,
            "it has a CMYK profile, which is not applied here: save it as RGB",
        )),
        _ => Ok(None),
    }
}

/// Parses a profile. An unreadable one is ignored, as in browsers.
fn parse(icc: &[u8], in_color: bool) -> Option<ColorProfile> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    match profile.color_space {
        DataColorSpace::Rgb => Some(profile.cicp.and_then(coded).unwrap_or(profile)),
        DataColorSpace::Gray if !in_color => {
            Some(with_curve(ColorProfile::new_srgb(), profile.gray_trc?))
        }
        _ => None,
    }
}

/// The colour space that the chunks of a PNG file declare, by their precedence.
fn of_png(bytes: &[u8], in_color: bool) -> ImageResult<Option<ColorProfile>> {
    let Ok(reader) = png::Decoder::new(Cursor::new(bytes)).read_info() else { return Ok(None) };
    let info = reader.info();
    let code = info.coding_independent_code_points.and_then(code);
    if code.is_some_and(|code| {
        [Transfer::Smpte2084, Transfer::Hlg].contains(&code.transfer_characteristics)
            || code.color_primaries == Primaries::Xyz
    }) {
        return Err(failure(
            ImageFormat::Png,
            "its colours are coded as PQ, HLG or XYZ, which is not converted here: save it as sRGB",
        ));
    }
    let profile = code.and_then(coded).or_else(|| parse(info.icc_profile.as_deref()?, in_color));
    Ok(profile.or_else(|| info.srgb.is_none().then(|| of_gamma(info))?))
}

fn code(chunk: CodingIndependentCodePoints) -> Option<CicpProfile> {
    Some(CicpProfile {
        color_primaries: chunk.color_primaries.try_into().ok()?,
        transfer_characteristics: chunk.transfer_function.try_into().ok()?,
        matrix_coefficients: chunk.matrix_coefficients.try_into().ok()?,
        full_range: chunk.is_video_full_range_image,
    })
}

/// The profile of an H.273 code, which PNG files have in a chunk and ICC profiles in a tag.
fn coded(code: CicpProfile) -> Option<ColorProfile> {
    let profile = ColorProfile::new_from_cicp(code);
    if code.matrix_coefficients != MatrixCoefficients::Identity
        || !code.full_range
        || !profile.is_matrix_shaper()
    {
        return None;
    }
    match code.transfer_characteristics {
        // The curve by which screens show camera signals: BT.1886.
        Transfer::Bt709
        | Transfer::Bt601
        | Transfer::Iec61966
        | Transfer::Bt202010bit
        | Transfer::Bt202012bit => Some(with_curve(profile, curve_from_gamma(2.4))),
        Transfer::Bt470M
        | Transfer::Bt470Bg
        | Transfer::Smpte240
        | Transfer::Linear
        | Transfer::Srgb
        | Transfer::Smpte428 => Some(profile),
        _ => None,
    }
}

/// A PNG file's gamma, and its primaries if it has them.
fn of_gamma(info: &Info<'_>) -> Option<ColorProfile> {
    /// Near the gamma of sRGB itself.
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
    let [white, red, green, blue] = [given.white, given.red, given.green, given.blue]
        .map(|(x, y)| Chromaticity::new(x.into_value(), y.into_value()));
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    let finite = [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
        .iter()
        .all(|c| (c.x + c.y + c.z).is_finite());
    finite.then_some(profile)
}

fn with_curve(mut profile: ColorProfile, curve: ToneReprCurve) -> ColorProfile {
    // The code would override the curve.
    profile.cicp = None;
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    profile
}

/// Converts a picture to sRGB. It stays as it is if the profile does not fit it.
pub(super) fn to_srgb(image: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    convert(&image, profile).unwrap_or(image)
}

fn convert(image: &DynamicImage, profile: &ColorProfile) -> Option<DynamicImage> {
    let options = TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        prefer_fixed_point: false,
        ..Default::default()
    };
    // 16 bits, as levels of sRGB may lie closer together than the file's. Browsers drop the lower
    // byte of deep pixels first.
    let mut image = image.to_rgba16();
    image.iter_mut().for_each(|value| *value = (*value >> 8) * 257);
    let transform = profile
        .create_transform_16bit(Layout::Rgba, &ColorProfile::new_srgb(), Layout::Rgba, options)
        .ok()?;
    let mut converted = vec![0; image.len()];
    transform.transform(&image, &mut converted).ok()?;
    image.copy_from_slice(&converted);
    Some(DynamicImage::ImageRgba16(image))
}
