//! Matrices laid out for a kernel.

/// Panels of `rows` rows of a matrix, column by column, filled up with zeros.
pub(crate) fn packed(matrix: &[f32], depth: usize, rows: usize) -> Vec<f32> {
    let mut panels = vec![0.0; (matrix.len() / depth.max(1)).next_multiple_of(rows) * depth];
    for (row, values) in matrix.chunks_exact(depth.max(1)).enumerate() {
        let panel = &mut panels[row / rows * rows * depth..];
        let places = panel.iter_mut().skip(row % rows).step_by(rows);
        places.zip(values).for_each(|(place, &value)| *place = value);
    }
    panels
}
