//! What parts of one fit have in common.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::privacy::Privacy;
use crate::fit::recipe::Recipe;
use crate::{Error, LayerInfo, Preprocess, Result};

/// Characters of a value that a message shows.
const SHOWN: usize = 200;

/// The model, and the options that every part of a fit must share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    /// SHA-256 of the model's file without detector metadata.
    pub model: String,
    pub layers: Vec<LayerInfo>,
    pub logits: Option<String>,
    pub input_shape: Option<Vec<usize>>,
    /// Name of each class.
    pub labels: Vec<String>,
    pub preprocess: Option<Preprocess>,
    /// Share of the samples that is held out.
    pub hold_out: f64,
    /// How features are clipped, and what noise is added, if they are.
    pub privacy: Option<Privacy>,
    #[serde(flatten)]
    pub recipe: Recipe,
}

impl Header {
    pub fn layer_names(&self) -> Vec<String> {
        self.layers.iter().map(|layer| layer.name.clone()).collect()
    }

    /// Refuses another header. The error names the first field that differs.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        if self == other {
            return Ok(());
        }
        let (one, other) = (self.fields()?, other.fields()?);
        let differs = one.iter().find(|(name, value)| other.get(*name) != Some(value));
        let Some((what, value)) = differs else { return Ok(()) };
        let theirs = other.get(what).unwrap_or(&Value::Null);
        Err(Error::PartsMismatch { what: what.clone(), one: shown(value), other: shown(theirs) })
    }

    fn fields(&self) -> Result<serde_json::Map<String, Value>> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(Error::InvalidPart { reason: "its header has no fields".to_string() }),
        }
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}
