//! Layers that are packed already.

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::prelude::TypedModel;

use super::{Kernel, Product};

/// The fully connected layers of a model by the names of their nodes, for the same model with
/// another number of rows: it shares them.
#[derive(Default)]
pub(in crate::model) struct Packed(HashMap<String, Arc<Kernel>>);

impl Packed {
    /// The layers of a model whose products are replaced.
    pub(in crate::model) fn of(model: &TypedModel) -> Self {
        let products = model.nodes().iter().filter_map(|node| {
            let product = node.op_as::<Product>()?;
            Some((node.name.clone(), product.kernel.clone()))
        });
        Self(products.collect())
    }

    /// The layer of this node, if it has this size: `[depth, outputs]`.
    pub(super) fn get(&self, node: &str, size: [usize; 2]) -> Option<Arc<Kernel>> {
        let kernel = self.0.get(node)?;
        matches!(&**kernel, Kernel::Linear(layer) if layer.size() == size).then(|| kernel.clone())
    }
}
