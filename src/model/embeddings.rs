//! A model for features that are computed elsewhere.

use prost::Message;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value};
use tract_onnx::pb::type_proto::{Tensor, Value as Kind};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorShapeProto, TypeProto,
    ValueInfoProto,
};

use crate::{Error, Result};

/// Versions of ONNX's format and operators that every runtime reads.
const IR_VERSION: i64 = 8;
const OPERATORS: i64 = 13;

/// The number that ONNX gives 32-bit floats.
const FLOAT: i32 = 1;

/// An ONNX model that gives back its input, `[batch, size]`: the backbone of embeddings that any
/// other runtime computes, such as those of texts or sounds.
///
/// # Errors
/// [`Error::InvalidOption`] for fewer than two features.
pub fn embeddings_model(size: usize) -> Result<Vec<u8>> {
    let features = i64::try_from(size).ok().filter(|size| *size > 1);
    let features = features.ok_or_else(|| Error::InvalidOption {
        option: "the number of features",
        given: size.to_string(),
        allowed: "at least two",
    })?;
    let node = NodeProto {
        input: vec!["features".to_string()],
        output: vec!["embedding".to_string()],
        op_type: "Identity".to_string(),
        ..NodeProto::default()
    };
    let graph = GraphProto {
        name: "embeddings".to_string(),
        node: vec![node],
        input: vec![tensor("features", features)],
        output: vec![tensor("embedding", features)],
        ..GraphProto::default()
    };
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "she-ood".to_string(),
        opset_import: vec![OperatorSetIdProto { version: OPERATORS, ..Default::default() }],
        graph: Some(graph),
        ..ModelProto::default()
    };
    Ok(model.encode_to_vec())
}

fn tensor(name: &str, features: i64) -> ValueInfoProto {
    let sizes = [Value::DimParam("batch".to_string()), Value::DimValue(features)];
    let dimension = |size| Dimension { value: Some(size), ..Dimension::default() };
    let shape = TensorShapeProto { dim: sizes.into_iter().map(dimension).collect() };
    let kind = Kind::TensorType(Tensor { elem_type: FLOAT, shape: Some(shape) });
    let r#type = Some(TypeProto { value: Some(kind), ..TypeProto::default() });
    ValueInfoProto { name: name.to_string(), r#type, ..ValueInfoProto::default() }
}
