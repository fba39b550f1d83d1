//! What a fit tried and chose.

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::{AggregatorKind, Similarity};

/// How a fit chose layers, similarity, aggregator and energy without meeting a stranger.
///
/// Some samples are put aside: every fourth of a class, about 250 in all. Of each, synthetic
/// [strangers](crate::Stranger) are made. The criterion of a candidate is the mean AUROC of the
/// samples put aside against each kind of stranger, by patterns of the others. Of those within a
/// standard error of the best, the one that joins most is chosen, energy and layers: an average of
/// several scores errs less on strangers of other kinds. A guard passes over candidates that flag
/// many more mildly changed samples than the cosine of the default layer: by more than 5 percentage
/// points, which is as many again as of unchanged samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Choice {
    /// Why it was chosen.
    pub because: Because,
    /// Number of samples put aside.
    pub samples: usize,
    /// Number of candidates compared.
    pub tried: usize,
    /// The one chosen, then the best others.
    pub candidates: Vec<Candidate>,
}

/// Why a fit chose as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Because {
    /// By its criterion.
    Criterion,
    /// Fewer than 20 samples could be put aside: the default layer was taken.
    FewSamples,
    /// The inputs are not pictures, of which strangers could be made: the default layer was taken.
    NoPictures,
}

named!(
    Because,
    "the reason of a choice",
    "criterion" => Criterion,
    "few-samples" => FewSamples,
    "no-pictures" => NoPictures,
);

/// One way to score, and how well it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Candidate {
    /// The layers, by name.
    pub layers: Vec<String>,
    /// How features are compared with patterns.
    pub similarity: Similarity,
    /// How the scores of several layers are joined.
    pub aggregator: Option<AggregatorKind>,
    /// Whether the energy of the logits joins the score.
    pub energy: bool,
    /// Mean AUROC of the samples put aside against each kind of stranger, if it was measured.
    pub auroc: Option<f64>,
    /// Share of mildly changed samples flagged where 95 % of the unchanged ones pass, likewise.
    pub false_alarms: Option<f64>,
    /// Whether the guard passed it over.
    pub passed_over: bool,
}
