//! Parts of a fit: what each machine makes of its samples, to be merged.

pub(super) mod bytes;
mod calibration;
mod file;
mod finish;
mod header;
mod histogram;
mod learning;
mod privacy;
mod ratings;
mod shards;

use serde::{Deserialize, Serialize};

pub use self::calibration::Calibration;
use self::header::Header;
use self::learning::Learning;
pub use self::privacy::Privacy;
pub(super) use self::privacy::gauss;
use self::ratings::Ratings;
use crate::{Error, LayerInfo, Preprocess, Result, Warning};

/// What one machine contributes to a fit. Parts merge to the same bytes in any order, however the
/// samples were split.
///
/// A fit of parts takes two rounds:
///
/// 1. Each machine makes a part of its samples, by [`Part::new`] and [`Part::push`]. Merged, they
///    hold the patterns of all.
/// 2. By these, each machine scores the samples again that the aggregator needs, and its
///    calibration samples: [`Calibration`]. These parts, merged with those of the first round, are
///    complete: [`Part::detector`].
///
/// A part holds sums, counts and scores, and features of single samples only where
/// [`Store`](crate::Store) says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    header: Header,
    /// The first round; `None` in parts of the second alone.
    learning: Option<Learning>,
    /// The second round.
    ratings: Option<Ratings>,
    progress: Option<Progress>,
    /// Whether the noise of the header is added.
    noised: bool,
}

/// How far a part has come that is made of a set of samples, for the rest to be added later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What identifies the set.
    pub data: String,
    /// Number of its samples that are done, those left out among them.
    pub done: usize,
    /// Number of its samples.
    pub of: usize,
}

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PartInfo {
    /// SHA-256 of the model's file, without detector metadata.
    pub model: String,
    /// The layers, in the order of the features.
    pub layers: Vec<LayerInfo>,
    /// Name of each class.
    pub labels: Vec<String>,
    /// How pictures become inputs, if the fit takes pictures.
    pub preprocess: Option<Preprocess>,
    /// How features were clipped, and what noise was added, if they were.
    pub privacy: Option<Privacy>,
    /// Number of parts that were merged to it, at least 1.
    pub parts: usize,
    /// Number of samples that its patterns are made of; `None` in scores alone.
    pub samples: Option<u64>,
    /// Number of samples of each class that its patterns are means of: those that the model
    /// classifies correctly. With noise, the noisy numbers. `None` in scores alone.
    pub counts: Option<Vec<u64>>,
    /// For each layer, the Euclidean length of the mean features of each class, 0 if it has none.
    /// If a part's lengths are far from the other parts', inspect it before you merge it.
    pub lengths: Option<Vec<Vec<f64>>>,
    /// Number of samples that were scored: of the fit, and for calibration. `None` before.
    pub scored: Option<(u64, usize)>,
    /// Problems to look at before merging it.
    pub warnings: Vec<Warning>,
}

impl Part {
    /// What it says of itself.
    pub fn info(&self) -> PartInfo {
        let scored = |Ratings { about, .. }: &Ratings| {
            (about.fit.samples(), about.calibration.samples() as usize)
        };
        let (labels, classes) = (&self.header.labels, self.header.labels.len());
        let learnt = self.learning.as_ref().map(|learning| learning.shards.len().max(1));
        let rated = self.ratings.as_ref().map(|ratings| ratings.about.parts);
        PartInfo {
            model: self.header.model.clone(),
            layers: self.header.layers.clone(),
            labels: self.header.labels.clone(),
            preprocess: self.header.preprocess.clone(),
            privacy: self.header.privacy,
            parts: rated.or(learnt).unwrap_or(1),
            samples: self.learning.as_ref().map(Learning::samples),
            counts: self.learning.as_ref().map(Learning::counts),
            lengths: self.learning.as_ref().map(|learning| learning.lengths(classes)),
            scored: self.ratings.as_ref().map(scored),
            warnings: self.learning.iter().flat_map(|it| it.warnings(labels)).collect(),
        }
    }

    /// Whether the second round needs the samples of the fit again.
    pub(super) fn needs_samples(&self) -> bool {
        self.header.needs_samples()
    }

    /// Share of the samples that is held out.
    pub(super) fn hold_out(&self) -> f64 {
        self.header.hold_out
    }

    /// How far it has come; `None` once it is complete.
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// The same part, marked as having come so far.
    #[must_use]
    pub fn with_progress(self, progress: Option<Progress>) -> Self {
        Self { progress, ..self }
    }

    /// Refuses a part of another fit, of another model or with other options.
    ///
    /// # Errors
    /// [`Error::PartsMismatch`].
    pub fn check_alike(&self, other: &Self) -> Result<()> {
        self.header.check_same(&other.header)
    }

    /// Adds another part of the same fit. After an error this part is as before.
    ///
    /// Both are of the first round, or one or both hold scores by the same merged patterns.
    ///
    /// # Errors
    /// [`Error::PartsMismatch`] for another model, other layers or options, or scores by other
    /// patterns; [`Error::RepeatedPart`] for samples that are merged already;
    /// [`Error::InvalidPart`] for a part that is not complete.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        self.check_complete()?;
        other.check_complete()?;
        self.header.check_same(&other.header)?;
        match (&self.ratings, &other.ratings, &mut self.learning, other.learning) {
            (None, None, Some(learning), Some(other)) => learning.merge(other),
            (.., learning) => self.merge_scores(Self { learning, ..other }),
        }
    }

    fn merge_scores(&mut self, other: Self) -> Result<()> {
        let (one, theirs) = (self.patterns()?, other.patterns()?);
        if one != theirs {
            let what = "the SHA-256 of the patterns".to_string();
            return Err(Error::PartsMismatch { what, one, other: theirs });
        }
        match (&mut self.ratings, other.ratings) {
            (Some(ratings), Some(other)) => ratings.merge(other)?,
            (ratings @ None, other) => *ratings = other,
            (Some(_), None) => {}
        }
        if self.learning.is_none() {
            self.learning = other.learning;
        }
        Ok(())
    }

    /// Merges parts of one fit, whichever come first.
    ///
    /// # Errors
    /// Those of the parts and of [`Part::merge`]; [`Error::InvalidPart`] without parts.
    pub fn merge_all(parts: impl IntoIterator<Item = Result<Self>>) -> Result<Self> {
        let (mut first, mut second): (Option<Self>, Option<Self>) = (None, None);
        for part in parts {
            let part = part?;
            part.check_complete()?;
            let round = if part.ratings.is_some() { &mut second } else { &mut first };
            match round {
                Some(merged) => merged.merge(part)?,
                None => *round = Some(part),
            }
        }
        match (first, second) {
            (Some(mut patterns), Some(scores)) => patterns.merge(scores).map(|()| patterns),
            (Some(one), None) | (None, Some(one)) => Ok(one),
            (None, None) => {
                Err(Error::InvalidPart { reason: "there are no parts to merge".to_string() })
            }
        }
    }

    /// Identity of the merged patterns: of its own, or of those that its scores are by.
    pub(super) fn patterns(&self) -> Result<String> {
        match (&self.ratings, &self.learning) {
            (Some(ratings), _) => Ok(ratings.about.patterns.clone()),
            (None, Some(_)) => Ok(self.identity()),
            (None, None) => Err(bytes::damaged("it holds neither patterns nor scores")),
        }
    }

    fn check_complete(&self) -> Result<()> {
        let has_noise = self.header.privacy.is_some_and(|privacy| privacy.noise.is_some());
        if has_noise && self.learning.is_some() && !self.noised {
            let reason = "its noise is not added yet: Part::add_noise adds it".to_string();
            return Err(Error::InvalidPart { reason });
        }
        let Some(Progress { data, done, of }) = &self.progress else { return Ok(()) };
        Err(Error::InvalidPart {
            reason: format!(
                "it is incomplete, with {done} of {of} samples of {data}: finish it with the \
                 command that began it"
            ),
        })
    }
}
