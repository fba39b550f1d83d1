//! A fit piece by piece is the fit at once.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use she_ood::{
    AggregatorKind, CalibrationSample, CompareWith, Detector, Fit, FitOptions, Fitter, Image,
    Model, Preprocess, Probe, Similarity, Tensor, fit,
};

use crate::fixtures::{DENSE, DENSE_1, MLP, golden, inputs, mini_samples};

fn options() -> FitOptions {
    FitOptions {
        similarity: Similarity::Cosine,
        class_conditional: true,
        ..FitOptions::new([DENSE, DENSE_1])
    }
}

fn fitter(hold_out: f64) -> Fitter {
    Fitter::new(MLP, options(), hold_out).unwrap()
}

fn push(fitter: &mut Fitter, samples: &[(Tensor, usize)]) {
    let data: Vec<f32> = samples.iter().flat_map(|(input, _)| input.data().to_vec()).collect();
    let labels: Vec<usize> = samples.iter().map(|(_, label)| *label).collect();
    fitter.push(&data, &labels).unwrap();
}

/// The fit at once, 60 of the 300 samples held out: a fifth of each label, rounded down, and one
/// more of those labels that lost most by it. Features alone have no samples to put aside.
fn at_once(puts_aside: bool) -> Vec<u8> {
    let all = mini_samples();
    let mut labels: Vec<usize> = Vec::new();
    all.iter().for_each(|(_, label)| {
        if !labels.contains(label) {
            labels.push(*label)
        }
    });
    let count = |label: usize| all.iter().filter(|(_, other)| *other == label).count();
    labels.sort_by_key(|&label| std::cmp::Reverse(count(label) % 5));
    let more = 60 - labels.iter().map(|&label| count(label) / 5).sum::<usize>();
    let quota = |label: usize| count(label) / 5 + usize::from(labels[..more].contains(&label));
    let fit = Fit::load(MLP, options()).unwrap();
    let mut probes = fit.probes();
    let all_with_probes =
        all.iter().cloned().map(|(input, label)| (input, label, probes.next(label)));
    let mut seen = [0; 10];
    let (held_out, samples): (Vec<_>, Vec<_>) = all_with_probes.partition(|&(_, label, _)| {
        seen[label] += 1;
        seen[label] * quota(label) / count(label) > (seen[label] - 1) * quota(label) / count(label)
    });
    let observed = |(input, label, probe): (Tensor, usize, Option<Probe>)| {
        let features = fit.features_batch(input.data()).unwrap().remove(0);
        fit.observe(input.data(), features, label, probe.filter(|_| puts_aside))
    };
    let held_out: Vec<_> = held_out.into_iter().map(observed).collect();
    let held_out = held_out.into_iter().map(|ran| ran.map(CalibrationSample::from));
    let mut samples = samples.into_iter().map(observed);
    fit.clone().detector(&mut samples, held_out).unwrap().to_bytes()
}

#[test]
fn pieces_of_any_size_give_the_detector_of_the_whole() {
    for size in [1, 7, 300] {
        let mut fitter = fitter(0.2);
        mini_samples().chunks(size).for_each(|piece| push(&mut fitter, piece));
        let (samples, calibration) = fitter.counts();
        assert_eq!((samples, calibration), (240, 60));
        assert!(fitter.finish(0.95).unwrap().to_bytes() == at_once(true), "pieces of {size}");
    }
}

#[test]
fn parts_that_are_merged_give_the_detector_of_the_whole() {
    let samples = mini_samples();
    let mut whole = fitter(0.2);
    push(&mut whole, &samples);
    let (mut first, mut second) = (fitter(0.2), fitter(0.2));
    push(&mut first, &samples[..7]);
    push(&mut second, &samples[7..]);
    assert_eq!(first.identity(), second.identity());
    assert_ne!(first.identity(), fitter(0.1).identity());
    first.merge(&mut second).unwrap();
    assert_eq!(second.counts(), (0, 0));
    assert!(first.counts() == whole.counts());
    // The samples put aside for the judgement are counted in each part.
    let scores = |fitter: &Fitter| {
        let detector = fitter.finish(0.95).unwrap();
        let of = |detector: &Detector| {
            let reports = inputs("images").into_iter().map(|input| detector.score(&input).unwrap());
            reports.map(|report| (report.score, report.threshold)).collect::<Vec<_>>()
        };
        (of(&detector), detector.calibration().to_vec())
    };
    assert_eq!(scores(&first), scores(&whole));
}

#[test]
fn classes_of_too_few_samples_have_no_patterns_and_change_nothing_else() {
    let fitted = |min_count| {
        let mut fitter = Fitter::new(MLP, FitOptions { min_count, ..options() }, 0.0)?;
        let mut fours = 0;
        let samples: Vec<_> = mini_samples()
            .into_iter()
            .filter(|(_, label)| {
                fours += usize::from(*label == 4);
                *label != 4 || fours <= 3
            })
            .collect();
        push(&mut fitter, &samples);
        fitter.finish(0.95).map(|detector| detector.info())
    };
    let (all, some) = (fitted(1).unwrap(), fitted(4).unwrap());
    assert_eq!((all.classes, all.counts[4]), (vec![0, 1, 2, 3, 4], 3));
    assert_eq!((some.classes, &some.counts[..]), (vec![0, 1, 2, 3], &all.counts[..4]));
    assert_eq!(fitted(0).unwrap_err().code(), "invalid-option");
    let reason = fitted(1000).unwrap_err().to_string();
    assert!(
        reason.starts_with(
            "cannot fit: no class has 1000 correctly classified samples, as many as a pattern \
             needs;"
        ),
        "{reason}"
    );
}

#[test]
fn pictures_are_pushed_as_their_pixels() {
    let with = |preprocess| FitOptions { preprocess, ..options() };
    let pixels = Preprocess::of_input(&[28, 28, 1]);
    let mut pictures = Fitter::new(MLP, with(pixels.clone()), 0.2).unwrap();
    let mut values = Fitter::new(MLP, with(pixels), 0.2).unwrap();
    for ((input, label), gray) in mini_samples().iter().zip(golden("mini_images").rows()) {
        let gray: Vec<u8> = gray.into_iter().map(|pixel| pixel as u8).collect();
        pictures.push_image(&Image::gray(28, 28, &gray).unwrap(), *label).unwrap();
        values.push(input.data(), &[*label]).unwrap();
    }
    assert!(pictures.finish(0.9).unwrap().to_bytes() == values.finish(0.9).unwrap().to_bytes());
}

#[test]
fn features_of_another_fit_give_the_detector_of_the_samples() {
    let (elsewhere, mut fitter) = (fitter(0.2), fitter(0.2));
    push(&mut fitter, &mini_samples()[..40]);
    fitter.clear();
    for piece in mini_samples().chunks(70) {
        let data: Vec<f32> = piece.iter().flat_map(|(input, _)| input.data().to_vec()).collect();
        let labels: Vec<usize> = piece.iter().map(|(_, label)| *label).collect();
        fitter.push_features(elsewhere.features(&data).unwrap(), &labels).unwrap();
    }
    assert_eq!(elsewhere.counts(), (0, 0));
    assert!(fitter.finish(0.95).unwrap().to_bytes() == at_once(false));
    let other = Fitter::new(MLP, FitOptions::new([DENSE]), 0.2).unwrap();
    let foreign = other.features(&[0.0; 784]).unwrap();
    assert_eq!(fitter.push_features(foreign, &[1]).unwrap_err().code(), "fit");
    let ours = elsewhere.features(&[0.0; 784]).unwrap();
    assert_eq!(fitter.push_features(ours.clone(), &[10]).unwrap_err().code(), "unknown-class");
    assert_eq!(fitter.push_features(ours, &[]).unwrap_err().code(), "invalid-option");
}

#[test]
fn too_few_held_out_samples_are_no_threshold_and_a_warning() {
    let samples = mini_samples();
    let mut few = fitter(0.2);
    push(&mut few, &samples[..60]);
    let info = few.finish(0.95).unwrap().info();
    assert_eq!(info.threshold, f32::INFINITY);
    let warning = info.warnings.iter().find(|warning| warning.code == "no-threshold").unwrap();
    assert!(warning.message.contains("too few to promise a pass rate of 0.95"), "{warning:?}");
    assert!(few.finish(0.5).unwrap().info().threshold.is_finite());
    let mut none = fitter(0.0);
    push(&mut none, &samples[..60]);
    assert_eq!(none.finish(0.95).unwrap().info().threshold, f32::INFINITY);
}

/// A class without a pattern scores infinity: too many such held-out samples leave no threshold for
/// all classes, while classes of their own still have one.
#[test]
fn a_detector_without_a_common_threshold_flags_by_those_of_classes() {
    let mut samples = mini_samples();
    let mut threes = 0;
    samples.retain(|(_, label)| {
        threes += usize::from(*label == 3);
        *label != 3 || threes <= 30
    });
    let options = FitOptions { compare_with: CompareWith::Predicted, min_count: 20, ..options() };
    let mut fitter = Fitter::new(MLP, options, 0.5).unwrap();
    push(&mut fitter, &samples);
    let info = fitter.finish(0.9).unwrap().info();
    let own = info.class_thresholds.clone().unwrap();
    assert!(info.threshold == f32::INFINITY && own[3] == f32::INFINITY, "{own:?}");
    assert!(own[..3].iter().all(|threshold| threshold.is_finite()), "{own:?}");
    assert!(!info.flags_nothing());
    let warning = info.warnings.iter().find(|warning| warning.code == "no-threshold").unwrap();
    assert!(warning.message.starts_with("no sample predicted as \"3\""), "{warning:?}");
}

#[test]
fn what_cannot_be_used_is_refused_and_loses_nothing() {
    let samples = mini_samples();
    let mut fitter = fitter(0.2);
    push(&mut fitter, &samples);
    let counts = fitter.counts();
    let one = samples[0].0.data();
    assert_eq!(fitter.push(one, &[10]).unwrap_err().code(), "unknown-class");
    assert_eq!(fitter.push(one, &[1, 2]).unwrap_err().code(), "invalid-option");
    assert_eq!(fitter.push(&one[1..], &[1]).unwrap_err().code(), "input-length");
    assert_eq!(fitter.push(&[f32::NAN; 784], &[1]).unwrap_err().code(), "not-finite");
    assert_eq!(
        fitter.push_image(&Image::gray(1, 1, &[0]).unwrap(), 1).unwrap_err().code(),
        "no-preprocess"
    );
    let mut other =
        Fitter::new(MLP, FitOptions { aggregator: Some(AggregatorKind::Sum), ..options() }, 0.2)
            .unwrap();
    assert_eq!(fitter.merge(&mut other).unwrap_err().code(), "fit");
    assert_eq!(Fitter::new(MLP, options(), 1.0).unwrap_err().code(), "invalid-option");
    assert_eq!(
        Fitter::new(MLP, FitOptions::new(["nowhere"]), 0.1).unwrap_err().code(),
        "unknown-layer"
    );
    assert_eq!(Fitter::new(MLP, options(), 0.1).unwrap().finish(0.95).unwrap_err().code(), "fit");
    assert_eq!(fitter.counts(), counts);
    assert!(fitter.finish(0.95).unwrap().to_bytes() == at_once(true));
}

/// The model with a line of metadata, as other libraries write it.
fn with_metadata(key: &str, value: &str) -> Vec<u8> {
    let field = |tag: u8, text: &[u8]| [&[tag, text.len() as u8], text].concat();
    let entry = [field(0x0a, key.as_bytes()), field(0x12, value.as_bytes())].concat();
    [MLP, &field(0x72, &entry)].concat()
}

#[test]
fn classes_are_named_by_the_options_else_by_the_file() {
    let named = with_metadata(
        "names",
        "{0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e', 5: 'f', 6: 'g', 7: 'h', 8: 'i', 9: 'j'}",
    );
    let letters: Vec<String> = ('a'..='j').map(String::from).collect();
    assert_eq!(Model::labels(&named).unwrap().as_ref(), Some(&letters));
    assert_eq!(Model::labels(MLP).unwrap(), None);
    let labels = |onnx: &[u8], labels: Option<&[String]>| {
        let options = FitOptions { labels: labels.map(<[String]>::to_vec), ..options() };
        fit(onnx, &options, mini_samples(), inputs("images")).map(|detector| detector.info().labels)
    };
    assert_eq!(labels(&named, None).unwrap(), letters);
    let numbers: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    assert_eq!(labels(&named, Some(&numbers)).unwrap(), numbers);
    assert_eq!(labels(MLP, None).unwrap(), numbers);
    let few = with_metadata("classes", "ant, bee");
    let error = labels(&few, None).unwrap_err();
    assert_eq!(error.code(), "invalid-option");
    assert!(error.to_string().contains("names 2 classes for 10 outputs"), "{error}");
    assert_eq!(Fitter::new(&few, options(), 0.1).unwrap_err().code(), "invalid-option");
    assert_eq!(labels(&few, Some(&letters)).unwrap(), letters);
}
