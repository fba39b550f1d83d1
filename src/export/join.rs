//! The layers' dissimilarities to one score, and to the nearest class.

use statrs::function::gamma::ln_gamma;

use super::builder::{Builder, Name};
use super::features::{column, energy};
use super::similarity::standardised;
use super::steps::Steps;
use crate::{Aggregator, Class, CompareWith, Fisher, WithEnergy};

/// Each layer's dissimilarity to the chosen class, `[N, 1]`.
pub(super) fn chosen(
    graph: &mut Builder,
    layer: &Name,
    classes: &[Class],
    compare_with: CompareWith,
    predicted: &Name,
) -> Name {
    let candidates = match compare_with {
        CompareWith::Nearest => layer.clone(),
        CompareWith::Predicted => {
            let own: Vec<i64> = classes.iter().map(|class| class.index as i64).collect();
            let own = graph.ints(&[1, own.len()], &own);
            let predicted = column(graph, predicted);
            let is_predicted = graph.op("Equal", &[&own, &predicted]);
            // A predicted class without patterns is as dissimilar as can be.
            let infinity = graph.real(f64::INFINITY);
            graph.op("Where", &[&is_predicted, layer, &infinity])
        }
    };
    graph.reduced("ReduceMin", &candidates, 1, true)
}

/// Joins scores of the layers of the same shape.
pub(super) fn joined(graph: &mut Builder, aggregator: &Aggregator, scores: &[Name]) -> Name {
    let sum = match aggregator {
        Aggregator::Single | Aggregator::Sum => summed(graph, scores),
        Aggregator::Std { stds: divisors } | Aggregator::Mean { means: divisors } => {
            let weighed: Vec<Name> = scores
                .iter()
                .zip(divisors)
                .map(|(score, &divisor)| {
                    let divisor = graph.real(divisor.into());
                    graph.op("Div", &[score, &divisor])
                })
                .collect();
            let sum = summed(graph, &weighed);
            let count = graph.real(scores.len() as f64);
            graph.op("Div", &[&sum, &count])
        }
        Aggregator::Fisher(fisher) => combined(graph, fisher, scores),
    };
    graph.rounded(sum)
}

fn summed(graph: &mut Builder, terms: &[Name]) -> Name {
    let mut terms = terms.iter().cloned();
    let first = terms.next().unwrap_or_default();
    terms.fold(first, |sum, term| graph.op("Add", &[&sum, &term]))
}

/// Position among the classes of the smallest joined dissimilarity, `[N]`. Far out, Fisher's method
/// joins to the same number for all; the sum still differs.
pub(super) fn nearest(
    graph: &mut Builder,
    aggregator: &Aggregator,
    joined: &Name,
    layers: &[Name],
) -> Name {
    if !matches!(aggregator, Aggregator::Fisher(_)) {
        return graph.position("ArgMin", joined);
    }
    let least = graph.reduced("ReduceMin", joined, 1, true);
    let is_more = graph.op("Greater", &[joined, &least]);
    let sum = summed(graph, layers);
    let infinity = graph.real(f64::INFINITY);
    let tied = graph.op("Where", &[&is_more, &infinity, &sum]);
    graph.position("ArgMin", &tied)
}

/// The score with the energy of the logits, `[N, 1]`.
pub(super) fn with_energy(
    graph: &mut Builder,
    with: WithEnergy,
    she: &Name,
    logits: &Name,
) -> Name {
    let energy = energy(graph, logits);
    let energy = graph.rounded(energy);
    let energy = standardised(graph, &energy, with.energy);
    let weight = graph.real(with.weight.into());
    let energy = graph.op("Mul", &[&energy, &weight]);
    let she = standardised(graph, she, with.she);
    graph.op("Add", &[&she, &energy])
}

/// Fisher's method: the distribution function of the sum of the logarithms of p-values.
fn combined(graph: &mut Builder, fisher: &Fisher, scores: &[Name]) -> Name {
    let logs: Vec<Name> = scores
        .iter()
        .zip(fisher.similarities())
        .map(|(score, ascending)| {
            let p_value = Steps::of(ascending).share(graph, score);
            graph.op("Log", &[&p_value])
        })
        .collect();
    let logs = summed(graph, &logs);
    // Half of tau / c.
    let scale = graph.real(-1.0 / fisher.scale());
    let x = graph.op("Mul", &[&logs, &scale]);
    let smallest = fisher.similarities().iter().map(|ascending| -(ascending.len() as f64).ln());
    let largest = -smallest.sum::<f64>() / fisher.scale();
    incomplete_gamma(graph, fisher.freedom() / 2.0, &x, largest)
}

/// The regularised lower incomplete gamma function `P(a, x)` for `x` from 0 to `largest`: the
/// series `sum_n x^(a + n) e^-x / Gamma(a + n + 1)`, whose terms are all positive.
fn incomplete_gamma(graph: &mut Builder, a: f64, x: &Name, largest: f64) -> Name {
    let terms = (largest + 10.0 * largest.sqrt() + 40.0).ceil() as usize;
    let powers: Vec<f64> = (0..terms).map(|n| a + n as f64).collect();
    let divisors: Vec<f64> = powers.iter().map(|power| ln_gamma(power + 1.0)).collect();
    let powers = graph.reals(&[terms], &powers);
    let divisors = graph.reals(&[terms], &divisors);
    // A last axis for the terms.
    let axis = graph.ints(&[3], &[0, 0, 1]);
    let x = graph.op("Reshape", &[x, &axis]);
    let log = graph.op("Log", &[&x]);
    let log = graph.op("Mul", &[&log, &powers]);
    let log = graph.op("Sub", &[&log, &x]);
    let log = graph.op("Sub", &[&log, &divisors]);
    let values = graph.op("Exp", &[&log]);
    let sum = graph.reduced("ReduceSum", &values, 2, false);
    let whole = graph.real(1.0);
    graph.op("Min", &[&sum, &whole])
}
