//! What browsers read in the headers of picture files, where the decoders read something else.

use ::image::ImageFormat;

/// Rewrites a header, so that the decoder shows the picture as a browser does.
pub(super) fn adjust(format: ImageFormat, bytes: &mut [u8]) {
    match format {
        ImageFormat::Bmp => use_alpha(bytes),
        ImageFormat::Gif => fit_screen(bytes),
        ImageFormat::WebP => clear_background(bytes),
        _ => None,
    };
}

/// A BMP of 32 bits whose header has a mask for alpha has alpha, even where the masks are said not to count.
fn use_alpha(bytes: &mut [u8]) -> Option<()> {
    let is = |place, value| number::<4>(bytes, place) == Some(value);
    let has_mask = number::<4>(bytes, 14)? >= 56 && number::<4>(bytes, 66)? != 0;
    if has_mask && number::<2>(bytes, 28)? == 32 && is(30, 0) {
        put(bytes, 30, &3_u32.to_le_bytes())?;
        put(bytes, 54, [0xff_0000_u32, 0xff00, 0xff].map(u32::to_le_bytes).as_flattened())?;
    }
    Some(())
}

/// A GIF's screen is at least as large as what its first frame covers.
fn fit_screen(bytes: &mut [u8]) -> Option<()> {
    let frame = first_frame(bytes)?;
    for (screen, offset) in [(6, 1), (8, 3)] {
        let end = number::<2>(bytes, frame + offset)?.checked_add(number::<2>(bytes, frame + offset + 4)?)?;
        if end > number::<2>(bytes, screen)? {
            put(bytes, screen, u16::try_from(end).ok()?.to_le_bytes().as_slice())?;
        }
    }
    Some(())
}

/// Where the descriptor of a GIF's first frame is: behind screen, palette and extensions.
fn first_frame(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(10)?;
    let palette = if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 };
    let mut place = 13 + palette;
    while *bytes.get(place)? == 0x21 {
        place += 2;
        while let length @ 1.. = *bytes.get(place)? {
            place += usize::from(length) + 1;
        }
        place += 1;
    }
    (*bytes.get(place)? == 0x2c).then_some(place)
}

/// A WebP animation shows nothing where its first frame does not reach, though it says to have no alpha.
fn clear_background(bytes: &mut [u8]) -> Option<()> {
    const ANIMATED: u8 = 2;
    const ALPHA: u8 = 16;
    let is_extended = bytes.get(12..16)? == b"VP8X";
    let flags = bytes.get_mut(20).filter(|_| is_extended)?;
    *flags |= if *flags & ANIMATED != 0 { ALPHA } else { 0 };
    Some(())
}

/// Whether a JPEG file goes on to the end of its picture. Decoders make up what is missing.
pub(super) fn ends(bytes: &[u8]) -> bool {
    const END: u8 = 0xd9;
    let mut place = 2;
    // Between segments; in the data of a scan, a byte of 255 that is data has a zero behind it, and others may be skipped.
    while let Some(at) = bytes.get(place..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) {
        place += at + 1;
        match bytes.get(place) {
            Some(&END) => return true,
            // Not segments: data, markers that restart a scan, fill bytes.
            Some(0 | 1 | 0xd0..=0xd8 | 0xff) => {}
            Some(_) => place += bytes.get(place + 1..place + 3).map_or(1, |length| 1 + usize::from(length[0]) * 256 + usize::from(length[1])),
            None => return false,
        }
    }
    false
}

/// The profile that a BMP file holds, which the last fields of its header point to.
pub(super) fn bmp_profile(bytes: &[u8]) -> Option<&[u8]> {
    let embedded = number::<4>(bytes, 14)? == 124 && bytes.get(70..74)? == b"DEBM";
    let (start, length) = (14 + number::<4>(bytes, 126)? as usize, number::<4>(bytes, 130)? as usize);
    bytes.get(start..start.checked_add(length)?).filter(|_| embedded)
}

/// The number in so many bytes, the lowest first.
fn number<const BYTES: usize>(bytes: &[u8], place: usize) -> Option<u32> {
    let digits = bytes.get(place..)?.first_chunk::<BYTES>()?;
    Some(digits.iter().rev().fold(0, |number, &digit| number << 8 | u32::from(digit)))
}

fn put(bytes: &mut [u8], place: usize, what: &[u8]) -> Option<()> {
    bytes.get_mut(place..place + what.len())?.copy_from_slice(what);
    Some(())
}
