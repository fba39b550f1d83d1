//! Features against the patterns of each class: how unlike they are, the smaller the more alike.

use super::builder::{Builder, FLOAT, Name, int};
use super::features::log_sum_exp;
use crate::score::Moments;
use crate::{Class, Patterns, Similarity};

/// Dissimilarity of features `[N, D]` to each class, `[N, K]`, rounded as scores are.
pub(super) fn to_classes(
    graph: &mut Builder,
    features: &Name,
    patterns: &Patterns,
    similarity: Similarity,
) -> Name {
    let comparable = Comparable::of(graph, features, patterns, similarity);
    let rows = comparable.to_rows(graph, patterns, similarity);
    let classes = joined(graph, rows, patterns.classes(), similarity);
    let narrow = graph.cast(&classes, FLOAT);
    graph.check(&narrow);
    graph.widened(narrow)
}

/// Features as they are compared with patterns, less the centre of the patterns.
struct Comparable {
    features: Name,
    /// What of each coordinate counts negatively, for few-shot patterns.
    signs: Option<Vec<f64>>,
}

impl Comparable {
    fn of(
        graph: &mut Builder,
        features: &Name,
        patterns: &Patterns,
        similarity: Similarity,
    ) -> Self {
        let features = graph.widened(features.clone());
        let plain = |features| Self { features, signs: None };
        match (patterns.whitening(), patterns.few_shot()) {
            (Some(whitening), _) => {
                let unit = unit(graph, &features);
                let size = whitening.size();
                let matrix = graph.reals(&[size, size], &whitening.transposed());
                plain(graph.op("MatMul", &[&unit, &matrix]))
            }
            (_, Some(few_shot)) => {
                let roots = rooted(graph, &features);
                let (size, matrix) = (few_shot.size(), few_shot.coordinates());
                let rows = matrix.len() / size.max(1);
                let matrix = graph.reals(&[size, rows], &matrix);
                let more = graph.op("MatMul", &[&roots, &matrix]);
                let all = graph.with("Concat", &[&roots, &more], &[int("axis", 1)]);
                let centre = graph.reals(&[patterns.centre().len()], patterns.centre());
                let features = graph.op("Sub", &[&all, &centre]);
                let signs = [vec![1.0; size], vec![-1.0; rows]].concat();
                Self { features, signs: Some(signs) }
            }
            _ if similarity == Similarity::Cosine => plain(unit(graph, &features)),
            _ => plain(features),
        }
    }

    /// Dissimilarity to each pattern.
    fn to_rows(&self, graph: &mut Builder, patterns: &Patterns, similarity: Similarity) -> Name {
        let rows = self.rows(patterns, similarity);
        let product = self.products(graph, &rows);
        let scaled = |graph: &mut Builder, factor: f64| {
            let factor = graph.real(-factor);
            graph.op("Mul", &[&product, &factor])
        };
        match (similarity, patterns.few_shot()) {
            (Similarity::Inner, _) => {
                let size = graph.real(-(patterns.size() as f64));
                graph.op("Div", &[&product, &size])
            }
            (Similarity::Dot | Similarity::Cosine, _) => graph.op("Neg", &[&product]),
            (Similarity::Hopfield { beta }, _) => scaled(graph, beta.into()),
            (_, None) => {
                let squares = self.distances(graph, &rows, &product).0;
                graph.op("Sqrt", &[&squares])
            }
            (_, Some(few_shot)) => {
                let (squares, own) = self.distances(graph, &rows, &product);
                let distance = standardised(graph, &squares, few_shot.distance());
                let Some(moments) = few_shot.cosine() else { return distance };
                let cosine = self.cosines(graph, &rows, &product, &own);
                let cosine = standardised(graph, &cosine, moments);
                graph.op("Sub", &[&distance, &cosine])
            }
        }
    }

    /// The patterns as features are compared with them.
    fn rows(&self, patterns: &Patterns, similarity: Similarity) -> Vec<Vec<f64>> {
        let centred = |row: &[f64]| match self.signs {
            Some(_) => row.iter().zip(patterns.centre()).map(|(a, b)| a - b).collect(),
            None => row.to_vec(),
        };
        let rows = patterns.rows().map(|(row, length)| match similarity {
            Similarity::Cosine if length > 0.0 => row.iter().map(|value| value / length).collect(),
            _ => centred(row),
        });
        rows.collect()
    }

    /// What a coordinate counts.
    fn sign(&self, index: usize) -> f64 {
        self.signs.as_ref().and_then(|signs| signs.get(index)).copied().unwrap_or(1.0)
    }

    /// Inner products with each pattern.
    fn products(&self, graph: &mut Builder, rows: &[Vec<f64>]) -> Name {
        let size = rows.first().map_or(0, Vec::len);
        let column = |index: usize| {
            let sign = self.sign(index);
            rows.iter().filter_map(move |row| row.get(index)).map(move |value| sign * value)
        };
        let columns: Vec<f64> = (0..size).flat_map(column).collect();
        let matrix = graph.reals(&[size, rows.len()], &columns);
        graph.op("MatMul", &[&self.features, &matrix])
    }

    /// Squared distances to each pattern, and the squared length of the features.
    fn distances(&self, graph: &mut Builder, rows: &[Vec<f64>], product: &Name) -> (Name, Name) {
        let squares = graph.op("Mul", &[&self.features, &self.features]);
        let squares = match &self.signs {
            Some(signs) => {
                let signs = graph.reals(&[signs.len()], signs);
                graph.op("Mul", &[&squares, &signs])
            }
            None => squares,
        };
        let own = graph.reduced("ReduceSum", &squares, 1, true);
        let others = graph.reals(&[1, rows.len()], &self.squares(rows));
        let sum = graph.op("Add", &[&own, &others]);
        let twice = graph.op("Add", &[product, product]);
        let difference = graph.op("Sub", &[&sum, &twice]);
        let zero = graph.real(0.0);
        (graph.op("Max", &[&difference, &zero]), graph.op("Max", &[&own, &zero]))
    }

    fn squares(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        let square = |row: &Vec<f64>| {
            let terms =
                row.iter().enumerate().map(|(index, value)| self.sign(index) * value * value);
            terms.sum::<f64>().max(0.0)
        };
        rows.iter().map(square).collect()
    }

    /// Cosines to each pattern, 0 where either side is 0.
    fn cosines(&self, graph: &mut Builder, rows: &[Vec<f64>], product: &Name, own: &Name) -> Name {
        let lengths: Vec<f64> = self.squares(rows).into_iter().map(f64::sqrt).collect();
        let others = graph.reals(&[1, lengths.len()], &lengths);
        let own = graph.op("Sqrt", &[own]);
        let both = graph.op("Mul", &[&own, &others]);
        quotient(graph, product, &both)
    }
}

/// A quotient of a dividend that is 0 where the divisor is: 0 there.
fn quotient(graph: &mut Builder, dividend: &Name, divisor: &Name) -> Name {
    let (zero, one) = (graph.real(0.0), graph.real(1.0));
    let is_positive = graph.op("Greater", &[divisor, &zero]);
    let divisor = graph.op("Where", &[&is_positive, divisor, &one]);
    let quotient = graph.op("Div", &[dividend, &divisor]);
    graph.op("Where", &[&is_positive, &quotient, &zero])
}

/// Features at unit length; zeros stay zeros.
fn unit(graph: &mut Builder, features: &Name) -> Name {
    let squares = graph.op("Mul", &[features, features]);
    let square = graph.reduced("ReduceSum", &squares, 1, true);
    if graph.real == FLOAT {
        // A length that overflows would leave zeros, which look like features.
        graph.check(&square);
    }
    let length = graph.op("Sqrt", &[&square]);
    quotient(graph, features, &length)
}

/// Square roots of features, with their signs, at unit length.
fn rooted(graph: &mut Builder, features: &Name) -> Name {
    let size = graph.op("Abs", &[features]);
    let root = graph.op("Sqrt", &[&size]);
    let sign = graph.op("Sign", &[features]);
    let roots = graph.op("Mul", &[&root, &sign]);
    unit(graph, &roots)
}

/// Values less their mean, over their deviation.
pub(super) fn standardised(graph: &mut Builder, values: &Name, moments: Moments) -> Name {
    let (mean, std) = (graph.real(moments.mean.into()), graph.real(moments.std.into()));
    let difference = graph.op("Sub", &[values, &mean]);
    graph.op("Div", &[&difference, &std])
}

/// One value for all patterns of a class.
fn joined(graph: &mut Builder, rows: Name, classes: &[Class], similarity: Similarity) -> Name {
    let most = classes.iter().map(|class| class.rows).max().unwrap_or(1);
    if most == 1 {
        return rows;
    }
    let starts = classes.iter().scan(0, |end, class| {
        *end += class.rows;
        Some(*end - class.rows)
    });
    // Short classes repeat their first pattern.
    let positions = classes.iter().zip(starts).flat_map(|(class, start)| {
        (0..most).map(move |row| (start + if row < class.rows { row } else { 0 }) as i64)
    });
    let positions: Vec<i64> = positions.collect();
    let positions = graph.ints(&[positions.len()], &positions);
    let padded = graph.gathered(&rows, &positions, 1);
    let padded = graph.reshaped(&padded, &[-1, classes.len() as i64, most as i64]);
    if !matches!(similarity, Similarity::Hopfield { .. }) {
        return graph.reduced("ReduceMin", &padded, 2, false);
    }
    let missing = |class: &Class| {
        let rows = class.rows;
        (0..most).map(move |row| if row < rows { 0.0 } else { f64::NEG_INFINITY })
    };
    let missing: Vec<f64> = classes.iter().flat_map(missing).collect();
    let missing = graph.reals(&[classes.len(), most], &missing);
    let similarities = graph.op("Sub", &[&missing, &padded]);
    let joined = log_sum_exp(graph, &similarities, 2);
    let joined = graph.op("Neg", &[&joined]);
    graph.reshaped(&joined, &[-1, classes.len() as i64])
}
