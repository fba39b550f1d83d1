//! Prints a layer or the logits of each of many models, for `tools/conformance.py`.
//!
//! Each line of standard input names a model, a file of raw 32-bit floats and a layer (none: the
//! logits), separated by tabs. Standard output answers each with `ok` and the values, or with
//! `refused`, the error's code and its message.

use std::io::BufRead;
use std::{fs, io};

use she_ood::{Model, ModelOptions, Tensor};

fn main() -> io::Result<()> {
    std::panic::set_hook(Box::new(|_| ()));
    for line in io::stdin().lock().lines() {
        match outputs(&line?) {
            Ok(values) => {
                let words: Vec<String> = values.iter().map(f32::to_string).collect();
                println!("ok\t{}", words.join(" "));
            }
            Err(message) => println!("refused\t{message}"),
        }
    }
    Ok(())
}

/// Values of the layer that a line asks for.
fn outputs(line: &str) -> Result<Vec<f32>, String> {
    let [model, input, layer] =
        line.split('\t').collect::<Vec<_>>().try_into().map_err(|_| "a line has three parts")?;
    let onnx = fs::read(model).map_err(|error| error.to_string())?;
    let bytes = fs::read(input).map_err(|error| error.to_string())?;
    let values = bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
    let code = |error: she_ood::Error| format!("{}\t{error}", error.code()).replace('\n', " ");
    let taps = Some(layer).filter(|name| !name.is_empty());
    let model = Model::load(&onnx, &ModelOptions::new(taps)).map_err(code)?;
    let input = Tensor::new(model.input_shape(), values).map_err(code)?;
    let outputs = model.run(&input).map_err(code)?;
    let tapped = outputs.layers.into_iter().next().map(|layer| layer.data().to_vec());
    Ok(tapped.unwrap_or(outputs.logits))
}
