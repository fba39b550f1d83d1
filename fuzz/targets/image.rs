#![no_main]
//! Any pixels of any size, preprocessed to inputs of any size.

use libfuzzer_sys::fuzz_target;
use she_ood::{Framing, Image, Interpolation, Preprocess};

fuzz_target!(|bytes: &[u8]| {
    let [kind, w0, w1, h0, h1, across, down, depth, pixels @ ..] = bytes else { return };
    let [width, height] =
        [[*w0, *w1], [*h0, *h1]].map(|side| usize::from(u16::from_le_bytes(side)));
    let image = match kind % 3 {
        0 => Image::new(width, height, pixels),
        1 => Image::rgb(width, height, pixels),
        _ => Image::gray(width, height, pixels),
    };
    let (Ok(image), shape) = (image, [*depth, *down, *across].map(usize::from)) else { return };
    let Some(plain) = Preprocess::of_input(&shape) else { return };
    let resize = (kind / 3 > 0).then_some(usize::from(*kind / 3));
    let (framings, interpolations) = (
        [Framing::Stretch, Framing::Crop, Framing::Letterbox, Framing::Ink],
        [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Lanczos],
    );
    for (framing, interpolation) in
        framings.into_iter().flat_map(|framing| interpolations.map(|by| (framing, by)))
    {
        let preprocess = Preprocess { framing, interpolation, resize, ..plain.clone() };
        if let Ok(input) = preprocess.apply(&image) {
            assert_eq!(input.shape().iter().product::<usize>(), shape.iter().product::<usize>());
            let bounded = input.data().iter().all(|value| (0.0..=1.0).contains(value));
            assert!(bounded, "pixels are from 0 to 1");
        }
    }
});
