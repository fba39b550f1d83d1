//! The share of fit scores at least as high as a score, as Fisher's method needs it.

use std::iter::once;

use super::builder::{Builder, INT64, Name};

/// Scores this close to a fit score are taken for it, as a share of the largest: what another
/// runtime rounds in another way. More would move scores that lie between two fit scores.
const ROUNDING: f64 = 2e-7;

/// The distribution function of a layer's negated fit scores, interpolated between its steps.
///
/// A score that differs from a fit score only by rounding counts as equal to it: between two fit
/// scores that almost coincide, interpolation would magnify the rounding.
pub(super) struct Steps {
    /// Where the steps are, ascending; the first one twice, and infinity behind them.
    values: Vec<f64>,
    /// How many scores are before and at each step: none before the first, all at the last two.
    ranks: Vec<f64>,
    slack: f64,
}

/// The steps around some scores, or their ranks.
struct Around {
    before: Name,
    behind: Name,
}

impl Steps {
    /// From negated scores, ascending, with a bound before and behind.
    pub fn of(ascending: &[f64]) -> Self {
        let runs = || ascending.chunk_by(|one, next| one == next);
        let places = runs().filter_map(|run| run.first().copied());
        let values = ascending.iter().take(1).copied().chain(places).chain([f64::INFINITY]);
        let ends = runs().scan(0.0, |end, run| {
            *end += run.len() as f64;
            Some(*end)
        });
        let ranks = once(0.0).chain(ends).chain([ascending.len() as f64]);
        let inner = ascending.iter().skip(1).rev().skip(1);
        let scale = inner.fold(0.0f64, |largest, value| largest.max(value.abs()));
        Self { values: values.collect(), ranks: ranks.collect(), slack: ROUNDING * scale }
    }

    /// The share of fit scores at least as high as each score.
    pub fn share(&self, graph: &mut Builder, score: &Name) -> Name {
        let similarity = graph.op("Neg", &[score]);
        // A sample without a score is refused later; here it must not lead beyond the steps.
        let (infinity, least) = (graph.real(f64::INFINITY), graph.real(f64::NEG_INFINITY));
        let is_number = graph.op("Less", &[&similarity, &infinity]);
        let similarity = graph.op("Where", &[&is_number, &similarity, &least]);
        let values = graph.reals(&[self.values.len()], &self.values);
        let ranks = graph.reals(&[self.ranks.len()], &self.ranks);
        let index = self.index(graph, &values, &similarity);
        let (steps, ranks) = (around(graph, &values, &index), around(graph, &ranks, &index));
        let between = between(graph, &similarity, &steps, &ranks);
        let place = self.snapped(graph, &similarity, &steps, &ranks, &between);
        // Below the lowest and above the highest fit score, every share is the same.
        let one = graph.real(1.0);
        let count = graph.real(self.ranks.last().copied().unwrap_or(1.0));
        let place = graph.op("Max", &[&place, &one]);
        let place = graph.op("Min", &[&place, &count]);
        graph.op("Div", &[&place, &count])
    }

    /// How many steps are at or before each similarity, by bisection.
    fn index(&self, graph: &mut Builder, values: &Name, similarity: &Name) -> Name {
        let last = self.values.len().saturating_sub(1);
        let end = graph.ints(&[], &[last as i64]);
        // Zeros in the shape of the scores.
        let is_above_itself = graph.op("Greater", &[similarity, similarity]);
        let none = graph.cast(&is_above_itself, INT64);
        (0..=last.max(1).ilog2()).rev().fold(none, |index, bit| {
            let step = graph.ints(&[], &[1 << bit]);
            let next = graph.op("Add", &[&index, &step]);
            // `Min` of whole numbers is there from opset 12 on.
            let is_beyond = graph.op("Greater", &[&next, &end]);
            let place = graph.op("Where", &[&is_beyond, &end, &next]);
            let value = graph.gathered(values, &place, 0);
            let is_above = graph.op("Greater", &[&value, similarity]);
            graph.op("Where", &[&is_above, &index, &next])
        })
    }

    /// The place between two steps, or that of the nearer one where rounding alone parts them.
    fn snapped(
        &self,
        graph: &mut Builder,
        similarity: &Name,
        steps: &Around,
        ranks: &Around,
        between: &Name,
    ) -> Name {
        let over = distance(graph, similarity, &steps.before);
        let under = distance(graph, similarity, &steps.behind);
        let is_lower = graph.op("Less", &[&over, &under]);
        let nearer = graph.op("Where", &[&is_lower, &ranks.before, &ranks.behind]);
        let least = graph.op("Min", &[&over, &under]);
        let slack = graph.real(self.slack);
        let is_apart = graph.op("Greater", &[&least, &slack]);
        graph.op("Where", &[&is_apart, between, &nearer])
    }
}

/// The entries of a table at some positions, and those behind them.
fn around(graph: &mut Builder, table: &Name, index: &Name) -> Around {
    let one = graph.ints(&[], &[1]);
    let next = graph.op("Add", &[index, &one]);
    Around { before: graph.gathered(table, index, 0), behind: graph.gathered(table, &next, 0) }
}

/// The rank between two steps.
fn between(graph: &mut Builder, similarity: &Name, steps: &Around, ranks: &Around) -> Name {
    let over = graph.op("Sub", &[similarity, &steps.before]);
    let gap = graph.op("Sub", &[&steps.behind, &steps.before]);
    let tiny = graph.real(f64::MIN_POSITIVE);
    let gap = graph.op("Max", &[&gap, &tiny]);
    let part = graph.op("Div", &[&over, &gap]);
    let (none, whole) = (graph.real(0.0), graph.real(1.0));
    let part = graph.op("Max", &[&part, &none]);
    let part = graph.op("Min", &[&part, &whole]);
    graph.op("Add", &[&ranks.before, &part])
}

fn distance(graph: &mut Builder, one: &Name, other: &Name) -> Name {
    let difference = graph.op("Sub", &[one, other]);
    graph.op("Abs", &[&difference])
}
