//! A node as a rule sees it: its inputs, its attributes, and which inputs are constants.

use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};

use super::build::Parts;
use super::constants::Constants;
use crate::model::engine::proto::label;
use crate::{Error, Result};

pub(super) struct Site<'a> {
    pub node: &'a NodeProto,
    pub constants: &'a Constants<'a>,
    /// Version of ONNX's own operators.
    pub opset: i64,
    /// How often the node may be replaced yet.
    pub depth: usize,
}

impl<'a> Site<'a> {
    /// Starts the replacement of the node.
    pub(super) fn parts(&self) -> Parts<'a> {
        Parts::of(self.node, self.depth)
    }

    /// Name of an input, if given.
    pub(super) fn input(&self, index: usize) -> Option<&'a str> {
        self.node.input.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Name of an input that the operator requires.
    pub(super) fn required(&self, index: usize) -> Result<&'a str> {
        self.input(index).ok_or_else(|| self.unsupported(&format!("it has no input {index}")))
    }

    /// An input that is a constant.
    pub(super) fn constant(&self, index: usize) -> Option<&'a TensorProto> {
        self.constants.get(self.input(index)?)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |attribute| attribute.i)
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |attribute| attribute.f)
    }

    pub(super) fn text(&self, name: &str, default: &'a str) -> &'a str {
        let given = self.attribute(name).map(|attribute| std::str::from_utf8(&attribute.s));
        given.map_or(default, |text| text.unwrap_or_default())
    }

    pub(super) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(super) fn floats(&self, name: &str) -> Option<&'a [f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    /// The attributes of these names, as far as the node has them.
    pub(super) fn copied(&self, names: &[&str]) -> Vec<AttributeProto> {
        let kept = |attribute: &&AttributeProto| names.contains(&attribute.name.as_str());
        self.node.attribute.iter().filter(kept).cloned().collect()
    }

    /// All attributes but those of these names.
    pub(super) fn without(&self, names: &[&str]) -> Vec<AttributeProto> {
        let kept = |attribute: &&AttributeProto| !names.contains(&attribute.name.as_str());
        self.node.attribute.iter().filter(kept).cloned().collect()
    }

    /// Refuses a node that the engine would get wrong.
    pub(super) fn unsupported(&self, why: &str) -> Error {
        Error::UnsupportedModel {
            reason: format!("node {:?} ({}): {why}", label(self.node), self.node.op_type),
        }
    }
}
