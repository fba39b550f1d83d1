//! The detector file: an ONNX model with `she.*` entries in its `metadata_props`.
//!
//! | key | value |
//! |---|---|
//! | `she.format` | version of this layout: `1`; `2` for a model whose logits are named; `3` for what follows below |
//! | `she.manifest` | JSON: everything small, see `manifest.rs` |
//! | `she.patterns` | base64 of little-endian f32: for each layer its patterns, row-major, class by class: one a class, or `rows` of the manifest |
//! | `she.calibration` | base64 of little-endian f32: the calibration scores, ascending, within each predicted class where each has its own threshold |
//! | `she.sets` | where the calibration samples had labels: base64 of little-endian f32: the logarithms of the odds against the label, ascending, within each label where each has its own prediction sets |
//! | `she.ecdf` | for the aggregator `fisher`: base64 of little-endian f32, for each layer its fit scores in any order |
//!
//! The format 3 adds to the score what earlier readers do not know: `energy` in the manifest, and
//!
//! | key | value |
//! |---|---|
//! | `she.whitening` | for the similarity `mahalanobis`: base64, for each layer the lower triangle of its whitening, row by row |
//!
//! Format 4 is for detectors whose patterns classify (`taught` in the manifest). Their
//! model is a backbone, whose own classes, if it has any, mean nothing. For the similarity
//! `few-shot` (`fewShot` in the manifest):
//!
//! | key | value |
//! |---|---|
//! | `she.residuals` | base64, for each layer its residuals, row by row |
//! | `she.factors` | base64 of little-endian f32, for each layer the lower triangle of the factor of its residuals, row by row |
//!
//! Where the manifest says `"precision": "float16"`, the numbers of patterns, whitenings and
//! residuals are little-endian f16.
//!
//! The hashes of the manifest cover the model and the blocks, not the manifest itself.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::Scorer;
use super::manifest::{FewShotHashes, Hashes, Manifest};
#[cfg(any(test, all(target_family = "wasm", feature = "wasm")))]
use crate::model::hexadecimal;
use crate::model::metadata::{self, Entry};
use crate::model::{Declared, OnnxFile, Tap, hash};
use crate::{
    Aggregator, Cause, Error, FewShot, Limits, Patterns, Precision, Result, Threshold, Whitening,
};

const FORMAT: &str = "1";
/// A reader of the first version would take other logits than those named.
const NAMED_LOGITS: &str = "2";
/// A reader of the second would compute other scores.
const NEW_SCORES: &str = "3";
/// A reader of the third would take the model's classes for those of the patterns.
const TAUGHT: &str = "4";

/// A detector's file: the model, and the `she.*` entries.
pub(crate) struct DetectorFile {
    pub onnx: OnnxFile,
    entries: Entries,
    /// SHA-256 of the model, as given by the caller.
    sha256: Option<String>,
}

impl DetectorFile {
    /// Takes the entries out of a file; refuses a graph that was exported from one.
    pub fn split(bytes: Vec<u8>, limits: &Limits) -> Result<Self> {
        limits.check_bytes(bytes.len())?;
        let (onnx, entries) = metadata::take_entries(bytes)?;
        if entries.is_empty() && metadata::is_exported(&onnx)? {
            return Err(Error::NotADetector { is_exported: true });
        }
        Ok(Self { onnx: OnnxFile::new(onnx), entries: Entries(entries), sha256: None })
    }

    /// Uses a SHA-256 that the caller computed over the first `length` bytes, unless the model has
    /// another length. It only saves computing one: it is still compared with the manifest's.
    #[cfg(any(test, all(target_family = "wasm", feature = "wasm")))]
    pub fn hashed(self, length: Option<usize>, sha256: Option<&[u8]>) -> Self {
        let sha256 = sha256.filter(|_| length == Some(self.onnx.len())).map(hexadecimal);
        Self { sha256, ..self }
    }

    /// Refuses a model that is not the one of the manifest.
    fn check_model(&self, expected: &str) -> Result<()> {
        match &self.sha256 {
            Some(sha256) if sha256 == expected => self.onnx.set_sha256(sha256),
            _ => check_hash("the model", self.onnx.sha256(), expected)?,
        }
        Ok(())
    }

    /// Whether there are no entries.
    pub fn is_plain_model(&self) -> bool {
        self.entries.0.is_empty()
    }

    /// Reads the entries, whose parts are still to be [checked](Scorer::checked).
    pub fn scorer(&self, limits: &Limits) -> Result<Scorer> {
        let declared = Declared::read(&self.onnx)?;
        if self.is_plain_model() {
            return Err(Error::NotADetector { is_exported: false });
        }
        let (entries, manifest) = (&self.entries, self.entries.manifest()?);
        self.check_model(&manifest.sha256.model)?;
        let sets = manifest.sha256.sets.as_ref();
        let sets = sets.map(|sha256| manifest.sets(entries.scores("she.sets", sha256)?));
        let layers = manifest.layers.iter();
        Ok(Scorer {
            she: manifest.she(entries)?,
            aggregator: manifest.aggregator(entries)?,
            energy: manifest.energy,
            taught: manifest.taught,
            threshold: manifest
                .threshold(entries.scores("she.calibration", &manifest.sha256.calibration)?)?,
            sets: sets.transpose()?,
            outputs: manifest.outputs,
            taps: layers.map(|layer| Tap::stored(&layer.name, |name| declared.has(name))).collect(),
            reading: manifest.model_options(*limits),
            input_shape: manifest.input_shape.unwrap_or(declared.sample),
            labels: manifest.labels,
            preprocess: manifest.preprocess,
            samples: manifest.samples,
            correct: manifest.correct,
            choice: manifest.choice,
            trial: manifest.trial,
        })
    }
}

impl Scorer {
    /// The `she.*` entries, which follow the model in the file.
    pub(crate) fn metadata(&self, onnx: &OnnxFile) -> Vec<u8> {
        let (layers, precision) = (self.she.layers(), self.she.precision());
        let patterns = precision.encode(layers.iter().flat_map(Patterns::values));
        let whitenings = layers.iter().filter_map(Patterns::whitening);
        let whitening = Some(precision.encode(whitenings.flat_map(Whitening::values)))
            .filter(|bytes| !bytes.is_empty());
        let few_shots: Vec<&FewShot> = layers.iter().filter_map(Patterns::few_shot).collect();
        let few_shot = (!few_shots.is_empty()).then(|| {
            let residuals = few_shots.iter().copied().flat_map(FewShot::residuals);
            let factors = few_shots.iter().copied().flat_map(FewShot::factor);
            (precision.encode(residuals), Precision::Float32.encode(factors))
        });
        let calibration = scores_of(&self.threshold);
        let sets = self.sets.as_ref().map(|sets| scores_of(sets.odds()));
        let ecdf = match &self.aggregator {
            Aggregator::Fisher(fisher) => {
                Some(Precision::Float32.encode(fisher.scores().flatten()))
            }
            _ => None,
        };
        let sha256 = Hashes {
            model: onnx.sha256().to_string(),
            patterns: hash(&patterns),
            calibration: hash(&calibration),
            sets: sets.as_deref().map(hash),
            ecdf: ecdf.as_deref().map(hash),
            whitening: whitening.as_deref().map(hash),
            few_shot: few_shot.as_ref().map(|(residuals, factors)| FewShotHashes {
                residuals: hash(residuals),
                factors: hash(factors),
            }),
        };
        let manifest = Manifest::of(self, sha256);
        let format = match &manifest {
            manifest if manifest.is_taught() => TAUGHT,
            manifest if manifest.is_new() => NEW_SCORES,
            Manifest { logits: Some(_), .. } => NAMED_LOGITS,
            _ => FORMAT,
        };
        let entry = |key: &str, value: String| (key.to_string(), value);
        let mut entries = vec![
            entry("she.format", format.to_string()),
            entry("she.manifest", serde_json::json!(manifest).to_string()),
            entry("she.patterns", BASE64.encode(patterns)),
            entry("she.calibration", BASE64.encode(calibration)),
        ];
        entries.extend(sets.map(|sets| entry("she.sets", BASE64.encode(sets))));
        entries.extend(ecdf.map(|ecdf| entry("she.ecdf", BASE64.encode(ecdf))));
        entries.extend(whitening.map(|bytes| entry("she.whitening", BASE64.encode(bytes))));
        if let Some((residuals, factors)) = few_shot {
            entries.push(entry("she.residuals", BASE64.encode(residuals)));
            entries.push(entry("she.factors", BASE64.encode(factors)));
        }
        metadata::encode(&entries)
    }
}

/// The `she.*` entries of a file.
pub(super) struct Entries(Vec<Entry>);

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
        if ![FORMAT, NAMED_LOGITS, NEW_SCORES, TAUGHT].contains(&format) {
            return Err(Error::DetectorVersion {
                given: format.to_string(),
                supported: format!("{FORMAT}, {NAMED_LOGITS}, {NEW_SCORES} and {TAUGHT}"),
            });
        }
        serde_json::from_str(self.get("she.manifest")?)
            .map_err(|error| unreadable("she.manifest", error))
    }

    /// The scores of a base64 block.
    pub fn scores(&self, key: &str, sha256: &str) -> Result<Vec<f32>> {
        self.block(key, sha256, Precision::Float32)
    }

    /// The numbers of a base64 block.
    pub fn block(&self, key: &str, sha256: &str, precision: Precision) -> Result<Vec<f32>> {
        let bytes = BASE64.decode(self.get(key)?).map_err(|error| unreadable(key, error))?;
        check_hash(key, &hash(&bytes), sha256)?;
        precision.decode(&bytes).ok_or_else(|| {
            let (given, bits) = (bytes.len(), precision.bits());
            damaged(key, format!("{given} bytes are not a whole number of {bits}-bit floats"))
        })
    }
}

/// The scores behind a threshold, class by class where each has its own.
fn scores_of(threshold: &Threshold) -> Vec<u8> {
    match threshold.scores_by_class() {
        Some(classes) => Precision::Float32.encode(classes.flatten()),
        None => Precision::Float32.encode(threshold.scores()),
    }
}

fn check_hash(what: &str, found: &str, expected: &str) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(damaged(
        "sha256",
        format!("{what} has {found}, the manifest says {expected}: it was changed after the fit"),
    ))
}

pub(super) fn damaged(field: &str, reason: impl Into<String>) -> Error {
    Error::InvalidDetector { field: field.to_string(), reason: reason.into(), source: None }
}

fn unreadable(field: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let reason = error.to_string();
    Error::InvalidDetector { field: field.to_string(), reason, source: Some(Cause::new(error)) }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    const TINY: &[u8] = include_bytes!("../../tests/data/tiny.onnx");

    /// The entries of a detector with another manifest.
    fn with_manifest(onnx: &[u8], mut entries: Vec<Entry>, manifest: String) -> Vec<u8> {
        let entry = entries.iter_mut().find(|(key, _)| key == "she.manifest").unwrap();
        entry.1 = manifest;
        [onnx, &metadata::encode(&entries)].concat()
    }

    #[test]
    fn the_names_of_earlier_versions_still_load() {
        let (onnx, entries) = metadata::take_entries(TINY.to_vec()).unwrap();
        let (_, manifest) = entries.iter().find(|(key, _)| key == "she.manifest").unwrap();
        let mut fields: serde_json::Map<_, _> = serde_json::from_str(manifest).unwrap();
        assert_eq!(fields.remove("compareWith"), Some("nearest".into()));
        let model = OnnxFile::new(onnx.clone());
        for (name, loads) in [("best", true), ("nearest", true), ("worst", false)] {
            fields.insert("pattern".to_string(), name.into());
            let manifest = serde_json::json!(fields).to_string();
            let scorer = Scorer::load(with_manifest(&onnx, entries.clone(), manifest));
            let same = scorer.map(|scorer| scorer.metadata(&model));
            let expected = Scorer::load(TINY).unwrap().metadata(&model);
            assert_eq!(same.ok(), loads.then_some(expected), "{name}");
        }
    }

    #[test]
    fn the_error_of_the_json_parser_is_the_source() {
        let (onnx, entries) = metadata::take_entries(TINY.to_vec()).unwrap();
        let error = Scorer::load(with_manifest(&onnx, entries, "{".to_string())).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("EOF") && error.to_string().ends_with(&source), "{error}");
    }

    /// A hash of other bytes, or a wrong one, is ignored.
    #[test]
    fn a_given_hash_counts_only_if_it_matches_the_manifest() {
        let split = |file: &[u8]| DetectorFile::split(file.to_vec(), &Limits::default()).unwrap();
        let length = split(TINY).onnx.len();
        let digest = |bytes: &[u8]| Sha256::digest(bytes).to_vec();
        let right = digest(&TINY[..length]);
        // Another name of the producer.
        let mut changed = TINY.to_vec();
        let at = changed.windows(8).position(|name| name == b"generate").unwrap();
        changed[at] = b'G';
        for (length, sha256) in
            [(length, right.clone()), (length, digest(b"")), (length - 1, right), (length, vec![])]
        {
            let load = |file| Scorer::of_file(&split(file).hashed(Some(length), Some(&sha256)));
            assert!(load(TINY).is_ok());
            let is_believed = length == split(TINY).onnx.len() && sha256 == digest(&TINY[..length]);
            assert_eq!(load(&changed).is_ok(), is_believed, "{length} {sha256:?}");
        }
    }
}
