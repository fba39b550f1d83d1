//! oodeel's second experiment: a ResNet that knows CIFAR-10, against SVHN and others. `make
//! experiment-cifar` runs it.
//!
//!     cifar10 choose  MODEL            every setting on validation data, best first
//!     cifar10 compare MODEL [SVHN]     presets, aggregators and similarities on the test files
//!
//! The model is run over every image once; each setting is then fitted to the features.

#[path = "cifar10/sets.rs"]
mod sets;
#[path = "cifar10/settings.rs"]
mod settings;

use std::error::Error;

use she_ood::metrics::evaluate;
use she_ood::{Detector, Features, fit_features};

use self::sets::{Reader, Set};
use self::settings::{LAYERS, Setting};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The features of each image of the sets that a detector is fitted on.
struct Fit {
    onnx: Vec<u8>,
    samples: Set,
    calibration: Set,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["choose", model] => choose(model),
        ["compare", model] => compare(model, None),
        ["compare", model, svhn] => compare(model, Some(svhn)),
        _ => Err("expected: choose MODEL, or compare MODEL [SVHN]".into()),
    }
}

/// The AUROC of every setting against sets made of training files, on images that were not trained
/// on.
fn choose(model: &str) -> Result<()> {
    let (reader, fit) = prepared(model)?;
    let id = reader.validation()?;
    let ood = reader.outliers()?;
    let mut rows = Vec::new();
    for setting in Setting::candidates() {
        let detector = fit.detector(&setting)?;
        let known = scores(&detector, &setting, &id.features)?;
        let aurocs = ood
            .iter()
            .map(|set| Ok(evaluate(&known, &scores(&detector, &setting, &set.features)?)?.auroc));
        let aurocs = aurocs.collect::<Result<Vec<f64>>>()?;
        rows.push((aurocs.iter().sum::<f64>() / aurocs.len() as f64, setting, aurocs));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<&str> = ood.iter().map(|set| set.name.as_str()).collect();
    println!("| AUROC on validation data | mean | {} |", names.join(" | "));
    println!("|{}", " --- |".repeat(names.len() + 2));
    for (mean, setting, aurocs) in rows {
        println!("| {} | {mean:.4} | {} |", setting.name, cells(&aurocs));
    }
    Ok(())
}

/// The figures of settings of note on the test files.
fn compare(model: &str, svhn: Option<&str>) -> Result<()> {
    let (reader, fit) = prepared(model)?;
    let id = reader.test()?;
    let ood = reader.unknown(svhn)?;
    println!("accuracy {:.2} % on {} test images\n", 100.0 * id.accuracy(), id.features.len());
    let (first, others) = ood.split_first().ok_or("there is nothing to hold it against")?;
    let names: Vec<String> = others.iter().map(|set| format!("AUROC {}", set.name)).collect();
    let head = format!(
        "AUROC {0} | FPR95 {0}, OOD positive | FPR95 {0}, ID positive | {1} | ID pass",
        first.name,
        names.join(" | ")
    );
    println!("| | {head} |\n|{}", " --- |".repeat(others.len() + 5));
    let row =
        |name: &str, score: &dyn Fn(&Features) -> Result<f32>, passed: String| -> Result<()> {
            let of = |set: &Set| set.features.iter().map(score).collect::<Result<Vec<f32>>>();
            let known = of(&id)?;
            let main = evaluate(&known, &of(first)?)?;
            let mut values = vec![main.auroc, main.fpr_id_at_tpr95_ood, main.fpr_ood_at_tpr95_id];
            for set in others {
                values.push(evaluate(&known, &of(set)?)?.auroc);
            }
            println!("| {name} | {} | {passed} |", cells(&values));
            Ok(())
        };
    for setting in Setting::of_note() {
        let detector = fit.detector(&setting)?;
        let flagged =
            id.features.iter().map(|features| Ok(detector.report(&setting.of(features)?)?.is_ood));
        let passed =
            flagged.collect::<Result<Vec<bool>>>()?.iter().filter(|&&is_ood| !is_ood).count();
        let passed = format!("{:.2} %", 100.0 * passed as f64 / id.features.len() as f64);
        row(&setting.name, &|features| Ok(detector.report(&setting.of(features)?)?.score), passed)?;
    }
    type Baseline = fn(&she_ood::Baselines) -> f32;
    let baselines: [(&str, Baseline); 3] =
        [("MSP", |b| b.msp), ("max logit", |b| b.max_logit), ("energy", |b| b.energy)];
    for (name, baseline) in baselines {
        row(
            name,
            &|features| Ok(baseline(&she_ood::baselines(features.logits())?.1)),
            "–".to_string(),
        )?;
    }
    Ok(())
}

fn prepared(model: &str) -> Result<(Reader, Fit)> {
    let onnx = std::fs::read(model)?;
    let reader = Reader::new(&onnx)?;
    let fit = Fit { samples: reader.fit()?, calibration: reader.calibration()?, onnx };
    Ok((reader, fit))
}

impl Fit {
    fn detector(&self, setting: &Setting) -> Result<Detector> {
        let samples: Vec<Features> = self
            .samples
            .features
            .iter()
            .map(|features| setting.of(features))
            .collect::<she_ood::Result<_>>()?;
        let calibration: Vec<Features> = self
            .calibration
            .features
            .iter()
            .map(|features| setting.of(features))
            .collect::<she_ood::Result<_>>()?;
        let labelled = samples.iter().zip(self.samples.labels.iter().copied());
        Ok(fit_features(&self.onnx, &setting.options, labelled, &calibration)?)
    }
}

fn scores(detector: &Detector, setting: &Setting, features: &[Features]) -> Result<Vec<f32>> {
    features.iter().map(|features| Ok(detector.report(&setting.of(features)?)?.score)).collect()
}

fn cells(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(" | ")
}
