//! How an image is brought to the size of the input: which part of it, and where.

use serde::{Deserialize, Serialize};

use crate::names::named;

/// How an image is brought to the size of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// The whole image is resized. Its proportions may change.
    #[default]
    Stretch,
    /// The image is resized with its proportions kept, and the middle is cut out: `Resize` and
    /// `CenterCrop` of torchvision.
    Crop,
    /// The image is resized with its proportions kept so that all of it fits, and the rest is
    /// filled with a colour.
    Letterbox,
    /// As MNIST was made: light ink on black (dark ink on light paper is inverted), cropped to the
    /// ink, scaled to 20/28 of the input's size with its proportions kept (less for ink smaller
    /// than a quarter of the picture), and placed with its centre of mass in the middle. For
    /// one channel only.
    ///
    /// A photo of paper, from 64 pixels a side, becomes such a drawing first: even light, no ruled
    /// lines, no specks, nothing that comes in from the edge, and strokes at least as wide as
    /// MNIST's. A picture is a drawing already when half of its edge or more has one level, nearly
    /// black or white.
    Ink,
}

named!(
    Framing, "the framing",
    "stretch" => Stretch, "crop" => Crop, "letterbox" => Letterbox, "ink" => Ink,
);

impl Framing {
    /// Width and height that an image is resized to before its middle is taken. `input` is the size
    /// of the input, `resize` the side that takes its place.
    pub(super) fn resized(
        self,
        image: (usize, usize),
        input: (usize, usize),
        resize: Option<usize>,
    ) -> (usize, usize) {
        let target = resize.map_or(input, |side| (side, side));
        match self {
            Framing::Crop => covering(image, target),
            Framing::Letterbox => fitting(image, target),
            Framing::Stretch | Framing::Ink => target,
        }
    }
}

/// The smallest size with the image's proportions that covers the target: the longer side is
/// rounded down, as torchvision does.
fn covering((width, height): (usize, usize), (across, down): (usize, usize)) -> (usize, usize) {
    let scaled = |side: usize, to: usize, from: usize| {
        usize::try_from(side as u64 * to as u64 / from as u64).unwrap_or(usize::MAX)
    };
    match width as u64 * down as u64 >= height as u64 * across as u64 {
        true => (scaled(width, down, height), down),
        false => (across, scaled(height, across, width)),
    }
}

/// The largest size with the image's proportions within the target, each side rounded to the
/// nearest pixel, as timm does.
fn fitting((width, height): (usize, usize), (across, down): (usize, usize)) -> (usize, usize) {
    let ratio = (width as f64 / across as f64).max(height as f64 / down as f64);
    let scaled = |side: usize| (side as f64 / ratio).round_ties_even().max(1.0) as usize;
    (scaled(width), scaled(height))
}

/// Columns, or rows, from an image to an input: the image is resized, and the middle of it placed
/// in the middle of the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    /// Pixels of the image.
    pub source: usize,
    /// Pixels of the resized image.
    pub resized: usize,
    /// The first resized pixel that is taken.
    pub skipped: usize,
    /// Number of resized pixels taken.
    pub taken: usize,
    /// Pixels of the input before them.
    pub before: usize,
}

impl Axis {
    /// The middle, rounded as torchvision rounds it.
    pub fn centred(source: usize, resized: usize, input: usize) -> Self {
        let surplus = resized.saturating_sub(input);
        Self {
            source,
            resized,
            skipped: (surplus as f64 / 2.0).round_ties_even() as usize,
            taken: resized.min(input),
            before: input.saturating_sub(resized) / 2,
        }
    }

    /// Where the pixels taken begin in the image, and how long they are there.
    pub fn area(&self) -> (f64, f64) {
        let scale = self.source as f64 / self.resized as f64;
        let start = self.skipped as f64 * scale;
        (start, (self.taken as f64 * scale).min(self.source as f64 - start))
    }

    /// The pixel of the image under the middle of each one taken. Pillow adds up steps, so that
    /// exact halves fall to one side or the other by rounding.
    pub fn nearest(&self) -> impl Iterator<Item = usize> + use<> {
        let step = self.source as f64 / self.resized as f64;
        let last = self.source - 1;
        std::iter::successors(Some(step * 0.5), move |at| Some(at + step))
            .skip(self.skipped)
            .take(self.taken)
            .map(move |at| (at as usize).min(last))
    }
}
