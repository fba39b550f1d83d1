//! Plain data through the door, in both directions: JavaScript objects, with typed arrays for rows
//! of numbers.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_wasm_bindgen::preserve;
use wasm_bindgen::{JsCast, JsValue};

use super::Thrown;
use crate::{Error, Result};

/// Writes plain data as an object, `None` as `null`.
pub(super) fn written(value: &impl Serialize) -> Thrown<JsValue> {
    let serializer =
        serde_wasm_bindgen::Serializer::json_compatible().serialize_missing_as_null(true);
    Ok(value.serialize(&serializer)?)
}

/// Reads the options of `place`. JavaScript has refused unknown names, which serde skips here.
pub(super) fn read<T: DeserializeOwned>(place: &'static str, options: JsValue) -> Result<T> {
    serde_wasm_bindgen::from_value(options).map_err(|error| Error::InvalidOption {
        option: place,
        given: error.to_string().trim_start_matches("Error: ").to_string(),
        allowed: "what its type in the package says",
    })
}

/// A row of numbers as a typed array: an array of JavaScript is slow in bulk.
pub(super) struct Typed<A>(A);

pub(super) fn typed<'a, T, A: From<&'a [T]>>(numbers: &'a [T]) -> Typed<A> {
    Typed(numbers.into())
}

impl<A: JsCast> Serialize for Typed<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        preserve::serialize(&self.0, serializer)
    }
}
