//! Protobuf as far as damage needs it: fields taken apart and put together.

/// Bytes of an ONNX `metadata_props` entry.
pub fn entry(key: &str, value: &str) -> Vec<u8> {
    field(0x72, &[field(0x0a, key.as_bytes()), field(0x12, value.as_bytes())].concat())
}

/// A field that holds bytes.
pub fn field(tag: u64, content: &[u8]) -> Vec<u8> {
    [&varint(tag), &varint(content.len() as u64), content].concat()
}

/// A number in seven bits a byte.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The first field of a message.
pub struct Field<'a> {
    pub tag: u64,
    /// Empty for a number.
    pub content: &'a [u8],
    pub rest: &'a [u8],
}

/// Of bytes that may be no message.
pub fn first(bytes: &[u8]) -> Option<Field<'_>> {
    let (tag, value) = number(bytes)?;
    let (length, value) = match tag & 7 {
        0 => (0, number(value)?.1),
        1 => (8, value),
        2 => number(value)?,
        5 => (4, value),
        _ => return None,
    };
    let (content, rest) = value.split_at_checked(length as usize)?;
    Some(Field { tag, content, rest })
}

/// The whole fields of a message with their tags, in order.
pub fn split(mut message: &[u8]) -> Vec<(u64, &[u8])> {
    let mut fields = Vec::new();
    while let Some(field) = first(message) {
        let (whole, rest) = message.split_at(message.len() - field.rest.len());
        fields.push((field.tag, whole));
        message = rest;
    }
    assert!(message.is_empty(), "no field at {message:?}");
    fields
}

/// A number and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = 1 + bytes.iter().take(9).position(|&byte| byte < 0x80)?;
    let (digits, rest) = bytes.split_at(length);
    Some((digits.iter().rev().fold(0, |value, &byte| value << 7 | u64::from(byte & 0x7f)), rest))
}

/// A message with each of its numbers, and of those of the messages in it, replaced.
pub fn with_each_number(message: &[u8], value: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut all, mut rest) = (Vec::new(), message);
    while !rest.is_empty() {
        let field = first(rest)?;
        let before = &message[..message.len() - rest.len()];
        let mut add = |changed: Vec<u8>| all.push([before, &changed, field.rest].concat());
        match field.tag & 7 {
            0 => add([&varint(field.tag), value].concat()),
            2 => inner(field.content, value)
                .iter()
                .for_each(|content| add(self::field(field.tag, content))),
            _ => {}
        }
        rest = field.rest;
    }
    Some(all)
}

/// The same of a field's content, which may be no message.
fn inner(content: &[u8], value: &[u8]) -> Vec<Vec<u8>> {
    with_each_number(content, value).unwrap_or_default()
}
