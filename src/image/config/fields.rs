//! The fields of a config.

use serde_json::{Map, Value};

use crate::image::Interpolation;
use crate::{Error, Result};

/// The fields of a JSON object. `null` stands for a missing one.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub &'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn object(self, name: &str) -> Option<Fields<'a>> {
        self.get(name).and_then(Value::as_object).map(Fields)
    }

    fn read<T>(
        self,
        name: &str,
        allowed: &'static str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        self.get(name)
            .map(|value| read(value).ok_or_else(|| refusal(name, value, allowed)))
            .transpose()
    }

    pub fn flag(self, name: &str) -> Result<Option<bool>> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub fn number(self, name: &str) -> Result<Option<f64>> {
        self.read(name, "a finite number above 0", |value| {
            value.as_f64().filter(|number| (f64::MIN_POSITIVE..=f64::MAX).contains(number))
        })
    }

    pub fn text(self, name: &str) -> Result<Option<&'a str>> {
        self.read(name, "a text", Value::as_str)
    }

    /// One number for each channel.
    pub fn channels(self, name: &str) -> Result<Option<Vec<f64>>> {
        self.read(name, "a number, or a list of one for each channel", |value| match value {
            Value::Array(values) => values.iter().map(Value::as_f64).collect(),
            value => Some(vec![value.as_f64()?]),
        })
    }

    /// Height and width: a whole number for both, or a list.
    pub fn size(self, name: &str) -> Result<Option<(usize, usize)>> {
        self.read(name, "a whole number from 1, or two: height and width", |value| {
            match whole_numbers(value)?.as_slice() {
                [side] => Some((*side, *side)),
                [height, width] => Some((*height, *width)),
                _ => None,
            }
        })
    }

    /// The value of a field that must be there.
    pub fn needed<T>(self, name: &'static str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| Error::InvalidOption {
            option: "the preprocessing config",
            given: format!("without {name}"),
            allowed: "configs with every field that changes pixels: add it",
        })
    }

    /// Refuses a value other than this one, which is meant unless given.
    pub fn only(self, name: &str, value: bool, allowed: &'static str) -> Result<()> {
        match self.flag(name)? {
            Some(given) if given != value => Err(refusal(name, &given.into(), allowed)),
            _ => Ok(()),
        }
    }

    /// An interpolation by its name in torchvision and timm, or by its number in Pillow.
    pub fn interpolation(self, name: &str) -> Result<Option<Interpolation>> {
        self.read(name, "nearest, bilinear, bicubic or lanczos (in Pillow 0 to 3)", |value| {
            if let Some(number) = value.as_u64() {
                return match number {
                    0 => Some(Interpolation::Nearest),
                    1 => Some(Interpolation::Lanczos),
                    2 => Some(Interpolation::Bilinear),
                    3 => Some(Interpolation::Bicubic),
                    _ => None,
                };
            }
            let name = value.as_str()?.to_lowercase();
            name.rsplit('.').next()?.parse().ok()
        })
    }
}

/// Refuses a field by its name.
pub(super) fn refusal(name: &str, value: &Value, allowed: &'static str) -> Error {
    Error::InvalidOption {
        option: "a field of the preprocessing config",
        given: format!("{name}: {value}"),
        allowed,
    }
}

/// Whole numbers from 1: one, or a list.
pub(super) fn whole_numbers(value: &Value) -> Option<Vec<usize>> {
    let whole = |value: &Value| usize::try_from(value.as_u64()?).ok().filter(|&number| number > 0);
    match value {
        Value::Array(values) => values.iter().map(whole).collect(),
        value => Some(vec![whole(value)?]),
    }
}
