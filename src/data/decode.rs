//! Decodes picture files to pixels: the first frame, upright and in sRGB, as Chromium shows it.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use ::image::codecs::png::PngDecoder;
use ::image::error::{DecodingError, ImageError};
use ::image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits,
    guess_format,
};

use super::{Picture, colour, header};

/// Decodes a picture file.
pub(super) fn decode(path: &Path) -> ImageResult<Picture> {
    let mut bytes = read(path)?;
    let format = guess_format(&bytes)?;
    header::adjust(format, &mut bytes);
    if format == ImageFormat::Jpeg && !header::has_end(&bytes) {
        return Err(failure(format, "the file is cut off: it has no end marker"));
    }
    let mut decoder =
        ImageReader::with_format(Cursor::new(bytes.as_slice()), format).into_decoder()?;
    // Decoders do not count the pixels themselves towards the limit.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let profile = colour::profile(format, &bytes, &mut decoder)?;
    let mut image = match format {
        ImageFormat::Png if hides_first_frame(&bytes) => first_frame(&bytes)?,
        _ => DynamicImage::from_decoder(decoder)?,
    };
    image.apply_orientation(orientation);
    Ok(picture(match profile {
        Some(profile) => colour::to_srgb(image, &profile),
        None => image,
    }))
}

/// Reads a file no larger than a decoder may take.
fn read(path: &Path) -> ImageResult<Vec<u8>> {
    let mut file = File::open(path)?;
    Limits::default().reserve(file.metadata()?.len())?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a PNG animation begins with a still picture that is not one of its frames, for programs
/// that do not play animations.
fn hides_first_frame(bytes: &[u8]) -> bool {
    png::Decoder::new(Cursor::new(bytes)).read_info().is_ok_and(|reader| {
        let info = reader.info();
        info.animation_control.is_some() && info.frame_control.is_none()
    })
}

fn first_frame(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let animation = PngDecoder::with_limits(Cursor::new(bytes), Limits::default())?.apng()?;
    let none = || failure(ImageFormat::Png, "the animation has no frames");
    Ok(DynamicImage::ImageRgba8(animation.into_frames().next().ok_or_else(none)??.into_buffer()))
}

fn picture(image: DynamicImage) -> Picture {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let color = image.color();
    let (channels, pixels) = match (color.has_color(), color.has_alpha()) {
        (false, false) => (1, image.into_luma8().into_raw()),
        (true, false) => (3, image.into_rgb8().into_raw()),
        (_, true) => (4, image.into_rgba8().into_raw()),
    };
    Picture { width, height, channels, pixels, is_file: true }
}

pub(super) fn failure(format: ImageFormat, reason: &str) -> ImageError {
    ImageError::Decoding(DecodingError::new(format.into(), reason))
}
