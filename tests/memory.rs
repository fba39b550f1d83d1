//! How much memory a loaded model takes, as counted by the allocator. A program has only one
//! allocator, so this test has a binary to itself.

use peak_alloc::PeakAlloc;
use she_ood::{Model, ModelOptions};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Fully connected layers, one of which has 0.83 of the weights, and convolutions.
const MODELS: [&[u8]; 2] =
    [include_bytes!("../models/mnist-mlp.onnx"), include_bytes!("../models/cifar10-model.onnx")];

/// What a model needs beside its weights, whatever their size.
const REST: usize = 1 << 19;

/// A load holds the file, the weights as the engine reads them, and those packed so far. Once they
/// are packed, models that run many samples at once keep the file, and share the weights.
#[test]
fn a_loaded_model_takes_at_most_three_times_its_file() {
    for onnx in MODELS {
        let empty = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let model = Model::load(onnx, &ModelOptions::default()).unwrap();
        assert!(HEAP.peak_usage() - empty <= 3 * onnx.len());
        assert!(HEAP.current_usage() - empty <= 2 * onnx.len() + REST);
        let samples = model.batch_size();
        let input = vec![0.5; samples * model.input_shape().iter().product::<usize>()];
        assert_eq!(model.run_batch(&input).unwrap().len(), samples);
        drop(input);
        assert!(HEAP.peak_usage() - empty <= 3 * onnx.len() + REST);
        assert!(HEAP.current_usage() - empty <= 2 * onnx.len() + REST);
    }
}
