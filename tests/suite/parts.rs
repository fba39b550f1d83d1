//! Parts of a fit merge to the fit of all samples.

use std::sync::LazyLock;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use she_ood::{
    AggregatorKind, Calibration, CalibrationSample, Detector, Features, Fit, FitOptions,
    Observation, Part, Similarity, Store,
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
