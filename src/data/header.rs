//! Headers of picture files, where browsers read them differently from the decoders.

use ::image::ImageFormat;

/// Rewrites a header so that the decoder shows the picture as a browser does.
pub(super) fn adjust(format: ImageFormat, bytes: &mut Vec<u8>) {
    match format {
        ImageFormat::Bmp => use_alpha(bytes),
        ImageFormat::Gif => fit_screen(bytes).and_then(|()| fill_palettes(bytes)),
        ImageFormat::WebP => free_background(bytes),
        _ => None,
    };
}

/// Turns on the alpha of a 32-bit BMP whose header, version 4 or 5, has an alpha mask, even if it
/// says that masks do not count.
fn use_alpha(bytes: &mut [u8]) -> Option<()> {
    let is = |place, value| number::<4>(bytes, place) == Some(value);
    let has_mask = number::<4>(bytes, 14)? >= 108 && number::<4>(bytes, 66)? != 0;
    if has_mask && number::<2>(bytes, 28)? == 32 && is(30, 0) {
        put(bytes, 30, &3_u32.to_le_bytes())?;
        put(bytes, 54, [0xff_0000_u32, 0xff00, 0xff].map(u32::to_le_bytes).as_flattened())?;
    }
    Some(())
}

/// Grows a GIF's screen to cover its first frame.
fn fit_screen(bytes: &mut [u8]) -> Option<()> {
    let frame = first_frame(bytes)?;
    for (screen, offset) in [(6, 1), (8, 3)] {
        let end = number::<2>(bytes, frame + offset)?
            .checked_add(number::<2>(bytes, frame + offset + 4)?)?;
        if end > number::<2>(bytes, screen)? {
            put(bytes, screen, u16::try_from(end).ok()?.to_le_bytes().as_slice())?;
        }
    }
    Some(())
}

/// Position of the descriptor of a GIF's first frame: after screen, palette and extensions.
fn first_frame(bytes: &[u8]) -> Option<usize> {
    let mut place = 13 + palette_length(*bytes.get(10)?);
    while *bytes.get(place)? == 0x21 {
        place += 2;
        while let length @ 1.. = *bytes.get(place)? {
            place += usize::from(length) + 1;
        }
        place += 1;
    }
    (*bytes.get(place)? == 0x2c).then_some(place)
}

/// Extends a GIF's palettes with black for the colours they lack.
fn fill_palettes(bytes: &mut Vec<u8>) -> Option<()> {
    fill_palette(bytes, 10, 13)?;
    let frame = first_frame(bytes)?;
    fill_palette(bytes, frame + 9, frame + 10)
}

/// Extends the palette that these flags announce, if any, to 256 colours.
fn fill_palette(bytes: &mut Vec<u8>, flags: usize, start: usize) -> Option<()> {
    const FULL: u8 = 0x87;
    let length @ 1.. = palette_length(*bytes.get(flags)?) else { return Some(()) };
    let rest = bytes.get(start + length..)?.to_vec();
    *bytes.get_mut(flags)? |= FULL;
    bytes.truncate(start + length);
    bytes.resize(start + palette_length(FULL), 0);
    bytes.extend(rest);
    Some(())
}

/// Length in bytes of the palette that a GIF's flags announce.
fn palette_length(flags: u8) -> usize {
    if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 }
}

/// Turns on the alpha of a WebP animation: it is transparent where the first frame does not reach,
/// even if it claims to have no alpha.
fn free_background(bytes: &mut [u8]) -> Option<()> {
    const ALPHA: u8 = 16;
    if is_webp_animation(bytes) {
        *bytes.get_mut(20)? |= ALPHA;
    }
    Some(())
}

pub(super) fn is_webp_animation(bytes: &[u8]) -> bool {
    const ANIMATED: u8 = 2;
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & ANIMATED != 0)
}

/// Whether a JPEG file is complete. Decoders invent the missing part of a truncated one.
pub(super) fn has_end(jpeg: &[u8]) -> bool {
    markers(jpeg).any(|(marker, _)| marker == 0xd9)
}

/// Whether a JPEG file has the four inks of print (CMYK).
pub(super) fn is_cmyk(jpeg: &[u8]) -> bool {
    let frame = markers(jpeg).find(
        |(marker, _)| matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf),
    );
    frame.is_some_and(|(_, place)| jpeg.get(place + 8) == Some(&4))
}

/// The markers of a JPEG file and their positions, without those within the data of a scan.
fn markers(jpeg: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut place = 2;
    std::iter::from_fn(move || {
        loop {
            place += jpeg.get(place..)?.iter().position(|&byte| byte == 0xff)? + 1;
            match *jpeg.get(place)? {
                // A byte of data, a restart, padding.
                0 | 1 | 0xd0..=0xd8 | 0xff => {}
                marker => {
                    let at = place;
                    // The end marker has no length after it.
                    let [low, high] = [place + 2, place + 1]
                        .map(|place| jpeg.get(place).copied().unwrap_or_default());
                    place += usize::from(u16::from_le_bytes([low, high]));
                    return Some((marker, at));
                }
            }
        }
    })
}

/// The colour profile of a BMP file, to which the last fields of its header point.
pub(super) fn bmp_profile(bytes: &[u8]) -> Option<&[u8]> {
    let embedded = number::<4>(bytes, 14)? == 124 && bytes.get(70..74)? == b"DEBM";
    let (start, length) =
        (14 + number::<4>(bytes, 126)? as usize, number::<4>(bytes, 130)? as usize);
    bytes.get(start..start.checked_add(length)?).filter(|_| embedded)
}

/// The little-endian number at a place.
fn number<const BYTES: usize>(bytes: &[u8], place: usize) -> Option<u32> {
    let digits = bytes.get(place..)?.first_chunk::<BYTES>()?;
    Some(digits.iter().rev().fold(0, |number, &digit| number << 8 | u32::from(digit)))
}

fn put(bytes: &mut [u8], place: usize, what: &[u8]) -> Option<()> {
    bytes.get_mut(place..place + what.len())?.copy_from_slice(what);
    Some(())
}
