//! Matrices laid out for a kernel.

/// Panels of `rows` rows of a matrix, column by column, filled up with zeros. The matrix has a row
/// of `depth` values for each factor, which multiplies them.
pub(crate) fn packed<'a, T: Iterator<Item = &'a f32>>(
    factors: &[f32],
    depth: usize,
    rows: usize,
    values: impl Fn(usize) -> T,
) -> Vec<f32> {
    let mut panels = vec![0.0; factors.len().next_multiple_of(rows) * depth];
    for (row, &factor) in factors.iter().enumerate() {
        let (first, place) = (row / rows * rows, row % rows);
        let columns = panels[first * depth..].chunks_exact_mut(rows);
        columns
            .zip(values(row).take(depth))
            .for_each(|(column, value)| column[place] = factor * value);
    }
    panels
}
