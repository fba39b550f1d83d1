//! Conformal prediction sets equal NumPy's, and hold the true class as often as they promise.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use she_ood::{
    CalibrationSample, Detector, Error, Features, Fit, FitOptions, Observation, Result, Similarity,
    Tensor, Verdict,
};
use statrs::distribution::{Beta, ContinuousCDF};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Made by `data/prediction_sets.py`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Golden {
    model: String,
    fit: Vec<Vec<f32>>,
    fit_labels: Vec<usize>,
    calibration: Vec<Vec<f32>>,
    labels: Vec<usize>,
    samples: Vec<Vec<f32>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    level: f64,
    by_class: bool,
    count: usize,
    /// Samples of this case only: at its quantiles.
    own: Vec<Vec<f32>>,
    sets: Vec<Vec<usize>>,
}

static GOLDEN: LazyLock<Golden> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/prediction_sets.json")).unwrap());

/// Logits of the model that `data/prediction_sets.py` makes, and their number.
const CLASSES: usize = 5;

fn fit(level: f64, by_class: bool) -> Fit {
    let options = FitOptions {
        similarity: Similarity::Euclidean,
        id_pass_rate: level,
        class_conditional: by_class,
        ..FitOptions::default()
    };
    Fit::load(STANDARD.decode(&GOLDEN.model).unwrap(), options).unwrap()
}

/// What the model makes of an input.
fn features(input: &[f32]) -> Features {
    Features::new(input[..CLASSES].to_vec(), vec![input.to_vec()]).unwrap()
}

fn detector(
    fit: &Fit,
    calibration: impl IntoIterator<Item = (Features, Option<usize>)>,
) -> Result<Detector> {
    let samples = GOLDEN.fit.iter().zip(&GOLDEN.fit_labels);
    let mut samples = samples.map(|(input, &class)| Ok(Observation::new(features(input), class)));
    let calibration = calibration.into_iter();
    fit.clone().detector(
        &mut samples,
        calibration.map(|(features, class)| Ok(CalibrationSample::new(features, class))),
    )
}

fn golden(case: &Case) -> Detector {
    let Golden { calibration, labels, .. } = &*GOLDEN;
    let samples = calibration.iter().zip(labels).take(case.count);
    let samples = samples.map(|(input, &class)| (features(input), Some(class)));
    detector(&fit(case.level, case.by_class), samples).unwrap()
}

#[test]
fn sets_equal_numpy_also_after_the_file_is_read_again() {
    for case in &GOLDEN.cases {
        let detector = Detector::load(golden(case).to_bytes()).unwrap();
        let inputs: Vec<&Vec<f32>> = GOLDEN.samples.iter().chain(&case.own).collect();
        assert_eq!(inputs.len(), case.sets.len());
        let batch =
            detector.score_batch(&inputs.iter().copied().flatten().copied().collect::<Vec<_>>());
        let batch = batch.unwrap();
        assert_eq!(batch.set_classes, flat(&case.sets));
        for (i, (input, expected)) in inputs.iter().zip(&case.sets).enumerate() {
            let report = detector.score(&Tensor::new([6], input.to_vec()).unwrap()).unwrap();
            let (level, count) = (case.level, case.count);
            assert_eq!(report.set.as_ref(), Some(expected), "{level}, {count} samples: {input:?}");
            assert!(expected.first().is_none_or(|&first| first == report.predicted.index));
            let verdict = match (report.is_ood, expected.len()) {
                (true, _) => Verdict::Unknown,
                (false, 1) => Verdict::Known,
                (false, _) => Verdict::Unsure,
            };
            assert_eq!((report.verdict, batch.verdicts[i]), (verdict, verdict as u8));
            assert_eq!(batch.set_sizes[i] as usize, expected.len());
        }
    }
}

fn flat(sets: &[Vec<usize>]) -> Vec<u32> {
    sets.iter().flatten().map(|&class| class as u32).collect()
}

#[test]
fn info_tells_of_the_sets_and_warns_of_too_few_samples() {
    for case in &GOLDEN.cases {
        let info = golden(case).info();
        let sets = info.sets.unwrap();
        assert_eq!((sets.level, sets.by_class, sets.size), (case.level, case.by_class, case.count));
        let warning = info.warnings.iter().find(|warning| warning.code == "no-sets");
        let full = case.sets.iter().all(|set| set.len() == CLASSES);
        assert_eq!(warning.is_some(), full, "{} at {}", case.count, case.level);
        assert!(
            warning.is_none_or(|it| it.message.contains(&format!("as {} labelled", case.count)))
        );
    }
}

#[test]
fn without_labels_there_are_no_sets_and_a_part_of_them_is_enough() {
    let labelled = |share: usize| {
        let samples = GOLDEN.calibration.iter().zip(&GOLDEN.labels).enumerate();
        let samples = samples
            .map(move |(i, (input, &class))| (features(input), (i % 10 < share).then_some(class)));
        Detector::load(detector(&fit(0.9, false), samples).unwrap().to_bytes()).unwrap()
    };
    let (none, half, all) = (labelled(0), labelled(5), labelled(10));
    assert_eq!(half.info().sets.unwrap().size, 150);
    assert_eq!(all.info().sets.unwrap().size, 300);
    assert_eq!((none.info().sets, none.info().warnings), (None, half.info().warnings));
    assert_eq!(none.calibration(), all.calibration());
    for input in &GOLDEN.samples {
        let report = none.report(&features(input)).unwrap();
        let verdict = if report.is_ood { Verdict::Unknown } else { Verdict::Known };
        assert_eq!((report.verdict, report.set), (verdict, None));
    }
    let data = GOLDEN.samples.concat();
    let batch = none.score_batch(&data).unwrap();
    assert_eq!((batch.set_sizes.len(), batch.set_classes.len()), (0, 0));
    assert_eq!(batch.verdicts, batch.is_ood.iter().map(|is_ood| 2 * is_ood).collect::<Vec<_>>());
}

#[test]
fn labels_that_the_model_does_not_have_are_refused() {
    let sample = [(features(&[0.0; 6]), Some(CLASSES))];
    assert!(matches!(
        detector(&fit(0.9, false), sample),
        Err(Error::UnknownClass { class: 5, classes: 5 })
    ));
}

#[test]
fn a_damaged_block_of_sets_is_refused() {
    let file = golden(&GOLDEN.cases[0]).to_bytes();
    let at = find(&file, b"she.sets") + 16;
    let mut damaged = file.clone();
    damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
    assert_eq!(Detector::load(damaged).unwrap_err().code(), "invalid-detector");
}

#[test]
fn counts_that_are_not_those_of_the_block_are_refused() {
    let by_class = GOLDEN.cases.iter().find(|case| case.by_class).unwrap();
    let file = golden(by_class).to_bytes();
    let at = find(&file, b"setCounts") + b"setCounts\":[".len();
    for digit in b"19" {
        let mut damaged = file.clone();
        damaged[at] = if damaged[at] == *digit { b'2' } else { *digit };
        let error = Detector::load(damaged).unwrap_err();
        assert_eq!(error.code(), "invalid-detector");
        assert!(error.to_string().contains("she.sets"), "{error}");
    }
}

/// A reader that knows nothing of the sets, as those of the first version.
#[test]
fn a_manifest_without_sets_leaves_the_rest_as_it_is() {
    let mut file = golden(&GOLDEN.cases[0]).to_bytes();
    let own = Detector::load(file.as_slice()).unwrap();
    let at = find(&file, b"\"sets\":");
    file[at + 1] = b'x';
    let other = Detector::load(file).unwrap();
    assert_eq!((other.info().sets, other.calibration()), (None, own.calibration()));
}

fn find(file: &[u8], key: &[u8]) -> usize {
    file.windows(key.len()).position(|window| window == key).unwrap()
}

/// Uniform numbers of (0, 1), the same in every run.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = self.0 ^ (self.0 >> 33);
        ((mixed.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 11) as f64 + 0.5) / 2f64.powi(53)
    }

    /// Logistic noise: as heavy tails as a classifier's errors have.
    fn noise(&mut self) -> f32 {
        let share = self.uniform();
        (share / (1.0 - share)).ln() as f32
    }

    /// A sample of three classes, of which the model mistakes the last most.
    fn sample(&mut self) -> (Features, usize) {
        let class = (3.0 * self.uniform()) as usize;
        let mut logits: Vec<f32> = (0..CLASSES).map(|_| self.noise()).collect();
        logits[class] += [5.0, 3.0, 1.0][class];
        let layer = logits.iter().copied().chain([self.noise()]).collect();
        (Features::new(logits, vec![layer]).unwrap(), class)
    }
}

/// Share of `TESTED` new samples of each class, and of all, whose set holds the class, for each of
/// many calibrations with `n` samples: of each class where each has its own sets.
fn coverages(level: f64, by_class: bool, n: usize) -> BTreeMap<Option<usize>, Vec<f64>> {
    let (fit, mut random) = (fit(level, by_class), Random(1));
    let mut coverages: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for _ in 0..CALIBRATIONS {
        let mut seen = [0; 3];
        let mut calibration = Vec::new();
        while calibration.len() < if by_class { 3 * n } else { n } {
            let (features, class) = random.sample();
            seen[class] += 1;
            let is_wanted = !by_class || seen[class] <= n;
            calibration.extend(is_wanted.then_some((features, Some(class))));
        }
        let detector = detector(&fit, calibration).unwrap();
        let mut counts = BTreeMap::from([None, Some(0), Some(1), Some(2)].map(|of| (of, (0, 0))));
        for (features, class) in (0..TESTED).map(|_| random.sample()) {
            let covered = detector.report(&features).unwrap().set.unwrap().contains(&class);
            for of in [None, Some(class)] {
                let (hits, all) = counts[&of];
                counts.insert(of, (hits + usize::from(covered), all + 1));
            }
        }
        for (of, (hits, all)) in counts {
            coverages.entry(of).or_default().push(hits as f64 / all as f64);
        }
    }
    coverages
}

const CALIBRATIONS: usize = 150;
const TESTED: usize = 1500;

/// Coverage over calibrations follows Beta(k, n + 1 - k): its mean, and by the test of Kolmogorov
/// and Smirnov its whole law.
#[track_caller]
fn assert_beta(name: &str, mut coverages: Vec<f64>, n: usize, level: f64) {
    let k = ((n + 1) as f64 * level - 1e-9).ceil();
    let law = Beta::new(k, (n + 1) as f64 - k).unwrap();
    let count = coverages.len() as f64;
    let mean = coverages.iter().sum::<f64>() / count;
    let deviation = (k * ((n + 1) as f64 - k) / (n + 2) as f64).sqrt() / (n + 1) as f64;
    let error = (mean - k / (n + 1) as f64) / deviation * count.sqrt();
    assert!(error.abs() < 4.0, "{name}: mean {mean}, {error} deviations off");
    coverages.sort_by(f64::total_cmp);
    let distance = coverages.iter().enumerate().map(|(i, &coverage)| {
        let share = law.cdf(coverage);
        (share - i as f64 / count).max((i + 1) as f64 / count - share)
    });
    let distance = distance.fold(0.0, f64::max) * count.sqrt();
    // The critical value of one in 10,000.
    assert!(distance < 2.23, "{name}: distance {distance}");
}

#[test]
fn coverage_over_all_classes_is_what_the_theory_says() {
    let (level, n) = (0.9, 39);
    let coverages = coverages(level, false, n);
    assert_beta("all", coverages[&None].clone(), n, level);
    let mean = |of: &Vec<f64>| of.iter().sum::<f64>() / of.len() as f64;
    let [easy, hard] = [0, 2].map(|class| mean(&coverages[&Some(class)]));
    assert!(easy > 0.97 && hard < 0.85, "{easy} and {hard}: the promise is over all classes only");
}

#[test]
fn coverage_within_each_class_is_what_the_theory_says() {
    let (level, n) = (0.9, 49);
    let coverages = coverages(level, true, n);
    for class in 0..3 {
        assert_beta(&class.to_string(), coverages[&Some(class)].clone(), n, level);
    }
}
