//! Photos of paper become drawings.

use super::lines::without_lines;
use super::parts::{Part, parts};
use super::plane::Plane;

/// The shorter side of a photo is shrunk to about this: the thinnest pen stays wider than a pixel.
const SIDE: usize = 240;
/// Strokes are thinner than a seventh of the shorter side, and light changes less than that fast.
const STROKE: usize = 7;
/// Fainter marks, of 255, are the paper's.
const FAINTEST: u8 = 12;

/// The strokes in a photo of paper, dark on light or light on dark, as light ink on black.
pub(super) fn strokes(photo: Plane) -> Plane {
    let factor = ((photo.side() as f64 / SIDE as f64).round() as usize).max(1);
    let photo = with_dark_ink(photo.shrunk(factor).blurred());
    let ink = without_lines(&above_paper(&flattened(&photo)));
    thickened(without_specks(&strengthened(&ink)))
}

/// Inverts a photo of light ink. A stroke differs from both its left and its right, the edge of a
/// shadow or of the paper from one side only.
fn with_dark_ink(photo: Plane) -> Plane {
    let reach = photo.side() / STROKE / 2;
    let rows = photo.pixels.chunks_exact(photo.width);
    let contrasts = rows.flat_map(|row| {
        let sides = row.iter().zip(row.iter().skip(2 * reach));
        row.iter().skip(reach).zip(sides).map(|(&at, (&left, &right))| {
            let darker = i64::from(left.min(right).saturating_sub(at));
            let lighter = i64::from(at.saturating_sub(left.max(right)));
            darker.pow(3) - lighter.pow(3)
        })
    });
    if contrasts.sum::<i64>() < 0 { photo.map(|pixel| 255 - pixel) } else { photo }
}

/// Darkness of each pixel relative to the paper around it: 0 is as bright, 255 is black.
fn flattened(photo: &Plane) -> Plane {
    let reach = photo.side() / STROKE / 2;
    let paper = photo.clone().closed(reach, reach);
    photo.zip(&paper, |pixel, paper| 255 - (255 * u32::from(pixel) / u32::from(paper.max(1))) as u8)
}

/// Takes off what the paper's own texture adds.
fn above_paper(ink: &Plane) -> Plane {
    let [low, middle] = ranks(&ink.pixels, [16, 50]);
    let texture = middle.saturating_add((middle - low).saturating_mul(2));
    ink.map(|pixel| pixel.saturating_sub(texture))
}

/// The values below which these percentages of all are.
fn ranks<const N: usize>(values: &[u8], percent: [usize; N]) -> [u8; N] {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    percent.map(|percent| sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default())
}

/// Ink as MNIST has it: black and white, with soft edges.
fn strengthened(ink: &Plane) -> Plane {
    let strokes: Vec<u8> = ink.pixels.iter().copied().filter(|&pixel| pixel >= FAINTEST).collect();
    let [full] = ranks(&strokes, [80]);
    let full = f32::from(full.max(FAINTEST));
    let (low, high) = (0.35 * full, 0.7 * full);
    ink.map(|pixel| ((f32::from(pixel) - low) / (high - low) * 255.0).clamp(0.0, 255.0) as u8)
}

/// Removes specks, and parts that touch the edge, such as a table.
fn without_specks(ink: &Plane) -> Plane {
    let parts = parts(&ink.at_least(128).dilated(1, 1));
    let inner = parts.iter().filter(|part| part.is_inside(ink));
    let longest = inner.clone().map(Part::longest).max().unwrap_or_default();
    ink.only(inner.filter(|part| 5 * part.longest() >= longest).flat_map(|part| &part.pixels))
}

/// Strokes at least as wide as MNIST's: an eighth of the drawing.
fn thickened(ink: Plane) -> Plane {
    let Some([left, top, right, bottom]) = ink.bounds(127) else { return ink };
    let wanted = (right - left).max(bottom - top) as f64 * 0.12;
    let missing = (wanted - stroke_width(&ink.at_least(128))) / 2.0;
    (0..missing.round() as usize).fold(ink, |ink, step| match step % 2 {
        0 => ink.dilated(1, 1),
        _ => ink.clone().dilated(1, 0).zip(&ink.dilated(0, 1), u8::max),
    })
}

/// The mean width of strokes: a stroke has two pixels of rim for each of its length.
fn stroke_width(strokes: &Plane) -> f64 {
    let count = |plane: &Plane| plane.pixels.iter().filter(|&&pixel| pixel > 0).count() as f64;
    let (all, inner) = (count(strokes), count(&strokes.clone().eroded(1, 1)));
    2.0 * all / (all - inner).max(1.0)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        width: usize,
        x: usize,
        y: usize,
        pixels: String,
        closed: String,
        flattened: String,
    }

    /// `tests/data/on_paper.py` tells how the values are made.
    #[test]
    fn light_is_flattened_as_numpy_does() {
        let goldens = include_str!("../../../tests/data/on_paper.json");
        let goldens: Vec<Golden> = serde_json::from_str(goldens).unwrap();
        for Golden { width, x, y, pixels, closed, flattened: flat } in goldens {
            let plane = |text| Plane { width, pixels: STANDARD.decode(text).unwrap() };
            let picture = plane(pixels);
            assert_eq!(picture.clone().closed(x, y), plane(closed));
            assert_eq!(flattened(&picture), plane(flat));
        }
    }

    #[test]
    fn ruled_lines_go_and_the_stroke_across_them_stays() {
        let paint = |is_ink: fn(usize, usize) -> bool| Plane {
            width: 300,
            pixels: (0..60_000).map(|at| u8::from(is_ink(at % 300, at / 300)) * 200).collect(),
        };
        let stroke = |x: usize, y: usize| (100..112).contains(&x) && (40..160).contains(&y);
        let ruled = paint(|x, y| y % 25 == 7 || (100..112).contains(&x) && (40..160).contains(&y));
        let squared = paint(|x, y| y % 25 == 7 || x % 50 == 3);
        assert_eq!(without_lines(&ruled), paint(stroke));
        assert_eq!(without_lines(&squared), paint(|_, _| false));
    }
}
