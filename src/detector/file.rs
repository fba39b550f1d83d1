//! The detector file: an ONNX model with `she.*` entries in its `metadata_props`.
//!
//! | key | value |
//! |---|---|
//! | `she.format` | version of this layout, `1` |
//! | `she.manifest` | JSON: everything small, see [`Manifest`] |
//! | `she.patterns` | base64 of little-endian f32: for each layer its patterns, row-major, class by class: one a class, or `rows` of the manifest |
//! | `she.calibration` | base64 of little-endian f32: the calibration scores, ascending, within each predicted class where each has its own threshold |
//! | `she.ecdf` | for the aggregator `fisher`: base64 of little-endian f32, for each layer its fit scores in any order |
//!
//! The hashes of the manifest cover the model and the blocks, not the manifest itself.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::Detector;
use crate::model::metadata::{self, Entry};
use crate::tensor::check_finite;
use crate::{
    Aggregator, Class, CompareWith, Error, Fisher, LayerInfo, Limits, Model, OutputKind, Patterns,
    Preprocess, Result, She, Similarity, Threshold,
};

const FORMAT: &str = "1";

/// The small parts of a detector, with hashes that tell damage and tie the detector to its model.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    similarity: Similarity,
    #[serde(alias = "pattern", deserialize_with = "compare_with")]
    compare_with: CompareWith,
    aggregator: Aggregator,
    layers: Vec<LayerInfo>,
    classes: Vec<usize>,
    counts: Vec<u64>,
    /// Number of fit samples with each label.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<Vec<u64>>,
    /// What the model's outputs are, where they are not logits.
    #[serde(default, skip_serializing_if = "is_logits")]
    outputs: OutputKind,
    /// Number of patterns of each class, where it is not one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<usize>>,
    /// ReAct's limit of each layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    clips: Option<Vec<f32>>,
    labels: Vec<String>,
    id_pass_rate: f64,
    /// Number of calibration scores of each predicted class, where each has its own threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration_counts: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preprocess: Option<Preprocess>,
    sha256: Hashes,
}

/// Format 1 once had `pattern: "best"` for `compareWith: "nearest"`.
fn compare_with<'de, D: Deserializer<'de>>(name: D) -> std::result::Result<CompareWith, D::Error> {
    match String::deserialize(name)?.as_str() {
        "best" => Ok(CompareWith::Nearest),
        name => name.parse().map_err(D::Error::custom),
    }
}

/// Serde asks for a function of a reference.
fn is_logits(outputs: &OutputKind) -> bool {
    *outputs == OutputKind::Logits
}

/// Hexadecimal SHA-256 of the model (the file without `she.*` entries) and of each block before
/// base64.
#[derive(Serialize, Deserialize)]
struct Hashes {
    model: String,
    patterns: String,
    calibration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ecdf: Option<String>,
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Detector> {
    limits.check_bytes(bytes.len())?;
    let (onnx, entries) = metadata::split(bytes)?;
    if entries.is_empty() {
        // What is no model at all is better told so.
        Model::load_within(&onnx, &[], limits)?;
        return Err(Error::NotADetector);
    }
    let entries = Entries(entries);
    let manifest = entries.manifest()?;
    check_hash("the model", &onnx, &manifest.sha256.model)?;
    let names: Vec<String> = manifest.layers.iter().map(|layer| layer.name.clone()).collect();
    let detector = Detector {
        model: Model::load_within(&onnx, &names, limits)?.with_outputs(manifest.outputs),
        she: manifest.she(&entries.block("she.patterns", &manifest.sha256.patterns)?)?,
        aggregator: manifest.aggregator(&entries)?,
        threshold: manifest
            .threshold(entries.block("she.calibration", &manifest.sha256.calibration)?)?,
        onnx,
        labels: manifest.labels,
        preprocess: manifest.preprocess,
        samples: manifest.samples,
    };
    detector.checked()
}

pub(super) fn write(detector: &Detector) -> Vec<u8> {
    let patterns =
        to_bytes(detector.she.layers().iter().flat_map(|layer| layer.values().iter().copied()));
    let scores: Vec<f32> = match detector.threshold.scores_by_class() {
        Some(classes) => classes.flatten().copied().collect(),
        None => detector.threshold.scores().to_vec(),
    };
    let calibration = to_bytes(scores.into_iter());
    let ecdf = match &detector.aggregator {
        Aggregator::Fisher(fisher) => Some(to_bytes(fisher.scores().flatten())),
        _ => None,
    };
    let sha256 = Hashes {
        model: hash(&detector.onnx),
        patterns: hash(&patterns),
        calibration: hash(&calibration),
        ecdf: ecdf.as_deref().map(hash),
    };
    let entry = |key: &str, value: String| (key.to_string(), value);
    let mut entries = vec![
        entry("she.format", FORMAT.to_string()),
        entry("she.manifest", serde_json::json!(Manifest::of(detector, sha256)).to_string()),
        entry("she.patterns", BASE64.encode(patterns)),
        entry("she.calibration", BASE64.encode(calibration)),
    ];
    entries.extend(ecdf.map(|ecdf| entry("she.ecdf", BASE64.encode(ecdf))));
    metadata::append(&detector.onnx, &entries)
}

impl Manifest {
    fn of(detector: &Detector, sha256: Hashes) -> Self {
        let info = detector.info();
        Self {
            similarity: info.similarity,
            compare_with: info.compare_with,
            aggregator: info.aggregator,
            layers: info.layers,
            classes: info.classes,
            counts: info.counts,
            samples: info.samples,
            outputs: info.outputs,
            rows: info.rows.iter().any(|&rows| rows != 1).then_some(info.rows),
            clips: info.clips,
            labels: info.labels,
            id_pass_rate: info.id_pass_rate,
            calibration_counts: detector
                .threshold
                .scores_by_class()
                .map(|classes| classes.map(<[f32]>::len).collect()),
            preprocess: info.preprocess,
            sha256,
        }
    }

    /// The scorer, from the block of all patterns.
    fn she(&self, values: &[f32]) -> Result<She> {
        let patterns = self.patterns(values)?;
        She::new(patterns, self.similarity, self.compare_with)?.with_clips(self.clips.clone())
    }

    /// Cuts the block of all patterns into those of each layer.
    fn patterns(&self, values: &[f32]) -> Result<Vec<Patterns>> {
        let classes = self.classes()?;
        let rows = classes.iter().try_fold(0usize, |rows, class| rows.checked_add(class.rows));
        let lengths = self.layers.iter().map(|layer| {
            rows.and_then(|rows| layer.size.checked_mul(rows)).filter(|&length| length > 0)
        });
        let parts = cut("she.patterns", values, lengths)?;
        if parts.is_empty() {
            return Err(damaged("she.manifest", "there are no layers"));
        }
        let layers = self.layers.iter().zip(parts);
        layers
            .map(|(layer, part)| Patterns::new(&layer.name, classes.clone(), part.to_vec()))
            .collect()
    }

    fn classes(&self) -> Result<Vec<Class>> {
        let rows = self.rows.clone().unwrap_or_else(|| vec![1; self.classes.len()]);
        if self.counts.len() != self.classes.len() || rows.len() != self.classes.len() {
            let (classes, counts) = (self.classes.len(), self.counts.len());
            return Err(damaged(
                "she.manifest",
                format!(
                    "{classes} classes with {counts} counts and {} numbers of rows",
                    rows.len()
                ),
            ));
        }
        let parts = self.classes.iter().zip(&self.counts).zip(rows);
        Ok(parts.map(|((&index, &count), rows)| Class { index, count, rows }).collect())
    }

    /// The aggregator, with the scores that are too many for the manifest.
    fn aggregator(&self, entries: &Entries) -> Result<Aggregator> {
        let (Aggregator::Fisher(fisher), Some(sha256)) = (&self.aggregator, &self.sha256.ecdf)
        else {
            return Ok(self.aggregator.clone());
        };
        let scores = entries.block("she.ecdf", sha256)?;
        check_finite("she.ecdf", &scores)?;
        let each = scores.len() / self.layers.len().max(1);
        let columns = cut(
            "she.ecdf",
            &scores,
            self.layers.iter().map(|_| Some(each).filter(|&each| each > 0)),
        )?;
        Ok(Aggregator::Fisher(Fisher::with_scores(fisher, columns)))
    }

    fn threshold(&self, scores: Vec<f32>) -> Result<Threshold> {
        let Some(counts) = &self.calibration_counts else {
            return Threshold::calibrate(scores, self.id_pass_rate);
        };
        if counts.len() != self.labels.len() {
            return Err(damaged(
                "calibrationCounts",
                format!("{} counts for {} classes", counts.len(), self.labels.len()),
            ));
        }
        let classes = cut("she.calibration", &scores, counts.iter().copied().map(Some))?;
        Threshold::calibrate_by_class(
            classes.into_iter().map(<[f32]>::to_vec).collect(),
            self.id_pass_rate,
        )
    }
}

/// Cuts a block into parts of these lengths, `None` being one that cannot be.
fn cut<'a>(
    key: &str,
    mut values: &'a [f32],
    lengths: impl Iterator<Item = Option<usize>>,
) -> Result<Vec<&'a [f32]>> {
    let mut parts = Vec::new();
    for length in lengths {
        let (part, rest) = length
            .and_then(|length| values.split_at_checked(length))
            .ok_or_else(|| damaged(key, format!("too few values for part {}", parts.len() + 1)))?;
        parts.push(part);
        values = rest;
    }
    match values {
        [] => Ok(parts),
        _ => Err(damaged(
            key,
            format!("{} values are left after {} parts", values.len(), parts.len()),
        )),
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
            return Err(Error::DetectorVersion {
                given: format.to_string(),
                supported: FORMAT.to_string(),
            });
        }
        serde_json::from_str(self.get("she.manifest")?)
            .map_err(|error| damaged("she.manifest", error.to_string()))
    }

    /// The numbers of a base64 block.
    fn block(&self, key: &str, sha256: &str) -> Result<Vec<f32>> {
        let bytes =
            BASE64.decode(self.get(key)?).map_err(|error| damaged(key, error.to_string()))?;
        check_hash(key, &bytes, sha256)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(damaged(
                key,
                format!("{} bytes are not a whole number of 32-bit floats", bytes.len()),
            ));
        }
        Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
    }
}

fn to_bytes(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}

/// SHA-256, as lower-case hexadecimal digits.
///
/// In pieces, as browsers begin with slow machine code and change to fast code only between calls:
/// in one call a large model would be hashed by the slow code to its end.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let hashed = bytes
        .chunks(1 << 14)
        .fold(Sha256::new(), |hash, piece| hash.chain_update(piece))
        .finalize();
    hashed.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_hash(what: &str, bytes: &[u8], expected: &str) -> Result<()> {
    let found = hash(bytes);
    if found == expected {
        return Ok(());
    }
    Err(damaged(
        "sha256",
        format!("{what} has {found}, the manifest says {expected}: it was changed after the fit"),
    ))
}

fn damaged(field: &str, reason: impl Into<String>) -> Error {
    Error::InvalidDetector { field: field.to_string(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &[u8] = include_bytes!("../../tests/data/tiny.onnx");

    #[test]
    fn the_names_of_earlier_versions_still_load() {
        let (onnx, mut entries) = metadata::split(TINY).unwrap();
        let (_, manifest) = entries.iter_mut().find(|(key, _)| key == "she.manifest").unwrap();
        let mut fields: serde_json::Map<_, _> = serde_json::from_str(manifest).unwrap();
        assert_eq!(fields.remove("compareWith"), Some("nearest".into()));
        for (name, loads) in [("best", true), ("nearest", true), ("worst", false)] {
            fields.insert("pattern".to_string(), name.into());
            let entry = entries.iter_mut().find(|(key, _)| key == "she.manifest").unwrap();
            entry.1 = serde_json::json!(fields).to_string();
            let detector = Detector::load(&metadata::append(&onnx, &entries));
            let same = detector.map(|detector| detector.to_bytes());
            assert_eq!(
                same.ok(),
                loads.then(|| Detector::load(TINY).unwrap().to_bytes()),
                "{name}"
            );
        }
    }
}
