//! The `metadata_props` of an ONNX file: read, and replaced without touching any other byte.
//!
//! An ONNX file is one protobuf message, `ModelProto`, whose field 14 is a repeated
//! `StringStringEntryProto { key = 1, value = 2 }`. Only the top level is walked here, so the model
//! itself is copied as it is.

use crate::Result;

/// Prefix of the keys that belong to a detector.
const PREFIX: &str = "she.";
const METADATA_PROPS: u64 = 14;
const KEY: u64 = 1;
const VALUE: u64 = 2;

/// A parsed part, or the reason why parsing failed.
type Read<T> = std::result::Result<T, String>;

/// A key and its value.
pub(crate) type Entry = (String, String);

/// Takes the `she.*` entries out of an ONNX file: the bytes without them, and the entries.
pub(crate) fn split(onnx: &[u8]) -> Result<(Vec<u8>, Vec<Entry>)> {
    taken_apart(onnx).map_err(|reason| super::invalid(super::foreign::explained(onnx, &reason)))
}

fn taken_apart(onnx: &[u8]) -> Read<(Vec<u8>, Vec<Entry>)> {
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

/// Appends entries to an ONNX file that has none of the same keys.
pub(crate) fn append(onnx: &[u8], entries: &[Entry]) -> Vec<u8> {
    let mut bytes = onnx.to_vec();
    for (key, value) in entries {
        let mut entry = Vec::new();
        write(&mut entry, KEY, key.as_bytes());
        write(&mut entry, VALUE, value.as_bytes());
        write(&mut bytes, METADATA_PROPS, &entry);
    }
    bytes
}

/// One field of a protobuf message.
struct Field<'a> {
    number: u64,
    /// Tag, length and content.
    whole: &'a [u8],
    /// What a length-delimited field contains, empty for the other kinds.
    content: &'a [u8],
    /// What follows the field.
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
        message = field.as_ref().map_or(&[], |field| field.rest);
        Some(field)
    })
}

fn next_field(message: &[u8]) -> Read<Field<'_>> {
    let (tag, after_tag) = varint(message)?;
    let (content, rest) = match tag & 7 {
        0 => (&[][..], varint(after_tag)?.1),
        1 => (&[][..], take(after_tag, 8)?.1),
        2 => {
            let (length, after_length) = varint(after_tag)?;
            take(after_length, length)?
        }
        5 => (&[][..], take(after_tag, 4)?.1),
        wire => return Err(format!("wire type {wire} is unknown")),
    };
    let (whole, rest) = take(message, (message.len() - rest.len()) as u64)?;
    Ok(Field { number: tag >> 3, whole, content, rest })
}

/// The first `length` bytes and what follows them.
fn take(bytes: &[u8], length: u64) -> Read<(&[u8], &[u8])> {
    usize::try_from(length)
        .ok()
        .and_then(|length| bytes.split_at_checked(length))
        .ok_or_else(|| format!("a field claims {length} bytes, {} are left", bytes.len()))
}

/// A base-128 number, least significant group first, and what follows it.
fn varint(mut bytes: &[u8]) -> Read<(u64, &[u8])> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) =
            bytes.split_first().ok_or_else(|| "a number does not end".to_string())?;
        value |= u64::from(byte & 0x7f) << shift;
        bytes = rest;
        if byte < 0x80 {
            return Ok((value, bytes));
        }
    }
    Err("a number does not end".to_string())
}

fn write(bytes: &mut Vec<u8>, number: u64, content: &[u8]) {
    write_varint(bytes, number << 3 | 2);
    write_varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
