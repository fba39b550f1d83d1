//! The second round: scores of samples by merged patterns.

use serde::{Deserialize, Serialize};

use super::bytes::{Reader, Writer};
use super::header::Header;
use super::shards::Shards;
use crate::Result;
use crate::fit::row::Rows;
use crate::score::{AggregatorBuilder, MOST_SAMPLES, Spread};

/// Scores of samples, and which samples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ratings {
    pub about: About,
    /// Of the samples of the fit, where the aggregator needs them.
    pub fit: Option<AggregatorBuilder>,
    /// Of the calibration samples.
    pub rows: Rows,
}

/// What precedes the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
    /// Identity of the patterns that the scores are by.
    pub patterns: String,
    /// Number of parts that were merged to it.
    pub parts: usize,
    /// The samples of the fit that were scored.
    pub fit: Shards,
    /// The calibration samples.
    pub calibration: Shards,
    /// Whether they are scored in half the bits, too.
    pub halved: bool,
}

impl Ratings {
    pub fn new(header: &Header, patterns: String, halved: bool) -> Self {
        let (fit, calibration) = (Shards::default(), Shards::default());
        let about = About { patterns, parts: 1, fit, calibration, halved };
        Self { about, fit: header.aggregator(), rows: header.no_rows(halved) }
    }

    pub fn merge(&mut self, other: Self) -> Result<()> {
        let (about, other_about) = (&mut self.about, other.about);
        about.fit.check_apart(&other_about.fit)?;
        about.calibration.check_apart(&other_about.calibration)?;
        about.fit.merge(other_about.fit);
        about.calibration.merge(other_about.calibration);
        about.parts = about.parts.saturating_add(other_about.parts);
        if let (Some(fit), Some(other)) = (&mut self.fit, other.fit) {
            fit.merge(other);
        }
        self.rows.extend(&other.rows);
        Ok(())
    }

    pub fn write(&self, to: &mut Writer) {
        if let Some(fit) = &self.fit {
            fit.spreads.iter().for_each(|spread| write_spread(spread, to));
            let layers = fit.spreads.len().max(1);
            to.number((fit.rows.len() / layers) as u64);
            let mut rows = Writer::default();
            rows.floats(&fit.rows);
            to.sorted(&rows.0, layers * size_of::<f32>());
        }
        self.rows.write(to);
    }

    pub fn read(from: &mut Reader<'_>, header: &Header, about: About) -> Result<Self> {
        let layers = header.layers.len();
        let fit = header.aggregator().map(|fit| read_fit(fit, from, layers)).transpose()?;
        let rows = header.no_rows(about.halved).read(from, about.calibration.samples() as usize)?;
        Ok(Self { about, fit, rows })
    }
}

impl Header {
    /// Of the samples of a fit, what an aggregator that looks at them needs.
    fn aggregator(&self) -> Option<AggregatorBuilder> {
        let layers = self.layers.len();
        let kind = self.recipe.scored_aggregator(layers)?;
        Some(AggregatorBuilder::new(kind, layers))
    }

    /// Whether the second round needs the samples of the fit again.
    pub fn needs_samples(&self) -> bool {
        self.hold_out > 0.0 || self.aggregator().is_some()
    }

    fn no_rows(&self, is_halved: bool) -> Rows {
        Rows::new(self.labels.len(), self.layers.len(), is_halved)
    }
}

fn write_spread(spread: &Spread, to: &mut Writer) {
    to.number(spread.count);
    to.sums(&[spread.sum, spread.squares]);
}

fn read_fit(
    mut fit: AggregatorBuilder,
    from: &mut Reader<'_>,
    layers: usize,
) -> Result<AggregatorBuilder> {
    for spread in &mut fit.spreads {
        spread.count = from.at_most(MOST_SAMPLES)?;
        let sums = from.sums(2)?;
        if let [sum, squares] = *sums.as_slice() {
            (spread.sum, spread.squares) = (sum, squares);
        }
    }
    let rows = from.at_most(MOST_SAMPLES)? as usize;
    fit.rows = from.floats(rows.saturating_mul(layers))?;
    Ok(fit)
}
