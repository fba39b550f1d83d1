//! Sets of samples in every form, written by NumPy and Pillow; `tests/data/sets.py` tells what they hold.

use she_ood::data::{Dataset, Inputs, Picture, Sample};
use she_ood::{Channels, Framing, Layout, Preprocess, Tensor};

fn path(name: &str) -> String {
    format!("{}/tests/data/sets/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn open(name: &str) -> Dataset {
    Dataset::open(&path(name)).unwrap()
}

/// The pixels that `sets.py` gives to sample `i`, interleaved.
fn pixels(i: usize, channels: usize) -> Vec<u8> {
    let place = |n: usize| (n / channels % 4, n / channels / 4, n % channels);
    (0..20 * channels).map(place).map(|(x, y, c)| ((29 * i + 7 * x + 13 * y + 50 * c) % 256) as u8).collect()
}

fn picture(set: &Dataset, i: usize) -> Picture {
    match set.sample(i).unwrap() {
        Sample::Picture(picture) => picture,
        Sample::Values(values) => panic!("{values:?}"),
    }
}

#[track_caller]
fn assert_picture(set: &Dataset, row: usize, sample: usize, channels: usize) {
    let picture = picture(set, row);
    assert_eq!((picture.width, picture.height, picture.channels), (4, 5, channels));
    assert_eq!(picture.pixels, pixels(sample, channels));
}

fn labels(set: &Dataset) -> Vec<String> {
    (0..set.len()).map(|i| set.label(i).unwrap()).collect()
}

fn message(line: &str) -> String {
    let error = Dataset::open(&path(line)).unwrap_err();
    assert_eq!(error.code(), "data");
    error.to_string()
}

#[test]
fn arrays_of_bytes_are_pictures() {
    for name in ["bytes.npz".to_string(), format!("images.idx:{}", path("labels.idx")), "images.idx.gz".to_string()] {
        let set = open(&name);
        assert_eq!(set.len(), 6, "{name}");
        (0..6).for_each(|i| assert_picture(&set, i, i, 1));
        assert_eq!(set.is_labelled(), !name.ends_with("gz"));
    }
    assert_eq!(labels(&open("bytes.npz")), ["0", "1", "2", "0", "1", "7"]);
}

#[test]
fn channels_may_come_first_or_last() {
    for name in ["planes.npz", "pixels.npz", "upper-case.npz"] {
        let set = open(name);
        (0..4).for_each(|i| assert_picture(&set, i, i, 3));
    }
}

#[test]
fn floats_are_the_models_own_input() {
    let set = open("floats.npz");
    let expected = pixels(3, 1).into_iter().map(|pixel| f32::from(pixel) / 255.0).collect();
    assert_eq!(set.sample(3).unwrap(), Sample::Values(Tensor::new([1, 5, 4], expected).unwrap()));
    assert_eq!(labels(&set), labels(&open("bytes.npz")));
}

#[test]
fn images_of_class_folders_are_read_in_every_format() {
    let set = open("classes");
    assert_eq!(set.classes(), ["ant", "bee", "cat"]);
    assert_eq!(open("classes:keep=cat,ant").classes(), ["ant", "cat"]);
    assert_eq!(labels(&set), ["ant", "ant", "bee", "bee", "bee", "cat", "cat", "cat", "cat"]);
    for (row, channels) in [(0, 1), (1, 3), (2, 4), (3, 3), (4, 3)] {
        assert_picture(&set, row, row, channels);
    }
    // A GIF has a palette of colours; a JPEG is not exact.
    let gif = picture(&set, 5);
    assert_eq!(gif.pixels.chunks(gif.channels).map(|pixel| pixel[0]).collect::<Vec<_>>(), pixels(5, 1));
    assert!(picture(&set, 6).pixels.iter().zip(pixels(6, 1)).all(|(found, expected)| found.abs_diff(expected) < 12));
    assert_eq!((picture(&set, 7).width, picture(&set, 7).height), (13, 11));
    let error = set.sample(8).unwrap_err().to_string();
    assert!(error.contains("8-text.png"), "{error}");
}

#[test]
fn images_are_turned_as_their_exif_entry_says() {
    let set = open("turned");
    assert_eq!(set.len(), 10);
    for row in 0..set.len() {
        let picture = picture(&set, row);
        let most = if set.sample_name(row).ends_with("jpg") { 8 } else { 0 };
        assert_eq!((picture.width, picture.height, picture.channels), (4, 5, 3), "{}", set.sample_name(row));
        let difference = picture.pixels.iter().zip(pixels(0, 3)).map(|(&found, expected)| found.abs_diff(expected)).max();
        assert!(difference <= Some(most), "{}: {difference:?}", set.sample_name(row));
    }
}

#[test]
fn images_of_every_depth_and_kind_become_8_bits_a_channel() {
    assert_picture(&open("kinds/1-deep.png"), 0, 0, 1);
    assert_picture(&open("kinds/3-deep.png"), 0, 0, 3);
    let faded = pixels(0, 1).into_iter().zip(pixels(1, 1)).flat_map(|(gray, alpha)| [gray, gray, gray, alpha]);
    assert_eq!(picture(&open("kinds/gray-alpha.png"), 0).pixels, faded.collect::<Vec<_>>());
    let coloured = (0..20u8).flat_map(|n| [12 * n, 255 - 12 * n, 5 * n, 10 * n]);
    assert_eq!(picture(&open("kinds/palette-alpha.png"), 0).pixels, coloured.collect::<Vec<_>>());
    let inked = pixels(0, 1).into_iter().map(|gray| if gray > 50 { 255 } else { 0 });
    assert_eq!(picture(&open("kinds/one-bit.png"), 0).pixels, inked.collect::<Vec<_>>());
}

#[test]
fn a_picture_for_print_has_the_colours_that_pillow_gives_it() {
    let picture = picture(&open("kinds/cmyk.jpg"), 0);
    assert_eq!((picture.width, picture.height, picture.channels), (16, 16, 3));
    let expected = [200, 100, 0].map(|ink| (255 - ink) * (255 - 50) / 255);
    for pixel in picture.pixels.chunks_exact(3) {
        assert!(pixel.iter().zip(expected).all(|(&found, expected)| (i32::from(found) - expected).abs() <= 2), "{pixel:?}");
    }
}

#[test]
fn of_a_moving_picture_the_first_is_taken() {
    for name in ["kinds/moving.gif", "kinds/moving.webp"] {
        let picture = picture(&open(name), 0);
        assert_eq!((picture.width, picture.height), (4, 5));
        assert_eq!(picture.pixels.chunks(picture.channels).map(|pixel| pixel[0]).collect::<Vec<_>>(), pixels(0, 1), "{name}");
    }
}

#[test]
fn a_picture_without_pixels_or_without_its_end_is_refused() {
    for name in ["no-pixels.png", "half.png", "half.jpg", "half.gif", "half.webp"] {
        let error = open(&format!("broken/{name}")).sample(0).unwrap_err();
        assert_eq!(error.code(), "data", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn an_image_may_not_claim_more_memory_than_decoders_are_given() {
    let error = open("broken/claims-two-gigabytes.png").sample(0).unwrap_err();
    assert!(error.to_string().contains("limit"), "{error}");
}

#[test]
fn one_image_is_a_set_of_one() {
    let set = open("classes/ant/0.png");
    assert_eq!((set.len(), set.is_labelled()), (1, false));
    assert_picture(&set, 0, 0, 1);
    assert!(set.sample_name(0).ends_with("0.png"));
}

#[test]
fn paths_may_have_colons_and_equals_signs_of_their_own() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("split=a:b");
    std::fs::create_dir_all(folder.join("ant/deep")).unwrap();
    std::fs::copy(path("classes/ant/0.png"), folder.join("ant/deep/0.png")).unwrap();
    let line = folder.to_str().unwrap();
    assert_eq!(labels(&Dataset::open(line).unwrap()), ["ant"]);
    assert_eq!(Dataset::open(&format!("{line}:name=x:rows=..1")).unwrap().name(), "x");
}

#[test]
fn labels_and_rows_are_chosen_in_that_order() {
    let set = open("bytes.npz:keep=0,7:rows=1..");
    assert_eq!(labels(&set), ["0", "7"]);
    assert_picture(&set, 0, 3, 1);
    assert!(set.sample_name(1).starts_with("sample 5 of "));
    assert_eq!(labels(&open("bytes.npz:rows=1..:keep=0,7")), ["0", "7"]);
    assert_eq!(labels(&open("classes:keep=bee,cat:rows=..4")), ["bee", "bee", "bee", "cat"]);
    assert_eq!(open("images.idx:rows=2..4").len(), 2);
}

#[test]
fn a_share_is_taken_evenly_and_nothing_is_in_both_parts() {
    let (first, second) = open("bytes.npz").part(0.5).unwrap();
    assert_eq!(
        (labels(&first), labels(&second)),
        (["0", "1", "2", "7"].map(String::from).to_vec(), ["0", "1"].map(String::from).to_vec())
    );
    let names = |set: &Dataset| (0..set.len()).map(|i| set.sample_name(i)).collect::<Vec<_>>();
    assert!(names(&first).iter().all(|name| !names(&second).contains(name)));
    assert_eq!(first.shared_with(&second), 0);
    assert_eq!(open("bytes.npz:rows=1..4").shared_with(&first), 2);
    assert_eq!(open("flat.npz").shared_with(&first), 0);
    for share in [0.0, 1.0, 0.01, f64::NAN] {
        assert_eq!(open("bytes.npz").part(share).unwrap_err().code(), "data", "{share}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    for (line, reason) in [
        ("nowhere.npz", "No such file"),
        ("nowhere", "No such file"),
        ("broken/type.npz", "type '<f8', uint8 or little-endian float32 is allowed"),
        ("broken/order.npz", "C order"),
        ("broken/rank.npz", "shape [120]"),
        ("broken/no-x.npz", "no array \"x\""),
        ("broken/labels.npz", "y has 3 labels, x has shape [6, 5, 4]"),
        ("broken/label-type.npz", "whole numbers"),
        ("broken/empty.npz", "shape [0, 5, 4]"),
        ("broken/objects.npz", "x"),
        ("broken/text.npz", ""),
        ("broken/text.idx", "no idx file"),
        ("broken/short.idx", "119 values, its header says [6, 5, 4]"),
        ("broken/header.idx", "no idx file"),
        ("broken/huge.idx", "20 values"),
        ("broken/floats.idx", "no idx file of unsigned bytes"),
        ("broken/truncated.gz", ""),
        ("broken/bomb.gz", "121 values or more, its header says [6, 5, 4]"),
        ("broken/short.idx:labels.idx", "119 values"),
        ("classes/ant/0.png:labels.idx", "no idx file"),
        ("classes:labels.idx", "LABELS are for idx files"),
        ("bytes.npz:keep=3", "no sample has the label \"3\""),
        ("images.idx:keep=1", "there are no labels"),
        ("bytes.npz:rows=4..9", "rows=4..9 is not within its 6 samples"),
        ("bytes.npz:rows=3..3", "rows=3..3"),
        ("bytes.npz:rows=x", "rows=x"),
        ("bytes.npz:skip=3", "\"skip=3\" is no option"),
        ("a:b:c", "expected PATH"),
    ] {
        let error = message(line);
        assert!(error.contains(reason), "{line}: {error}");
    }
    let labels = format!("images.idx:{}", path("broken/few-labels.idx"));
    assert!(message(&labels).contains("shape is [5], labels for 6 images are [6]"));
}

fn preprocess(framing: Framing) -> Preprocess {
    let (mean, std) = (vec![0.5], vec![0.25]);
    Preprocess { width: 4, height: 5, channels: Channels::Gray, layout: Layout::Nchw, framing, mean, std }
}

#[test]
fn pictures_are_normalised_whatever_array_they_lie_in() {
    let inputs = Inputs::new(&[1, 5, 4], Some(&preprocess(Framing::Stretch)));
    let expected: Vec<f32> = pixels(2, 1).iter().map(|&pixel| (f32::from(pixel) / 255.0 - 0.5) / 0.25).collect();
    for name in ["bytes.npz", "flat.npz", "images.idx"] {
        let input = inputs.make(&open(name).sample(2).unwrap()).unwrap();
        assert_eq!((input.shape(), input.data()), (&[1, 5, 4][..], expected.as_slice()), "{name}");
    }
}

#[test]
fn drawings_are_framed_when_they_are_files_and_not_when_they_are_arrays() {
    let (ink, stretch) = (preprocess(Framing::Ink), preprocess(Framing::Stretch));
    let make = |preprocess, name: &str| Inputs::new(&[1, 5, 4], Some(preprocess)).make(&open(name).sample(0).unwrap()).unwrap();
    assert_eq!(make(&ink, "bytes.npz"), make(&stretch, "bytes.npz"));
    assert_ne!(make(&ink, "classes/ant/0.png"), make(&stretch, "classes/ant/0.png"));
}

#[test]
fn values_are_taken_in_shapes_that_differ_by_ones_only() {
    let values = open("floats.npz").sample(0).unwrap();
    for shape in [&[1, 5, 4][..], &[5, 4, 1], &[5, 4], &[20]] {
        assert_eq!(Inputs::new(shape, None).make(&values).unwrap().shape(), shape);
    }
    assert_eq!(Inputs::new(&[1, 4, 5], None).make(&values).unwrap_err().code(), "input-shape");
    assert_eq!(Inputs::new(&[21], None).make(&values).unwrap_err().code(), "input-shape");
    let picture = open("bytes.npz").sample(0).unwrap();
    assert_eq!(Inputs::new(&[1, 5, 4], None).make(&picture).unwrap_err().code(), "no-preprocess");
}
