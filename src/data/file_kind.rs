//! The kind of a file, from its first bytes. Its name says little: browsers save JPEG as `.jfif`,
//! and phones HEIC as `.jpg`.

/// First bytes of a file that are enough to tell its kind.
pub(super) const START: usize = 512;

/// What a file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileKind {
    /// A picture in a format that this program decodes.
    Picture(&'static str),
    /// A picture in another format.
    Foreign(&'static str),
    /// No picture at all.
    Other(&'static str),
}

use FileKind::{Foreign, Other, Picture};

/// Bytes by which files of a kind are known, and where they are.
const MARKS: [(usize, &[u8], FileKind); 38] = [
    (0, b"\x89PNG\r\n\x1a\n", Picture("PNG")),
    (0, b"\xff\xd8\xff", Picture("JPEG")),
    (0, b"GIF87a", Picture("GIF")),
    (0, b"GIF89a", Picture("GIF")),
    (0, b"II*\0", Foreign("TIFF")),
    (0, b"MM\0*", Foreign("TIFF")),
    (0, b"II+\0", Foreign("TIFF")),
    (0, b"MM\0+", Foreign("TIFF")),
    (0, b"8BPS", Foreign("PSD")),
    (0, b"gimp xcf", Foreign("XCF")),
    (0, b"\0\0\x01\0", Foreign("ICO")),
    (0, b"\0\0\0\x0cjP  ", Foreign("JPEG 2000")),
    (0, b"\xff\x4f\xff\x51", Foreign("JPEG 2000")),
    (0, b"\0\0\0\x0cJXL ", Foreign("JPEG XL")),
    (0, b"\xff\x0a", Foreign("JPEG XL")),
    (0, b"\x76\x2f\x31\x01", Foreign("OpenEXR")),
    (0, b"#?RADIANCE", Foreign("Radiance HDR")),
    (0, b"#?RGBE", Foreign("Radiance HDR")),
    (0, b"DDS ", Foreign("DDS")),
    (0, b"qoif", Foreign("QOI")),
    (0, b"farbfeld", Foreign("farbfeld")),
    (0, b"SIMPLE  =", Foreign("FITS")),
    (128, b"DICM", Foreign("DICOM")),
    (0, b"PK\x03\x04", Other("zip")),
    (0, b"PK\x05\x06", Other("zip")),
    (0, b"\x1f\x8b", Other("gzip")),
    (0, b"BZh", Other("bzip2")),
    (0, b"\xfd7zXZ\0", Other("xz")),
    (0, b"7z\xbc\xaf\x27\x1c", Other("7-Zip")),
    (0, b"Rar!\x1a\x07", Other("RAR")),
    (0, b"\x93NUMPY", Other("NumPy")),
    (0, b"\x89HDF\r\n\x1a\n", Other("HDF5")),
    (0, b"%PDF-", Other("PDF")),
    (0, b"%!PS", Other("PostScript")),
    (0, b"SQLite format 3\0", Other("SQLite")),
    (0, b"\x1aE\xdf\xa3", Other("video")),
    (0, b"PAR1", Other("Parquet")),
    (257, b"ustar", Other("tar")),
];

/// The kind of a file that starts with these bytes, of which [`START`] are enough.
pub(super) fn file_kind(start: &[u8]) -> FileKind {
    let marked =
        MARKS.iter().find(|(place, mark, _)| has(start, *place, mark)).map(|(_, _, kind)| *kind);
    let told = marked
        .or_else(|| riff(start))
        .or_else(|| bmp(start))
        .or_else(|| boxed(start))
        .or_else(|| netpbm(start));
    told.unwrap_or_else(|| text(start))
}

/// What to do about a file of a kind where others are `wanted`.
pub(super) fn advice(name: &str, wanted: &'static str) -> &'static str {
    if name == "git-lfs pointer" { "fetch the file itself with `git lfs pull`" } else { wanted }
}

fn has(start: &[u8], place: usize, mark: &[u8]) -> bool {
    start.get(place..).is_some_and(|rest| rest.starts_with(mark))
}

fn riff(start: &[u8]) -> Option<FileKind> {
    has(start, 0, b"RIFF")
        .then(|| if has(start, 8, b"WEBP") { Picture("WebP") } else { Other("RIFF") })
}

/// Text may begin with `BM` too, but not have the size of a known header at byte 14.
fn bmp(start: &[u8]) -> Option<FileKind> {
    let size = u32::from_le_bytes(start.get(14..)?.first_chunk().copied()?);
    (has(start, 0, b"BM") && [12, 16, 40, 52, 56, 64, 108, 124].contains(&size))
        .then_some(Picture("BMP"))
}

/// An ISO media file: its first box names the main brand, then the compatible ones.
fn boxed(start: &[u8]) -> Option<FileKind> {
    let length = u32::from_be_bytes(start.first_chunk().copied()?) as usize;
    let brands = start.get(8..length.min(start.len())).filter(|_| has(start, 4, b"ftyp"))?;
    let is = |names: &[&[u8; 4]]| brands.as_chunks().0.iter().any(|brand| names.contains(&brand));
    Some(match () {
        () if is(&[b"avif", b"avis"]) => Foreign("AVIF"),
        () if is(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) => {
            Foreign("HEIC")
        }
        () if is(&[b"crx "]) => Foreign("CR3"),
        () => Other("video"),
    })
}

/// `P1` to `P7`, `Pf` and `PF`, then a blank and a number or a comment.
fn netpbm(start: &[u8]) -> Option<FileKind> {
    let [b'P', b'1'..=b'7' | b'f' | b'F', blank, rest @ ..] = start else { return None };
    let next = rest.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let told = blank.is_ascii_whitespace()
        && (next.is_ascii_digit() || *next == b'#' || rest.starts_with(b"WIDTH"));
    told.then_some(Foreign("PNM"))
}

/// The kind of text, and of anything else that no mark tells.
fn text(start: &[u8]) -> FileKind {
    if start.is_empty() {
        return Other("empty");
    }
    let Some(text) = readable(start) else { return Other("unknown") };
    let lower = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    match () {
        () if lower.starts_with("version https://git-lfs") => Other("git-lfs pointer"),
        () if lower.starts_with("<!doctype html") || lower.starts_with("<html") => Other("HTML"),
        () if lower.starts_with('<') && lower.contains("<svg") => Foreign("SVG"),
        () => Other("text"),
    }
}

/// The bytes as text: UTF-8, perhaps cut off within a character, without control characters other
/// than white space.
fn readable(start: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    (!text.is_empty() && !text.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()))
        .then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn bmp_with(header: u32) -> Vec<u8> {
        [b"BM\0\0\0\0\0\0\0\0\x36\0\0\0".as_slice(), &header.to_le_bytes(), &[0; 20]].concat()
    }

    #[test]
    fn every_kind_is_told_by_its_first_bytes() {
        let dicom = [[0; 128].as_slice(), b"DICM"].concat();
        let cases: [(&[u8], FileKind); 30] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", Picture("PNG")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Picture("JPEG")),
            (b"GIF89a\x04\0\x05\0", Picture("GIF")),
            (b"RIFF\x24\0\0\0WEBPVP8L", Picture("WebP")),
            (b"RIFF\x24\0\0\0WAVEfmt ", Other("RIFF")),
            (&bmp_with(40), Picture("BMP")),
            (&bmp_with(124), Picture("BMP")),
            (b"BMW and other cars, a list of them", Other("text")),
            (b"II*\0\x08\0\0\0", Foreign("TIFF")),
            (b"MM\0*\0\0\0\x08", Foreign("TIFF")),
            (b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf", Foreign("AVIF")),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", Foreign("AVIF")),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Foreign("HEIC")),
            (b"\0\0\0\x10ftypmif1\0\0\0\0avif", Foreign("HEIC")),
            (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", Other("video")),
            (b"P6\n4 5\n255\n", Foreign("PNM")),
            (b"P5 # by hand\n4 5", Foreign("PNM")),
            (b"P1 is the first part", Other("text")),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Foreign("SVG")),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- drawn -->\n<SVG/>", Foreign("SVG")),
            (b"<!DOCTYPE html><html><svg/></html>", Other("HTML")),
            (b"\0\0\x01\0\x01\0\x10\x10", Foreign("ICO")),
            (b"\xff\x0a\x7a\x01", Foreign("JPEG XL")),
            (&dicom, Foreign("DICOM")),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:", Other("git-lfs pointer")),
            (b"PK\x03\x04\x14\0", Other("zip")),
            ("naïve".as_bytes(), Other("text")),
            (b"na\xc3", Other("text")),
            (b"\0\0\x08\x03\0\0\0\x06", Other("unknown")),
            (b"", Other("empty")),
        ];
        for (start, expected) in cases {
            assert_eq!(file_kind(start), expected, "{}", start.escape_ascii());
        }
    }

    /// First bytes, one a character, and the kind of each. The page is tested with the same table.
    #[test]
    fn kinds_are_those_that_the_page_tells() {
        let table =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kinds.json"))
                .unwrap();
        for (start, is, name) in
            serde_json::from_str::<Vec<(String, String, String)>>(&table).unwrap()
        {
            let (found_is, found) =
                match file_kind(&start.chars().map(|byte| byte as u8).collect::<Vec<_>>()) {
                    Picture(name) => ("picture", name),
                    Foreign(name) => ("foreign", name),
                    Other(name) => ("other", name),
                };
            assert_eq!((found_is, found), (&*is, &*name), "{}", start.escape_debug());
        }
    }

    #[test]
    fn the_decoders_take_what_is_called_a_picture_here() {
        for mark in MARKS.iter().filter(|(_, _, kind)| matches!(kind, Picture(_))) {
            assert!(::image::guess_format(mark.1).unwrap().reading_enabled(), "{:?}", mark.2);
        }
        assert!(::image::guess_format(&bmp_with(40)).unwrap().reading_enabled());
        assert!(::image::guess_format(b"RIFF\x24\0\0\0WEBPVP8L").unwrap().reading_enabled());
    }

    #[test]
    fn any_bytes_are_of_some_kind() {
        proptest::proptest!(|(start: Vec<u8>)| { file_kind(&start); });
    }
}
