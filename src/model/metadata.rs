//! The `metadata_props` of an ONNX file: read, and replaced without touching any other byte.
//!
//! An ONNX file is one protobuf message, `ModelProto`, whose field 14 is a repeated
//! `StringStringEntryProto { key = 1, value = 2 }`. Only the fields of the top level are split, so
//! the model itself is copied byte for byte.

use prost::DecodeError;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
    string,
};

use crate::Result;

/// Prefix of the keys that belong to a detector.
const PREFIX: &str = "she.";
const METADATA_PROPS: u32 = 14;
const KEY: u32 = 1;
const VALUE: u32 = 2;

/// A parsed part, or the reason why parsing failed.
type Read<T> = std::result::Result<T, String>;

/// A key and its value.
pub(crate) type Entry = (String, String);

/// Takes the `she.*` entries out of an ONNX file. Returns the file without them, and the entries.
pub(crate) fn split(onnx: &[u8]) -> Result<(Vec<u8>, Vec<Entry>)> {
    split_fields(onnx).map_err(|reason| super::invalid(super::foreign::explained(onnx, &reason)))
}

fn split_fields(onnx: &[u8]) -> Read<(Vec<u8>, Vec<Entry>)> {
    let (mut model, mut entries) = (Vec::with_capacity(onnx.len()), Vec::new());
    for field in fields(onnx) {
        let field = field?;
        match field.entry()?.filter(|(key, _)| key.starts_with(PREFIX)) {
            Some(entry) => entries.push(entry),
            None => model.extend_from_slice(field.whole),
        }
    }
    Ok((model, entries))
}

/// The names of all classes that an ONNX file lists, in the order of the logits.
pub(crate) fn labels(onnx: &[u8]) -> Result<Option<Vec<String>>> {
    /// Ultralytics writes `names`.
    const KEYS: [&str; 3] = ["names", "labels", "classes"];
    let entries: Read<Vec<_>> = fields(onnx)
        .filter_map(|field| field.and_then(|field| field.entry()).transpose())
        .collect();
    let entries =
        entries.map_err(|reason| super::invalid(super::foreign::explained(onnx, &reason)))?;
    let texts = KEYS.iter().flat_map(|key| entries.iter().filter(move |(found, _)| found == key));
    let mut columns = texts.filter_map(|(_, text)| crate::labels::of_text(text));
    Ok(columns.next().and_then(|columns| columns.into_iter().next()))
}

/// Appends entries to an ONNX file that has none of the same keys.
pub(crate) fn append(onnx: &[u8], entries: &[Entry]) -> Vec<u8> {
    let mut bytes = onnx.to_vec();
    for (key, value) in entries {
        let mut entry = Vec::new();
        string::encode(KEY, key, &mut entry);
        string::encode(VALUE, value, &mut entry);
        encode_key(METADATA_PROPS, WireType::LengthDelimited, &mut bytes);
        encode_varint(entry.len() as u64, &mut bytes);
        bytes.extend_from_slice(&entry);
    }
    bytes
}

/// One field of a protobuf message.
struct Field<'a> {
    number: u32,
    /// Tag, length and content.
    whole: &'a [u8],
    /// Content of a length-delimited field, empty for other wire types.
    content: &'a [u8],
    /// The bytes after the field.
    rest: &'a [u8],
}

impl Field<'_> {
    /// The metadata entry, if this field of `ModelProto` is one.
    fn entry(&self) -> Read<Option<Entry>> {
        if self.number != METADATA_PROPS {
            return Ok(None);
        }
        let mut entry = Entry::default();
        for field in fields(self.content) {
            let field = field?;
            let text = || {
                String::from_utf8(field.content.to_vec())
                    .map_err(|_| "metadata is not UTF-8".to_string())
            };
            match field.number {
                KEY => entry.0 = text()?,
                VALUE => entry.1 = text()?,
                _ => {}
            }
        }
        Ok(Some(entry))
    }
}

/// The fields of a protobuf message, in order. After an error there are no more.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Read<Field<'_>>> {
    std::iter::from_fn(move || {
        let field = (!message.is_empty()).then(|| next_field(message))?;
        let field = field.map_err(|error| error.to_string());
        message = field.as_ref().map_or(&[], |field| field.rest);
        Some(field)
    })
}

fn next_field(message: &[u8]) -> std::result::Result<Field<'_>, DecodeError> {
    let mut rest = message;
    let (number, wire_type) = decode_key(&mut rest)?;
    let mut content = rest;
    skip_field(wire_type, number, &mut rest, DecodeContext::default())?;
    if wire_type == WireType::LengthDelimited {
        decode_varint(&mut content)?;
        content = content.split_at(content.len() - rest.len()).0;
    } else {
        content = &[];
    }
    let (whole, rest) = message.split_at(message.len() - rest.len());
    Ok(Field { number, whole, content, rest })
}
