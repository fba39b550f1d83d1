//! Pixels to the model's input, within the graph.

use super::builder::{Builder, FLOAT, INPUT, Name, UINT8, fixed, ints};
use super::source::Input;
use crate::{Channels, Error, Framing, Layout, Model, Preprocess, Result};

/// Name of the input of pixels.
pub(super) const PIXELS: &str = "pixels";

/// Writes the nodes that make a model's input.
///
/// # Errors
/// [`Error::InvalidOption`] for what standard operators do not compute alike.
pub(super) fn write(
    graph: &mut Builder,
    preprocess: &Preprocess,
    model: &Model,
    input: &Input<'_>,
    batch: Vec<u8>,
) -> Result<()> {
    let (across, down) = size(preprocess)?;
    let channels = preprocess.channels.count();
    let dims = [vec![batch], fixed(&[down, across, channels])].concat();
    graph.declare(INPUT, PIXELS, UINT8, &dims);
    let pixels = graph.cast(&PIXELS.to_string(), FLOAT);
    let pixels = cropped(graph, &pixels, (across, down), preprocess);
    let pixels = match preprocess.channels {
        Channels::Bgr => {
            let reversed = graph.ints(&[3], &[2, 1, 0]);
            graph.gathered(&pixels, &reversed, 3)
        }
        _ => pixels,
    };
    let values = normalised(graph, &pixels, preprocess);
    let values = match preprocess.layout {
        Layout::Nchw => graph.with("Transpose", &[&values], &[ints("perm", &[0, 3, 1, 2])]),
        Layout::Nhwc => values,
    };
    let whole = if model.takes_whole_numbers() { graph.op("Round", &[&values]) } else { values };
    let shape = model.input_shape().iter().map(|&size| size as i64);
    let lead = model.has_batch().then_some(0);
    let shape: Vec<i64> = lead.into_iter().chain(shape).collect();
    let shaped = graph.reshaped(&whole, &shape);
    graph.node("Cast", &[&shaped], input.name, &[super::builder::int("to", input.kind)]);
    Ok(())
}

/// Width and height of pictures that are not resized.
fn size(preprocess: &Preprocess) -> Result<(usize, usize)> {
    let input = (preprocess.width, preprocess.height);
    let (across, down) = preprocess.resize.map_or(input, |side| (side, side));
    let refused = |given: &str| Error::InvalidOption {
        option: "preprocess of an export",
        given: given.to_string(),
        allowed: "preprocessing that only resizes, crops and normalises: prepare pictures outside \
                  the graph, and export without it",
    };
    if preprocess.framing == Framing::Ink {
        return Err(refused("framing \"ink\", which no standard operator repeats"));
    }
    if across < input.0 || down < input.1 {
        return Err(refused("resized to less than the input, which is filled up"));
    }
    Ok((across, down))
}

/// The middle of the pictures, `[N, height, width, channels]`.
fn cropped(
    graph: &mut Builder,
    pixels: &Name,
    (across, down): (usize, usize),
    preprocess: &Preprocess,
) -> Name {
    if (across, down) == (preprocess.width, preprocess.height) {
        return pixels.clone();
    }
    let start = |from: usize, to: usize| ((from - to) as f64 / 2.0).round_ties_even() as i64;
    let (top, left) = (start(down, preprocess.height), start(across, preprocess.width));
    let starts = graph.ints(&[2], &[top, left]);
    let ends = graph.ints(&[2], &[top + preprocess.height as i64, left + preprocess.width as i64]);
    let axes = graph.ints(&[2], &[1, 2]);
    graph.op("Slice", &[pixels, &starts, &ends, &axes])
}

/// `(pixel / 255 - mean) / std`, channel by channel.
fn normalised(graph: &mut Builder, pixels: &Name, preprocess: &Preprocess) -> Name {
    let channels = [preprocess.channels.count()];
    let most = graph.floats(&[], &[255.0]);
    let mean = graph.floats(&channels, &preprocess.mean);
    let std = graph.floats(&channels, &preprocess.std);
    let shares = graph.op("Div", &[pixels, &most]);
    let centred = graph.op("Sub", &[&shares, &mean]);
    graph.op("Div", &[&centred, &std])
}
