//! Convolutions by definition, value by value.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::Finish;
use crate::numbers::{assert_close, numbers, written};

/// Output position `at` of a kernel over one channel of a sample.
fn defined(geometry: &Geometry, plane: &[f32], kernel: &[f32], at: [usize; 2]) -> f64 {
    let [height, width] = geometry.kernel;
    let place = |axis: usize, tap: usize| {
        let at = at[axis] * geometry.strides[axis] + tap * geometry.dilations[axis];
        at.checked_sub(geometry.before[axis]).filter(|&at| at < geometry.input[axis])
    };
    let taps = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    let value = |(y, x): (usize, usize)| {
        let value = plane[place(0, y)? * geometry.input[1] + place(1, x)?];
        Some(f64::from(kernel[y * width + x]) * f64::from(value))
    };
    taps.filter_map(value).sum()
}

/// All outputs, where each output channel looks at `seen` channels.
fn all(
    geometry: &Geometry,
    input: &[f32],
    weights: &[f32],
    finish: &Finish,
    seen: fn(usize, usize) -> bool,
) -> Vec<f32> {
    let (plane, taps) = (geometry.input[0] * geometry.input[1], geometry.taps());
    let mut output = Vec::new();
    for sample in input.chunks_exact(geometry.channels * plane) {
        let mut weights = weights.chunks_exact(taps);
        for (channel, bias) in finish.bias.iter().enumerate() {
            let looks = sample.chunks_exact(plane).enumerate().filter(|(i, _)| seen(*i, channel));
            let pairs: Vec<_> = looks.map(|(_, plane)| (plane, weights.next().unwrap())).collect();
            for p in 0..geometry.positions() {
                let at = [p / geometry.output[1], p % geometry.output[1]];
                let one = |(plane, kernel): &(&[f32], &[f32])| defined(geometry, plane, kernel, at);
                let sum = f64::from(*bias) + pairs.iter().map(one).sum::<f64>();
                output.push(sum as f32);
            }
        }
    }
    output
}

/// Sizes of input, kernel, strides, dilations, zeros before and after: all sorts of each.
fn geometries(channels: usize) -> Vec<Geometry> {
    let mut found = Vec::new();
    for (i, input) in [[1, 1], [5, 3], [7, 7], [6, 19], [14, 14], [33, 40]].into_iter().enumerate()
    {
        for kernel in [[1, 1], [3, 3], [2, 5], [7, 1]] {
            for strides in [[1, 1], [2, 2], [1, 3]] {
                for dilations in [[1, 1], [2, 3]] {
                    let before = [[0, 0], [1, 1], [3, 2]][(i + kernel[1] + strides[1]) % 3];
                    let after = [[0, 0], [1, 1], [0, 4]][(i + dilations[1]) % 3];
                    let size = |axis: usize| {
                        let reach = (kernel[axis] - 1) * dilations[axis] + 1;
                        let padded: usize = input[axis] + before[axis] + after[axis];
                        Some(padded.checked_sub(reach)? / strides[axis] + 1)
                    };
                    if let (Some(height), Some(width)) = (size(0), size(1)) {
                        let output = [height, width];
                        found.push(Geometry {
                            channels,
                            input,
                            kernel,
                            strides,
                            dilations,
                            before,
                            output,
                        });
                    }
                }
            }
        }
    }
    found
}

#[test]
fn dense_convolutions_are_those_of_the_definition() {
    for (channels, outputs, samples) in [(1, 1, 1), (3, 5, 2), (4, 24, 1), (9, 8, 3)] {
        for geometry in geometries(channels) {
            let plane = geometry.input[0] * geometry.input[1];
            let input = numbers(1, samples * channels * plane);
            let weights = numbers(2, outputs * channels * geometry.taps());
            let finish = Finish::adding(numbers(3, outputs));
            let expected = all(&geometry, &input, &weights, &finish, |_, _| true);
            let kernel = Dense::new(geometry.clone(), &weights, finish);
            let found = written(expected.len(), |output| kernel.write(&input, None, output));
            assert_close(&found, &expected, &geometry);
        }
    }
}

#[test]
fn depthwise_convolutions_are_those_of_the_definition() {
    for (channels, samples) in [(1, 1), (3, 2), (8, 1)] {
        for geometry in geometries(channels) {
            let plane = geometry.input[0] * geometry.input[1];
            let input = numbers(1, samples * channels * plane);
            let weights = numbers(2, channels * geometry.taps());
            let finish = Finish::adding(numbers(3, channels));
            let expected = all(&geometry, &input, &weights, &finish, |i, channel| i == channel);
            let kernel = Depthwise::new(geometry.clone(), &weights, finish);
            let found = written(expected.len(), |output| kernel.write(&input, output));
            assert_close(&found, &expected, &geometry);
        }
    }
}

/// Products of such sizes do not fit into the 32 bits of WebAssembly's addresses.
#[test]
fn photos_are_as_right_as_small_pictures() {
    let [input, output, kernel] = [[224, 224], [112, 112], [3, 3]];
    let [strides, dilations, before] = [[2, 2], [1, 1], [0, 0]];
    let geometry = Geometry { channels: 3, input, kernel, strides, dilations, before, output };
    let (input, weights) = (numbers(1, 3 * 224 * 224), numbers(2, 2 * 3 * 9));
    let finish = Finish::adding(numbers(3, 2));
    let expected = all(&geometry, &input, &weights, &finish, |_, _| true);
    let kernel = Dense::new(geometry.clone(), &weights, finish);
    let found = written(expected.len(), |output| kernel.write(&input, None, output));
    assert_close(&found, &expected, &geometry);
}

fn plain(channels: usize, size: usize) -> Geometry {
    let (input, output, kernel) = ([size, size], [size, size], [3, 3]);
    let [strides, dilations, before] = [[1, 1]; 3];
    Geometry { channels, input, kernel, strides, dilations, before, output }
}

#[test]
fn limits_apply_after_the_addend() {
    for size in [3, 20] {
        let geometry = plain(2, size);
        let (input, weights) = (numbers(1, 2 * size * size), numbers(2, 90));
        let finish = Finish { limits: [-0.25, 0.5], ..Finish::adding(numbers(3, 5)) };
        let addend = numbers(4, 5 * size * size);
        let sums = all(&geometry, &input, &weights, &finish, |_, _| true);
        let expected: Vec<f32> =
            sums.iter().zip(&addend).map(|(sum, more)| (sum + more).clamp(-0.25, 0.5)).collect();
        let kernel = Dense::new(geometry.clone(), &weights, finish);
        let found = written(expected.len(), |output| kernel.write(&input, Some(&addend), output));
        assert_close(&found, &expected, &geometry);
        assert!(found.contains(&-0.25) && found.contains(&0.5));
    }
}

#[test]
fn limits_hide_no_damage() {
    for size in [3, 20] {
        let (geometry, finish) =
            (plain(1, size), Finish { limits: [0.0, 6.0], ..Finish::adding(vec![0.0]) });
        let mut input = vec![1.0; size * size];
        input[size + 1] = f32::NAN;
        let dense = Dense::new(geometry.clone(), &[0.1; 9], finish.clone());
        let depthwise = Depthwise::new(geometry, &[0.1; 9], finish);
        let dense = written(size * size, |output| dense.write(&input, None, output));
        let depthwise = written(size * size, |output| depthwise.write(&input, output));
        for found in [dense, depthwise] {
            assert_eq!(found.iter().filter(|value| value.is_nan()).count(), 9);
        }
    }
}
