//! The fields of a protobuf message, found without decoding or copying what they hold.

use prost::DecodeError;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};

/// A parsed part, or the reason why parsing failed.
pub(crate) type Read<T> = std::result::Result<T, String>;

/// A key and its value.
pub(crate) type Entry = (String, String);

/// Fields of a `StringStringEntryProto`.
pub(crate) const KEY: u32 = 1;
pub(crate) const VALUE: u32 = 2;

/// One field of a protobuf message.
pub(crate) struct Field<'a> {
    pub number: u32,
    /// Tag, length and content.
    pub whole: &'a [u8],
    /// Content of a length-delimited field, empty for other wire types.
    pub content: &'a [u8],
    wire_type: WireType,
    /// The bytes after the field.
    rest: &'a [u8],
}

impl Field<'_> {
    /// The content as text.
    pub fn text(&self) -> Read<String> {
        String::from_utf8(self.content.to_vec()).map_err(|_| "a text is not UTF-8".to_string())
    }

    /// The whole number that the field holds, or the numbers packed into it.
    pub fn numbers(&self) -> Read<Vec<u64>> {
        let mut rest = if self.wire_type == WireType::Varint { self.whole } else { self.content };
        let tagged = self.wire_type == WireType::Varint;
        let read = |rest: &mut &[u8]| {
            tagged.then(|| decode_key(rest)).transpose()?;
            decode_varint(rest)
        };
        let mut numbers = Vec::new();
        while !rest.is_empty() {
            numbers.push(read(&mut rest).map_err(|error| error.to_string())?);
        }
        Ok(numbers)
    }
}

/// The fields of a protobuf message, in order. After an error there are no more.
pub(crate) fn fields(mut message: &[u8]) -> impl Iterator<Item = Read<Field<'_>>> {
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
    Ok(Field { number, whole, content, wire_type, rest })
}

/// Tag and length of a length-delimited field.
pub(crate) fn header(number: u32, length: usize) -> Vec<u8> {
    let mut header = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut header);
    encode_varint(length as u64, &mut header);
    header
}

/// A field that holds a message, a text or bytes.
pub(crate) fn message(field: u32, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [header(field, content.len()).as_slice(), content].concat()
}

/// A field that holds a whole number.
pub(crate) fn number(field: u32, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(field, WireType::Varint, &mut bytes);
    encode_varint(value, &mut bytes);
    bytes
}

/// Reads a `StringStringEntryProto`.
pub(crate) fn entry(message: &[u8]) -> Read<Entry> {
    let mut entry = Entry::default();
    for field in fields(message) {
        let field = field?;
        match field.number {
            KEY => entry.0 = field.text()?,
            VALUE => entry.1 = field.text()?,
            _ => {}
        }
    }
    Ok(entry)
}
