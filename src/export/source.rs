//! The ONNX file that a graph is exported from: read, and written anew with more in its graph.

use std::collections::{HashMap, HashSet};

use super::builder::{FLOAT, INITIALIZER, INPUT, NODE, OUTPUT};
use crate::model::metadata::{EXPORTED, encode};
use crate::model::wire::{Field, Read, fields, message};
use crate::{Error, Result};

/// Fields of a `ModelProto`.
const IR_VERSION: u32 = 1;
const GRAPH: u32 = 7;
const OPSET: u32 = 8;
/// Field of a `GraphProto` with the types of tensors within.
const VALUE_INFO: u32 = 13;

/// Types of half precision.
const HALVES: [u64; 2] = [10, 16];

/// The earliest opset whose operators express a score.
const EARLIEST: u64 = 9;

/// What an export needs to know of a file.
pub(super) struct Source<'a> {
    onnx: &'a [u8],
    graph: &'a [u8],
    pub ir: u64,
    pub opset: u64,
    /// Names of all tensors.
    tensors: HashSet<&'a str>,
    pub outputs: HashSet<&'a str>,
    /// Declared types.
    kinds: HashMap<&'a str, u64>,
    has_halves: bool,
    /// The only input that is no weight.
    pub input: Input<'a>,
}

/// The declaration of an input.
#[derive(Default)]
pub(super) struct Input<'a> {
    pub name: &'a str,
    /// Type of its values.
    pub kind: u64,
    /// Its first dimension, as encoded.
    first: &'a [u8],
}

impl<'a> Source<'a> {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::InvalidModel`].
    pub fn read(onnx: &'a [u8]) -> Result<Self> {
        Self::parse(onnx).map_err(|reason| Error::InvalidModel { reason })
    }

    /// Refuses an opset whose operators express no score.
    pub fn check_opset(&self) -> Result<()> {
        match self.opset >= EARLIEST {
            true => Ok(()),
            false => Err(Error::UnsupportedModel {
                reason: format!(
                    "it has opset {}, and a score is expressed in operators of opset {EARLIEST} or \
                     later: convert the model with `onnx.version_converter.convert_version(model, \
                     13)` and fit again, or export with taps and score by she-ood/scorer",
                    self.opset
                ),
            }),
        }
    }

    fn parse(onnx: &'a [u8]) -> Read<Self> {
        let (mut graphs, mut ir, mut opset) = (Vec::new(), 0, 0);
        for field in fields(onnx) {
            let field = field?;
            match field.number {
                IR_VERSION => ir = first_number(&field)?,
                GRAPH => graphs.push(field.content),
                OPSET => opset = own_version(field.content)?.unwrap_or(opset),
                _ => {}
            }
        }
        let [graph] = graphs.as_slice() else { return Err("it holds several graphs".into()) };
        let mut source = Self {
            onnx,
            graph,
            ir,
            opset,
            tensors: HashSet::new(),
            outputs: HashSet::new(),
            kinds: HashMap::new(),
            has_halves: false,
            input: Input::default(),
        };
        source.read_graph()?;
        Ok(source)
    }

    fn read_graph(&mut self) -> Read<()> {
        let (mut inputs, mut weights) = (Vec::new(), HashSet::new());
        for field in fields(self.graph) {
            let field = field?;
            match field.number {
                NODE => self.tensors.extend(texts(field.content, 2)?),
                INITIALIZER => {
                    weights.extend(texts(field.content, 8)?);
                    self.has_halves |= HALVES.contains(&number_of(field.content, 2)?);
                }
                INPUT => inputs.push(Input::read(field.content)?),
                VALUE_INFO => {
                    let Input { name, kind, .. } = Input::read(field.content)?;
                    self.kinds.insert(name, kind);
                }
                OUTPUT => self.outputs.extend(texts(field.content, 1)?),
                _ => {}
            }
        }
        let given = inputs.into_iter().find(|input| !weights.contains(input.name));
        self.input = given.ok_or("it has no input")?;
        self.tensors.extend(weights);
        self.tensors.insert(self.input.name);
        Ok(())
    }

    /// Refuses a tensor that the file does not have, as it is made while the file is read.
    pub fn check_tensor(&self, what: &str, tensor: &str) -> Result<()> {
        if self.tensors.contains(tensor) {
            return Ok(());
        }
        Err(Error::UnsupportedModel {
            reason: format!(
                "{what} is the tensor {tensor:?}, which is not in the file itself: it comes from a \
                 function or a quantised operator that is rewritten when the file is read. Inline \
                 functions with `onnx.inliner.inline_local_functions`, or tap another layer, and \
                 fit again"
            ),
        })
    }

    /// Type of a tensor that holds floats.
    ///
    /// # Errors
    /// [`Error::UnsupportedModel`] where the file does not tell.
    pub fn kind(&self, tensor: &str) -> Result<u64> {
        match self.kinds.get(tensor) {
            Some(&kind) => Ok(kind),
            None if self.input.name == tensor => Ok(self.input.kind),
            None if !self.has_halves => Ok(FLOAT),
            None => Err(Error::UnsupportedModel {
                reason: format!(
                    "it has weights in half precision, and does not say of which type {tensor:?} \
                     is: run `onnx.shape_inference.infer_shapes` on it, and fit again"
                ),
            }),
        }
    }

    /// Refuses a name that the graph has already.
    pub fn check_free(&self, name: &str) -> Result<()> {
        if !self.tensors.contains(name) {
            return Ok(());
        }
        Err(Error::UnsupportedModel {
            reason: format!(
                "it has a tensor called {name:?}, and the exported graph needs that name: rename \
                 it, and fit again"
            ),
        })
    }

    /// Beginning of names that no tensor of the file has.
    pub fn prefix(&self) -> String {
        let is_free = |prefix: &String| !self.tensors.iter().any(|name| name.starts_with(prefix));
        let numbered = (2..).map(|number| format!("she_ood_{number}/"));
        let mut prefixes = std::iter::once("she_ood/".to_string()).chain(numbered);
        prefixes.find(is_free).unwrap_or_default()
    }

    /// The dimension of the batch, as encoded: the input's first one, or 1 without a batch.
    pub fn batch(&self, has_batch: bool) -> Vec<u8> {
        if has_batch { self.input.first.to_vec() } else { crate::model::wire::number(1, 1) }
    }

    /// The file with more fields in its graph, before and behind those it has, marked as exported.
    /// `replaced` is an input that is made in the graph now.
    pub fn with(&self, before: &[u8], behind: &[u8], replaced: Option<&str>) -> Result<Vec<u8>> {
        let written = || -> Read<Vec<u8>> {
            let mut graph = before.to_vec();
            for field in fields(self.graph) {
                let field = field?;
                let is_replaced = replaced.is_some()
                    && field.number == INPUT
                    && texts(field.content, 1)?.first().copied() == replaced;
                graph.extend_from_slice(if is_replaced { &[] } else { field.whole });
            }
            graph.extend_from_slice(behind);
            let mut file = Vec::with_capacity(self.onnx.len() + before.len() + behind.len());
            for field in fields(self.onnx) {
                let field = field?;
                match field.number {
                    GRAPH => file.extend(message(GRAPH, &graph)),
                    _ => file.extend_from_slice(field.whole),
                }
            }
            let mark = (EXPORTED.to_string(), env!("CARGO_PKG_VERSION").to_string());
            file.extend(encode(&[mark]));
            Ok(file)
        };
        written().map_err(|reason| Error::InvalidModel { reason })
    }
}

impl<'a> Input<'a> {
    /// Reads a `ValueInfoProto`.
    fn read(message: &'a [u8]) -> Read<Self> {
        let name = texts(message, 1)?.first().copied().unwrap_or_default();
        let tensor = within(within(message, 2)?, 1)?;
        let kind = number_of(tensor, 1)?;
        let first = within(within(tensor, 2)?, 1)?;
        // Exporters write an open size as 0 or -1, too.
        let is_named = !within(first, 2)?.is_empty();
        let is_open = !is_named && number_of(first, 1)?.cast_signed() < 1;
        Ok(Self { name, kind, first: if is_open { &[] } else { first } })
    }
}

/// The content of the first field of this number; empty if there is none.
fn within(message: &[u8], number: u32) -> Read<&[u8]> {
    for field in fields(message) {
        let field = field?;
        if field.number == number {
            return Ok(field.content);
        }
    }
    Ok(&[])
}

/// The texts in the fields of this number.
fn texts(message: &[u8], number: u32) -> Read<Vec<&str>> {
    let mut texts = Vec::new();
    for field in fields(message) {
        let field = field?;
        if field.number == number {
            texts.push(str::from_utf8(field.content).map_err(|_| "a text is not UTF-8")?);
        }
    }
    Ok(texts)
}

/// The number in the first field of this number; 0 if there is none.
fn number_of(message: &[u8], number: u32) -> Read<u64> {
    let found = fields(message).find(|field| match field {
        Ok(field) => field.number == number,
        Err(_) => true,
    });
    found.map_or(Ok(0), |field| first_number(&field?))
}

fn first_number(field: &Field<'_>) -> Read<u64> {
    Ok(field.numbers()?.first().copied().unwrap_or_default())
}

/// The version in an `OperatorSetIdProto` of ONNX's own operators.
fn own_version(message: &[u8]) -> Read<Option<u64>> {
    let domain = texts(message, 1)?;
    let is_own = matches!(domain.first(), None | Some(&"" | &"ai.onnx"));
    is_own.then(|| number_of(message, 2)).transpose()
}
