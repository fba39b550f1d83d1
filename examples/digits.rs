//! The embedded detector: fits it on MNIST's digits 0 to 4, and measures it on the test files.
//!
//!     cargo run --release --example digits -- fit        models/digits-model.onnx to models/digits.onnx
//!     cargo run --release --example digits -- figures    the tables of README.md
//!
//! `make digits` and `make figures` fetch the data first, to `data/mnist` and `data/fashion`.

use std::error::Error;
use std::fs;

use she_ood::metrics::{auroc, fpr_id_at_tpr95_ood, fpr_ood_at_tpr95_id};
use she_ood::{BatchReport, Channels, Detector, FitOptions, Framing, Layout, Preprocess, Similarity, Tensor, fit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MODEL: &str = "models/digits-model.onnx";
const DETECTOR: &str = "models/digits.onnx";
/// Layer and similarity with the best AUROC on validation data, see `models/digits-model.json`.
const LAYER: &str = "dense_relu";
const SIMILARITY: Similarity = Similarity::Cosine;
/// Digits below are known to the model.
const CLASSES: u8 = 5;
/// Training images kept from the fit, as in `tools/train_digits.py`: the last for calibration, those before for validation.
const HELD_OUT: usize = 2000;
const PIXELS: usize = 28 * 28;

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("fit") => Ok(fs::write(DETECTOR, fitted(SIMILARITY)?.to_bytes())?),
        Some("figures") => figures(),
        _ => Err("say what to do: fit or figures".into()),
    }
}

fn fitted(similarity: Similarity) -> Result<Detector> {
    let images: Vec<_> = Images::read("mnist", "train")?.samples().filter(|&(_, label)| label < CLASSES as usize).collect();
    let (rest, calibration) = images.split_at(images.len() - HELD_OUT);
    let samples = rest[..rest.len() - HELD_OUT].iter().cloned();
    let options = FitOptions {
        similarity,
        preprocess: Some(Preprocess {
            width: 28,
            height: 28,
            channels: Channels::Gray,
            layout: Layout::Nchw,
            framing: Framing::Ink,
            mean: vec![0.0],
            std: vec![1.0],
        }),
        ..FitOptions::new([LAYER])
    };
    let calibration = calibration.iter().map(|(input, _)| input.clone());
    Ok(fit(&fs::read(MODEL)?, &options, samples, calibration)?)
}

fn figures() -> Result<()> {
    let embedded = Detector::embedded()?;
    let same = fitted(SIMILARITY)?.to_bytes() == embedded.to_bytes();
    println!("The embedded detector is what `fit` makes: {}\n", if same { "yes, byte for byte" } else { "NO" });

    let digits = Images::read("mnist", "t10k")?;
    let known = digits.filtered(|label| label < CLASSES);
    on_known(&embedded.score_batch(&known.inputs())?, &known.labels);
    let unknown =
        [("digits 5-9", digits.filtered(|label| label >= CLASSES)), ("Fashion-MNIST", Images::read("fashion", "t10k")?)];
    println!("\n| against | score | AUROC | FPR95, OOD positive | FPR95, ID positive | flagged |\n|---|---|---|---|---|---|");
    for (name, images) in unknown {
        for similarity in [Similarity::Inner, Similarity::Cosine, Similarity::Euclidean] {
            let detector = fitted(similarity)?;
            let (id, ood) = (detector.score_batch(&known.inputs())?, detector.score_batch(&images.inputs())?);
            against(name, similarity, &id, &ood);
        }
        let (id, ood) = (embedded.score_batch(&known.inputs())?, embedded.score_batch(&images.inputs())?);
        row(name, "MSP", &id.msp, &ood.msp, "–");
        row(name, "max logit", &id.max_logit, &ood.max_logit, "–");
        row(name, "energy", &id.energy, &ood.energy, "–");
    }
    Ok(())
}

/// Accuracy on digits that the model knows, and how many pass.
fn on_known(batch: &BatchReport, labels: &[u8]) {
    let right = batch.predicted.iter().zip(labels).filter(|&(&predicted, &label)| predicted == u32::from(label)).count();
    println!("| digits 0-4, test | |\n|---|---|");
    println!("| images | {} |", labels.len());
    println!("| accuracy | {:.2} % |", percent(right, labels.len()));
    println!("| pass as in-distribution (aim 95 %) | {:.2} % |", percent(passed(batch), labels.len()));
}

/// The row of SHE with one similarity.
fn against(name: &str, similarity: Similarity, id: &BatchReport, ood: &BatchReport) {
    let embedded = if similarity == SIMILARITY { " (embedded)" } else { "" };
    let score = format!("SHE {}{embedded}", format!("{similarity:?}").to_lowercase());
    let flagged = percent(ood.scores.len() - passed(ood), ood.scores.len());
    row(name, &score, &id.scores, &ood.scores, &format!("{flagged:.1} %"));
}

fn row(against: &str, score: &str, id: &[f32], ood: &[f32], flagged: &str) {
    let (auroc, ood_positive, id_positive) = (auroc(id, ood), fpr_id_at_tpr95_ood(id, ood), fpr_ood_at_tpr95_id(id, ood));
    println!("| {against} | {score} | {auroc:.4} | {ood_positive:.4} | {id_positive:.4} | {flagged} |");
}

fn passed(batch: &BatchReport) -> usize {
    batch.is_ood.iter().filter(|&&is_ood| is_ood == 0).count()
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// Images of 28 x 28 pixels with their labels.
struct Images {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Images {
    /// Reads a pair of idx files, `part` being `train` or `t10k`.
    fn read(set: &str, part: &str) -> Result<Self> {
        let file = |kind: &str, header: usize| -> Result<Vec<u8>> {
            let path = format!("data/{set}/{part}-{kind}-ubyte");
            let bytes = fs::read(&path).map_err(|error| format!("{path}: {error} (make figures fetches it)"))?;
            Ok(bytes.get(header..).ok_or(format!("{path} is too short"))?.to_vec())
        };
        Ok(Self { pixels: file("images-idx3", 16)?, labels: file("labels-idx1", 8)? })
    }

    fn filtered(&self, wanted: impl Fn(u8) -> bool) -> Self {
        let pairs = self.pixels.chunks_exact(PIXELS).zip(&self.labels).filter(|&(_, &label)| wanted(label));
        let (pixels, labels): (Vec<_>, Vec<_>) = pairs.map(|(pixels, &label)| (pixels, label)).unzip();
        Self { pixels: pixels.concat(), labels }
    }

    /// All images as inputs, end to end.
    fn inputs(&self) -> Vec<f32> {
        self.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect()
    }

    fn samples(&self) -> impl Iterator<Item = (Tensor, usize)> {
        let inputs = self.inputs();
        let tensor = move |i: usize| Tensor::new([1, 28, 28], inputs[i * PIXELS..][..PIXELS].to_vec()).ok();
        self.labels.iter().enumerate().filter_map(move |(i, &label)| Some((tensor(i)?, usize::from(label))))
    }
}
