//! Matrices laid out for a kernel.

/// Panels of `rows` rows of a matrix, column by column, filled up with zeros. The matrix has a row
/// of `depth` values for each factor, which its `value(row, column)` is multiplied by.
pub(crate) fn packed(
    factors: &[f32],
    depth: usize,
    rows: usize,
    value: impl Fn(usize, usize) -> f32,
) -> Vec<f32> {
    let mut panels = vec![0.0; factors.len().next_multiple_of(rows) * depth];
    let firsts = (0..factors.len()).step_by(rows);
    for (panel, first) in panels.chunks_exact_mut((rows * depth).max(1)).zip(firsts) {
        for (column, places) in panel.chunks_exact_mut(rows).enumerate() {
            for (place, row) in places.iter_mut().zip(first..factors.len()) {
                *place = factors[row] * value(row, column);
            }
        }
    }
    panels
}
