//! The precision in which patterns are stored.

use std::borrow::Borrow;

use half::f16;
use serde::{Deserialize, Serialize};

use crate::names::named;

/// The precision in which patterns and whitenings are stored. Scores are computed in f64 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits a number.
    #[default]
    Float32,
    /// 16 bits a number, where that changes no calibration score by more than 0.0001.
    Float16,
}

named!(Precision, "the precision", "float32" => Float32, "float16" => Float16);

impl Precision {
    /// Bits of one number.
    pub(crate) fn bits(self) -> usize {
        match self {
            Precision::Float32 => 32,
            Precision::Float16 => 16,
        }
    }

    /// The nearest number that can be stored. Infinite beyond the range.
    pub(crate) fn rounded(self, value: f32) -> f32 {
        match self {
            Precision::Float32 => value,
            Precision::Float16 => f16::from_f32(value).to_f32(),
        }
    }

    /// Numbers as they are stored, little-endian.
    pub(crate) fn encode<V: Borrow<f32>>(self, values: impl IntoIterator<Item = V>) -> Vec<u8> {
        let values = values.into_iter().map(|value| *value.borrow());
        match self {
            Precision::Float32 => values.flat_map(f32::to_le_bytes).collect(),
            Precision::Float16 => values.map(f16::from_f32).flat_map(f16::to_le_bytes).collect(),
        }
    }

    /// Stored numbers; `None` for bytes that are not a whole number of them.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Vec<f32>> {
        match (self, bytes.as_chunks(), bytes.as_chunks()) {
            (Precision::Float32, (numbers, []), _) => {
                Some(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
            }
            (Precision::Float16, _, (numbers, [])) => {
                Some(numbers.iter().map(|&number| f16::from_le_bytes(number).to_f32()).collect())
            }
            _ => None,
        }
    }
}
