//! Matrices of inner products.

use she_ood_kernel::dot;

use super::geometry::mean_of;
use super::gram::Gram;

/// A matrix, row by row.
pub(super) struct Products(Vec<Vec<f64>>);

impl Products {
    /// Of the members and the means with each other, in this order.
    pub fn of(gram: &Gram, means: &[Vec<f64>]) -> Self {
        let with_members: Vec<Vec<f64>> =
            means.iter().map(|mean| gram.products_with(mean)).collect();
        let member = |(at, row): (usize, &[f64])| {
            let with_means = with_members.iter().filter_map(|row| row.get(at));
            row.iter().chain(with_means).copied().collect()
        };
        let members = gram.rows().enumerate().map(member);
        let means = with_members.iter().zip(Self::of_each_other(means).0);
        let means = means.map(|(row, with_means)| row.iter().copied().chain(with_means).collect());
        Self(members.chain(means).collect())
    }

    /// Of vectors with each other, each pair once.
    pub fn of_each_other(vectors: &[Vec<f64>]) -> Self {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(vectors.len());
        for (at, vector) in vectors.iter().enumerate() {
            let row = vectors.iter().take(at + 1);
            let row: Vec<f64> = row.map(|other| dot(vector, other)).collect();
            rows.iter_mut().zip(&row).for_each(|(earlier, &product)| earlier.push(product));
            rows.push(row);
        }
        Self(rows)
    }

    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.0.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default()
    }

    /// The rows of the examples less the mean of those of their class: products of residuals.
    pub fn centred(&self, peers: &[Vec<usize>], classes: &[usize]) -> Self {
        let peers = |class: &usize| peers.get(*class).map_or(&[][..], Vec::as_slice);
        let rows = classes.iter().enumerate();
        Self(rows.map(|(at, class)| self.centred_row(at, peers(class))).collect())
    }

    /// A row less the mean of the rows of its peers.
    pub fn centred_row(&self, at: usize, peers: &[usize]) -> Vec<f64> {
        let mut centred = self.0.get(at).cloned().unwrap_or_default();
        let share = 1.0 / peers.len().max(1) as f64;
        for peer in peers.iter().filter_map(|&peer| self.0.get(peer)) {
            centred.iter_mut().zip(peer).for_each(|(value, other)| *value -= share * other);
        }
        centred
    }

    /// The part of the examples, each row less its mean over the class of the column.
    pub fn centred_rows(&self, peers: &[Vec<usize>], classes: &[usize]) -> Vec<Vec<f64>> {
        let centre = |row: &Vec<f64>| {
            let means: Vec<f64> = peers.iter().map(|peers| mean_of(row, peers)).collect();
            let mean = |class: &usize| means.get(*class).copied().unwrap_or_default();
            row.iter().zip(classes).map(|(value, class)| value - mean(class)).collect()
        };
        self.0.iter().map(centre).collect()
    }

    pub fn columns(&self) -> impl Iterator<Item = Vec<f64>> {
        let count = self.0.first().map_or(0, Vec::len);
        (0..count).map(|at| self.0.iter().filter_map(|row| row.get(at).copied()).collect())
    }

    /// The difference of two matrices.
    pub fn less(&self, other: &Self) -> Self {
        let rows = self.0.iter().zip(&other.0);
        Self(rows.map(|(one, two)| one.iter().zip(two).map(|(a, b)| a - b).collect()).collect())
    }

    /// The sum of each row from a column on.
    pub fn row_sums(&self, from: usize) -> Vec<f64> {
        self.0.iter().map(|row| row.iter().skip(from).sum()).collect()
    }
}
