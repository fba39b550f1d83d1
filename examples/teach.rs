//! Teaches a backbone a few photos of each class and measures how it judges others. `make teach`
//! runs it.
//!
//!     teach BACKBONE flowers=FOLDER photos=FOLDER
//!
//! `flowers` holds a folder of pictures for each kind, of which three sets of kinds are taught,
//! each three times with other examples, at ten and at five a class. The other kinds are near
//! strangers, `photos` are far ones; photos of kinds that are taught are left out by the words of
//! their names.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Display, Formatter};

use she_ood::data::{Dataset, Inputs};
use she_ood::metrics::Curve;
use she_ood::{Features, FitOptions, Teacher};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The kinds that are taught.
const TAUGHT: [&[&str]; 3] = [
    &["sunflower", "daisy", "iris", "pansy", "tigerlily"],
    &["buttercup", "bluebell", "fritillary", "windflower", "dandelion"],
    &["iris", "bluebell", "daisy"],
];

/// Draws of examples for each set of kinds.
const DRAWS: u64 = 3;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [backbone, settings @ ..] = arguments.as_slice() else {
        return Err("expected: BACKBONE flowers=FOLDER photos=FOLDER".into());
    };
    let folder = |key: &str| -> Result<&str> {
        let found = settings.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        found.ok_or_else(|| format!("{key}= is missing").into())
    };
    let trial = Trial::run(std::fs::read(backbone)?, folder("flowers")?, folder("photos")?)?;
    println!("| photos a class | kinds | {} |", Figures::HEADINGS);
    println!("| --- | --- |{}", " --- |".repeat(7));
    for count in [10, 5] {
        let mut all = Vec::new();
        for kinds in TAUGHT {
            let drawn: Vec<Figures> =
                (0..DRAWS).map(|draw| trial.teach(kinds, count, draw)).collect::<Result<_>>()?;
            let figures = Figures::mean(&drawn);
            println!("| {count} | {} | {figures} |", kinds.join(", "));
            all.push(figures);
        }
        println!("| {count} | mean | {} |", Figures::mean(&all));
    }
    Ok(())
}

/// The features of all pictures.
struct Trial {
    onnx: Vec<u8>,
    flowers: BTreeMap<String, Vec<Features>>,
    photos: Vec<(String, Features)>,
}

impl Trial {
    fn run(onnx: Vec<u8>, flowers: &str, photos: &str) -> Result<Self> {
        let teacher = Teacher::load(&onnx[..], FitOptions::taught())?;
        let mut of_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (kind, _, features) in run(&teacher, flowers)? {
            of_kind.entry(kind).or_default().push(features);
        }
        let photos = run(&teacher, photos)?;
        let photos = photos.into_iter().map(|(_, name, features)| (name, features)).collect();
        Ok(Self { onnx, flowers: of_kind, photos })
    }

    fn teach(&self, kinds: &[&str], count: usize, draw: u64) -> Result<Figures> {
        let mut teacher = Teacher::load(&self.onnx[..], FitOptions::taught())?;
        let mut rest = Vec::new();
        for kind in kinds {
            let pictures = self.flowers.get(*kind).ok_or(format!("no folder {kind}"))?;
            for (at, picture) in shuffled(pictures.len(), draw).into_iter().enumerate() {
                let Some(features) = pictures.get(picture) else { continue };
                match at < count {
                    true => drop(teacher.add(kind, features)?),
                    false => rest.push((*kind, features)),
                }
            }
        }
        let detector = teacher.detector()?;
        let (mut right, mut known) = (0, Vec::new());
        for (kind, features) in &rest {
            let report = detector.report(features)?;
            right += usize::from(report.predicted.label == *kind);
            known.push((report.score, report.is_ood));
        }
        let score = |features: &Features| -> Result<(f32, bool)> {
            let report = detector.report(features)?;
            Ok((report.score, report.is_ood))
        };
        let others = self.flowers.iter().filter(|(kind, _)| !kinds.contains(&kind.as_str()));
        let others = others.flat_map(|(_, pictures)| pictures);
        let near: Vec<_> = others.map(score).collect::<Result<_>>()?;
        let shows_taught = |name: &str| kinds.iter().any(|kind| name.contains(kind));
        let far = self.photos.iter().filter(|(name, _)| !shows_taught(name));
        let far: Vec<_> = far.map(|(_, features)| score(features)).collect::<Result<_>>()?;
        let (near_curve, far_curve) = (curve(&known, &near)?, curve(&known, &far)?);
        Ok(Figures([
            right as f64 / rest.len() as f64,
            near_curve.auroc(),
            far_curve.auroc(),
            far_curve.fpr_ood_at_tpr95_id(),
            1.0 - flagged(&known),
            flagged(&near),
            flagged(&far),
        ]))
    }
}

/// The label, name and features of each picture of a set.
fn run(teacher: &Teacher, line: &str) -> Result<Vec<(String, String, Features)>> {
    let set = Dataset::open(line)?;
    let preprocess = teacher.info().preprocess;
    let inputs = Inputs::new(teacher.model().input_shape(), preprocess.as_ref());
    let picture = |position| {
        let input = inputs.make(&set.sample(position)?)?;
        let (label, name) = (set.label(position).unwrap_or_default(), set.sample_name(position));
        Ok((label, name, teacher.features(&input)?))
    };
    (0..set.len()).map(picture).collect()
}

/// Positions in an order that depends on the draw: by the numbers of a linear congruential
/// generator.
fn shuffled(count: usize, draw: u64) -> Vec<usize> {
    let mut state = draw.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut keyed: Vec<(u64, usize)> = (0..count).map(|at| (next(), at)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, at)| at).collect()
}

fn curve(known: &[(f32, bool)], strangers: &[(f32, bool)]) -> Result<Curve> {
    let scores = |of: &[(f32, bool)]| of.iter().map(|(score, _)| *score).collect::<Vec<_>>();
    Ok(Curve::new(&scores(known), &scores(strangers))?)
}

fn flagged(scored: &[(f32, bool)]) -> f64 {
    scored.iter().filter(|(_, is_ood)| *is_ood).count() as f64 / scored.len() as f64
}

/// Accuracy, AUROC near and far, FPR95 far, known passed, near and far flagged.
struct Figures([f64; 7]);

impl Figures {
    const HEADINGS: &str = "accuracy | other kinds, AUROC | photos, AUROC | photos, FPR95 | \
                            known passed | other kinds flagged | photos flagged";

    fn mean(all: &[Self]) -> Self {
        let mut mean = [0.0; 7];
        for figures in all {
            mean.iter_mut().zip(figures.0).for_each(|(sum, one)| *sum += one / all.len() as f64);
        }
        Self(mean)
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let texts: Vec<String> = self.0.iter().map(|figure| format!("{figure:.4}")).collect();
        f.write_str(&texts.join(" | "))
    }
}
