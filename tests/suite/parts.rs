//! Parts of a fit merge to the fit of all samples.

use std::sync::LazyLock;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use she_ood::{
    AggregatorKind, Calibration, CalibrationSample, Detector, Features, Fit, FitOptions, Fitter,
    Observation, Part, Progress, Similarity, Store,
};

use crate::fixtures::{DENSE, DENSE_1, MLP, inputs, mini_samples};

/// Features of both layers of the 300 samples, with their classes.
static SAMPLES: LazyLock<Vec<(Features, usize)>> = LazyLock::new(|| {
    let fit = Fit::load(MLP, FitOptions { aggregator: Some(AggregatorKind::Std), ..two() });
    let fit = fit.unwrap();
    let samples = mini_samples().into_iter();
    samples.map(|(input, class)| (fit.features(&input).unwrap(), class)).collect()
});

/// Of the 64 images for calibration, with the predicted class as label of every second.
static HELD_OUT: LazyLock<Vec<(Features, Option<usize>)>> = LazyLock::new(|| {
    let fit = Fit::load(MLP, two()).unwrap();
    let images = inputs("images").into_iter().enumerate();
    images
        .map(|(at, input)| (fit.features(&input).unwrap(), (at % 2 == 0).then_some(at % 5)))
        .collect()
});

fn two() -> FitOptions {
    FitOptions::new([DENSE, DENSE_1])
}

/// The same features of some of the layers.
fn narrowed(features: &Features, options: &FitOptions) -> Features {
    let layers = [DENSE, DENSE_1].iter().zip(features.layers());
    let named = layers.filter(|(name, _)| options.model.layers.iter().any(|own| own == *name));
    let layers = named.map(|(_, layer)| layer.clone()).collect();
    Features::new(features.logits().to_vec(), layers).unwrap()
}

fn samples(options: &FitOptions) -> Vec<Observation> {
    let all = SAMPLES.iter();
    all.map(|(features, class)| Observation::new(narrowed(features, options), *class)).collect()
}

fn held_out(options: &FitOptions) -> Vec<CalibrationSample> {
    let all = HELD_OUT.iter();
    all.map(|(features, class)| CalibrationSample::new(narrowed(features, options), *class))
        .collect()
}

/// Option sets that need different things of the samples.
fn option_sets() -> Vec<(&'static str, FitOptions)> {
    let one = || FitOptions { compact: true, ..FitOptions::new([DENSE_1]) };
    let joined = |kind| FitOptions { aggregator: Some(kind), ..two() };
    vec![
        ("dot", FitOptions { similarity: Similarity::Dot, ..one() }),
        ("cosine, few dropped", FitOptions { min_count: 25, ..one() }),
        (
            "mahalanobis, energy",
            FitOptions { similarity: Similarity::Mahalanobis, energy: Some(0.5), ..one() },
        ),
        ("two layers, std", FitOptions { compact: true, ..joined(AggregatorKind::Std) }),
        ("two layers, mean", joined(AggregatorKind::Mean)),
        ("two layers, sum", joined(AggregatorKind::Sum)),
        ("two layers, fisher", joined(AggregatorKind::Fisher)),
        (
            "hopfield",
            FitOptions {
                similarity: Similarity::Hopfield { beta: 0.01 },
                store: Store::Reservoir(7),
                ..one()
            },
        ),
        ("all stored", FitOptions { store: Store::All, ..one() }),
        ("class-conditional", FitOptions { class_conditional: true, ..one() }),
    ]
}

/// Numbers that are as good as random.
struct Dice(u64);

impl Dice {
    /// A number below another.
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % below
    }
}

fn fit(options: &FitOptions) -> Fit {
    Fit::load(MLP, options.clone()).unwrap()
}

fn first_round(fit: &Fit, samples: &[Observation]) -> Part {
    let mut part = Part::new(fit, 0.0).unwrap();
    samples.iter().for_each(|sample| part.push(sample).unwrap());
    part
}

fn second_round(patterns: &Part, samples: &[Observation], held_out: &[CalibrationSample]) -> Part {
    let mut calibration = Calibration::new(patterns).unwrap();
    if calibration.needs_samples() {
        samples.iter().for_each(|sample| calibration.push(sample).unwrap());
    }
    held_out.iter().for_each(|sample| calibration.calibrate(sample).unwrap());
    calibration.part()
}

/// Deals items out at random.
fn dealt<T: Clone>(items: &[T], parts: usize, dice: &mut Dice) -> Vec<Vec<T>> {
    let mut dealt = vec![Vec::new(); parts];
    let mut items = items.to_vec();
    while !items.is_empty() {
        let item = items.swap_remove(dice.roll(items.len()));
        dealt[dice.roll(parts)].push(item);
    }
    dealt
}

/// Merges two parts at a time, drawn at random, each through its bytes.
fn merged(mut parts: Vec<Part>, dice: &mut Dice) -> Part {
    while parts.len() > 1 {
        let mut one = parts.swap_remove(dice.roll(parts.len()));
        let other = parts.swap_remove(dice.roll(parts.len()));
        one.merge(Part::from_bytes(&other.to_bytes()).unwrap()).unwrap();
        parts.push(one);
    }
    parts.remove(0)
}

fn finished(part: &Part, options: &FitOptions) -> Detector {
    part.detector(part.fit(MLP, options.clone()).unwrap()).unwrap()
}

fn at_once(options: &FitOptions) -> Vec<u8> {
    let samples: Vec<_> = samples(options).into_iter().map(Ok).collect();
    let mut samples = samples.iter().cloned();
    let held_out = held_out(options).into_iter().map(Ok);
    fit(options).detector(&mut samples, held_out).unwrap().to_bytes()
}

/// One of the ways to split and merge.
fn by_parts(options: &FitOptions, dice: &mut Dice) -> Vec<u8> {
    let (fit, parts) = (fit(options), 1 + dice.roll(6));
    let shards = dealt(&samples(options), parts, dice);
    let held_out = dealt(&held_out(options), parts, dice);
    let patterns = merged(shards.iter().map(|shard| first_round(&fit, shard)).collect(), dice);
    let patterns = Part::from_bytes(&patterns.to_bytes()).unwrap();
    let scored = shards.iter().zip(&held_out);
    let scored = scored.map(|(shard, held_out)| second_round(&patterns, shard, held_out));
    let mut scores = merged(scored.collect(), dice);
    scores.merge(patterns).unwrap();
    finished(&Part::from_bytes(&scores.to_bytes()).unwrap(), options).to_bytes()
}

#[test]
fn any_split_in_any_order_gives_the_bytes_of_the_fit_on_one_machine() {
    let mut dice = Dice(1);
    for (name, options) in option_sets() {
        let expected = at_once(&options);
        for way in 0..10 {
            assert!(by_parts(&options, &mut dice) == expected, "{name}, way {way}");
        }
    }
}

/// Parts of the first and the second round of some option set.
fn rounds(options: &FitOptions) -> (Part, Part) {
    let patterns = first_round(&fit(options), &samples(options));
    let scores = second_round(&patterns, &samples(options), &held_out(options));
    (patterns, scores)
}

fn cosine() -> FitOptions {
    FitOptions { similarity: Similarity::Cosine, ..FitOptions::new([DENSE_1]) }
}

#[test]
fn merging_in_another_order_changes_no_byte_of_the_part() {
    let mut dice = Dice(7);
    for (name, options) in option_sets() {
        let fit = fit(&options);
        let shards = dealt(&samples(&options), 4, &mut dice);
        let parts: Vec<Part> = shards.iter().map(|shard| first_round(&fit, shard)).collect();
        let one = merged(parts.clone(), &mut dice);
        let other = merged(parts, &mut dice);
        assert!(one.to_bytes() == other.to_bytes(), "{name}: patterns");
        let scores: Vec<Part> =
            shards.iter().map(|shard| second_round(&one, shard, &held_out(&options))).collect();
        let scores: Vec<Part> = scores.into_iter().take(1).collect();
        let [one, other] = [(); 2].map(|()| merged(scores.clone(), &mut dice).to_bytes());
        assert!(one == other, "{name}: scores");
    }
}

#[test]
fn a_merged_mean_is_that_of_all_samples() {
    let options = cosine();
    let all = samples(&options);
    let (one, other) = all.split_at(123);
    let mut part = first_round(&fit(&options), one);
    part.merge(first_round(&fit(&options), other)).unwrap();
    part.merge(second_round(&part, &[], &held_out(&options))).unwrap();
    let detector = finished(&part, &options);
    let patterns = &detector.she().layers()[0];
    for (class, pattern) in patterns.classes().iter().zip(patterns.of_classes()) {
        let own = SAMPLES.iter().filter(|(features, label)| {
            let logits = features.logits();
            *label == class.index && logits.iter().all(|logit| *logit <= logits[*label])
        });
        let rows: Vec<&Vec<f32>> = own.map(|(features, _)| &features.layers()[1]).collect();
        for (at, found) in pattern.iter().enumerate() {
            let sum: f64 = rows.iter().map(|row| f64::from(row[at])).sum();
            assert_eq!(*found, (sum / rows.len() as f64) as f32);
        }
    }
}

/// The clip of a merged fit is the middle of a bin of values.
#[test]
fn quantiles_of_react_are_within_their_bound() {
    let options = FitOptions { react: Some(0.9), ..cosine() };
    let merged = Detector::load(by_parts(&options, &mut Dice(3))).unwrap();
    let whole = Detector::load(at_once(&options)).unwrap();
    let [found, exact] =
        [&merged, &whole].map(|detector| f64::from(detector.she().clips().unwrap()[0]));
    assert!((found - exact).abs() <= exact / 65536.0, "{found}, {exact}");
}

#[test]
fn a_share_held_out_is_the_same_of_any_split() {
    let options = FitOptions { aggregator: Some(AggregatorKind::Std), ..two() };
    let fitter = |samples: &[Observation], merged: Option<&Part>| {
        let mut fitter = match merged {
            None => Fitter::new(MLP, options.clone(), 0.2).unwrap(),
            Some(part) => Fitter::of_part(MLP, part.clone(), options.clone()).unwrap(),
        };
        for sample in samples {
            let (features, class) = &SAMPLES[position(sample)];
            fitter.push_features(vec![features.clone()], &[*class]).unwrap();
        }
        fitter
    };
    let by_fitters = |parts: usize, dice: &mut Dice| {
        let shards = dealt(&samples(&options), parts, dice);
        let patterns = shards.iter().map(|shard| fitter(shard, None).part().unwrap());
        let patterns = merged(patterns.collect(), dice);
        let scores = shards.iter().map(|shard| fitter(shard, Some(&patterns)).part().unwrap());
        let all = [vec![patterns.clone()], scores.collect()].concat();
        let whole = Part::merge_all(all.into_iter().map(Ok)).unwrap();
        fitter(&[], Some(&whole)).finish(0.9).unwrap()
    };
    let one = by_fitters(1, &mut Dice(1));
    let held_out = one.calibration().len();
    assert!((30..90).contains(&held_out), "{held_out} of 300 held out");
    for parts in [2, 5] {
        let other = by_fitters(parts, &mut Dice(parts as u64));
        assert!(one.to_bytes() == other.to_bytes(), "{parts} parts");
    }
}

/// Its calibration samples are those that it is given, without a hash that holds some out.
#[test]
fn a_fitter_calibrates_merged_parts() {
    for (kind, is_needed) in [(AggregatorKind::Sum, false), (AggregatorKind::Std, true)] {
        let options = FitOptions { aggregator: Some(kind), ..two() };
        let all = samples(&options);
        let (own, others) = all.split_at(200);
        let patterns = first_round(&fit(&options), own);
        let resumed = || Fitter::of_part(MLP, patterns.clone(), options.clone()).unwrap();
        let push = |fitter: &mut Fitter, own: &[Observation]| {
            own.iter().map(|sample| &SAMPLES[position(sample)]).try_for_each(|(features, class)| {
                fitter.push_features(vec![features.clone()], &[*class])
            })
        };
        let (mut again, mut calibrating) = (resumed(), resumed().calibrating());
        push(&mut calibrating, others).unwrap();
        assert_eq!(calibrating.counts(), (0, 100));
        assert_eq!(again.merge(&mut calibrating).unwrap_err().code(), "fit");
        match push(&mut again, own) {
            Ok(()) => assert!(is_needed),
            Err(error) => assert_eq!((error.code(), is_needed), ("invalid-option", false)),
        }
        let fit_scores = is_needed.then(|| again.part().unwrap());
        let scores = [patterns.clone(), calibrating.part().unwrap()].into_iter().chain(fit_scores);
        let held_out = others.iter().cloned().map(CalibrationSample::from).collect::<Vec<_>>();
        let expected = [patterns.clone(), second_round(&patterns, own, &held_out)];
        let [found, expected] = [scores.collect(), expected.to_vec()].map(|parts: Vec<Part>| {
            let whole = Part::merge_all(parts.into_iter().map(Ok)).unwrap();
            finished(&whole, &options).to_bytes()
        });
        assert!(found == expected, "needed: {is_needed}");
    }
}

/// Position of a sample among all.
fn position(sample: &Observation) -> usize {
    samples(&two()).iter().position(|other| other == sample).unwrap()
}

#[track_caller]
fn refused(part: &Part, other: Part, code: &str, says: &str) {
    let mut merged = part.clone();
    let error = merged.merge(other).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    assert!(merged == *part, "the part changed");
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let options = cosine();
    let (patterns, scores) = rounds(&options);
    let half = |options: &FitOptions| first_round(&fit(options), &samples(options)[..100]);
    let others = [
        (FitOptions { similarity: Similarity::Dot, ..cosine() }, "similarity is \"cosine\" here"),
        (FitOptions { min_count: 3, ..cosine() }, "minCount is 1 here and 3 there"),
        (FitOptions { energy: Some(1.0), ..cosine() }, "energy is null here and 1.0 there"),
        (FitOptions { model: FitOptions::new([DENSE]).model, ..cosine() }, "layers is"),
    ];
    for (options, says) in others {
        refused(&patterns, half(&options), "parts-mismatch", says);
    }
    refused(&patterns, patterns.clone(), "repeated-part", "the 300 samples");
    refused(&scores, scores.clone(), "repeated-part", "the 64 samples");
    let by_half = second_round(&half(&options), &[], &held_out(&options)[..9]);
    refused(&patterns, by_half.clone(), "parts-mismatch", "the SHA-256 of the patterns is");
    refused(&scores, by_half, "parts-mismatch", "the SHA-256 of the patterns is");
    let progress = Progress { data: "digits".to_string(), done: 5, of: 9 };
    let unfinished = half(&options).with_progress(Some(progress));
    refused(&patterns, unfinished, "invalid-part", "with 5 of 9 samples of digits");
    let code = |error: she_ood::Error| error.code();
    let whole = |part: &Part| part.detector(fit(&options)).map(drop).map_err(code);
    assert_eq!((whole(&patterns), whole(&scores)), (Err("invalid-part"), Err("invalid-part")));
    let other_model = patterns.fit(crate::fixtures::TINY, options.clone()).map(drop);
    assert_eq!(other_model.map_err(code), Err("parts-mismatch"));
    assert_eq!(Calibration::new(&scores).map(drop).map_err(code), Err("invalid-part"));
    let chosen = Fit::load(MLP, FitOptions::default()).unwrap();
    assert_eq!(Part::new(&chosen, 0.0).map(drop).map_err(code), Err("invalid-option"));
}

/// A merge of merges that share a part names what both hold.
#[test]
fn a_part_that_two_branches_of_a_tree_hold_is_refused_by_its_samples() {
    let options = cosine();
    let (fit, all) = (fit(&options), samples(&options));
    let [a, b, c] = [&all[..50], &all[50..123], &all[123..]].map(|own| first_round(&fit, own));
    let both = |one: &Part, other: &Part| Part::merge_all([one, other].map(|it| Ok(it.clone())));
    let (left, right) = (both(&a, &b).unwrap(), both(&b, &c).unwrap());
    refused(&left, right, "repeated-part", "the 73 samples");
    refused(&left, a, "repeated-part", "the 50 samples");
}

/// Whatever calibration samples come with them.
#[test]
fn samples_of_the_fit_that_are_scored_twice_are_refused() {
    let options = FitOptions { aggregator: Some(AggregatorKind::Std), ..two() };
    let patterns = first_round(&fit(&options), &samples(&options));
    let [without, with] = [&[][..], &held_out(&options)]
        .map(|held_out| second_round(&patterns, &samples(&options), held_out));
    refused(&without, with.clone(), "repeated-part", "the 300 samples");
    assert_eq!((without.info().parts, with.info().scored), (1, Some((300, 64))));
    let other = second_round(&patterns, &[], &held_out(&options));
    refused(&with, other, "repeated-part", "the 64 samples");
}

#[test]
fn samples_of_the_fit_give_no_threshold() {
    let options = cosine();
    let mut part = first_round(&fit(&options), &samples(&options));
    let own: Vec<_> = samples(&options).into_iter().map(CalibrationSample::from).collect();
    part.merge(second_round(&part, &[], &own)).unwrap();
    let error = part.detector(fit(&options)).unwrap_err();
    assert_eq!(error.code(), "invalid-part");
    assert!(error.to_string().contains("300 calibration samples"), "{error}");
}

#[test]
fn classes_with_fewer_samples_than_asked_for_count_as_classified_correctly() {
    let options = FitOptions { min_count: 20, ..cosine() };
    let (of_three, others): (Vec<_>, Vec<_>) =
        samples(&options).into_iter().zip(SAMPLES.iter()).partition(|(_, (_, class))| *class == 3);
    let few = others.into_iter().chain(of_three.into_iter().take(10));
    let few: Vec<Observation> = few.map(|(sample, _)| sample).collect();
    let own = first_round(&fit(&options), &few);
    let correct = own.info().counts.unwrap();
    let mut part = own.clone();
    part.merge(second_round(&own, &[], &held_out(&options))).unwrap();
    let whole = few.iter().cloned().map(Ok).collect::<Vec<_>>();
    let held_out = held_out(&options).into_iter().map(Ok);
    let whole = fit(&options).detector(&mut whole.iter().cloned(), held_out).unwrap();
    for detector in [finished(&part, &options), Detector::load(whole.to_bytes()).unwrap()] {
        let info = detector.info();
        assert_eq!(info.classes, [0, 1, 2, 4]);
        assert_eq!(info.correct_samples(), correct.iter().sum::<u64>());
        let message = |code| info.warnings.iter().find(|it| it.code == code).map(|it| &it.message);
        assert_eq!(message("few-correct"), None);
        let expected = format!("fewer than the fit asks for: 3 ({})", correct[3]);
        assert!(message("no-samples").unwrap().contains(&expected), "{:?}", info.warnings);
    }
}

/// The model has ten classes, five of them without samples.
#[test]
fn noise_makes_no_patterns_of_classes_without_samples() {
    let options = cosine();
    let (fit, all) = (fit(&options), samples(&options));
    let parts = all.chunks(60).map(|own| {
        let mut part = Part::new(&fit, 0.0)?.private(2.0, Some(1.53))?;
        own.iter().try_for_each(|sample| part.push(sample))?;
        part.add_noise(&fit)?;
        Ok(part)
    });
    let mut part = Part::merge_all(parts).unwrap();
    part.merge(second_round(&part, &[], &held_out(&options))).unwrap();
    let info = finished(&part, &options).info();
    assert_eq!(info.classes, [0, 1, 2, 3, 4]);
    let warning = info.warnings.iter().find(|warning| warning.code == "no-samples").unwrap();
    (5..10).for_each(|class| assert!(warning.message.contains(&class.to_string())));
}

#[test]
fn scores_of_some_of_the_samples_are_refused() {
    let options = FitOptions { aggregator: Some(AggregatorKind::Std), ..two() };
    let all = samples(&options);
    let mut part = first_round(&fit(&options), &all);
    part.merge(second_round(&part, &all[1..], &held_out(&options))).unwrap();
    let error = part.detector(fit(&options)).unwrap_err();
    assert_eq!(error.code(), "parts-mismatch");
    assert!(error.to_string().contains("is 300 here and 299 there"), "{error}");
}

#[test]
fn features_of_other_sizes_are_refused() {
    let options = cosine();
    let mut part = Part::new(&fit(&options), 0.0).unwrap();
    for (logits, layer) in [(9, 150), (10, 149)] {
        let features = Features::new(vec![0.0; logits], vec![vec![0.0; layer]]).unwrap();
        assert_eq!(part.push(&Observation::new(features, 0)).unwrap_err().code(), "fit");
    }
    let features = Features::new(vec![0.0; 10], vec![vec![0.0; 150]]).unwrap();
    assert_eq!(part.push(&Observation::new(features, 10)).unwrap_err().code(), "unknown-class");
}

/// Reads, and does with what was read all that can be done.
fn use_bytes(bytes: &[u8], patterns: &Part) -> she_ood::Result<()> {
    let part = Part::from_bytes(bytes)?;
    let mut merged = patterns.clone();
    let _ = merged.merge(part.clone());
    let fit = part.fit(MLP, FitOptions::default())?;
    let _ = Calibration::new(&part);
    part.detector(fit).map(drop)
}

#[test]
fn no_damaged_part_does_harm() {
    use sha2::{Digest, Sha256};
    let options = FitOptions { store: Store::Reservoir(2), ..cosine() };
    let (patterns, scores) = rounds(&FitOptions { model: two().model, ..options });
    let mut dice = Dice(5);
    for part in [&patterns, &scores] {
        let bytes = part.to_bytes();
        for length in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            assert_eq!(Part::from_bytes(&bytes[..length]).unwrap_err().code(), "invalid-part");
        }
        // With a hash that belongs to the damage, so that all behind it is reached.
        for _ in 0..300 {
            let mut bytes = bytes[..bytes.len() - 32].to_vec();
            for _ in 0..1 + dice.roll(3) {
                let at = if dice.roll(2) == 0 { dice.roll(bytes.len()) } else { dice.roll(2000) };
                bytes[at] = [0, 1, 255, dice.roll(256) as u8][dice.roll(4)];
            }
            let hash = Sha256::digest(&bytes);
            let _ = use_bytes(&[bytes, hash.to_vec()].concat(), &patterns);
        }
    }
}
