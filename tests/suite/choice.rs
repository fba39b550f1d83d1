//! What a fit chooses by itself, and what it says of the detector.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use she_ood::{
    Because, Candidate, Detector, Fit, FitOptions, Fitter, Preprocess, Stranger, Tensor, fit,
    fit_features,
};

use crate::fixtures::{DENSE, DENSE_1, MLP, mini_samples};

fn fitter(hold_out: f64) -> Fitter {
    Fitter::new(MLP, FitOptions::default(), hold_out).unwrap()
}

fn push(fitter: &mut Fitter, samples: &[(Tensor, usize)]) {
    let data: Vec<f32> = samples.iter().flat_map(|(input, _)| input.data().to_vec()).collect();
    let labels: Vec<usize> = samples.iter().map(|(_, label)| *label).collect();
    fitter.push(&data, &labels).unwrap();
}

fn chosen(hold_out: f64) -> Detector {
    let mut fitter = fitter(hold_out);
    push(&mut fitter, &mini_samples());
    fitter.finish(0.95).unwrap()
}

#[test]
fn a_fit_chooses_among_its_layers_and_says_how() {
    let fitter = fitter(0.2);
    let layers: Vec<_> = fitter.layers().iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(layers, [DENSE, DENSE_1]);
    let detector = chosen(0.2);
    let choice = detector.info().choice.unwrap();
    assert_eq!(choice.because, Because::Criterion);
    // Two layers and both together, by four similarities, the set joined in two ways, without and
    // with energy.
    assert_eq!(choice.tried, (2 + 2) * 4 * 2);
    assert_eq!(choice.candidates.len(), 10);
    let chosen = &choice.candidates[0];
    assert!(!chosen.passed_over);
    let best_first = |pair: &[Candidate]| pair[0].auroc >= pair[1].auroc;
    assert!(choice.candidates[1..].windows(2).all(best_first));
    let info = detector.info();
    let layers: Vec<_> = info.layers.iter().map(|layer| layer.name.clone()).collect();
    assert_eq!((layers, info.similarity), (chosen.layers.clone(), chosen.similarity));
    assert_eq!(info.energy.is_some(), chosen.energy);
}

/// Of each class the fifth sample is put aside and every fourth from there, except those that are
/// held out.
#[test]
fn samples_are_put_aside_by_their_number_within_the_class() {
    let mut probes = Fit::load(MLP, FitOptions::default()).unwrap().probes();
    let put_aside: Vec<bool> = (0..12).map(|_| probes.next(3).is_some()).collect();
    let fifth_and_ninth = (1..=12).map(|number| [5, 9].contains(&number)).collect::<Vec<_>>();
    assert_eq!(put_aside, fifth_and_ninth);
    assert!((0..200).filter(|_| probes.next(3).is_some()).count() == 25 - 2);
    let all = mini_samples();
    let count = |class: usize| all.iter().filter(|(_, label)| *label == class).count();
    let expected: usize = (0..5).map(|class| (count(class) - 1) / 4).sum();
    assert_eq!(chosen(0.0).info().choice.unwrap().samples, expected);
    // A quarter held out has the same rhythm, and yet leaves most of them.
    let left = chosen(0.25).info().choice.unwrap().samples;
    assert!(left > expected * 3 / 4, "{left} of {expected}");
}

#[test]
fn the_choice_does_not_depend_on_how_the_samples_come() {
    let whole = chosen(0.2).to_bytes();
    for size in [1, 7] {
        let mut fitter = fitter(0.2);
        mini_samples().chunks(size).for_each(|piece| push(&mut fitter, piece));
        assert!(fitter.finish(0.95).unwrap().to_bytes() == whole, "pieces of {size}");
    }
}

/// The samples and calibration of a fitter without held-out samples.
#[test]
fn the_fit_at_once_is_that_of_a_fitter() {
    let samples = mini_samples();
    let detector = fit(MLP, &FitOptions::default(), samples, []).unwrap();
    assert!(detector.to_bytes() == chosen(0.0).to_bytes());
}

#[test]
fn choice_and_judgement_are_read_as_they_were_written() {
    let detector = chosen(0.2);
    let read = Detector::load(detector.to_bytes()).unwrap();
    assert_eq!(read.info(), detector.info());
    assert!(read.to_bytes() == detector.to_bytes());
}

#[test]
fn every_fit_on_pictures_is_judged() {
    for options in [FitOptions::default(), FitOptions::new([DENSE_1])] {
        let mut fitter = Fitter::new(MLP, options, 0.2).unwrap();
        push(&mut fitter, &mini_samples());
        let judgement = fitter.finish(0.9).unwrap().info().judgement.unwrap();
        let kinds: Vec<_> = judgement.strangers.iter().map(|flagged| flagged.kind).collect();
        assert_eq!(kinds, Stranger::ALL);
        assert!(judgement.accuracy.unwrap() > 0.9 && judgement.samples >= 20);
        let shares = judgement.strangers.iter().flat_map(|s| [s.detector, s.msp, s.energy]);
        assert!(shares.into_iter().all(|share| (0.0..=1.0).contains(&share)), "{judgement:?}");
        assert!(
            judgement.sentence.starts_with(if judgement.works {
                "Usable. It flags "
            } else {
                "Not usable yet: "
            }),
            "{}",
            judgement.sentence
        );
        // Without a threshold nothing is flagged.
        let judgement = fitter.finish(0.999).unwrap().info().judgement.unwrap();
        assert!(
            !judgement.works
                && judgement.sentence.starts_with("Not usable yet: there is no threshold; hold")
        );
    }
}

#[test]
fn without_strangers_the_default_layer_is_taken() {
    let few = &mini_samples()[..40];
    let mut fitter = fitter(0.0);
    push(&mut fitter, few);
    let info = fitter.finish(0.95).unwrap().info();
    let choice = info.choice.unwrap();
    assert_eq!((choice.because, choice.tried), (Because::FewSamples, 0));
    assert_eq!(info.layers[0].name, DENSE_1);
    assert_eq!(info.similarity.to_string(), "cosine");
    assert!(info.energy.is_some());
    assert_eq!(info.judgement, None);
    // Features are no pictures.
    let samples: Vec<_> = few
        .iter()
        .map(|(input, label)| (fitter.features(input.data()).unwrap().remove(0), *label))
        .collect();
    let samples = samples.iter().map(|(features, label)| (features, *label));
    let detector = fit_features(MLP, &FitOptions::default(), samples, []).unwrap();
    assert_eq!(detector.info().choice.unwrap().because, Because::FewSamples);
}

#[test]
fn layers_are_named_or_chosen() {
    let options = FitOptions { choose: true, ..FitOptions::new([DENSE]) };
    let error = Fit::load(MLP, options).unwrap_err();
    assert_eq!(error.code(), "invalid-option");
    assert!(error.to_string().contains("false with the named ones"), "{error}");
}

/// Framing ink asks for strokes of other widths to be borne, too, so the choice may differ; it must
/// not fail.
#[test]
fn drawings_are_altered_by_their_strokes_too() {
    let framing = "ink".parse().unwrap();
    let preprocess = Preprocess { framing, ..Preprocess::of_input(&[28, 28, 1]).unwrap() };
    let options = FitOptions { preprocess: Some(preprocess), ..FitOptions::default() };
    let mut fitter = Fitter::new(MLP, options, 0.2).unwrap();
    push(&mut fitter, &mini_samples());
    let choice = fitter.finish(0.95).unwrap().info().choice.unwrap();
    assert_eq!(choice.because, Because::Criterion);
}
