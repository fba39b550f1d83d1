//! The manifest of a detector file: everything but the model and the blocks of numbers.

mod few_shot;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

pub(super) use self::few_shot::FewShotHashes;
use self::few_shot::{FewShotParts, few_shot_parts};
use super::file::{Entries, damaged};
use super::{PredictionSets, Scorer};
use crate::score::packed_length;
use crate::tensor::check_finite;
use crate::{
    Aggregator, Choice, Class, CompareWith, Fisher, LayerInfo, Limits, ModelOptions, OutputKind,
    Patterns, Precision, Preprocess, Result, She, Similarity, Taught, Threshold, Trial, Whitening,
    WithEnergy,
};

/// The small parts of a detector, with hashes that tell damage and tie the detector to its model.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub similarity: Similarity,
    #[serde(alias = "pattern", deserialize_with = "compare_with")]
    pub compare_with: CompareWith,
    pub aggregator: Aggregator,
    /// How the energy joins the score, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy: Option<WithEnergy>,
    /// How the patterns classify, where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taught: Option<Taught>,
    /// What belongs to the similarity few-shot, for each layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub few_shot: Option<Vec<FewShotParts>>,
    /// Precision of patterns and whitenings.
    #[serde(default, skip_serializing_if = "is_float32")]
    pub precision: Precision,
    pub layers: Vec<LayerInfo>,
    /// The logits, where their name was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logits: Option<String>,
    /// Shape of one sample, where it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_shape: Option<Vec<usize>>,
    pub classes: Vec<usize>,
    pub counts: Vec<u64>,
    /// Number of fit samples with each label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<Vec<u64>>,
    /// Number of those classified correctly, where some classes have too few for a pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct: Option<Vec<u64>>,
    /// What the fit tried, if it chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// How the detector does on strangers made of known samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
    /// What the model's outputs are, where they are not logits.
    #[serde(default, skip_serializing_if = "is_logits")]
    pub outputs: OutputKind,
    /// Number of patterns of each class, where it is not one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<usize>>,
    /// ReAct's limit of each layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clips: Option<Vec<f32>>,
    pub labels: Vec<String>,
    pub id_pass_rate: f64,
    /// Number of calibration scores of each predicted class, where each has its own threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration_counts: Option<Vec<usize>>,
    /// Number of labelled calibration samples of each class, where each has its own prediction
    /// sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_counts: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preprocess: Option<Preprocess>,
    pub sha256: Hashes,
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

/// Likewise.
fn is_float32(precision: &Precision) -> bool {
    *precision == Precision::Float32
}

/// Hexadecimal SHA-256 of the model (the file without `she.*` entries) and of each block before
/// base64.
#[derive(Serialize, Deserialize)]
pub(super) struct Hashes {
    pub model: String,
    pub patterns: String,
    pub calibration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sets: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecdf: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whitening: Option<String>,
    #[serde(rename = "fewShot", skip_serializing_if = "Option::is_none")]
    pub few_shot: Option<FewShotHashes>,
}

impl Manifest {
    pub fn of(scorer: &Scorer, sha256: Hashes) -> Self {
        let (info, reading) = (scorer.info(), scorer.reading.clone());
        Self {
            similarity: info.similarity,
            compare_with: info.compare_with,
            aggregator: info.aggregator,
            energy: info.energy,
            taught: info.taught,
            few_shot: few_shot_parts(scorer),
            precision: info.precision,
            layers: info.layers,
            logits: reading.logits,
            input_shape: reading.input_shape,
            classes: info.classes,
            counts: info.counts,
            samples: info.samples,
            correct: info.correct,
            choice: info.choice,
            trial: scorer.trial.clone(),
            outputs: info.outputs,
            rows: info.rows.iter().any(|&rows| rows != 1).then_some(info.rows),
            clips: info.clips,
            labels: info.labels,
            id_pass_rate: info.id_pass_rate,
            calibration_counts: counts(&scorer.threshold),
            set_counts: scorer.sets.as_ref().and_then(|sets| counts(sets.odds())),
            preprocess: info.preprocess,
            sha256,
        }
    }

    /// How the model is to be read.
    pub fn model_options(&self, limits: Limits) -> ModelOptions {
        let layers = self.layers.iter().map(|layer| layer.name.clone()).collect();
        let (logits, input_shape) = (self.logits.clone(), self.input_shape.clone());
        ModelOptions {
            layers,
            logits,
            backbone: self.taught.is_some(),
            input_shape,
            image_size: None,
            limits,
        }
    }

    /// Whether a reader of format 3 would take the model's classes for those of the patterns.
    pub fn is_taught(&self) -> bool {
        self.taught.is_some() || self.few_shot.is_some()
    }

    /// Whether a reader of earlier versions would compute other scores.
    pub fn is_new(&self) -> bool {
        self.energy.is_some()
            || self.precision != Precision::Float32
            || self.similarity == Similarity::Mahalanobis
    }

    /// The scorer, from the blocks of patterns, whitenings and residuals.
    pub fn she(&self, entries: &Entries) -> Result<She> {
        let mut patterns = self.patterns(entries)?;
        if let Some(whitenings) = self.whitenings(entries)? {
            let pairs = patterns.into_iter().zip(whitenings);
            let with_whitening =
                |(patterns, whitening): (Patterns, _)| patterns.with_whitening(whitening);
            patterns = pairs.map(with_whitening).collect::<Result<_>>()?;
        }
        if let Some(few_shots) = self.few_shots(entries)? {
            let pairs = patterns.into_iter().zip(few_shots);
            let with_few_shot =
                |(patterns, few_shot): (Patterns, _)| patterns.with_few_shot(few_shot);
            patterns = pairs.map(with_few_shot).collect::<Result<_>>()?;
        }
        She::new(patterns, self.similarity, self.compare_with)?
            .with_clips(self.clips.clone())?
            .with_precision(self.precision)
    }

    /// Splits the block of all patterns by layer.
    fn patterns(&self, entries: &Entries) -> Result<Vec<Patterns>> {
        let values = entries.block("she.patterns", &self.sha256.patterns, self.precision)?;
        let classes = self.classes()?;
        let rows = classes.iter().try_fold(0usize, |rows, class| rows.checked_add(class.rows));
        let lengths = self.layers.iter().map(|layer| {
            rows.and_then(|rows| layer.size.checked_mul(rows)).filter(|&length| length > 0)
        });
        let parts = cut("she.patterns", &values, lengths)?;
        if parts.is_empty() {
            return Err(damaged("she.manifest", "there are no layers"));
        }
        let layers = self.layers.iter().zip(parts);
        layers
            .map(|(layer, part)| Patterns::new(&layer.name, classes.clone(), part.to_vec()))
            .collect()
    }

    /// The whitening of each layer, for Mahalanobis distances.
    fn whitenings(&self, entries: &Entries) -> Result<Option<Vec<Whitening>>> {
        let Some(sha256) = &self.sha256.whitening else { return Ok(None) };
        let values = entries.block("she.whitening", sha256, self.precision)?;
        let lengths = self.layers.iter().map(|layer| packed_length(layer.size));
        let parts = self.layers.iter().zip(cut("she.whitening", &values, lengths)?);
        parts
            .map(|(layer, part)| Whitening::new(layer.size, part.to_vec()))
            .collect::<Result<_>>()
            .map(Some)
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
    pub fn aggregator(&self, entries: &Entries) -> Result<Aggregator> {
        let (Aggregator::Fisher(fisher), Some(sha256)) = (&self.aggregator, &self.sha256.ecdf)
        else {
            return Ok(self.aggregator.clone());
        };
        let scores = entries.scores("she.ecdf", sha256)?;
        check_finite("she.ecdf", &scores)?;
        let each = scores.len() / self.layers.len().max(1);
        let columns = cut(
            "she.ecdf",
            &scores,
            self.layers.iter().map(|_| Some(each).filter(|&each| each > 0)),
        )?;
        Ok(Aggregator::Fisher(Fisher::with_scores(fisher, columns)))
    }

    pub fn threshold(&self, scores: Vec<f32>) -> Result<Threshold> {
        let counts = self.calibration_counts.as_deref();
        self.calibrate("she.calibration", scores, ("calibrationCounts", counts))
    }

    pub fn sets(&self, odds: Vec<f32>) -> Result<PredictionSets> {
        let counts = self.set_counts.as_deref();
        self.calibrate("she.sets", odds, ("setCounts", counts)).map(PredictionSets::new)
    }

    /// The threshold on a block of scores, one for each class where their numbers are given.
    fn calibrate(
        &self,
        key: &str,
        scores: Vec<f32>,
        (field, counts): (&str, Option<&[usize]>),
    ) -> Result<Threshold> {
        let is_left_out = self.taught.is_some_and(|taught| taught.leave_one_out);
        let threshold = self.plain_threshold(key, scores, (field, counts))?;
        Ok(if is_left_out { threshold.interpolated() } else { threshold })
    }

    fn plain_threshold(
        &self,
        key: &str,
        scores: Vec<f32>,
        (field, counts): (&str, Option<&[usize]>),
    ) -> Result<Threshold> {
        let Some(counts) = counts else {
            return Threshold::calibrate(scores, self.id_pass_rate);
        };
        if counts.len() != self.labels.len() {
            let (counts, classes) = (counts.len(), self.labels.len());
            return Err(damaged(field, format!("{counts} counts for {classes} classes")));
        }
        let classes = cut(key, &scores, counts.iter().copied().map(Some))?;
        Threshold::calibrate_by_class(
            classes.into_iter().map(<[f32]>::to_vec).collect(),
            self.id_pass_rate,
        )
    }
}

/// Number of scores of each class, where each has its own threshold.
fn counts(threshold: &Threshold) -> Option<Vec<usize>> {
    Some(threshold.scores_by_class()?.map(<[f32]>::len).collect())
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
