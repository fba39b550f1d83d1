//! Counts at every threshold, and the areas and rates that follow from them.

use serde::Serialize;

use super::interval;
use super::rate::{self, Rate};
use crate::tensor::check_comparable;
use crate::{Error, Result};

/// ID and OOD scores counted by value, from which every figure follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Number of ID and OOD scores.
    pub(super) total: Counts,
    /// Samples of equal score, the highest score first.
    pub(super) groups: Vec<Group>,
}

/// Numbers of ID and OOD samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub id: u64,
    pub ood: u64,
}

/// The samples of one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Group {
    score: f64,
    pub counts: Counts,
}

/// A point of the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// Scores from here on are flagged; +infinity for none.
    pub threshold: f64,
    /// Share of ID samples flagged.
    pub fpr: f64,
    /// Share of OOD samples flagged.
    pub tpr: f64,
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self { id: self.id + other.id, ood: self.ood + other.ood }
    }
}

impl Curve {
    /// The curve of the scores of ID and OOD samples, each in any order. Infinite scores are
    /// allowed.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN, [`Error::InvalidOption`] when either side is empty.
    pub fn new<S: Copy + Into<f64>>(id: &[S], ood: &[S]) -> Result<Self> {
        check(id, ood)?;
        let one = |counts| move |&score: &S| Group { score: score.into() + 0.0, counts };
        let mut groups: Vec<Group> = id.iter().map(one(Counts { id: 1, ood: 0 })).collect();
        groups.extend(ood.iter().map(one(Counts { id: 0, ood: 1 })));
        groups.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
        groups.dedup_by(|next, group| {
            let same = next.score == group.score;
            group.counts = if same { group.counts.plus(next.counts) } else { group.counts };
            same
        });
        Ok(Self { total: Counts { id: id.len() as u64, ood: ood.len() as u64 }, groups })
    }

    /// Samples flagged at each threshold, from none to all.
    pub(super) fn flagged(&self) -> impl Iterator<Item = Counts> {
        let cumulative = self.groups.iter().scan(Counts::default(), |sum, group| {
            *sum = sum.plus(group.counts);
            Some(*sum)
        });
        std::iter::once(Counts::default()).chain(cumulative)
    }

    /// Area under the ROC curve: the chance that an OOD sample scores above an ID sample, ties
    /// counted by half.
    pub fn auroc(&self) -> f64 {
        let pairs = self.groups.iter().zip(self.flagged()).map(|(group, above)| {
            let ood = above.ood as f64 + group.counts.ood as f64 / 2.0;
            ood * group.counts.id as f64
        });
        pairs.sum::<f64>() / (self.total.id as f64 * self.total.ood as f64)
    }

    /// The 95 % confidence interval of [`Curve::auroc`]: DeLong et al. (1988) on the logit scale.
    /// Where all pairs of ID and OOD samples are ordered alike, that of Clopper and Pearson (1934)
    /// for as many pairs as the smaller side has samples: 0.884 to 1 for 30 samples. `None` when a
    /// side has one sample.
    pub fn auroc_interval(&self) -> Option<(f64, f64)> {
        interval::interval(self)
    }

    /// Area under the precision-recall curve with ID as the positive class: average precision, as
    /// scikit-learn computes it. Programs that join the points by straight lines get slightly
    /// higher values.
    pub fn aupr_in(&self) -> f64 {
        average_precision(
            self.groups.iter().rev().map(|group| (group.counts.id, group.counts.ood)),
            self.total.id,
        )
    }

    /// The same area with OOD as the positive class.
    pub fn aupr_out(&self) -> f64 {
        average_precision(
            self.groups.iter().map(|group| (group.counts.ood, group.counts.id)),
            self.total.ood,
        )
    }

    /// Share of ID samples flagged when the threshold is set so that at least 95 % of OOD samples
    /// are flagged.
    ///
    /// OOD is the positive class, as in oodeel, OpenOOD and pytorch-ood.
    pub fn fpr_id_at_tpr95_ood(&self) -> f64 {
        rate::best(self, Rate::Fpr, 95, Rate::Tpr)
    }

    /// Share of OOD samples that pass when the threshold is set so that at least 95 % of ID samples
    /// pass.
    ///
    /// ID is the positive class, as in most papers, including the one of SHE.
    pub fn fpr_ood_at_tpr95_id(&self) -> f64 {
        rate::best(self, Rate::Fnr, 95, Rate::Tnr)
    }

    /// Largest share of all samples, ID and OOD, that a single threshold classifies correctly.
    pub fn detection_accuracy(&self) -> f64 {
        let right = self
            .flagged()
            .map(|flagged| self.total.id - flagged.id + flagged.ood)
            .fold(0, u64::max);
        right as f64 / (self.total.id + self.total.ood) as f64
    }

    /// One rate where another has a level: `fpr95tpr` is the FPR at a TPR of at least 95 %,
    /// `tpr5fpr` the TPR at an FPR of at most 5 %. Rates are `tpr`, `fpr`, `tnr` and `fnr`,
    /// levels 1 to 99; of all thresholds that keep the level, the best one counts.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for any other name.
    pub fn rate(&self, name: &str) -> Result<f64> {
        rate::at(self, name)
    }

    /// The ROC curve, from nothing flagged to everything, one point a threshold.
    pub fn roc(&self) -> impl Iterator<Item = RocPoint> {
        let thresholds =
            std::iter::once(f64::INFINITY).chain(self.groups.iter().map(|group| group.score));
        thresholds.zip(self.flagged()).map(|(threshold, flagged)| RocPoint {
            threshold,
            fpr: flagged.id as f64 / self.total.id as f64,
            tpr: flagged.ood as f64 / self.total.ood as f64,
        })
    }
}

/// Refuses NaN, and lists without a score.
pub(super) fn check<S: Copy + Into<f64>>(id: &[S], ood: &[S]) -> Result<()> {
    check_comparable("the list of ID scores", id)?;
    check_comparable("the list of OOD scores", ood)?;
    if id.is_empty() || ood.is_empty() {
        let given = format!("{} ID and {} OOD", id.len(), ood.len());
        return Err(Error::InvalidOption {
            option: "the number of scores",
            given,
            allowed: "at least one of each",
        });
    }
    Ok(())
}

/// Sum of precision times the step in recall, over groups of (positive, negative) samples, the most
/// positive first.
fn average_precision(groups: impl Iterator<Item = (u64, u64)>, positives: u64) -> f64 {
    let (mut found, mut flagged, mut area) = (0, 0, 0.0);
    for (positive, negative) in groups {
        found += positive;
        flagged += positive + negative;
        area += positive as f64 * found as f64 / flagged as f64;
    }
    area / positives as f64
}
