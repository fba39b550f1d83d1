#![no_main]
//! Any bytes as a model: its layers, the model with some of them tapped, a run.

use libfuzzer_sys::fuzz_target;
use she_ood::{Model, ModelOptions, Tensor};

fuzz_target!(|bytes: &[u8]| {
    she_ood_fuzz::let_panics_be_caught();
    let Ok(layers) = Model::layers(bytes, &ModelOptions::default()) else { return };
    let taps: Vec<String> = layers.into_iter().rev().take(3).map(|layer| layer.name).collect();
    let Ok(model) = Model::load(bytes, &ModelOptions::new(taps)) else { return };
    let volume: usize = model.input_shape().iter().product();
    if volume <= 1 << 16 {
        let input = Tensor::new(model.input_shape(), vec![0.5; volume])
            .expect("as many values as the shape has");
        let _ = model.run(&input);
        let _ = model.run_batch(&vec![0.5; 3 * volume]);
    }
});
