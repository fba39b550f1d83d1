//! Pictures become inputs as Pillow and MNIST's makers would have made them.

use she_ood::{Channels, Framing, Image, Interpolation, Layout, Preprocess, Tensor};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::fixtures::{REFERENCE, assert_close, inputs};

fn preprocess(channels: Channels, layout: Layout, [width, height]: [usize; 2]) -> Preprocess {
    let count = if channels == Channels::Gray { 1 } else { 3 };
    let (mean, std) = (vec![0.0; count], vec![1.0; count]);
    Preprocess {
        width,
        height,
        channels,
        layout,
        framing: Framing::Stretch,
        resize: None,
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        mean,
        std,
    }
}

fn ink() -> Preprocess {
    Preprocess { framing: Framing::Ink, ..preprocess(Channels::Gray, Layout::Nchw, [28, 28]) }
}

/// Greyscale values (0 to 1) as RGBA, each pixel drawn as a square of `zoom` pixels.
fn rgba(values: &[f32], width: usize, zoom: usize) -> (usize, usize, Vec<u8>) {
    let height = values.len() / width;
    let pixel = |x: usize, y: usize| (values[y / zoom * width + x / zoom] * 255.0).round() as u8;
    let points = (0..height * zoom).flat_map(|y| (0..width * zoom).map(move |x| (x, y)));
    let bytes = points.flat_map(|(x, y)| [pixel(x, y), pixel(x, y), pixel(x, y), 255]).collect();
    (width * zoom, height * zoom, bytes)
}

fn framed(values: &[f32], zoom: usize) -> Tensor {
    let (width, height, bytes) = rgba(values, 28, zoom);
    ink().apply(&Image::new(width, height, &bytes).unwrap()).unwrap()
}

#[test]
fn resizing_equals_pillow_within_one_level() {
    for picture in REFERENCE.pictures.iter().chain([&REFERENCE.photo]) {
        let rgba = picture.rgba();
        let image = Image::new(picture.width, picture.height, &rgba).unwrap();
        for resized in &picture.resized {
            let channels = if resized.mode == "L" { Channels::Gray } else { Channels::Rgb };
            let found = preprocess(channels, Layout::Nhwc, resized.size).apply(&image).unwrap();
            let expected: Vec<f32> =
                resized.pixels().into_iter().map(|pixel| f32::from(pixel) / 255.0).collect();
            let name = format!(
                "{} x {} to {:?} {}",
                picture.width, picture.height, resized.size, resized.mode
            );
            assert_close(&name, found.data(), &expected, 1.01 / 255.0);
        }
    }
}

#[test]
fn layouts_hold_the_same_values_and_normalisation_is_per_channel() {
    let rgba = [255, 0, 51, 255, 0, 255, 102, 255];
    let image = Image::new(2, 1, &rgba).unwrap();
    let mut settings = preprocess(Channels::Rgb, Layout::Nchw, [2, 1]);
    settings.mean = vec![0.0, 0.5, 0.2];
    settings.std = vec![1.0, 0.5, 0.1];
    let planes = settings.apply(&image).unwrap();
    assert_eq!(planes.shape(), [3, 1, 2]);
    assert_close("nchw", planes.data(), &[1.0, 0.0, -1.0, 1.0, 0.0, 2.0], 1e-6);
    settings.layout = Layout::Nhwc;
    let pixels = settings.apply(&image).unwrap();
    assert_eq!(pixels.shape(), [1, 2, 3]);
    assert_close("nhwc", pixels.data(), &[1.0, -1.0, 0.0, 0.0, 1.0, 2.0], 1e-6);
}

#[test]
fn what_is_transparent_shows_white_paper() {
    let image = Image::new(1, 1, &[10, 20, 30, 0]).unwrap();
    let tensor = preprocess(Channels::Rgb, Layout::Nchw, [1, 1]).apply(&image).unwrap();
    assert_eq!(tensor.data(), [1.0, 1.0, 1.0]);
}

#[test]
fn framing_leaves_most_mnist_digits_as_they_are_and_moves_none_by_more_than_a_pixel() {
    let share_that_differs = |input: Tensor| {
        let found = framed(input.data(), 1);
        let difference: f32 =
            found.data().iter().zip(input.data()).map(|(a, b)| (a - b).abs()).sum();
        difference / input.data().iter().sum::<f32>()
    };
    let mut shares: Vec<f32> = inputs("images").into_iter().map(share_that_differs).collect();
    shares.sort_by(f32::total_cmp);
    // MNIST's own frame may begin at fainter ink than ours, which then scales the digit by a pixel.
    assert!(shares[32] == 0.0 && shares[63] < 0.5, "{shares:?}");
}

#[test]
fn place_and_polarity_of_a_drawing_do_not_matter() {
    let digit = inputs("images").remove(0);
    let mut moved = vec![0.0; 28 * 28];
    moved[..27 * 28 - 3].copy_from_slice(&digit.data()[28 + 3..]);
    let inverted: Vec<f32> = digit.data().iter().map(|value| 1.0 - value).collect();
    assert_eq!(framed(&moved, 4), framed(digit.data(), 4));
    assert_close(
        "inverted",
        framed(&inverted, 4).data(),
        framed(digit.data(), 4).data(),
        1.01 / 255.0,
    );
}

#[test]
fn a_speck_is_not_blown_up() {
    let mut speck = vec![0.0; 784];
    speck[300] = 1.0;
    let found = framed(&speck, 4);
    assert_eq!(
        found.data().iter().filter(|&&value| value > 0.5).count(),
        9,
        "a seventh of 20 pixels, squared"
    );
    let middle: f32 =
        (13..16).map(|row| found.data()[row * 28 + 13..row * 28 + 16].iter().sum::<f32>()).sum();
    assert_eq!(middle, found.data().iter().sum::<f32>());
}

#[test]
fn a_blank_picture_is_a_blank_input() {
    assert!(framed(&[0.0; 784], 2).data().iter().all(|&value| value == 0.0));
    assert!(framed(&[1.0; 784], 2).data().iter().all(|&value| value == 0.0));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let image = Image::new(1, 1, &[0; 4]).unwrap();
    let good = preprocess(Channels::Rgb, Layout::Nchw, [2, 2]);
    for bad in [
        Preprocess { width: 0, ..good.clone() },
        Preprocess { mean: vec![0.0], ..good.clone() },
        Preprocess { std: vec![1.0, 0.0, 1.0], ..good.clone() },
        Preprocess { framing: Framing::Ink, ..good.clone() },
    ] {
        assert_eq!(bad.apply(&image).unwrap_err().code(), "invalid-detector");
    }
    assert!(good.apply(&image).is_ok());
}
