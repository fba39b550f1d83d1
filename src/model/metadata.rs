//! The `metadata_props` of an ONNX file: read, and replaced without touching any other byte.
//!
//! An ONNX file is one protobuf message, `ModelProto`, whose field 14 is a repeated
//! `StringStringEntryProto { key = 1, value = 2 }`. Only the fields of the top level are split, so
//! the model itself is copied byte for byte.

use std::ops::Range;

use prost::encoding::string;

pub(crate) use super::wire::Entry;
use super::wire::{Field, KEY, Read, VALUE, entry, fields, header};
use crate::{Error, Result};

/// Prefix of the keys that belong to a detector.
const PREFIX: &str = "she.";
/// Key of an exported graph: not a detector's, which it is no longer.
pub(crate) const EXPORTED: &str = "she-ood.exported";
const METADATA_PROPS: u32 = 14;

/// Takes the `she.*` entries out of an ONNX file. Returns the file without them, and the entries.
pub(crate) fn take_entries(mut onnx: Vec<u8>) -> Result<(Vec<u8>, Vec<Entry>)> {
    let (kept, entries) = kept_and_entries(&onnx).map_err(|reason| unreadable(&onnx, &reason))?;
    let mut end = 0;
    for range in kept {
        let length = range.len();
        // Within the same bytes, as a copy of a large model may not fit into memory.
        onnx.copy_within(range, end);
        end += length;
    }
    onnx.truncate(end);
    Ok((onnx, entries))
}

/// What is kept of a file, and its `she.*` entries.
fn kept_and_entries(onnx: &[u8]) -> Read<(Vec<Range<usize>>, Vec<Entry>)> {
    let (mut kept, mut entries, mut end) = (Vec::new(), Vec::new(), 0);
    for field in fields(onnx) {
        let field = field?;
        let start = end;
        end += field.whole.len();
        let entry = (field.number == METADATA_PROPS).then(|| entry(field.content)).transpose()?;
        match entry.filter(|(key, _)| key.starts_with(PREFIX)) {
            Some(entry) => entries.push(entry),
            None => kept.push(start..end),
        }
    }
    Ok((kept, entries))
}

/// The names of all classes that an ONNX file lists, in the order of the logits.
pub(crate) fn labels(onnx: &[u8]) -> Result<Option<Vec<String>>> {
    /// Ultralytics writes `names`.
    const KEYS: [&str; 3] = ["names", "labels", "classes"];
    let entries = entries(onnx)?;
    let texts = KEYS.iter().flat_map(|key| entries.iter().filter(move |(found, _)| found == key));
    let mut columns = texts.filter_map(|(_, text)| crate::labels::of_text(text));
    Ok(columns.next().and_then(|columns| columns.into_iter().next()))
}

/// The config of its preprocessing that an ONNX file holds under `preprocessor_config`.
pub(crate) fn preprocessor_config(onnx: &[u8]) -> Result<Option<String>> {
    Ok(entries(onnx)?
        .into_iter()
        .find(|(key, _)| key == "preprocessor_config")
        .map(|(_, text)| text))
}

/// Whether a file is a graph that was exported from a detector.
pub(crate) fn is_exported(onnx: &[u8]) -> Result<bool> {
    Ok(entries(onnx)?.iter().any(|(key, _)| key == EXPORTED))
}

/// All entries of a file.
fn entries(onnx: &[u8]) -> Result<Vec<Entry>> {
    let is_entry = |field: &Read<Field<'_>>| {
        field.as_ref().map_or(true, |field| field.number == METADATA_PROPS)
    };
    let read: Read<_> = fields(onnx).filter(is_entry).map(|field| entry(field?.content)).collect();
    read.map_err(|reason| unreadable(onnx, &reason))
}

/// The error of a file that is not an ONNX model, or a damaged one.
fn unreadable(onnx: &[u8], reason: &str) -> Error {
    super::invalid(super::foreign::explained(onnx, reason))
}

/// Entries as bytes, to be appended to an ONNX file that has none of the same keys.
pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in entries {
        let mut entry = Vec::new();
        string::encode(KEY, key, &mut entry);
        string::encode(VALUE, value, &mut entry);
        bytes.extend(header(METADATA_PROPS, entry.len()));
        bytes.extend(entry);
    }
    bytes
}
