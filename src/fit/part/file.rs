//! A part as a file: a mark, a version, a header in JSON, blocks of numbers, and a SHA-256 of all
//! before it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::bytes::{Reader, Writer, damaged};
use super::header::Header;
use super::learning::Learning;
use super::ratings::{About, Ratings};
use super::shards::Shards;
use super::{Part, Progress};
use crate::model::hash;
use crate::{Error, Result};

const MARK: &[u8] = b"she-part";
const VERSION: u32 = 1;

/// What precedes the blocks.
#[derive(Serialize, Deserialize)]
struct Start {
    header: Header,
    patterns: Option<Shards>,
    scores: Option<About>,
    progress: Option<Progress>,
    noised: bool,
}

impl Part {
    /// The part as a file, for [`Part::from_bytes`]: the same bytes for the same samples, in
    /// whatever order they came and were merged.
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = Start {
            header: self.header.clone(),
            patterns: self.learning.as_ref().map(|learning| learning.shards.clone()),
            scores: self.ratings.as_ref().map(|ratings| ratings.about.clone()),
            progress: self.progress.clone(),
            noised: self.noised,
        };
        // Texts and finite numbers have a form in JSON.
        let start = serde_json::to_vec(&start).unwrap_or_default();
        let mut to = Writer(MARK.to_vec());
        to.bytes(&VERSION.to_le_bytes());
        to.number(start.len() as u64);
        to.bytes(&start);
        self.learning.iter().for_each(|learning| learning.write(&mut to));
        self.ratings.iter().for_each(|ratings| ratings.write(&mut to));
        let sha256 = Sha256::digest(&to.0);
        to.bytes(&sha256);
        to.0
    }

    /// Whether bytes are meant to be a part.
    pub fn is_part(bytes: &[u8]) -> bool {
        bytes.starts_with(MARK)
    }

    /// Reads a part.
    ///
    /// # Errors
    /// [`Error::InvalidPart`] for bytes that are not a part, are of another version, damaged or cut
    /// off.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(unsealed(bytes)?);
        let length = from.number()? as usize;
        let start = serde_json::from_slice(from.bytes(length)?);
        let Start { header, patterns, scores, progress, noised } =
            start.map_err(|error| damaged(&error.to_string()))?;
        let learning =
            patterns.map(|shards| Learning::read(&mut from, &header, shards)).transpose()?;
        let ratings = scores.map(|about| Ratings::read(&mut from, &header, about)).transpose()?;
        match from.0 {
            [] if learning.is_some() || ratings.is_some() => {
                Ok(Self { header, learning, ratings, progress, noised })
            }
            rest => Err(damaged(&format!("{} bytes are left over", rest.len()))),
        }
    }

    /// A hash of its patterns.
    pub(super) fn identity(&self) -> String {
        let (header, learning, noised) = (self.header.clone(), self.learning.clone(), self.noised);
        hash(&Self { header, learning, ratings: None, progress: None, noised }.to_bytes())
    }
}

/// What stands between the version and the hash.
fn unsealed(bytes: &[u8]) -> Result<&[u8]> {
    let invalid = |reason: String| Error::InvalidPart { reason };
    let rest = bytes.strip_prefix(MARK).ok_or_else(|| {
        invalid("these bytes are not a part of a fit, which begins with \"she-part\"".to_string())
    })?;
    let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it ends too early"))?;
    let version = u32::from_le_bytes(*version);
    if version != VERSION {
        return Err(invalid(format!(
            "it has format {version}, this version reads format {VERSION}: make all parts with \
             the same version"
        )));
    }
    let (rest, sha256) =
        rest.split_last_chunk::<32>().ok_or_else(|| damaged("it ends too early"))?;
    let sealed = bytes.get(..bytes.len().saturating_sub(sha256.len())).unwrap_or_default();
    match Sha256::digest(sealed).as_slice() == sha256 {
        true => Ok(rest),
        false => Err(damaged("its SHA-256 is another, so it was changed or cut off")),
    }
}
