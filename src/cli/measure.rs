//! Measures every score of every sample of a set.

use she_ood::data::{Dataset, Inputs};
use she_ood::{
    Aggregator, BatchReport, Class, CompareWith, Detector, Features, Patterns, PatternsBuilder,
    Report, She, Similarity, Store, Tensor, Verdict, baselines,
};

use super::Result;
use super::left_out::LeftOut;
use super::samples::{Samples, features_of};

/// Samples drawn on the map of features at most.
const DRAWN: usize = 600;
/// Patterns per class for the Hopfield energy if the detector stores none: enough to see what it
/// would do.
const HOPFIELD_ROWS: usize = 200;

/// Scores to compare with the detector's own: each layer by itself and the sum of all, with one
/// similarity.
pub struct Alternative {
    names: Vec<String>,
    she: She,
}

/// A set as a detector scores it.
#[derive(Default)]
pub struct Measured {
    /// Name of the set.
    pub name: String,
    /// Positions in the set of the samples that could be used.
    pub positions: Vec<usize>,
    /// The detector's reports on them.
    pub reports: BatchReport,
    /// Every score by name, the detector's own first.
    pub scores: Vec<(String, Vec<f32>)>,
    /// Some of the samples, taken evenly, for the map.
    pub drawn: Vec<Drawn>,
    /// Samples whose label is one of the model's classes.
    pub labelled: usize,
    /// How many of those are classified correctly.
    pub correct: usize,
    /// How many of those have their label in their prediction set.
    pub covered: usize,
    /// Samples left out.
    pub left_out: usize,
}

/// A sample on the map of features.
pub struct Drawn {
    /// Class index that the model predicts.
    pub predicted: usize,
    /// Features of the last layer.
    pub features: Vec<f32>,
}

impl Alternative {
    /// All that follow from the detector's patterns, and the Hopfield energy if its features are
    /// stored.
    pub fn all(detector: &Detector, stored: Option<Vec<Patterns>>) -> she_ood::Result<Vec<Self>> {
        let she = detector.she();
        let scorer = |layers, similarity, compare_with| {
            let scorer = She::new(layers, similarity, compare_with)?;
            scorer.with_clips(she.clips().map(<[f32]>::to_vec)).map(Self::new)
        };
        let means: Vec<Patterns> = she.layers().iter().map(mean_of_rows).collect();
        let own = she
            .layers()
            .iter()
            .any(|layer| layer.classes().iter().any(|class| class.rows > 1))
            .then(|| she.layers().to_vec());
        let known = match she.similarity() {
            // Its patterns are of features at unit length.
            Similarity::Mahalanobis => vec![Similarity::Mahalanobis],
            // So are these, and of roots: there is nothing else to compare them by.
            Similarity::FewShot => Vec::new(),
            _ => vec![Similarity::Inner, Similarity::Cosine, Similarity::Euclidean],
        };
        let mut all = known
            .into_iter()
            .map(|similarity| scorer(means.clone(), similarity, she.compare_with()))
            .collect::<she_ood::Result<Vec<_>>>()?;
        if let Some(layers) = stored.or(own) {
            let similarity = match she.similarity() {
                Similarity::Hopfield { beta } => Similarity::Hopfield { beta },
                _ => Similarity::Hopfield { beta: Similarity::HOPFIELD_BETA },
            };
            all.push(scorer(layers, similarity, CompareWith::Predicted)?);
        }
        Ok(all)
    }

    fn new(she: She) -> Self {
        let similarity = match she.similarity() {
            Similarity::Hopfield { beta } => format!("HE {beta}"),
            other => format!("SHE {other}"),
        };
        let mut names: Vec<_> =
            she.layers().iter().map(|layer| format!("{similarity}, {}", layer.layer())).collect();
        if names.len() > 1 {
            names.push(format!("{similarity}, sum of layers"));
        }
        Self { names, she }
    }

    /// A score under each name.
    fn scores(&self, features: &Features, predicted: usize) -> she_ood::Result<Vec<f32>> {
        let mut scores: Vec<f32> = self
            .she
            .score(features.layers(), predicted)?
            .into_iter()
            .map(|layer| layer.score)
            .collect();
        if self.names.len() > scores.len() {
            scores.push(Aggregator::Sum.join(&scores));
        }
        Ok(scores)
    }
}

/// One pattern per class: the mean of those that are stored.
fn mean_of_rows(patterns: &Patterns) -> Patterns {
    let mean = |rows: &[f32]| {
        let count = (rows.len() / patterns.size()) as f64;
        let column = |d: usize| {
            rows.iter().skip(d).step_by(patterns.size()).map(|&value| f64::from(value)).sum::<f64>()
        };
        (0..patterns.size()).map(|d| (column(d) / count) as f32).collect::<Vec<_>>()
    };
    let classes = patterns.classes().iter().map(|class| Class { rows: 1, ..*class }).collect();
    let values = patterns.of_classes().flat_map(mean).collect();
    let means = Patterns::new(patterns.layer(), classes, values);
    let means = means.and_then(|means| match patterns.whitening() {
        Some(whitening) => means.with_whitening(whitening.clone()),
        None => Ok(means),
    });
    means.unwrap_or_else(|_| patterns.clone())
}

/// Stores features of the data that a detector was fitted to, for the Hopfield energy.
pub fn stored(
    detector: &Detector,
    set: &Dataset,
    inputs: &Inputs,
    strict: bool,
) -> Result<Vec<Patterns>> {
    let info = detector.info();
    let samples = Samples::new(set, inputs, &info.labels);
    let mut left_out = LeftOut::new(set, strict);
    let store = Store::Reservoir(HOPFIELD_ROWS);
    let mut builders: Vec<_> =
        info.layers.iter().map(|layer| PatternsBuilder::new(&layer.name, store)).collect();
    for outcome in samples.features(samples.positions(), "patterns", detector) {
        let position = outcome.position;
        let Some(features) = left_out.keep(outcome)? else { continue };
        // Samples of other classes are not among the patterns.
        let Ok(class) = samples.class(position) else { continue };
        let is_backbone = features.logits().is_empty();
        let predicted = if is_backbone { class } else { baselines(features.logits())?.0.class() };
        for (builder, layer) in builders.iter_mut().zip(features.layers()) {
            builder.push(layer, class, predicted)?;
        }
    }
    left_out.report()?;
    Ok(builders.into_iter().map(PatternsBuilder::finish).collect::<she_ood::Result<_>>()?)
}

/// Scores the samples of a set, and compares with the alternatives.
pub fn measure(
    detector: &Detector,
    alternatives: &[Alternative],
    set: &Dataset,
    inputs: &Inputs,
    strict: bool,
) -> Result<Measured> {
    let labels = detector.info().labels;
    let samples = Samples::new(set, inputs, &labels);
    let mut left_out = LeftOut::new(set, strict);
    let mut measured = Measured { name: set.name().to_string(), ..Measured::default() };
    let names = names(detector, alternatives);
    let mut columns = vec![Vec::new(); names.len()];
    let drawn_every = set.len().div_ceil(DRAWN);
    let score = |_: &[usize], inputs: &[Tensor]| {
        let features = features_of(detector, inputs).into_iter();
        features.map(|features| scored(detector, alternatives, features?)).collect()
    };
    let outcomes = samples.map(samples.positions(), "scoring", detector.batch_size(), score);
    for outcome in outcomes {
        let position = outcome.position;
        let Some(Scored { report, scores, last_layer }) = left_out.keep(outcome)? else { continue };
        columns.iter_mut().zip(scores).for_each(|(column, score)| column.push(score));
        let predicted = report.predicted.index;
        let last_layer = last_layer.filter(|_| position.is_multiple_of(drawn_every));
        measured.drawn.extend(last_layer.map(|features| Drawn { predicted, features }));
        measured.add(position, samples.class(position).ok(), &report);
    }
    left_out.report()?;
    measured.left_out = left_out.len();
    measured.scores = named_scores(&measured.reports, names.into_iter().zip(columns));
    Ok(measured)
}

/// The scores of one sample.
struct Scored {
    report: Report,
    /// A score for each name of the alternatives.
    scores: Vec<f32>,
    last_layer: Option<Vec<f32>>,
}

fn scored(
    detector: &Detector,
    alternatives: &[Alternative],
    features: Features,
) -> she_ood::Result<Scored> {
    let report = detector.report(&features)?;
    let mut scores: Vec<f32> = report.parts.iter().map(|parts| parts.she).collect();
    for alternative in alternatives {
        scores.extend(alternative.scores(&features, report.predicted.index)?);
    }
    let last_layer = features.layers().last().cloned();
    Ok(Scored { report, scores, last_layer })
}

impl Measured {
    fn add(&mut self, position: usize, class: Option<usize>, report: &Report) {
        self.positions.push(position);
        self.labelled += usize::from(class.is_some());
        self.correct += usize::from(class == Some(report.predicted.index));
        let is_in = |set: &Vec<usize>| class.is_some_and(|class| set.contains(&class));
        self.covered += usize::from(report.set.as_ref().is_some_and(is_in));
        self.reports.push(report);
    }

    /// The detector's own scores.
    pub fn own(&self) -> &[f32] {
        &self.reports.scores
    }

    /// Mean number of classes in a prediction set; `None` without sets.
    pub fn mean_set_size(&self) -> Option<f64> {
        let BatchReport { set_sizes, set_classes, .. } = &self.reports;
        (!set_sizes.is_empty()).then(|| set_classes.len() as f64 / set_sizes.len() as f64)
    }

    /// Number of samples with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.reports.verdicts.iter().filter(|&&other| other == verdict as u8).count()
    }

    /// Number of samples above their threshold.
    pub fn flagged(&self) -> usize {
        self.reports.is_ood.iter().filter(|&&is_ood| is_ood == 1).count()
    }
}

/// Names of all scores but the detector's own and those from the logits.
fn names(detector: &Detector, alternatives: &[Alternative]) -> Vec<String> {
    let part = detector.info().energy.map(|_| "without the energy".to_string());
    let others = alternatives.iter().flat_map(|alternative| alternative.names.clone());
    part.into_iter().chain(others).collect()
}

fn named_scores(
    reports: &BatchReport,
    others: impl Iterator<Item = (String, Vec<f32>)>,
) -> Vec<(String, Vec<f32>)> {
    let mut all = vec![("this detector".to_string(), reports.scores.clone())];
    all.extend(others);
    let own =
        [("MSP", &reports.msp), ("max logit", &reports.max_logit), ("energy", &reports.energy)];
    // Where patterns classify, there are no logits to score by.
    let own = own.into_iter().filter(|(_, scores)| scores.len() == reports.scores.len());
    all.extend(own.map(|(name, scores)| (name.to_string(), scores.clone())));
    all
}
