//! Weights in another file, as a tensor of the model says where.

use std::collections::HashMap;
use std::ops::Range;

use super::data_file::DataFile;
use super::invalid;
use super::wire::{Field, Read, entry, fields};
use crate::Result;

pub(super) const RAW_DATA: u32 = 9;
pub(super) const EXTERNAL_DATA: u32 = 13;
pub(super) const DATA_LOCATION: u32 = 14;

/// What a tensor says of its values.
#[derive(Default)]
pub(crate) struct Weights {
    name: String,
    shape: Vec<u64>,
    data_type: u64,
    /// Whether the values are in another file.
    pub outside: bool,
    /// `location`, `offset`, `length`.
    entries: HashMap<String, String>,
}

/// Name and bits of each `TensorProto.DataType`; no bits where values differ in size.
const TYPES: [(&str, u64); 27] = [
    ("undefined", 0),
    ("float", 32),
    ("uint8", 8),
    ("int8", 8),
    ("uint16", 16),
    ("int16", 16),
    ("int32", 32),
    ("int64", 64),
    ("string", 0),
    ("bool", 8),
    ("float16", 16),
    ("double", 64),
    ("uint32", 32),
    ("uint64", 64),
    ("complex64", 64),
    ("complex128", 128),
    ("bfloat16", 16),
    ("float8e4m3fn", 8),
    ("float8e4m3fnuz", 8),
    ("float8e5m2", 8),
    ("float8e5m2fnuz", 8),
    ("uint4", 4),
    ("int4", 4),
    ("float4e2m1", 4),
    ("float8e8m0", 8),
    ("uint2", 2),
    ("int2", 2),
];

impl Weights {
    pub fn read(tensor: &[u8]) -> Read<Self> {
        let mut weights = Self::default();
        for field in fields(tensor) {
            let field = field?;
            match field.number {
                1 => weights.shape.extend(field.numbers()?),
                2 => weights.data_type = last(&field)?,
                8 => weights.name = field.text()?,
                EXTERNAL_DATA => weights.entries.extend([entry(field.content)?]),
                // 1 is `EXTERNAL`.
                DATA_LOCATION => weights.outside = last(&field)? == 1,
                _ => {}
            }
        }
        Ok(weights)
    }

    /// The file's name, which stays within the model's folder.
    pub fn location(&self) -> Result<String> {
        let location = self.entries.get("location").map_or("", String::as_str);
        // Windows reads `C:` and `\` as the system's own paths, wherever the model was made.
        let drive = location.chars().nth(1) == Some(':');
        let strange = location.contains(['\\', '\0']);
        let outside = location.split('/').any(|part| matches!(part, "" | ".."));
        let within: Vec<_> = location.split('/').filter(|&part| part != ".").collect();
        if drive || strange || outside || within.is_empty() {
            return Err(invalid(format!(
                "the weights {:?} are in {location:?}: only files in the model's own folder are \
                 read, named by their path from there; save the model anew with its weights \
                 beside it",
                self.name
            )));
        }
        Ok(within.join("/"))
    }

    /// Where the values are in their file.
    pub fn find(&self, file: &DataFile<'_>) -> Result<Range<usize>> {
        let length = self.length()?;
        let offset = self.number("offset")?.unwrap_or(0);
        match offset.checked_add(length).and_then(|end| Some((end, file.range(offset, end)?))) {
            Some((_, range)) if !file.is_mistaken() => Ok(range),
            _ => Err(invalid(format!(
                "the weights {:?} take {length} bytes of {:?} from byte {offset} on, and that \
                 file has {}: {}",
                self.name,
                self.location()?,
                file.size,
                file.explained()
            ))),
        }
    }

    /// Number of bytes of the values, by shape and type.
    fn length(&self) -> Result<u64> {
        let &(kind, bits) = usize::try_from(self.data_type)
            .ok()
            .and_then(|kind| TYPES.get(kind))
            .filter(|(_, bits)| *bits > 0)
            .ok_or_else(|| {
                invalid(format!(
                    "the weights {:?} have type {}, which has no place in another file",
                    self.name, self.data_type
                ))
            })?;
        let values = self.shape.iter().try_fold(1u64, |values, &size| values.checked_mul(size));
        let length = values.and_then(|values| values.checked_mul(bits)).unwrap_or(u64::MAX);
        let length = length.div_ceil(8);
        match self.number("length")? {
            Some(given) if given != length => Err(invalid(format!(
                "the weights {:?} have shape {:?} and type {kind}, which take {length} bytes, \
                 and their length is given as {given}: export the model anew",
                self.name, self.shape
            ))),
            _ => Ok(length),
        }
    }

    /// An entry that is a whole number, if there is one.
    fn number(&self, key: &str) -> Result<Option<u64>> {
        let Some(text) = self.entries.get(key) else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| {
            invalid(format!(
                "the {key} of the weights {:?} is {text:?}, no whole number",
                self.name
            ))
        })
    }
}

/// The last number of a field, which counts.
fn last(field: &Field<'_>) -> Read<u64> {
    Ok(field.numbers()?.last().copied().unwrap_or_default())
}
