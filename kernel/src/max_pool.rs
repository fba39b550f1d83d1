//! Max pooling of feature maps.
//!
//! `f32::max` has no instruction in WebAssembly, so that each comparison would be a function call.
//! A comparison and a select compile to vector instructions where several values lie side by side;
//! for single ones, runtimes branch, and half of the branches come unexpectedly.

/// Max pooling of planes. Height and width, in this order everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxPool {
    /// Size of a plane of the input.
    pub input: [usize; 2],
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Steps from output to output.
    pub strides: [usize; 2],
    /// Padding before the first row and column. It is ignored.
    pub padding: [usize; 2],
    /// Size of a plane of the output.
    pub output: [usize; 2],
}

impl MaxPool {
    /// Pools planes end to end.
    pub fn run(&self, input: &[f32], output: &mut [f32]) {
        let ([height, width], [rows, columns]) = (self.input, self.output);
        if self.is_of_pairs() {
            return self.pool_pairs(input, output);
        }
        let mut tall = vec![f32::NEG_INFINITY; self.reach()];
        for (plane, pooled) in
            input.chunks_exact(height * width).zip(output.chunks_exact_mut(rows * columns))
        {
            for (y, row) in pooled.chunks_exact_mut(columns).enumerate() {
                self.fold_rows(plane, y, &mut tall);
                self.fold_columns(&tall, row);
            }
        }
    }

    /// Whether it halves the planes: as most networks do, and fastest.
    fn is_of_pairs(&self) -> bool {
        let Self { input, kernel, strides, padding, output } = *self;
        let fits = (0..2).all(|axis| 2 * output[axis] <= input[axis]);
        (kernel, strides, padding) == ([2, 2], [2, 2], [0, 0]) && fits
    }

    /// Pools pairs of rows and columns, some outputs at a time. What is written beyond a row is
    /// overwritten by the next.
    fn pool_pairs(&self, input: &[f32], output: &mut [f32]) {
        let ([height, width], [rows, columns]) = (self.input, self.output);
        for (row, first) in (0..output.len()).step_by(columns.max(1)).enumerate() {
            let upper = &input[(row / rows * height + 2 * (row % rows)) * width..];
            pool_row(upper, &upper[width..], &mut output[first..], columns);
        }
    }

    /// How far a row of the output reaches over columns of the input, with the padding on both
    /// sides.
    fn reach(&self) -> usize {
        let ([_, width], [_, kernel], [_, stride], [_, left], [_, columns]) =
            (self.input, self.kernel, self.strides, self.padding, self.output);
        (columns.saturating_sub(1) * stride + kernel).max(left + width)
    }

    /// The largest value of each column, over the rows that row `y` of the output looks at.
    fn fold_rows(&self, plane: &[f32], y: usize, tall: &mut [f32]) {
        let ([_, width], [kernel, _], [stride, _], [above, left]) =
            (self.input, self.kernel, self.strides, self.padding);
        let (first, end) =
            ((y * stride).saturating_sub(above), (y * stride + kernel).saturating_sub(above));
        let mut rows = plane.chunks_exact(width).take(end).skip(first);
        let Some(tall) = tall.get_mut(left..left + width) else { return };
        if let Some(row) = rows.next() {
            tall.copy_from_slice(row);
        }
        for row in rows {
            tall.iter_mut().zip(row).for_each(|(most, &value)| *most = larger(*most, value));
        }
    }

    /// The largest value under the kernel at each column of the output.
    fn fold_columns(&self, tall: &[f32], row: &mut [f32]) {
        let ([_, kernel], [_, stride]) = (self.kernel, self.strides);
        for (most, window) in row.iter_mut().zip(tall.windows(kernel).step_by(stride)) {
            *most = window.iter().copied().reduce(larger).expect("a window has a value");
        }
    }
}

/// Pools two rows to this many outputs. All three may go on behind their row.
fn pool_row(upper: &[f32], lower: &[f32], output: &mut [f32], columns: usize) {
    const MANY: usize = 4;
    let halved = |row: &[f32; 2 * MANY]| {
        std::array::from_fn::<_, MANY, _>(|i| larger(row[2 * i], row[2 * i + 1]))
    };
    let done = MANY * columns.div_ceil(MANY).min(lower.len() / (2 * MANY)).min(output.len() / MANY);
    let (many, _) = output[..done].as_chunks_mut::<MANY>();
    let pairs = upper.as_chunks().0.iter().zip(lower.as_chunks().0);
    for (most, (upper, lower)) in many.iter_mut().zip(pairs) {
        let (upper, lower) = (halved(upper), halved(lower));
        *most = std::array::from_fn(|i| larger(upper[i], lower[i]));
    }
    // At the end of all.
    for at in done..columns {
        let pair = |row: &[f32]| larger(row[2 * at], row[2 * at + 1]);
        output[at] = larger(pair(upper), pair(lower));
    }
}

/// The larger of two numbers; the first one if either is NaN.
fn larger(one: f32, other: f32) -> f32 {
    if one < other { other } else { one }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// By definition, position by position.
    fn defined(pool: &MaxPool, input: &[f32]) -> Vec<f32> {
        let ([height, width], [rows, columns]) = (pool.input, pool.output);
        let at = |out: usize, axis: usize, tap: usize| {
            (out * pool.strides[axis] + tap).checked_sub(pool.padding[axis])
        };
        let mut output = Vec::new();
        for plane in input.chunks_exact(height * width) {
            for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
                let taps =
                    (0..pool.kernel[0]).flat_map(|i| (0..pool.kernel[1]).map(move |j| (i, j)));
                let seen = taps.filter_map(|(i, j)| {
                    let (y, x) = (at(y, 0, i)?, at(x, 1, j)?);
                    (y < height && x < width).then(|| plane[y * width + x])
                });
                output.push(seen.reduce(f32::max).unwrap());
            }
        }
        output
    }

    #[test]
    fn the_largest_value_under_the_kernel_wherever_it_lies() {
        for (input, kernel, strides, padding, output) in [
            ([4, 6], [2, 2], [2, 2], [0, 0], [2, 3]),
            ([5, 7], [2, 2], [2, 2], [0, 0], [2, 3]),
            ([5, 7], [2, 2], [2, 2], [0, 0], [3, 4]),
            ([5, 7], [2, 2], [2, 2], [1, 1], [3, 4]),
            ([6, 5], [3, 3], [2, 2], [1, 1], [3, 3]),
            ([6, 5], [3, 2], [1, 1], [1, 0], [6, 4]),
            ([6, 5], [2, 3], [3, 1], [0, 2], [2, 7]),
            ([1, 1], [3, 3], [1, 1], [1, 1], [1, 1]),
            ([4, 9], [4, 9], [4, 9], [0, 0], [1, 1]),
            ([2, 2], [2, 2], [2, 2], [0, 0], [1, 1]),
            ([3, 9], [2, 2], [2, 2], [0, 0], [1, 4]),
            ([4, 17], [2, 2], [2, 2], [0, 0], [2, 8]),
            ([7, 23], [2, 2], [2, 2], [0, 0], [3, 11]),
        ] {
            let pool = MaxPool { input, kernel, strides, padding, output };
            let values: Vec<f32> =
                (0..3 * input[0] * input[1]).map(|i| ((i * 37 + 11) % 101) as f32 - 80.0).collect();
            let mut pooled = vec![0.0; 3 * output[0] * output[1]];
            pool.run(&values, &mut pooled);
            assert_eq!(pooled, defined(&pool, &values), "{pool:?}");
        }
    }
}
