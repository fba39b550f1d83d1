//! The numbers that a model's input holds.

use tract_onnx::pb::tensor_proto::DataType;

use crate::{Error, Result};

/// Kinds of numbers that a model takes. Samples are 32-bit floats, cast where the model asks for
/// others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Numbers {
    /// Floating-point numbers of any precision.
    Float,
    /// Whole numbers in a range, such as pixels from 0 to 255.
    Whole { lowest: f32, highest: f32 },
}

/// How far a value may be from a whole number, as normalisation rounds.
const ROUNDING: f32 = 1e-3;

impl Numbers {
    /// `None` for a type that is not numeric.
    pub(super) fn of(kind: DataType) -> Option<Self> {
        let whole = |lowest: f64, highest: f64| {
            Some(Self::Whole { lowest: lowest as f32, highest: highest as f32 })
        };
        match kind {
            DataType::Float | DataType::Double => Some(Self::Float),
            DataType::Uint8 => whole(0.0, 255.0),
            DataType::Int8 => whole(-128.0, 127.0),
            DataType::Uint16 => whole(0.0, 65_535.0),
            DataType::Int16 => whole(-32_768.0, 32_767.0),
            // Larger whole numbers have no exact 32-bit float.
            DataType::Int32 | DataType::Int64 => whole(-16_777_216.0, 16_777_216.0),
            DataType::Uint32 | DataType::Uint64 => whole(0.0, 16_777_216.0),
            _ => None,
        }
    }

    /// Refuses values that a cast would change.
    pub(super) fn check(self, values: &[f32]) -> Result<()> {
        let Self::Whole { lowest, highest } = self else { return Ok(()) };
        let is_whole = |value: f32| (value - value.round()).abs() <= ROUNDING;
        let fits = |value: f32| is_whole(value) && (lowest..=highest).contains(&value.round());
        match values.iter().position(|&value| !fits(value)) {
            Some(index) => {
                let value = values.get(index).copied().unwrap_or(f32::NAN);
                Err(Error::InputRange { index, value, lowest, highest })
            }
            None => Ok(()),
        }
    }
}
