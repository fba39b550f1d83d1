//! Fully connected layers by definition, value by value.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::numbers::{assert_close, numbers, written};

/// The layer's output, summed up in 64 bits.
fn defined(layer: (usize, &[f32], &Finish), input: &[f32], addend: Option<&[f32]>) -> Vec<f32> {
    let (depth, weights, Finish { bias, limits: [low, high], .. }) = layer;
    let sum = |row: &[f32], weights: &[f32]| -> f64 {
        row.iter().zip(weights).map(|(&one, &other)| f64::from(one) * f64::from(other)).sum()
    };
    let rows = input.chunks_exact(depth);
    let outputs = rows.flat_map(|row| {
        weights
            .chunks_exact(depth)
            .zip(bias)
            .map(move |(weights, &bias)| f64::from(bias) + sum(row, weights))
    });
    let finish = |(i, sum): (usize, f64)| {
        let more = addend.map_or(0.0, |addend| addend[i]);
        ((sum + f64::from(more)) as f32).max(*low).min(*high)
    };
    outputs.enumerate().map(finish).collect()
}

/// Numbers of rows, values of a row and outputs: all sorts of each.
fn sizes() -> impl Iterator<Item = [usize; 3]> {
    let depths = [1, 3, 16, 785];
    let outputs = [1, 2, 7, 16, 31, 33, 130, 300];
    [1, 2, 5, 8, 64]
        .into_iter()
        .flat_map(move |rows| depths.map(move |depth| outputs.map(move |n| [rows, depth, n])))
        .flatten()
}

#[test]
fn layers_are_those_of_the_definition() {
    for [rows, depth, outputs] in sizes() {
        let (input, weights) = (numbers(1, rows * depth), numbers(2, outputs * depth));
        let finish = Finish::adding(numbers(3, outputs));
        let expected = defined((depth, &weights, &finish), &input, None);
        let kernel = Linear::new(depth, &weights, finish);
        let found = written(expected.len(), |output| kernel.write(&input, None, output));
        assert_close(&found, &expected, &[rows, depth, outputs]);
    }
}

#[test]
fn limits_apply_after_the_addend() {
    for [rows, depth, outputs] in sizes().filter(|[_, depth, _]| *depth == 3) {
        let (input, weights) = (numbers(1, rows * depth), numbers(2, outputs * depth));
        let finish = Finish { limits: [-0.25, 0.5], ..Finish::adding(numbers(3, outputs)) };
        let addend = numbers(4, rows * outputs);
        let expected = defined((depth, &weights, &finish), &input, Some(&addend));
        let kernel = Linear::new(depth, &weights, finish);
        let found = written(expected.len(), |output| kernel.write(&input, Some(&addend), output));
        assert_close(&found, &expected, &[rows, depth, outputs]);
    }
}

#[test]
fn a_row_gives_the_same_values_alone_and_among_others() {
    for [rows, depth, outputs] in sizes() {
        let input = numbers(1, rows * depth);
        let finish = Finish::adding(numbers(3, outputs));
        let layer = Linear::new(depth, &numbers(2, outputs * depth), finish);
        let together = written(rows * outputs, |output| layer.write(&input, None, output));
        let one = |row| written(outputs, |output| layer.write(row, None, output));
        let alone: Vec<f32> = input.chunks_exact(depth).flat_map(one).collect();
        assert_eq!(together, alone, "{rows} rows of {depth}, {outputs} outputs");
    }
}

#[test]
fn limits_hide_no_damage() {
    for outputs in [1, 40] {
        let finish = Finish { limits: [0.0, 6.0], ..Finish::adding(vec![0.0; outputs]) };
        let layer = Linear::new(2, &vec![0.1; 2 * outputs], finish);
        let rows = [1.0, 1.0, 1.0, f32::NAN];
        let found = written(2 * outputs, |output| layer.write(&rows, None, output));
        let (whole, damaged) = found.split_at(outputs);
        assert!(whole.iter().all(|value| (value - 0.2).abs() < 1e-6));
        assert!(damaged.iter().all(|value| value.is_nan()));
    }
}

#[test]
fn weights_may_lie_by_the_value_and_have_a_factor_per_output() {
    for [rows, depth, outputs] in sizes().filter(|[_, depth, _]| *depth <= 16) {
        let (input, weights) = (numbers(1, rows * depth), numbers(2, outputs * depth));
        let finish = Finish { factors: numbers(4, outputs), ..Finish::adding(numbers(3, outputs)) };
        let scaled: Vec<f32> = weights
            .chunks_exact(depth)
            .zip(&finish.factors)
            .flat_map(|(weights, factor)| weights.iter().map(move |weight| weight * factor))
            .collect();
        let expected = defined((depth, &scaled, &finish), &input, None);
        let turned: Vec<f32> =
            (0..depth).flat_map(|step| weights.iter().skip(step).step_by(depth)).copied().collect();
        for layer in [
            Linear::new(depth, &weights, finish.clone()),
            Linear::transposed(depth, &turned, finish),
        ] {
            assert_eq!(layer.size(), [depth, outputs]);
            let found = written(expected.len(), |output| layer.write(&input, None, output));
            assert_close(&found, &expected, &[rows, depth, outputs]);
        }
    }
}
