//! Examples, each compared with the patterns that it was left out of, in closed form.
//!
//! Everything follows from inner products. An example `x` of a class with `n` examples leaves
//! `(n mu - x) / (n - 1)` of its mean `mu`. To the covariance it gave its residual `r`, without
//! which inner products change by the identity of Sherman and Morrison:
//!
//! ```text
//! <p, q>' = <p, q> + k <p, r> <q, r>      k = a / (1 - a <r, r>),  a = m / (m - 1) / ridge
//! ```
//!
//! with `m` examples of its class behind the covariance. The ridge stays that of all examples.

use super::gram::Gram;
use super::products::Products;
use crate::score::{cholesky, cosine, mean_row, solve};
use crate::{Error, Result};

/// Mean square of a residual up to which examples of a class are the same but for rounding.
const LEAST_SCATTER: f64 = 1e-12;

/// The compared examples and the means of all classes, by their inner products.
pub(in crate::fit) struct Geometry {
    /// Class of each example.
    classes: Vec<usize>,
    /// Number of examples that are the same as each, itself among them.
    copies: Vec<u64>,
    /// Number of examples behind each mean.
    counts: Vec<u64>,
    /// The examples of each class among those that are compared.
    peers: Vec<Vec<usize>>,
    /// The residual of each example, none where examples do not differ.
    pub residuals: Vec<Vec<f64>>,
    /// The packed factor of their products.
    pub factor: Vec<f64>,
    ridge: f64,
    /// Under the covariance: of the examples, then the means.
    products: Products,
    /// Of each of them with the sum of all means.
    with_sum: Vec<f64>,
}

/// An example compared with every class.
pub(in crate::fit) struct Compared {
    pub class: usize,
    /// Squared Mahalanobis distance to each class.
    pub distances: Vec<f64>,
    /// Cosine to each class, from the centre of all.
    pub cosines: Vec<f64>,
}

impl Geometry {
    pub(super) fn new(
        gram: &Gram,
        examples: Vec<(usize, u64)>,
        means: &[Vec<f64>],
        counts: Vec<u64>,
    ) -> Self {
        let (classes, copies): (Vec<usize>, Vec<u64>) = examples.into_iter().unzip();
        let mut peers = vec![Vec::new(); counts.len()];
        for (example, &class) in classes.iter().enumerate() {
            peers.get_mut(class).into_iter().for_each(|peers| peers.push(example));
        }
        let plain = Products::of(gram, means);
        let centred = plain.centred(&peers, &classes);
        let size = means.first().map_or(1, Vec::len);
        let (factor, ridge) = factored(&centred.centred_rows(&peers, &classes), size);
        let residuals = if factor.is_empty() { Vec::new() } else { residuals(gram, &peers) };
        let coordinates = centred.columns().map(|column| solve(&factor, column));
        let coordinates: Vec<Vec<f64>> = coordinates.collect();
        let products = plain.less(&Products::of_each_other(&coordinates));
        let with_sum = products.row_sums(classes.len());
        Self { classes, copies, counts, peers, residuals, factor, ridge, products, with_sum }
    }

    /// Number of classes.
    pub fn class_count(&self) -> usize {
        self.counts.len()
    }

    /// Refuses classes whose means are all the same.
    ///
    /// # Errors
    /// [`Error::Fit`].
    pub fn check(&self) -> Result<()> {
        let (first, count) = (self.classes.len(), self.class_count());
        let square = |at: usize| self.products.at(at, at);
        let gap = |at: usize| square(at) - 2.0 * self.products.at(first, at) + square(first);
        if count < 2 || (first + 1..first + count).any(|mean| gap(mean) > LEAST_SCATTER) {
            return Ok(());
        }
        Err(Error::Fit {
            reason: format!(
                "the features of all {count} classes are the same, so the model tells nothing \
                 apart: choose another layer, or check how pictures become its input"
            ),
        })
    }

    /// The examples, left out with their copies, each compared with what is left without it.
    pub fn left_out(&self) -> impl Iterator<Item = Compared> {
        (0..self.classes.len()).filter_map(|example| self.without(example))
    }

    fn without(&self, x: usize) -> Option<Compared> {
        let class = self.classes.get(x).copied()?;
        let copies = self.copies.get(x).copied()?;
        let others = self.counts.get(class)?.checked_sub(copies).filter(|others| *others > 0)?;
        let part = copies as f64 / others as f64;
        let whole = 1.0 + part;
        let (mean, count) = (|class: usize| self.classes.len() + class, self.counts.len());
        let residual = self.residual(x, class)?;
        let along = |p: usize| residual.along.get(p).copied().unwrap_or_default();
        let along_sum: f64 = (0..count).map(|class| along(mean(class))).sum();
        let product = |p, q| self.products.at(p, q) + residual.weight * along(p) * along(q);
        // With the mean that is left of the class, and with the sum of all means then.
        let with_own = |p| whole * product(p, mean(class)) - part * product(p, x);
        let with_sum = |p: usize| {
            let before = self.with_sum.get(p).copied().unwrap_or_default()
                + residual.weight * along(p) * along_sum;
            before - product(p, mean(class)) + with_own(p)
        };
        let own = |with: &dyn Fn(usize) -> f64| whole * with(mean(class)) - part * with(x);
        let (own_square, own_sum) = (own(&with_own), own(&with_sum));
        let others = (0..count).filter(|other| *other != class);
        let sum_square = others.map(|other| with_sum(mean(other))).sum::<f64>() + own_sum;
        let (classes, square) = (count as f64, product(x, x));
        let (to_centre, centre) = (with_sum(x) / classes, sum_square / classes.powi(2));
        let compare = |other: usize| {
            let at = mean(other);
            let (product, own, to_sum) = match other == class {
                true => (with_own(x), own_square, own_sum),
                false => (product(x, at), product(at, at), with_sum(at)),
            };
            let distance = (square - 2.0 * product + own).max(0.0);
            let lengths =
                (square - 2.0 * to_centre + centre) * (own - 2.0 * to_sum / classes + centre);
            let inner = product - to_centre - to_sum / classes + centre;
            (distance, cosine(inner, lengths.max(0.0).sqrt()))
        };
        let (distances, cosines) = (0..count).map(compare).unzip();
        Some(Compared { class, distances, cosines })
    }

    /// What an example gave to the covariance.
    fn residual(&self, x: usize, class: usize) -> Option<Residual> {
        let peers = self.peers.get(class)?;
        let along = self.products.centred_row(x, peers);
        let own = along.get(x)? - mean_of(&along, peers);
        let scale = match peers.len() {
            0 | 1 => 0.0,
            count => count as f64 / (count - 1) as f64 / self.ridge,
        };
        // It is below 1 but for rounding, as the residual is part of the covariance.
        let left = (1.0 - scale * own).max(f64::EPSILON);
        Some(Residual { along, weight: scale / left })
    }
}

/// The residual of an example.
struct Residual {
    /// Its products with all examples and means.
    along: Vec<f64>,
    /// How much inner products change along it.
    weight: f64,
}

/// The ridge of residuals with these products, and the factor of the products with it: the mean
/// variance of a feature, which shrinks the covariance half way, times the number of examples.
fn factored(products: &[Vec<f64>], size: usize) -> (Vec<f64>, f64) {
    let diagonal = products.iter().enumerate().filter_map(|(at, row)| row.get(at));
    let trace: f64 = diagonal.sum();
    if trace <= LEAST_SCATTER * products.len() as f64 {
        return (Vec::new(), f64::INFINITY);
    }
    let ridge = trace / size as f64;
    let ridged = products.iter().enumerate().flat_map(|(at, row)| {
        let values = row.iter().take(at + 1).enumerate();
        values.map(move |(column, value)| value + if column == at { ridge } else { 0.0 })
    });
    cholesky(ridged.collect()).map_or((Vec::new(), f64::INFINITY), |factor| (factor, ridge))
}

/// The examples less the mean of those of their class.
fn residuals(gram: &Gram, peers: &[Vec<usize>]) -> Vec<Vec<f64>> {
    let mut residuals: Vec<Vec<f64>> = gram.features().map(<[f64]>::to_vec).collect();
    for peers in peers {
        let of_class = peers.iter().filter_map(|&peer| residuals.get(peer)).cloned();
        let of_class: Vec<Vec<f64>> = of_class.collect();
        let mean = mean_row(&of_class);
        for &peer in peers {
            let residual = residuals.get_mut(peer).into_iter().flatten();
            residual.zip(&mean).for_each(|(value, mean)| *value -= mean);
        }
    }
    residuals
}

/// The mean of the values at these places.
pub(super) fn mean_of(values: &[f64], places: &[usize]) -> f64 {
    let values = places.iter().filter_map(|&place| values.get(place));
    values.sum::<f64>() / places.len().max(1) as f64
}
