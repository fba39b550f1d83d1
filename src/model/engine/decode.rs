//! The bytes of a file to a decoded model.

use std::collections::HashMap;

use prost::{DecodeError, Message};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{ModelProto, TensorProto};

use super::parse::LARGE;
use crate::model::wire::{Field, Read, fields};

/// Fields of a `ModelProto`, a `GraphProto` and a `TensorProto`.
const GRAPH: u32 = 7;
const INITIALIZER: u32 = 5;
const RAW_DATA: u32 = 9;

/// Values of matrices by name, where the file has them.
pub(super) type Matrices<'a> = HashMap<String, &'a [u8]>;

/// Decodes a model, and leaves the values of its large matrices in the file: the decoder would copy
/// them, twice.
///
/// # Errors
/// The decoder's.
pub(super) fn decode(onnx: &[u8]) -> Result<(ModelProto, Matrices<'_>), DecodeError> {
    light(onnx).or_else(|_| Ok((ModelProto::decode(onnx)?, Matrices::new())))
}

fn light(onnx: &[u8]) -> Read<(ModelProto, Matrices<'_>)> {
    let (mut model, mut matrices) = (ModelProto::default(), Matrices::new());
    for field in fields(onnx) {
        let field = field?;
        if field.number != GRAPH || field.content.is_empty() {
            merge(&mut model, field.whole)?;
            continue;
        }
        let graph = model.graph.get_or_insert_default();
        for field in fields(field.content) {
            let field = field?;
            match matrix(&field) {
                Some((tensor, values)) => {
                    matrices.insert(tensor.name.clone(), values);
                    graph.initializer.push(tensor);
                }
                None => merge(graph, field.whole)?,
            }
        }
    }
    Ok((model, matrices))
}

fn merge(message: &mut impl Message, field: &[u8]) -> Read<()> {
    message.merge(field).map_err(|error| error.to_string())
}

/// A large matrix of 32-bit floats without its values, and these. Rules look at its shape alone.
fn matrix<'a>(field: &Field<'a>) -> Option<(TensorProto, &'a [u8])> {
    let is_initializer = field.number == INITIALIZER && field.content.len() >= LARGE;
    let parts = || fields(field.content).filter_map(Result::ok);
    let values = parts().filter(|part| is_initializer && part.number == RAW_DATA).last()?.content;
    let mut tensor = TensorProto::default();
    for part in parts().filter(|part| part.number != RAW_DATA) {
        merge(&mut tensor, part.whole).ok()?;
    }
    let volume = tensor.dims.iter().try_fold(size_of::<f32>(), |volume, &size| {
        volume.checked_mul(usize::try_from(size).ok()?)
    });
    let is_matrix = tensor.data_type == DataType::Float as i32
        && tensor.data_location.unwrap_or_default() == 0
        && tensor.dims.len() > 1
        && volume == Some(values.len());
    (is_matrix && values.len() >= LARGE).then_some((tensor, values))
}
