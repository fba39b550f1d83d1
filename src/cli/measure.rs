//! Every score of every sample of a set.

use she_ood::data::{Dataset, Inputs};
use she_ood::{
    BatchReport, Class, Detector, Features, Model, PatternChoice, Patterns, PatternsBuilder, Report, She, Similarity, Store,
    baselines,
};

use super::Result;
use super::samples::Samples;

/// Samples whose features are kept to be drawn.
const DRAWN: usize = 600;
/// Patterns of each class for the Hopfield energy where the detector stores none: enough to see what it would do.
const HOPFIELD_ROWS: usize = 200;
const HOPFIELD: Similarity = Similarity::Hopfield { beta: 0.01 };

/// Scores to hold the detector's own against: each layer by itself and the sum of all, with one similarity.
pub struct Alternative {
    names: Vec<String>,
    she: She,
}

/// What a detector says of a set.
pub struct Measured {
    /// The line that names the set.
    pub name: String,
    /// Positions in the set of the samples that could be used.
    pub positions: Vec<usize>,
    /// The detector's verdicts on them.
    pub verdicts: BatchReport,
    /// Every score by name, the detector's own first.
    pub scores: Vec<(String, Vec<f32>)>,
    /// Position in `positions` and features of the last layer of a few samples, taken evenly.
    pub drawn: Vec<(usize, Vec<f32>)>,
    /// Correctly classified samples, where the set has labels.
    pub correct: Option<usize>,
    /// Samples left out.
    pub left_out: usize,
}

impl Alternative {
    /// All that can be computed from the detector's patterns, and the Hopfield energy where its features are at hand.
    pub fn all(detector: &Detector, stored: Option<Vec<Patterns>>) -> Vec<Self> {
        let she = detector.she();
        let means: Vec<Patterns> = she.layers.iter().map(mean_of_rows).collect();
        let own = she.layers.iter().any(|layer| layer.classes().iter().any(|class| class.rows > 1)).then(|| she.layers.clone());
        let known = [Similarity::Inner, Similarity::Cosine, Similarity::Euclidean];
        let mut all: Vec<Self> =
            known.into_iter().map(|similarity| Self::new(She { layers: means.clone(), similarity, ..she.clone() })).collect();
        if let Some(layers) = stored.or(own) {
            all.push(Self::new(She {
                layers,
                similarity: HOPFIELD,
                pattern: PatternChoice::Predicted,
                clips: she.clips.clone(),
            }));
        }
        all
    }

    fn new(she: She) -> Self {
        let similarity = match she.similarity {
            Similarity::Inner => "SHE inner",
            Similarity::Dot => "SHE dot",
            Similarity::Cosine => "SHE cosine",
            Similarity::Euclidean => "SHE euclidean",
            Similarity::Hopfield { .. } => "HE",
        };
        let mut names: Vec<_> = she.layers.iter().map(|layer| format!("{similarity}, {}", layer.layer())).collect();
        if names.len() > 1 {
            names.push(format!("{similarity}, sum of layers"));
        }
        Self { names, she }
    }

    /// A score for each name.
    fn scores(&self, features: &Features, predicted: usize) -> Result<Vec<f32>> {
        let mut scores: Vec<f32> = self.she.score(&features.layers, predicted)?.into_iter().map(|layer| layer.score).collect();
        if self.names.len() > scores.len() {
            scores.push(scores.iter().sum());
        }
        Ok(scores)
    }
}

/// One pattern a class: the mean of those that are stored.
fn mean_of_rows(patterns: &Patterns) -> Patterns {
    let mean = |rows: &[f32]| {
        let count = (rows.len() / patterns.size()) as f64;
        let column = |d: usize| rows.iter().skip(d).step_by(patterns.size()).map(|&value| f64::from(value)).sum::<f64>();
        (0..patterns.size()).map(|d| (column(d) / count) as f32).collect::<Vec<_>>()
    };
    let classes = patterns.classes().iter().map(|class| Class { rows: 1, ..*class }).collect();
    let values = patterns.of_classes().flat_map(mean).collect();
    Patterns::new(patterns.layer(), classes, values).unwrap_or_else(|_| patterns.clone())
}

/// Stores features of the data that a detector was fitted on, for the Hopfield energy.
pub fn stored(detector: &Detector, set: &Dataset, inputs: &Inputs, strict: bool) -> Result<Vec<Patterns>> {
    let info = detector.info();
    let samples = Samples::new(set, inputs, &info.labels, strict);
    let store = Store::Reservoir(HOPFIELD_ROWS);
    let mut builders: Vec<_> = info.layers.iter().map(|layer| PatternsBuilder::new(&layer.name, store)).collect();
    each_features(detector, samples.labelled("patterns"), |features, label| {
        let predicted = baselines(&features.logits).0.class;
        for (builder, layer) in builders.iter_mut().zip(&features.layers) {
            builder.push(layer, label, predicted)?;
        }
        Ok(())
    })?;
    samples.report()?;
    Ok(builders.into_iter().map(PatternsBuilder::finish).collect::<she_ood::Result<_>>()?)
}

/// Scores a set.
pub fn measure(
    detector: &Detector,
    alternatives: &[Alternative],
    set: &Dataset,
    inputs: &Inputs,
    strict: bool,
) -> Result<Measured> {
    let labels = detector.info().labels;
    let samples = Samples::new(set, inputs, &labels, strict);
    let mut measured = Measured {
        name: set.name().to_string(),
        positions: Vec::new(),
        verdicts: BatchReport::default(),
        scores: Vec::new(),
        drawn: Vec::new(),
        correct: None,
        left_out: 0,
    };
    let mut columns = vec![Vec::new(); alternatives.iter().map(|alternative| alternative.names.len()).sum()];
    let drawn_every = set.len().div_ceil(DRAWN);
    each_features(detector, samples.usable("scoring").map(|(i, input)| (input, i)), |features, position| {
        let report = detector.report(features)?;
        let scores = alternatives.iter().map(|alternative| alternative.scores(features, report.predicted.index));
        let scores = scores.collect::<Result<Vec<_>>>()?;
        columns.iter_mut().zip(scores.into_iter().flatten()).for_each(|(column, score)| column.push(score));
        if position % drawn_every == 0 {
            measured.drawn.push((measured.positions.len(), features.layers.last().cloned().unwrap_or_default()));
        }
        measured.count_correct(&samples, position, &report);
        measured.positions.push(position);
        measured.verdicts.push(&report);
        Ok(())
    })?;
    samples.report()?;
    measured.left_out = samples.missing();
    measured.scores = named_scores(&measured.verdicts, alternatives, columns);
    match measured.positions.is_empty() {
        true => Err(format!("{}: no sample is left", set.name()).into()),
        false => Ok(measured),
    }
}

impl Measured {
    fn count_correct(&mut self, samples: &Samples<'_>, position: usize, report: &Report) {
        if let Ok(class) = samples.class(position) {
            *self.correct.get_or_insert(0) += usize::from(class == report.predicted.index);
        }
    }

    /// The detector's own scores.
    pub fn own(&self) -> &[f32] {
        &self.verdicts.scores
    }

    /// Number of samples over their threshold.
    pub fn flagged(&self) -> usize {
        self.verdicts.is_ood.iter().filter(|&&is_ood| is_ood == 1).count()
    }
}

fn named_scores(verdicts: &BatchReport, alternatives: &[Alternative], columns: Vec<Vec<f32>>) -> Vec<(String, Vec<f32>)> {
    let mut all = vec![("this detector".to_string(), verdicts.scores.clone())];
    all.extend(alternatives.iter().flat_map(|alternative| alternative.names.clone()).zip(columns));
    all.push(("MSP".to_string(), verdicts.msp.clone()));
    all.push(("max logit".to_string(), verdicts.max_logit.clone()));
    all.push(("energy".to_string(), verdicts.energy.clone()));
    all
}

/// Runs inputs in batches and shows the features of each with the number that came with it.
fn each_features(
    detector: &Detector,
    inputs: impl Iterator<Item = (she_ood::Tensor, usize)>,
    mut see: impl FnMut(&Features, usize) -> Result<()>,
) -> Result<()> {
    let mut inputs = inputs.peekable();
    let (mut data, mut numbers) = (Vec::new(), Vec::new());
    while inputs.peek().is_some() {
        data.clear();
        numbers.clear();
        for (input, number) in inputs.by_ref().take(Model::BATCH) {
            data.extend_from_slice(input.data());
            numbers.push(number);
        }
        for (features, &number) in detector.features_batch(&data)?.iter().zip(&numbers) {
            see(features, number)?;
        }
    }
    Ok(())
}
