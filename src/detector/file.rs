//! The detector file: an ONNX model with `she.*` entries in its `metadata_props`.
//!
//! | key | value |
//! |---|---|
//! | `she.format` | version of this layout, `1` |
//! | `she.manifest` | JSON: everything small, see [`Manifest`] |
//! | `she.patterns` | base64 of little-endian f32: for each layer its patterns, row-major, one row a class |
//! | `she.calibration` | base64 of little-endian f32: the calibration scores, ascending |

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Detector;
use crate::model::metadata::{self, Entry};
use crate::she::She;
use crate::{Aggregator, Error, LayerInfo, Model, PatternChoice, Patterns, Preprocess, Result, Similarity, Threshold};

const FORMAT: &str = "1";

/// The small parts of a detector, with hashes that tell damage and tie the detector to its model.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    similarity: Similarity,
    pattern: PatternChoice,
    aggregator: Aggregator,
    layers: Vec<LayerInfo>,
    classes: Vec<usize>,
    counts: Vec<u64>,
    labels: Vec<String>,
    id_pass_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    preprocess: Option<Preprocess>,
    sha256: Hashes,
}

/// Hexadecimal SHA-256 of the model (the file without `she.*` entries) and of each block before base64.
#[derive(Serialize, Deserialize)]
struct Hashes {
    model: String,
    patterns: String,
    calibration: String,
}

pub(super) fn read(bytes: &[u8]) -> Result<Detector> {
    let (onnx, entries) = metadata::split(bytes)?;
    if entries.is_empty() {
        // What is no model at all is better told so.
        Model::load(&onnx, &[])?;
        return Err(Error::NotADetector);
    }
    let entries = Entries(entries);
    let manifest = entries.manifest()?;
    check_hash("the model", &onnx, &manifest.sha256.model)?;
    let names: Vec<String> = manifest.layers.iter().map(|layer| layer.name.clone()).collect();
    let detector = Detector {
        model: Model::load(&onnx, &names)?,
        she: She {
            layers: manifest.patterns(&entries.block("she.patterns", &manifest.sha256.patterns)?)?,
            similarity: manifest.similarity,
            pattern: manifest.pattern,
        },
        threshold: Threshold::calibrate(
            entries.block("she.calibration", &manifest.sha256.calibration)?,
            manifest.id_pass_rate,
        )?,
        onnx,
        aggregator: manifest.aggregator,
        labels: manifest.labels,
        preprocess: manifest.preprocess,
    };
    detector.checked()
}

pub(super) fn write(detector: &Detector) -> Vec<u8> {
    let patterns = to_bytes(detector.she.layers.iter().flat_map(Patterns::values));
    let calibration = to_bytes(detector.threshold.scores().iter().copied());
    let info = detector.info();
    let manifest = Manifest {
        similarity: info.similarity,
        pattern: info.pattern,
        aggregator: detector.aggregator.clone(),
        layers: info.layers,
        classes: info.classes,
        counts: info.counts,
        labels: info.labels,
        id_pass_rate: info.id_pass_rate,
        preprocess: info.preprocess,
        sha256: Hashes { model: hash(&detector.onnx), patterns: hash(&patterns), calibration: hash(&calibration) },
    };
    let entry = |key: &str, value: String| (key.to_string(), value);
    metadata::append(
        &detector.onnx,
        &[
            entry("she.format", FORMAT.to_string()),
            entry("she.manifest", serde_json::json!(manifest).to_string()),
            entry("she.patterns", BASE64.encode(patterns)),
            entry("she.calibration", BASE64.encode(calibration)),
        ],
    )
}

impl Manifest {
    /// Cuts the block of all patterns into those of each layer.
    fn patterns(&self, mut values: &[f32]) -> Result<Vec<Patterns>> {
        let mut layers = Vec::new();
        for layer in &self.layers {
            let length = layer.size.checked_mul(self.classes.len()).filter(|&length| length > 0);
            let (means, rest) = length
                .and_then(|length| values.split_at_checked(length))
                .ok_or_else(|| damaged("she.patterns", format!("too few values for layer {:?}", layer.name)))?;
            layers.push(Patterns::new(&layer.name, self.classes.clone(), self.counts.clone(), means.to_vec())?);
            values = rest;
        }
        if layers.is_empty() || !values.is_empty() {
            return Err(damaged("she.patterns", format!("{} values are left after {} layers", values.len(), layers.len())));
        }
        Ok(layers)
    }
}

/// The `she.*` entries of a file.
struct Entries(Vec<Entry>);

impl Entries {
    fn get(&self, key: &str) -> Result<&str> {
        let mut values = self.0.iter().filter(|(k, _)| k == key).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value),
            (None, _) => Err(damaged(key, "it is missing")),
            (Some(_), Some(_)) => Err(damaged(key, "it is there more than once")),
        }
    }

    fn manifest(&self) -> Result<Manifest> {
        let format = self.get("she.format")?;
        if format != FORMAT {
            return Err(Error::DetectorVersion { given: format.to_string(), supported: FORMAT.to_string() });
        }
        serde_json::from_str(self.get("she.manifest")?).map_err(|error| damaged("she.manifest", error.to_string()))
    }

    /// The numbers of a base64 block.
    fn block(&self, key: &str, sha256: &str) -> Result<Vec<f32>> {
        let bytes = BASE64.decode(self.get(key)?).map_err(|error| damaged(key, error.to_string()))?;
        check_hash(key, &bytes, sha256)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(damaged(key, format!("{} bytes are not a whole number of 32-bit floats", bytes.len())));
        }
        Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
    }
}

fn to_bytes(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_hash(what: &str, bytes: &[u8], expected: &str) -> Result<()> {
    let found = hash(bytes);
    if found == expected {
        return Ok(());
    }
    Err(damaged("sha256", format!("{what} has {found}, the manifest says {expected}: it was changed after the fit")))
}

fn damaged(field: &str, reason: impl Into<String>) -> Error {
    Error::InvalidDetector { field: field.to_string(), reason: reason.into() }
}
