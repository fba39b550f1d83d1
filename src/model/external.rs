//! Weights in files beside the model, put into the model.
//!
//! `torch.onnx.export` writes `model.onnx` and `model.onnx.data`. Any tensor may have its values in
//! another file: `external_data` says in which, from which byte on, and how many. The bytes of the
//! model are taken over one by one but for these tensors and the lengths around them.

use std::collections::HashMap;
use std::ops::Range;

use super::data_file::DataFile;
use super::weights::{DATA_LOCATION, EXTERNAL_DATA, RAW_DATA, Weights};
use super::wire::{Field, fields, header};
use super::{foreign, invalid};
use crate::{Error, Limits};

/// Graphs within graphs, as the parser allows them.
const MOST_DEPTH: usize = 100;

/// Names of the files that hold weights of an ONNX model, relative to its folder with `/` between
/// folders; none for a model that is whole.
///
/// # Errors
/// [`Error::InvalidModel`] for bytes that are not an ONNX model, or a name outside the folder.
pub fn external_files(onnx: &[u8]) -> crate::Result<Vec<String>> {
    let mut files = Vec::new();
    rebuild(onnx, &mut |weights: Weights| {
        let location = weights.location()?;
        if !files.contains(&location) {
            files.push(location);
        }
        Ok::<_, Error>(None)
    })?;
    Ok(files)
}

/// Puts weights in files beside an ONNX model into it, so that it is one file. A model that is
/// whole comes back as it is.
///
/// `read` returns the bytes of a file by its name, as [`external_files`] lists them, once for each.
/// It decides what may be read: names are relative and stay within a folder.
///
/// ```no_run
/// let folder = std::path::Path::new("models");
/// let onnx = std::fs::read(folder.join("model.onnx"))?;
/// let limits = she_ood::Limits::default();
/// let whole = she_ood::inline_weights(onnx, &limits, |name| {
///     Ok::<_, Box<dyn std::error::Error>>(std::fs::read(folder.join(name))?)
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::InvalidModel`] as [`external_files`], and for a file that is too short, another number
/// of bytes than the shape takes, or a type of unknown size; [`Error::TooLarge`]; those of `read`.
pub fn inline_weights<E: From<Error>>(
    onnx: Vec<u8>,
    limits: &Limits,
    mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let mut files = HashMap::new();
    let pieces = rebuild::<E>(&onnx, &mut |weights: Weights| {
        let location = weights.location()?;
        if !files.contains_key(&location) {
            files.insert(location.clone(), read(&location)?);
        }
        let file = files.get(&location).map(|bytes| DataFile::of(bytes));
        Ok::<_, E>(file.map(|file| weights.find(&file)).transpose()?)
    })?;
    let Some(pieces) = pieces else { return Ok(onnx) };
    limits.check_bytes(length(&pieces))?;
    let mut whole = Vec::with_capacity(length(&pieces));
    for piece in &pieces {
        whole.extend_from_slice(match piece {
            Piece::Model(bytes) => bytes,
            Piece::Header(bytes) => bytes,
            Piece::Weights(location, range) => {
                files.get(location).and_then(|file| file.get(range.clone())).unwrap_or_default()
            }
        });
    }
    Ok(whole)
}

/// Bytes of the whole model.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// Of the model that was given.
    Model(&'a [u8]),
    /// Tag and length of a field that has become longer.
    Header(Vec<u8>),
    /// Of the file of this name.
    Weights(String, Range<usize>),
}

impl Piece<'_> {
    fn len(&self) -> usize {
        match self {
            Piece::Model(bytes) => bytes.len(),
            Piece::Header(bytes) => bytes.len(),
            Piece::Weights(_, range) => range.len(),
        }
    }
}

fn length(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().map(Piece::len).fold(0, usize::saturating_add)
}

/// The model with the weights where `find` says, or `None` if nothing changes.
pub(crate) fn rebuild<'a, E: From<Error>>(
    onnx: &'a [u8],
    find: &mut impl FnMut(Weights) -> Result<Option<Range<usize>>, E>,
) -> Result<Option<Vec<Piece<'a>>>, E> {
    match fields(onnx).find_map(Result::err) {
        Some(reason) => Err(invalid(foreign::explained(onnx, &reason)).into()),
        None => rebuild_message(Message::Model, onnx, MOST_DEPTH, find),
    }
}

/// The messages on the way from a model to its tensors.
#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Training,
    Graph,
    Function,
    Node,
    Attribute,
    SparseTensor,
    Tensor,
}

impl Message {
    /// The message that a field of this number holds, if there may be tensors in it.
    fn part(self, number: u32) -> Option<Self> {
        match (self, number) {
            (Self::Model, 20) => Some(Self::Training),
            (Self::Model, 7) | (Self::Training, 1 | 2) | (Self::Attribute, 6 | 11) => {
                Some(Self::Graph)
            }
            (Self::Model, 25) => Some(Self::Function),
            (Self::Graph, 1) | (Self::Function, 7) => Some(Self::Node),
            (Self::Node, 5) | (Self::Function, 11) => Some(Self::Attribute),
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Some(Self::SparseTensor),
            (Self::Graph | Self::Attribute, 5)
            | (Self::Attribute, 10)
            | (Self::SparseTensor, 1 | 2) => Some(Self::Tensor),
            _ => None,
        }
    }
}

fn rebuild_message<'a, E: From<Error>>(
    kind: Message,
    message: &'a [u8],
    depth: usize,
    find: &mut impl FnMut(Weights) -> Result<Option<Range<usize>>, E>,
) -> Result<Option<Vec<Piece<'a>>>, E> {
    if kind == Message::Tensor {
        return rebuild_tensor(message, find);
    }
    let depth = depth.checked_sub(1).ok_or_else(|| invalid("its graphs are nested too deeply"))?;
    let (mut pieces, mut changed) = (Vec::new(), false);
    for field in fields(message) {
        let Field { number, whole, content, .. } = field.map_err(invalid)?;
        let part = kind.part(number);
        match part.map(|part| rebuild_message(part, content, depth, find)).transpose()?.flatten() {
            Some(part) => {
                changed = true;
                pieces.push(Piece::Header(header(number, length(&part))));
                pieces.extend(part);
            }
            None => pieces.push(Piece::Model(whole)),
        }
    }
    Ok(changed.then_some(pieces))
}

fn rebuild_tensor<'a, E: From<Error>>(
    message: &'a [u8],
    find: &mut impl FnMut(Weights) -> Result<Option<Range<usize>>, E>,
) -> Result<Option<Vec<Piece<'a>>>, E> {
    let weights = Weights::read(message).map_err(invalid)?;
    if !weights.outside {
        return Ok(None);
    }
    let location = weights.location()?;
    let Some(range) = find(weights)? else { return Ok(None) };
    let mut pieces = Vec::new();
    for field in fields(message) {
        let field = field.map_err(invalid)?;
        if ![RAW_DATA, EXTERNAL_DATA, DATA_LOCATION].contains(&field.number) {
            pieces.push(Piece::Model(field.whole));
        }
    }
    pieces.push(Piece::Header(header(RAW_DATA, range.len())));
    pieces.push(Piece::Weights(location, range));
    Ok(Some(pieces))
}
