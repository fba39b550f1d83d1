//! Strangers made of known pictures: the same pixels, textures and colours, and no longer the same
//! things.

use serde::{Deserialize, Serialize};

use super::picture::Picture;
use super::random::Random;
use crate::names::named;

/// Tiles a side.
const TILES: usize = 4;

/// Cells a side of the grid whose corners a warp moves, and how far, in sides of the picture.
const CELLS: usize = 4;
const REACH: f64 = 0.12;

/// A way to make a stranger of a known picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Stranger {
    /// Cut into 4 x 4 tiles, none of which stays in its place.
    Shuffled,
    /// Stretched and squeezed as if drawn on rubber.
    Warped,
    /// Turned left by 90 degrees.
    Turned,
    /// A quarter of it, at twice the size.
    Zoomed,
}

named!(
    Stranger,
    "the kind of stranger",
    "shuffled" => Shuffled,
    "warped" => Warped,
    "turned" => Turned,
    "zoomed" => Zoomed,
);

impl Stranger {
    /// All kinds, in the order in which a fit runs them.
    pub const ALL: [Stranger; 4] =
        [Stranger::Shuffled, Stranger::Warped, Stranger::Turned, Stranger::Zoomed];

    /// The stranger of a picture, the same for the same seed.
    pub(crate) fn of(self, picture: &Picture, seed: u64) -> Picture {
        let mut random = Random::new(seed);
        match self {
            Stranger::Shuffled => shuffle(picture, &mut random),
            Stranger::Warped => warp(picture, &mut random),
            Stranger::Turned => turn(picture),
            Stranger::Zoomed => zoom(picture, &mut random),
        }
    }
}

fn shuffle(picture: &Picture, random: &mut Random) -> Picture {
    let sources = cycle(TILES * TILES, random);
    let (height, width) = (picture.height, picture.width);
    picture.resampled(|y, x| {
        let (row, column) = (tile(y, height), tile(x, width));
        let source = sources.get(row * TILES + column).copied().unwrap_or_default();
        let (from_row, from_column) = (source / TILES, source % TILES);
        (moved(y, row, from_row, height), moved(x, column, from_column, width))
    })
}

/// A permutation in which none stays where it is: one cycle (Sattolo).
fn cycle(length: usize, random: &mut Random) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    (1..length).rev().for_each(|last| order.swap(last, random.below(last)));
    order
}

/// The tile that a place belongs to, where `size` places are cut as evenly as they can be.
fn tile(place: usize, size: usize) -> usize {
    place * TILES / size
}

/// The first place of a tile.
fn start(tile: usize, size: usize) -> usize {
    (tile * size).div_ceil(TILES)
}

/// The place in tile `from` that is as far from its start as `place` is from that of `tile`.
fn moved(place: usize, tile: usize, from: usize, size: usize) -> f64 {
    let last = start(from + 1, size).saturating_sub(1);
    (start(from, size) + place - start(tile, size)).min(last) as f64
}

fn warp(picture: &Picture, random: &mut Random) -> Picture {
    let corners = (CELLS + 1) * (CELLS + 1);
    let mut shifts = |size: usize| -> Vec<f32> {
        let shift = |unit: f64| ((2.0 * unit - 1.0) * REACH * size as f64) as f32;
        (0..corners).map(|_| shift(random.unit())).collect()
    };
    let planes = vec![shifts(picture.height), shifts(picture.width)];
    let grid = Picture::of_planes(CELLS + 1, CELLS + 1, planes);
    let on_grid = |place, size: usize| place * CELLS as f64 / size.saturating_sub(1).max(1) as f64;
    picture.resampled(|y, x| {
        let (y, x) = (y as f64, x as f64);
        let mut shift = grid.at((on_grid(y, picture.height), on_grid(x, picture.width)));
        let mut shifted = |place| place + shift.next().map_or(0.0, f64::from);
        (shifted(y), shifted(x))
    })
}

fn turn(picture: &Picture) -> Picture {
    let (last_row, last_column) =
        (picture.height.saturating_sub(1), picture.width.saturating_sub(1));
    let scaled = |place: usize, from: usize, to: usize| match from == to {
        true => place as f64,
        false => (place * to) as f64 / from.max(1) as f64,
    };
    picture.resampled(|y, x| {
        (scaled(x, last_column, last_row), scaled(last_row - y, last_row, last_column))
    })
}

fn zoom(picture: &Picture, random: &mut Random) -> Picture {
    let mut corner = |size: usize| random.unit() * size as f64 / 2.0;
    let (top, left) = (corner(picture.height), corner(picture.width));
    let within = |place: usize, start: f64| start + (place as f64 + 0.5) / 2.0 - 0.5;
    picture.resampled(|y, x| (within(y, top), within(x, left)))
}
