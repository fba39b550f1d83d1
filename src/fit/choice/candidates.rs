//! All candidates of a choice, rated by the samples put aside.

use super::column::{Column, Figure};
use super::gathered::Gathered;
use crate::fit::Observation;
use crate::fit::judge::rounded;
use crate::parallel::map_in_order;
use crate::{
    AggregatorKind, Candidate, Features, Layer, Model, Result, She, Similarity, baselines,
};

/// The similarities to choose from, the simplest first.
const SIMILARITIES: [Similarity; 4] =
    [Similarity::Cosine, Similarity::Inner, Similarity::Euclidean, Similarity::Mahalanobis];

/// How many more false alarms than the cosine a candidate may raise: as many again as unchanged
/// samples do.
const MORE_ALARMS: f64 = 0.05;

/// A candidate with its figures.
pub(super) struct Rated {
    pub candidate: Candidate,
    pub auroc: Figure,
    false_alarms: f64,
    /// Scores that it joins, the energy counted first.
    pub parts: (bool, usize),
}

/// A way to score, before it is rated.
#[derive(Clone)]
struct Way {
    /// Positions among the taps.
    layers: Vec<usize>,
    /// Position among the similarities.
    similarity: usize,
    aggregator: Option<AggregatorKind>,
    energy: bool,
}

/// Rates every candidate, and passes over those with many more false alarms than the first, the
/// cosine of the default layer.
pub(super) fn candidates(model: &Model, gathered: &Gathered) -> Result<Vec<Rated>> {
    let columns = Columns::score(model, gathered)?;
    let ways = ways(model.taps(), gathered.has_energy());
    let mut rated: Vec<_> = ways.iter().filter_map(|way| columns.rate(way, model.taps())).collect();
    let (first, others) = match rated.split_first_mut() {
        Some(parts) => parts,
        None => return Ok(rated),
    };
    for other in others {
        other.candidate.passed_over = other.false_alarms > first.false_alarms + MORE_ALARMS;
    }
    Ok(rated)
}

/// All candidates: each layer, the ends of stages together and all layers together, by each
/// similarity, the sets joined in two ways, without and with energy.
fn ways(taps: &[Layer], has_energy: bool) -> Vec<Way> {
    let joined = |layers: &Vec<usize>| match layers.len() {
        1 => vec![None],
        _ => vec![Some(AggregatorKind::Std), Some(AggregatorKind::Sum)],
    };
    let energies = if has_energy { vec![false, true] } else { vec![false] };
    let mut ways = Vec::new();
    for layers in layer_sets(taps) {
        for similarity in 0..SIMILARITIES.len() {
            for aggregator in joined(&layers) {
                for &energy in &energies {
                    ways.push(Way { layers: layers.clone(), similarity, aggregator, energy });
                }
            }
        }
    }
    ways
}

/// The default layer first, or the last where there is none.
fn layer_sets(taps: &[Layer]) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..taps.len()).collect();
    let first = taps.iter().position(|tap| tap.is_default).or(all.last().copied());
    let others: Vec<usize> = all.iter().copied().filter(|&at| Some(at) != first).collect();
    let single = first.into_iter().chain(others.iter().copied()).map(|at| vec![at]);
    let sets = [others.clone(), all].into_iter().filter(|set| set.len() > 1);
    single.chain(sets).collect()
}

/// The scores of the samples put aside, by layer and similarity and by energy.
struct Columns {
    /// By layer, then by similarity.
    she: Vec<Vec<Option<Column>>>,
    energy: Option<Column>,
}

impl Columns {
    fn score(model: &Model, gathered: &Gathered) -> Result<Self> {
        let probes = &gathered.probes;
        let scorers = (0..model.taps().len())
            .flat_map(|layer| SIMILARITIES.iter().map(move |&similarity| (layer, similarity)));
        let column = |(layer, similarity)| {
            let scorer = gathered.scorer(layer, similarity)?;
            let of_sample = |features: &Features| score(&scorer, features, layer);
            Some(column_of(probes, of_sample)).filter(|column| column.standardised().is_some())
        };
        let mut columns = map_in_order(scorers, column);
        let mut of_layer = || columns.by_ref().take(SIMILARITIES.len()).collect();
        let she = model.taps().iter().map(|_| of_layer()).collect();
        let energy = |features: &Features| {
            baselines(features.logits()).map_or(f64::NAN, |(_, scores)| scores.energy.into())
        };
        let energy = Some(column_of(probes, energy)).filter(|_| gathered.has_energy());
        Ok(Self { she, energy: energy.and_then(|energy| energy.standardised()) })
    }

    /// `None` where the scores of a candidate cannot be compared.
    fn rate(&self, way: &Way, taps: &[Layer]) -> Option<Rated> {
        let similarity = *SIMILARITIES.get(way.similarity)?;
        let scores = self.joined(way)?;
        let (auroc, false_alarms) = (scores.auroc(), scores.false_alarms().value());
        let layers: Vec<&Layer> =
            way.layers.iter().map(|&layer| taps.get(layer)).collect::<Option<_>>()?;
        let candidate = Candidate {
            layers: layers.iter().map(|layer| layer.name.clone()).collect(),
            similarity,
            aggregator: way.aggregator,
            energy: way.energy,
            auroc: Some(rounded(auroc.value())),
            false_alarms: Some(rounded(false_alarms)),
            passed_over: false,
        };
        let parts = (way.energy, layers.len());
        Some(Rated { candidate, auroc, false_alarms, parts })
    }

    fn joined(&self, way: &Way) -> Option<Column> {
        let layer = |&layer: &usize| self.she.get(layer)?.get(way.similarity)?.clone();
        let columns: Vec<Column> = way.layers.iter().map(layer).collect::<Option<_>>()?;
        let she = match way.aggregator {
            Some(AggregatorKind::Std) => {
                let scaled: Option<Vec<_>> = columns.iter().map(Column::standardised).collect();
                Column::sum(&scaled?)?
            }
            _ => Column::sum(&columns)?,
        };
        match way.energy {
            true => Column::sum([&she.standardised()?, self.energy.as_ref()?]),
            false => Some(she),
        }
    }
}

fn column_of(probes: &[Observation], score: impl Fn(&Features) -> f64) -> Column {
    let altered = |kind: usize| {
        let features = probes.iter().filter_map(|probe| probe.altered.as_ref()?.get(kind));
        features.map(&score).collect::<Vec<f64>>()
    };
    let known = probes.iter().map(|probe| score(&probe.features)).collect();
    let kinds = (0..).map(altered).take_while(|scores| !scores.is_empty());
    Column { known, altered: kinds.collect() }
}

fn score(scorer: &She, features: &Features, layer: usize) -> f64 {
    let features = features.layers().get(layer..=layer).unwrap_or_default();
    let scores = scorer.compare(features, 0);
    scores.first().map_or(f64::NAN, |layer| layer.score.into())
}
