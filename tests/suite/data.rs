//! Sets of samples in every form, written by NumPy and Pillow; `tests/data/sets.py` tells what they
//! hold.

use std::path::{Path, PathBuf};

use she_ood::data::{Dataset, Inputs, Picture, Remark, Sample};
use she_ood::{Channels, Framing, Interpolation, Layout, Preprocess, Tensor};

fn path(name: &str) -> String {
    format!("{}/tests/data/sets/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn open(name: &str) -> Dataset {
    Dataset::open(&path(name)).unwrap()
}

/// The pixels that `sets.py` gives to sample `i`, interleaved.
fn pixels(i: usize, channels: usize) -> Vec<u8> {
    let place = |n: usize| (n / channels % 4, n / channels / 4, n % channels);
    (0..20 * channels)
        .map(place)
        .map(|(x, y, c)| ((29 * i + 7 * x + 13 * y + 50 * c) % 256) as u8)
        .collect()
}

fn picture(set: &Dataset, i: usize) -> Picture {
    match set.sample(i).unwrap() {
        Sample::Picture(picture) => picture,
        other => panic!("{other:?}"),
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
    for name in [
        "bytes.npz".to_string(),
        format!("images.idx:{}", path("labels.idx")),
        "images.idx.gz".to_string(),
    ] {
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
    assert_eq!(
        gif.pixels.chunks(gif.channels).map(|pixel| pixel[0]).collect::<Vec<_>>(),
        pixels(5, 1)
    );
    assert!(
        picture(&set, 6)
            .pixels
            .iter()
            .zip(pixels(6, 1))
            .all(|(found, expected)| found.abs_diff(expected) < 12)
    );
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
        assert_eq!(
            (picture.width, picture.height, picture.channels),
            (4, 5, 3),
            "{}",
            set.sample_name(row)
        );
        let difference = picture
            .pixels
            .iter()
            .zip(pixels(0, 3))
            .map(|(&found, expected)| found.abs_diff(expected))
            .max();
        assert!(difference <= Some(most), "{}: {difference:?}", set.sample_name(row));
    }
}

#[test]
fn images_of_every_depth_and_kind_become_8_bits_a_channel() {
    assert_picture(&open("kinds/1-deep.png"), 0, 0, 1);
    assert_picture(&open("kinds/3-deep.png"), 0, 0, 3);
    let faded = pixels(0, 1)
        .into_iter()
        .zip(pixels(1, 1))
        .flat_map(|(gray, alpha)| [gray, gray, gray, alpha]);
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
        assert!(
            pixel
                .iter()
                .zip(expected)
                .all(|(&found, expected)| (i32::from(found) - expected).abs() <= 2),
            "{pixel:?}"
        );
    }
}

#[test]
fn of_a_moving_picture_the_first_is_taken() {
    for name in ["kinds/moving.gif", "kinds/moving.webp"] {
        let picture = picture(&open(name), 0);
        assert_eq!((picture.width, picture.height), (4, 5));
        assert_eq!(
            picture.pixels.chunks(picture.channels).map(|pixel| pixel[0]).collect::<Vec<_>>(),
            pixels(0, 1),
            "{name}"
        );
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
    let (first, second) = open("bytes.npz").hold_out(0.5).unwrap();
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
        assert_eq!(open("bytes.npz").hold_out(share).unwrap_err().code(), "data", "{share}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    for (line, reason) in [
        ("nowhere.npz", "No such file"),
        ("nowhere", "No such file"),
        ("broken/type.npz", "x: it is of type complex64"),
        (
            "broken/truth.npz",
            "x: it is of type bool; pictures are whole numbers from 0 to 255, x.astype(\"uint8\")",
        ),
        (
            "broken/beyond-pixels.npz",
            "x: it is of type int64 and holds 260; whole numbers are the pixels",
        ),
        ("broken/below-pixels.npz", "x: it is of type int8 and holds -"),
        ("broken/rank.npz", "shape [120]"),
        ("broken/no-x.npz", "no array \"x\" and, for features, no \"logits\"; in it there is: y"),
        ("broken/features-no-logits.npz", "no \"logits\"; in it there is: y (int64 [5]), vector"),
        ("broken/features-lengths.npz", "vector has 4 rows, logits has 5"),
        ("broken/features-labels.npz", "y has 5 labels, logits has shape [4]"),
        ("broken/features-gzip.parquet", "compressed with GZIP: write it with Snappy"),
        ("broken/features-zstd.parquet", "compressed with ZSTD: write it with Snappy"),
        (
            "broken/features-halves.parquet",
            "label (INT64), vector (lists of FLOAT), logits (lists of FIXED_LEN_BYTE_ARRAY)",
        ),
        ("broken/features-scalars.parquet", "vector (lists of FLOAT), logits (FLOAT)"),
        (
            "broken/other-names.npz",
            "there is: images (uint8 [6, 5, 4]), labels (int64 [6]). Name the samples x",
        ),
        ("broken/one.npy", "numpy.savez"),
        ("broken/labels.npz", "y has 3 labels, x has shape [6, 5, 4]"),
        ("broken/label-type.npz", "y: it is of type complex64; labels are whole numbers, or names"),
        ("broken/half-labels.npz", "y: it holds 0.5; labels are whole numbers"),
        ("broken/long-names.npz", "names have at most 1000 characters"),
        (
            "broken/one-hot.npz",
            "y has 48 labels, x has shape [6, 5, 4]. One-hot rows become labels by y.argmax(1)",
        ),
        ("broken/empty.npz", "x has shape [0, 5, 4], so there are no samples in it"),
        ("mixed/ant/2.tif", "format is TIFF; convert it to PNG or JPEG"),
        ("mixed/bee/7.png", "format is TIFF; convert it to PNG or JPEG"),
        ("mixed/bee/notes.txt", "(format: text); give a folder of pictures, an .npz"),
        ("broken/objects.npz", "x"),
        ("broken/text.npz", ""),
        ("broken/text.idx", "holds no samples (format: text); give a folder of pictures"),
        ("broken/short.idx", "119 values, its header says [6, 5, 4]"),
        ("broken/header.idx", "it is not an idx file of unsigned bytes; give a folder"),
        ("broken/huge.idx", "20 values"),
        ("broken/floats.idx", "it is not an idx file of unsigned bytes; give a folder"),
        ("broken/truncated.gz", ""),
        ("broken/bomb.gz", "121 values or more, its header says [6, 5, 4]"),
        ("broken/short.idx:labels.idx", "119 values"),
        ("classes/ant/0.png:labels.idx", "it is not an idx file of unsigned bytes; give a folder"),
        ("classes:labels.idx", "LABELS are for idx files"),
        ("bytes.npz:keep=3", "no sample has the label \"3\", there are \"0\", \"1\", \"2\", \"7\""),
        ("images.idx:keep=1", "there are no labels"),
        ("bytes.npz:rows=4..9", "rows=4..9 is not within its 6 samples"),
        ("bytes.npz:rows=3..3", "rows=3..3"),
        ("bytes.npz:rows=x", "rows=x"),
        ("bytes.npz:skip=3", "there is no option \"skip=3\", allowed: keep"),
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
    Preprocess {
        width: 4,
        height: 5,
        channels: Channels::Gray,
        layout: Layout::Nchw,
        framing,
        resize: None,
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        mean,
        std,
    }
}

#[test]
fn pictures_are_normalised_whatever_array_they_lie_in() {
    let inputs = Inputs::new(&[1, 5, 4], Some(&preprocess(Framing::Stretch)));
    let expected: Vec<f32> =
        pixels(2, 1).iter().map(|&pixel| (f32::from(pixel) / 255.0 - 0.5) / 0.25).collect();
    for name in ["bytes.npz", "flat.npz", "images.idx"] {
        let input = inputs.make(&open(name).sample(2).unwrap()).unwrap();
        assert_eq!((input.shape(), input.data()), (&[1, 5, 4][..], expected.as_slice()), "{name}");
    }
}

#[test]
fn drawings_are_framed_when_they_are_files_and_not_when_they_are_arrays() {
    let (ink, stretch) = (preprocess(Framing::Ink), preprocess(Framing::Stretch));
    let make = |preprocess, name: &str| {
        Inputs::new(&[1, 5, 4], Some(preprocess)).make(&open(name).sample(0).unwrap()).unwrap()
    };
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

#[test]
fn arrays_of_other_types_and_orders_hold_the_same() {
    for name in [
        "int64.npz",
        "uint16.npz",
        "int16-big-endian.npz",
        "fortran.npz",
        "labels-uint64.npz",
        "UPPER.NPZ",
        "no-ending",
    ] {
        let set = open(&format!("numbers/{name}"));
        (0..6).for_each(|i| assert_picture(&set, i, i, 1));
        assert_eq!(labels(&set), ["0", "1", "2", "0", "1", "7"], "{name}");
        assert_eq!(set.remarks(), [], "{name}");
    }
    for name in ["float16", "float64", "float32-big-endian", "float32-fortran"] {
        let set = open(&format!("numbers/{name}.npz"));
        let Sample::Values(values) = set.sample(3).unwrap() else { panic!("{name}") };
        let close = |(&found, pixel): (&f32, u8)| {
            (found - f32::from(pixel) / 255.0).abs() < if name == "float16" { 5e-4 } else { 1e-7 }
        };
        assert!(
            values.shape() == [1, 5, 4] && values.data().iter().zip(pixels(3, 1)).all(close),
            "{name}: {values:?}"
        );
        assert_eq!(labels(&set), ["0", "1", "2", "0", "1", "7"], "{name}");
    }
}

#[test]
fn labels_may_be_truth_values_and_names() {
    assert_eq!(labels(&open("numbers/labels-bool.npz")), ["0", "1", "1", "0", "1", "1"]);
    let set = open("numbers/names.npz");
    assert_eq!(labels(&set), ["ant", "bee", "cat", "ant", "bee", "caf\u{e9}"]);
    assert_eq!(set.classes(), ["ant", "bee", "caf\u{e9}", "cat"]);
    assert_eq!(open("numbers/names.npz:keep=cafe\u{301},ant").classes(), ["ant", "caf\u{e9}"]);
    assert_eq!(open("numbers/names-bytes.npz").classes(), ["ant", "bee", "cat"]);
    assert_eq!(open("bytes.npz").classes(), [""; 0]);
}

#[test]
fn samples_on_another_scale_are_remarked_on() {
    for (name, advice) in [
        ("unscaled", "x.astype(\"uint8\")"),
        ("unscaled-fractions", "x.astype(\"uint8\")"),
        ("bits", "x * 255"),
    ] {
        let set = open(&format!("numbers/{name}.npz"));
        assert!(
            matches!(set.remarks(), [Remark::Warning(text)] if text.contains(advice)),
            "{name}: {:?}",
            set.remarks()
        );
    }
    assert_eq!(open("floats.npz").remarks(), []);
}

#[test]
fn what_a_file_holds_decides_and_what_is_left_out_is_counted() {
    let set = open("mixed");
    let names: Vec<String> = (0..set.len())
        .map(|i| set.sample_name(i).rsplit('/').next().unwrap().to_string())
        .collect();
    assert_eq!(names, ["0.png", "1.jfif", "5.tif", "6", "8.jpg"]);
    assert_picture(&set, 0, 0, 1);
    assert_picture(&set, 2, 5, 1);
    assert_picture(&set, 3, 6, 1);
    assert!(
        picture(&set, 1)
            .pixels
            .iter()
            .zip(pixels(1, 1))
            .all(|(found, expected)| found.abs_diff(expected) < 12)
    );
    assert!(set.sample(4).unwrap_err().to_string().ends_with(
        "8.jpg: it is not a picture (format: HTML); give a PNG, JPEG, WebP, GIF or BMP file"
    ));
    let loss = |kind: &str, first: &str| {
        Remark::Loss(format!(
            "{kind} left out, the first: {}; convert them to PNG or JPEG",
            path(&format!("mixed/{first}"))
        ))
    };
    let notes = Remark::Note(format!(
        "1 text file passed over, the first: {}",
        path("mixed/bee/notes.txt")
    ));
    let pictures = [
        loss("2 PNM files", "ant/3.ppm"),
        loss("1 SVG file", "bee/9.svg"),
        loss("2 TIFF files", "ant/2.tif"),
    ];
    assert_eq!(set.remarks(), [pictures.as_slice(), &[notes]].concat());
    // What only looks like pictures is named where nothing else is there.
    let folder = fresh("only-foreign");
    std::fs::copy(path("mixed/ant/2.tif"), folder.join("2.tif")).unwrap();
    let error = Dataset::open(folder.to_str().unwrap()).unwrap_err().to_string();
    assert!(error.contains("there are no samples; 1 TIFF file left out"), "{error}");
}

/// An empty folder of this test's own.
fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Class folders of copies of one picture.
fn classes(name: &str, files: &[&str]) -> PathBuf {
    let folder = fresh(name);
    for file in files {
        std::fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        std::fs::copy(path("classes/ant/0.png"), folder.join(file)).unwrap();
    }
    folder
}

#[test]
fn a_file_without_samples_says_what_it_has_and_what_to_do() {
    let reason = Dataset::open(&path("broken/empty.npz")).unwrap_err().to_string();
    for text in ["x has shape [0, 5, 4]", "x (uint8 [0, 5, 4]), y (int64 [0])", "numpy.savez"] {
        assert!(reason.contains(text), "{reason}");
    }
}

#[test]
fn a_pointer_of_git_lfs_says_how_to_fetch_the_file() {
    let folder = fresh("lfs");
    for name in ["train.npz", "train-images", "picture.png"] {
        let file = folder.join(name);
        std::fs::write(
            &file,
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
        )
        .unwrap();
        let failed = Dataset::open(file.to_str().unwrap())
            .and_then(|set| set.sample(0))
            .unwrap_err()
            .to_string();
        assert!(
            failed.contains("git-lfs pointer") && failed.contains("`git lfs pull`"),
            "{failed}"
        );
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    const FILES: [&str; 6] =
        ["ant/0.png", "ant/1.png", "ant/deep/2.png", "bee/0.png", "bee/1.png", "cat/0.png"];

    fn counts(folder: &Path) -> (usize, usize, Vec<String>) {
        let set = Dataset::open(folder.to_str().unwrap()).unwrap();
        (set.len(), set.remarks().len(), labels(&set))
    }

    #[test]
    fn loops_add_nothing_and_end() {
        let folder = classes("loops", &FILES);
        let plain = counts(&folder);
        for (name, to) in [
            ("ant/again", "."),
            ("ant/again2", "."),
            ("ant/deep/up", "../.."),
            ("bee/all", ".."),
            ("root", "."),
            ("out", "../.."),
        ] {
            symlink(to, folder.join(name)).unwrap();
        }
        assert_eq!(counts(&folder), plain);
        let (fit, calibration) =
            Dataset::open(folder.to_str().unwrap()).unwrap().hold_out(0.5).unwrap();
        assert_eq!((fit.len(), calibration.len(), calibration.shared_with(&fit)), (3, 3, 0));
    }

    #[test]
    fn links_to_data_elsewhere_are_followed_once() {
        let (elsewhere, folder) = (classes("elsewhere", &FILES), fresh("linked"));
        std::fs::create_dir(folder.join("bee")).unwrap();
        symlink(elsewhere.join("ant"), folder.join("ant")).unwrap();
        symlink(elsewhere.join("bee/0.png"), folder.join("bee/0.png")).unwrap();
        symlink(elsewhere.join("bee/0.png"), folder.join("bee/same.png")).unwrap();
        symlink(elsewhere.join("bee/1.png"), folder.join("bee/1.png")).unwrap();
        let back = elsewhere.join("ant/deep/back");
        symlink(&elsewhere, &back).unwrap();
        let (samples, remarks, labels) = counts(&folder);
        assert_eq!((samples, remarks), (5, 0));
        assert_eq!(labels, ["ant", "ant", "ant", "bee", "bee"]);
        // The same samples by another path.
        let [here, there] =
            [&folder, &elsewhere].map(|folder| Dataset::open(folder.to_str().unwrap()).unwrap());
        assert_eq!((there.shared_with(&here), here.shared_with(&there)), (5, 5));
        let inner = Dataset::open(elsewhere.join("ant").to_str().unwrap()).unwrap();
        assert_eq!(inner.shared_with(&there), 3);
    }

    #[test]
    fn a_file_in_two_classes_is_used_once_and_said() {
        let folder = classes("two-classes", &FILES);
        symlink("../bee", folder.join("ant/more")).unwrap();
        symlink("../ant/0.png", folder.join("cat/1.png")).unwrap();
        let set = Dataset::open(folder.to_str().unwrap()).unwrap();
        assert_eq!(labels(&set), ["ant", "ant", "ant", "bee", "bee", "cat"]);
        let [Remark::Loss(text)] = set.remarks() else { panic!("{:?}", set.remarks()) };
        assert!(
            text.starts_with("3 links lead to files of another class")
                && text.contains("of the class \"bee\""),
            "{text}"
        );
    }

    #[test]
    fn hard_links_are_the_same_file() {
        let (folder, copy) = (classes("hard-links", &FILES), fresh("hard-linked-copy"));
        for (from, to) in [("ant/0.png", "ant/same.png"), ("bee/0.png", "cat/1.png")] {
            std::fs::hard_link(folder.join(from), folder.join(to)).unwrap();
        }
        std::fs::create_dir(copy.join("ant")).unwrap();
        std::fs::hard_link(folder.join("ant/0.png"), copy.join("ant/9.png")).unwrap();
        let [set, copy] =
            [&folder, &copy].map(|folder| Dataset::open(folder.to_str().unwrap()).unwrap());
        assert_eq!(labels(&set), ["ant", "ant", "ant", "bee", "bee", "cat"]);
        let [Remark::Loss(text)] = set.remarks() else { panic!("{:?}", set.remarks()) };
        assert!(text.starts_with("1 link leads to a file of another class"), "{text}");
        assert_eq!((copy.shared_with(&set), set.shared_with(&copy)), (1, 1));
    }

    /// An array of a file that is called otherwise, too.
    #[test]
    fn hard_links_to_arrays_share_samples() {
        let file = fresh("hard-linked-array").join("same.npz");
        std::fs::hard_link(path("bytes.npz"), &file).unwrap();
        let [set, same] = [path("bytes.npz"), file.display().to_string()]
            .map(|path| Dataset::open(&path).unwrap());
        assert_eq!(same.shared_with(&set), set.len());
    }

    #[test]
    fn a_class_of_links_to_unlabelled_pictures_labels_them() {
        let folder = classes("labelled-by-links", &["0.png", "1.png"]);
        std::fs::create_dir(folder.join("ant")).unwrap();
        symlink("../0.png", folder.join("ant/0.png")).unwrap();
        let set = Dataset::open(folder.to_str().unwrap()).unwrap();
        assert_eq!((set.len(), set.label(0), set.label(1).as_deref()), (2, None, Some("ant")));
    }

    #[test]
    fn broken_links_and_pipes_are_counted_and_nothing_waits() {
        let folder = classes("broken-links", &["ant/0.png"]);
        symlink("nowhere.png", folder.join("ant/gone.png")).unwrap();
        symlink("nowhere", folder.join("ant/gone")).unwrap();
        for name in ["pipe", "pipe.png"] {
            assert!(
                std::process::Command::new("mkfifo")
                    .arg(folder.join("ant").join(name))
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let set = Dataset::open(folder.to_str().unwrap()).unwrap();
        assert_eq!(set.len(), 3);
        assert!((1..3).all(|i| set.sample(i).is_err()));
        let said: Vec<_> = set.remarks().iter().map(|remark| format!("{remark:?}")).collect();
        assert!(
            said.len() == 2
                && said[0].contains("cannot be opened")
                && said[1].contains("1 special file"),
            "{said:?}"
        );
    }
}

#[test]
fn empty_class_folders_are_known() {
    let folder = classes("one-empty", &["ant/0.png", "bee/0.png"]);
    std::fs::create_dir(folder.join("cat")).unwrap();
    let set = Dataset::open(folder.to_str().unwrap()).unwrap();
    assert_eq!(
        (set.classes(), set.empty_classes()),
        (vec!["ant".to_string(), "bee".to_string()], &["cat".to_string()][..])
    );
    assert_eq!(set.classes_and_empty(), ["ant", "bee", "cat"]);
    let kept = Dataset::open(&format!("{}:keep=ant", folder.display())).unwrap();
    assert_eq!(
        (kept.classes_and_empty(), kept.empty_classes().len()),
        (vec!["ant".to_string()], 0)
    );
}

#[test]
fn names_in_a_file_may_have_commas_and_colons() {
    let folder = classes("odd-names", &["a,b/0.png", "c:d/0.png", "cafe\u{301}/0.png", "e/0.png"]);
    let names = folder.with_extension("names");
    for text in ["\u{feff}a,b\r\nc:d\r\n", "a,b\nc:d", "a,b \r c:d\r", r#"["a,b", " c:d"]"#] {
        std::fs::write(&names, text).unwrap();
        let set =
            Dataset::open(&format!("{}:keep=@{}", folder.display(), names.display())).unwrap();
        assert_eq!(labels(&set), ["a,b", "c:d"], "{text}");
    }
    let kept = |names: &str| Dataset::open(&format!("{}:keep={names}", folder.display()));
    assert_eq!(labels(&kept("caf\u{e9}, e").unwrap()), ["caf\u{e9}", "e"]);
    for text in [
        r#"{"0": "a,b", "1": "c:d"}"#,
        r#"{"id2label": {"1": "c:d", "0": "a,b"}}"#,
        r#"{"0": ["a,b", "ant"], "1": ["c:d", "bee"]}"#,
    ] {
        std::fs::write(&names, text).unwrap();
        assert_eq!(labels(&kept(&format!("@{}", names.display())).unwrap()), ["a,b", "c:d"]);
    }
    for text in [r#"{"1": "a,b"}"#, "[1, 2]", "[\"a,b\""] {
        std::fs::write(&names, text).unwrap();
        assert!(
            kept(&format!("@{}", names.display()))
                .unwrap_err()
                .to_string()
                .contains("expected a JSON array of names")
        );
    }
    assert_eq!(labels(&kept("cafe\u{301}").unwrap()), ["caf\u{e9}"]);
    std::fs::write(&names, "a,b\n\nc:d").unwrap();
    assert!(
        kept(&format!("@{}", names.display())).unwrap_err().to_string().contains("line 2 is empty")
    );
    assert!(kept("@nowhere").unwrap_err().to_string().contains("nowhere: No such file"));
}

#[test]
fn the_share_held_out_is_exact() {
    let files: Vec<String> =
        (0..27).map(|i| format!("{}/{i}.png", ["a", "b", "c"][i / 9])).collect();
    let folder = classes("shares", &files.iter().map(String::as_str).collect::<Vec<_>>());
    let (fit, held_out) = Dataset::open(folder.to_str().unwrap()).unwrap().hold_out(0.1).unwrap();
    assert_eq!((fit.len(), labels(&held_out)), (24, ["a", "b", "c"].map(String::from).to_vec()));
}
