//! What a detector file holds for the similarity few-shot.

use serde::{Deserialize, Serialize};

use super::{Manifest, cut};
use crate::score::packed_length;
use crate::scorer::Scorer;
use crate::scorer::file::{Entries, damaged};
use crate::{FewShot, LayerInfo, Moments, Result};

/// Those of the blocks for the similarity few-shot.
#[derive(Serialize, Deserialize)]
pub struct FewShotHashes {
    pub residuals: String,
    pub factors: String,
}

/// What the manifest holds of a layer's [`FewShot`].
#[derive(Serialize, Deserialize)]
pub struct FewShotParts {
    /// Number of residuals.
    residuals: usize,
    distance: Moments,
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine: Option<Moments>,
}

pub fn few_shot_parts(scorer: &Scorer) -> Option<Vec<FewShotParts>> {
    let parts = |few_shot: &FewShot| FewShotParts {
        residuals: few_shot.residuals().len() / few_shot.size().max(1),
        distance: few_shot.distance(),
        cosine: few_shot.cosine(),
    };
    let layers = scorer.she.layers().iter();
    layers.map(|patterns| patterns.few_shot().map(parts)).collect()
}

impl Manifest {
    /// What each layer is compared by, for the similarity few-shot.
    pub(super) fn few_shots(&self, entries: &Entries) -> Result<Option<Vec<FewShot>>> {
        let (Some(parts), Some(hashes)) = (&self.few_shot, &self.sha256.few_shot) else {
            return Ok(None);
        };
        if parts.len() != self.layers.len() {
            return Err(damaged("fewShot", "there is not one for each layer"));
        }
        let residuals = entries.block("she.residuals", &hashes.residuals, self.precision)?;
        let factors = entries.scores("she.factors", &hashes.factors)?;
        let layers = || self.layers.iter().zip(parts);
        let lengths = layers().map(|(layer, parts)| layer.size.checked_mul(parts.residuals));
        let residuals = cut("she.residuals", &residuals, lengths)?;
        let lengths = parts.iter().map(|parts| packed_length(parts.residuals));
        let factors = cut("she.factors", &factors, lengths)?;
        let blocks = residuals.into_iter().zip(factors);
        let few_shot = |((layer, parts), (residuals, factor)): ((&LayerInfo, &FewShotParts), _)| {
            let (residuals, factor): (&[f32], &[f32]) = (residuals, factor);
            let (distance, cosine) = (parts.distance, parts.cosine);
            FewShot::new(layer.size, residuals.to_vec(), factor.to_vec(), distance, cosine)
        };
        layers().zip(blocks).map(few_shot).collect::<Result<_>>().map(Some)
    }
}
