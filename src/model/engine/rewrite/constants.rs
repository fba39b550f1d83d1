//! Constants of a graph, known to the rules by name.

use std::collections::BTreeMap;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, SparseTensorProto, TensorProto};

use super::build::{floats_of, ints_of};
use super::site::Site;
use crate::Result;

/// Most values of a sparse constant for each that the file holds: a small file must not ask for
/// much memory.
const MOST_SPARSE: usize = 1024;

/// Constants of a graph and of those around it.
pub(super) struct Constants<'a> {
    own: BTreeMap<String, TensorProto>,
    outer: Option<&'a Constants<'a>>,
}

impl<'a> Constants<'a> {
    /// Takes the initializers out of a graph.
    pub(super) fn of(graph: &mut GraphProto, outer: Option<&'a Constants<'a>>) -> Result<Self> {
        let named = |tensor: TensorProto| (tensor.name.clone(), tensor);
        let mut own: BTreeMap<_, _> =
            std::mem::take(&mut graph.initializer).into_iter().map(named).collect();
        for sparse in std::mem::take(&mut graph.sparse_initializer) {
            let name = sparse.values.as_ref().map(|values| values.name.clone()).unwrap_or_default();
            let dense = dense(&sparse).ok_or_else(|| {
                crate::model::invalid(format!("its sparse weights {name:?} cannot be read"))
            })?;
            own.insert(name.clone(), TensorProto { name, ..dense });
        }
        Ok(Self { own, outer })
    }

    /// The constant of this name.
    pub(super) fn get(&self, name: &str) -> Option<&TensorProto> {
        self.own.get(name).or_else(|| self.outer?.get(name))
    }

    /// Adds a constant under its name.
    pub(super) fn insert(&mut self, tensor: TensorProto) {
        self.own.insert(tensor.name.clone(), tensor);
    }

    /// The graph's own constants, to be put back.
    pub(super) fn into_initializers(self) -> Vec<TensorProto> {
        self.own.into_values().collect()
    }
}

/// Value of a `Constant` node of numbers, under the name of its output.
pub(super) fn value(site: &Site<'_>) -> Result<Option<TensorProto>> {
    let ([name], "Constant") = (site.node.output.as_slice(), site.node.op_type.as_str()) else {
        return Ok(None);
    };
    let Some(attribute) =
        site.node.attribute.iter().find(|attribute| {
            attribute.name.starts_with("value") || attribute.name == "sparse_value"
        })
    else {
        return Ok(None);
    };
    let length = |length: usize| [i64::try_from(length).unwrap_or(0)];
    let tensor = match attribute.name.as_str() {
        "value" => attribute.t.clone(),
        "value_int" => Some(ints_of(&[], &[attribute.i])),
        "value_float" => Some(floats_of(&[], &[attribute.f])),
        "value_ints" => Some(ints_of(&length(attribute.ints.len()), &attribute.ints)),
        "value_floats" => Some(floats_of(&length(attribute.floats.len()), &attribute.floats)),
        "sparse_value" => {
            let dense = attribute.sparse_tensor.as_ref().and_then(dense);
            Some(dense.ok_or_else(|| site.unsupported("its sparse value cannot be read"))?)
        }
        _ => None,
    };
    Ok(tensor.map(|tensor| TensorProto { name: name.clone(), ..tensor }))
}

/// A sparse tensor of floats with all its zeros.
fn dense(sparse: &SparseTensorProto) -> Option<TensorProto> {
    let indices = sparse.indices.as_ref()?;
    let values = floats(sparse.values.as_ref()?)?;
    let size = |size: usize, &dim: &i64| size.checked_mul(usize::try_from(dim).ok()?);
    let size = sparse.dims.iter().try_fold(1, size)?;
    if size / MOST_SPARSE > values.len() {
        return None;
    }
    let rank =
        if let [_, rank] = indices.dims.as_slice() { usize::try_from(*rank).ok()? } else { 1 };
    let flat = |place: &[i64]| match place {
        [position] => Some(*position),
        _ => place
            .iter()
            .zip(&sparse.dims)
            .try_fold(0i64, |flat, (&i, &dim)| flat.checked_mul(dim)?.checked_add(i)),
    };
    let mut all = vec![0.0; size];
    for (place, value) in ints(indices)?.chunks(rank.max(1)).zip(values) {
        *all.get_mut(usize::try_from(flat(place)?).ok()?)? = value;
    }
    Some(floats_of(&sparse.dims, &all))
}

/// Integers of a tensor, of 32 or 64 bits.
pub(super) fn ints(tensor: &TensorProto) -> Option<Vec<i64>> {
    let raw = &tensor.raw_data;
    match DataType::try_from(tensor.data_type).ok()? {
        DataType::Int64 if raw.is_empty() => Some(tensor.int64_data.clone()),
        DataType::Int64 => Some(raw.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b)).collect()),
        DataType::Int32 if raw.is_empty() => {
            Some(tensor.int32_data.iter().map(|&value| value.into()).collect())
        }
        DataType::Int32 => {
            Some(raw.as_chunks().0.iter().map(|&b| i32::from_le_bytes(b).into()).collect())
        }
        _ => None,
    }
}

/// Values of a tensor of 32-bit floats.
pub(super) fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    let raw = &tensor.raw_data;
    match DataType::try_from(tensor.data_type).ok()? {
        DataType::Float if raw.is_empty() => Some(tensor.float_data.clone()),
        DataType::Float => Some(raw.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect()),
        _ => None,
    }
}
