//! Mild changes, after which a picture shows the same thing: they stand for other cameras, light
//! and pens than those of the fit samples.

use std::f64::consts::PI;

use she_ood_kernel::dot;

use super::picture::Picture;
use crate::Framing;

/// Share of the light that is left when dimmed.
const LIGHT: f32 = 0.75;

/// Cosine and sine of the tilt, 8 degrees.
const TILT: (f64, f64) = (0.990_268_068_741_570_4, 0.139_173_100_960_065_44);

/// Side of the blocks that JPEG transforms.
const BLOCK: usize = 8;

/// JPEG's quantisation of luminance at quality 50 (ITU-T T.81, table K.1), row by row.
const STEPS: [f64; BLOCK * BLOCK] = [
    16.0, 11.0, 10.0, 16.0, 24.0, 40.0, 51.0, 61.0, 12.0, 12.0, 14.0, 19.0, 26.0, 58.0, 60.0, 55.0,
    14.0, 13.0, 16.0, 24.0, 40.0, 57.0, 69.0, 56.0, 14.0, 17.0, 22.0, 29.0, 51.0, 87.0, 80.0, 62.0,
    18.0, 22.0, 37.0, 56.0, 68.0, 109.0, 103.0, 77.0, 24.0, 35.0, 55.0, 64.0, 81.0, 104.0, 113.0,
    92.0, 49.0, 64.0, 78.0, 87.0, 103.0, 121.0, 120.0, 101.0, 72.0, 92.0, 95.0, 98.0, 112.0, 100.0,
    103.0, 99.0,
];

/// A mild change of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// A quarter darker, by the darkest value of each channel.
    Dimmed,
    /// By a Gaussian of 0.7 pixels at 32 pixels a side, growing with the root of the side.
    Blurred,
    /// As JPEG at quality 50 does, without its subsampling of colours: each channel between its
    /// darkest and its brightest value.
    Compressed,
    /// By 8 degrees.
    Tilted,
    /// Light strokes half way to a pixel thinner on each side.
    Thinned,
    /// Light strokes half way to a pixel thicker on each side.
    Thickened,
}

impl Change {
    const OF_PHOTOS: [Change; 4] =
        [Change::Dimmed, Change::Blurred, Change::Compressed, Change::Tilted];
    const OF_INK: [Change; 6] = [
        Change::Dimmed,
        Change::Blurred,
        Change::Compressed,
        Change::Tilted,
        Change::Thinned,
        Change::Thickened,
    ];

    /// The changes that pictures framed like this should bear.
    pub(crate) fn of_framing(framing: Framing) -> &'static [Change] {
        if framing == Framing::Ink { &Self::OF_INK } else { &Self::OF_PHOTOS }
    }

    pub(crate) fn of(self, picture: &Picture) -> Picture {
        match self {
            Change::Dimmed => picture.with_planes(dim),
            Change::Blurred => blur(picture),
            Change::Compressed => compress(picture),
            Change::Tilted => tilt(picture),
            Change::Thinned => stroke(picture, f32::min),
            Change::Thickened => stroke(picture, f32::max),
        }
    }
}

fn dim(plane: &[f32]) -> Vec<f32> {
    let (darkest, _) = range(plane);
    plane.iter().map(|value| darkest + LIGHT * (value - darkest)).collect()
}

fn range(plane: &[f32]) -> (f32, f32) {
    plane.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &value| {
        (least.min(value), most.max(value))
    })
}

/// Along the rows, then along the columns.
fn blur(picture: &Picture) -> Picture {
    let side = picture.height.min(picture.width) as f64;
    let weights = gaussian(0.7 * (side / 32.0).sqrt());
    let smooth = |pixel: &dyn Fn(isize) -> f32| {
        let both = |at: isize| f64::from(pixel(at)) + f64::from(pixel(-at));
        let weighed = (0..).zip(&weights).map(|(at, weight)| weight * both(at));
        weighed.sum::<f64>() as f32
    };
    let rows = picture.with_pixels(|pixel, y, x| smooth(&|at| pixel(y, x + at)));
    rows.with_pixels(|pixel, y, x| smooth(&|at| pixel(y + at, x)))
}

/// Weights of the two neighbours at each distance, up to three deviations. The pixel itself counts
/// as both of its neighbours at distance 0.
fn gaussian(deviation: f64) -> Vec<f64> {
    let reach = (3.0 * deviation).ceil() as usize;
    let weight = |distance: usize| match distance {
        0 => 0.5,
        _ => (-0.5 * (distance as f64 / deviation).powi(2)).exp(),
    };
    let weights: Vec<f64> = (0..=reach).map(weight).collect();
    let total = 2.0 * weights.iter().sum::<f64>();
    weights.into_iter().map(|weight| weight / total).collect()
}

fn tilt(picture: &Picture) -> Picture {
    let middle = |size: usize| (size as f64 - 1.0) / 2.0;
    let (middle_y, middle_x) = (middle(picture.height), middle(picture.width));
    let (cosine, sine) = TILT;
    picture.resampled(|y, x| {
        let (y, x) = (y as f64 - middle_y, x as f64 - middle_x);
        (middle_y + cosine * y + sine * x, middle_x + cosine * x - sine * y)
    })
}

/// Half way to what `join` makes of each pixel and its four neighbours.
fn stroke(picture: &Picture, join: fn(f32, f32) -> f32) -> Picture {
    picture.with_pixels(|pixel, y, x| {
        let neighbours = [pixel(y - 1, x), pixel(y + 1, x), pixel(y, x - 1), pixel(y, x + 1)];
        let own = pixel(y, x);
        (own + neighbours.into_iter().fold(own, join)) / 2.0
    })
}

/// Each block of 8 x 8 pixels by itself.
fn compress(picture: &Picture) -> Picture {
    let cosines = cosines();
    picture.with_planes(|plane| {
        let (darkest, brightest) = range(plane);
        let unit = ((brightest - darkest) / 255.0).max(f32::MIN_POSITIVE);
        let mut compressed = plane.to_vec();
        for corner in picture.corners(BLOCK) {
            let places: Vec<usize> = picture.block(corner, BLOCK).collect();
            let level = |&at: &usize| plane.get(at).map(|value| (value - darkest) / unit);
            let levels: Vec<f64> =
                places.iter().filter_map(level).map(|level| f64::from(level) - 128.0).collect();
            let rounded = round_trip(&levels, &cosines);
            // From the back, so that pixels beyond the edges do not replace those there.
            for (at, level) in places.iter().zip(&rounded).rev() {
                let level = (level + 128.0).round().clamp(0.0, 255.0) as f32;
                if let Some(value) = compressed.get_mut(*at) {
                    *value = darkest + level * unit;
                }
            }
        }
        compressed
    })
}

/// A block through the quantisation of JPEG.
fn round_trip(levels: &[f64], cosines: &[f64]) -> Vec<f64> {
    let frequencies = product(cosines, &product(levels, &transposed(cosines)));
    let rounded: Vec<f64> =
        frequencies.iter().zip(STEPS).map(|(value, step)| (value / step).round() * step).collect();
    product(&transposed(cosines), &product(&rounded, cosines))
}

/// The orthonormal cosine transform of a row, one frequency a row.
fn cosines() -> Vec<f64> {
    let size = BLOCK as f64;
    let value = |frequency: usize, place: usize| {
        let scale = if frequency == 0 { (1.0 / size).sqrt() } else { (2.0 / size).sqrt() };
        scale * ((place as f64 + 0.5) * frequency as f64 * PI / size).cos()
    };
    (0..BLOCK * BLOCK).map(|at| value(at / BLOCK, at % BLOCK)).collect()
}

fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let columns = transposed(b);
    let row = |row: &[f64]| {
        columns.chunks_exact(BLOCK).map(|column| dot(row, column)).collect::<Vec<_>>()
    };
    a.chunks_exact(BLOCK).flat_map(row).collect()
}

fn transposed(matrix: &[f64]) -> Vec<f64> {
    let column = |column: usize| matrix.iter().skip(column).step_by(BLOCK).copied();
    (0..BLOCK).flat_map(column).collect()
}
