//! What an ONNX graph says of its own tensors, read without the engine.

use std::collections::HashSet;

use super::wire::{Field, Read, fields};
use super::{foreign, invalid};
use crate::Result;

/// Fields of the messages in onnx.proto.
const GRAPH: u32 = 7;
const NODE: u32 = 1;
const NODE_OUTPUT: u32 = 2;
const INITIALIZER: u32 = 5;
const INITIALIZER_NAME: u32 = 8;
const INPUT: u32 = 11;
const INPUT_NAME: u32 = 1;
/// From an input to a dimension of its shape: `type`, `tensor_type`, `shape`, `dim`.
const TO_DIMENSION: [u32; 4] = [2, 1, 2, 1];
const DIM_VALUE: u32 = 1;

/// Names of a graph's tensors, and the shape of one sample.
pub(crate) struct Declared {
    tensors: HashSet<String>,
    /// Empty where sizes are open.
    pub sample: Vec<usize>,
}

impl Declared {
    /// Reads the graph of an ONNX file.
    ///
    /// # Errors
    /// [`Error::InvalidModel`](crate::Error::InvalidModel) for a file without one.
    pub fn read(onnx: &[u8]) -> Result<Self> {
        let explained = |reason: String| invalid(foreign::explained(onnx, &reason));
        let graph = contents(onnx, &[GRAPH]).map_err(explained)?;
        let graph = graph.first().ok_or_else(|| invalid(foreign::no_graph(onnx)))?;
        Self::of_graph(graph).map_err(explained)
    }

    fn of_graph(graph: &[u8]) -> Read<Self> {
        let weights = texts(graph, &[INITIALIZER, INITIALIZER_NAME])?;
        let mut tensors: HashSet<String> =
            texts(graph, &[NODE, NODE_OUTPUT])?.into_iter().collect();
        let mut sample = None;
        for input in contents(graph, &[INPUT])? {
            let name = texts(input, &[INPUT_NAME])?.concat();
            if !weights.contains(&name) {
                sample = sample.or(Some(sample_shape(input)?));
                tensors.insert(name);
            }
        }
        Ok(Self { tensors, sample: sample.flatten().unwrap_or_default() })
    }

    /// Whether the graph has a tensor of this name.
    pub fn has(&self, tensor: &str) -> bool {
        self.tensors.contains(tensor)
    }
}

/// The shape of an input without its first dimension, which counts samples unless it is the only
/// one. `None` where a size is open.
fn sample_shape(input: &[u8]) -> Read<Option<Vec<usize>>> {
    let dimensions = contents(input, &TO_DIMENSION)?;
    let sizes = dimensions.into_iter().map(size).collect::<Read<Vec<_>>>()?;
    let sample = if sizes.len() > 1 { sizes.get(1..) } else { sizes.get(..) };
    Ok(sample.unwrap_or_default().iter().copied().collect())
}

/// A size that is known; exporters write an open one as a name, 0 or -1.
fn size(dimension: &[u8]) -> Read<Option<usize>> {
    let values = fields(dimension).filter_map(|field| match field {
        Ok(field) if field.number != DIM_VALUE => None,
        field => Some(field.and_then(|field| field.numbers())),
    });
    let values: Vec<u64> = values.collect::<Read<Vec<_>>>()?.concat();
    Ok(values.last().map(|&size| size as i64).filter(|&size| size > 0).map(|size| size as usize))
}

/// The texts at the end of a path of fields.
fn texts(message: &[u8], path: &[u32]) -> Read<Vec<String>> {
    let text = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
    Ok(contents(message, path)?.into_iter().map(text).collect())
}

/// The contents at the end of a path of fields.
fn contents<'a>(message: &'a [u8], path: &[u32]) -> Read<Vec<&'a [u8]>> {
    let mut found = vec![message];
    for number in path {
        let inner = found.into_iter().flat_map(fields).filter(|field| match field {
            Ok(Field { number: given, .. }) => given == number,
            Err(_) => true,
        });
        found = inner.map(|field| field.map(|field| field.content)).collect::<Read<_>>()?;
    }
    Ok(found)
}
