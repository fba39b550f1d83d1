//! A model in rten, for JavaScript: values in, the values of some outputs out.

use js_sys::Float32Array;
use rten::{Model, NodeId};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub struct Session {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
}

#[wasm_bindgen]
impl Session {
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>, input: &str, outputs: Vec<String>) -> Result<Session, String> {
        let model = Model::load(bytes).map_err(|error| error.to_string())?;
        let id = |name: &str| model.node_id(name).map_err(|error| error.to_string());
        let outputs = outputs.iter().map(|name| id(name)).collect::<Result<_, _>>()?;
        Ok(Session { input: id(input)?, outputs, model })
    }

    pub fn run(&self, values: Vec<f32>, shape: Vec<usize>) -> Result<Vec<Float32Array>, String> {
        let input = Tensor::<f32>::from_data(&shape, values);
        let outputs = self
            .model
            .run(vec![(self.input, input.into())], &self.outputs, None)
            .map_err(|error| error.to_string())?;
        outputs
            .into_iter()
            .map(|output| {
                let tensor: Tensor<f32> = output.try_into().map_err(|_| "not floats".to_string())?;
                Ok(Float32Array::from(tensor.to_vec().as_slice()))
            })
            .collect()
    }
}
