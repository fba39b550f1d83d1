//! Rates by name: `fpr95tpr` and its kin.

use super::curve::{Counts, Curve};
use crate::{Error, Result};

/// Shares of samples at a threshold, OOD being positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    /// OOD flagged.
    Tpr,
    /// ID flagged.
    Fpr,
    /// ID passed.
    Tnr,
    /// OOD passed.
    Fnr,
}

impl Rate {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "tpr" => Some(Rate::Tpr),
            "fpr" => Some(Rate::Fpr),
            "tnr" => Some(Rate::Tnr),
            "fnr" => Some(Rate::Fnr),
            _ => None,
        }
    }

    /// Samples counted, and of how many.
    fn of(self, flagged: Counts, total: Counts) -> (u64, u64) {
        match self {
            Rate::Tpr => (flagged.ood, total.ood),
            Rate::Fpr => (flagged.id, total.id),
            Rate::Tnr => (total.id - flagged.id, total.id),
            Rate::Fnr => (total.ood - flagged.ood, total.ood),
        }
    }

    /// Whether the level is kept. Compared in whole numbers, so that 95 of 100 are 95 %.
    fn keeps(self, level: u64, flagged: Counts, total: Counts) -> bool {
        let (count, of) = self.of(flagged, total);
        match self {
            Rate::Tpr | Rate::Tnr => count * 100 >= of * level,
            Rate::Fpr | Rate::Fnr => count * 100 <= of * level,
        }
    }
}

pub(super) fn at(curve: &Curve, name: &str) -> Result<f64> {
    let (wanted, level, kept) = parse(name).ok_or_else(|| Error::InvalidOption {
        option: "the rate",
        given: name.to_string(),
        allowed: "two of tpr, fpr, tnr, fnr with a level of 1 to 99 between, such as fpr95tpr",
    })?;
    Ok(best(curve, wanted, level, kept))
}

/// The best value of a rate among the thresholds that keep the level of another.
#[expect(
    clippy::expect_used,
    reason = "flagging everything keeps any TPR and FNR, flagging nothing any FPR and TNR"
)]
pub(super) fn best(curve: &Curve, wanted: Rate, level: u64, kept: Rate) -> f64 {
    let mut keeping = curve.flagged().filter(|&flagged| kept.keeps(level, flagged, curve.total));
    // Flagging more raises TPR and FPR: the first threshold that reaches enough OOD is best, the
    // last that spares enough ID.
    let flagged = match kept {
        Rate::Tpr | Rate::Fnr => keeping.next(),
        Rate::Fpr | Rate::Tnr => keeping.last(),
    };
    let flagged = flagged.expect("one extreme threshold keeps any level");
    let (count, of) = wanted.of(flagged, curve.total);
    count as f64 / of as f64
}

fn parse(name: &str) -> Option<(Rate, u64, Rate)> {
    let (wanted, rest) = name.split_at_checked(3)?;
    let (level, kept) = rest.split_at_checked(rest.len().checked_sub(3)?)?;
    let digits = (1..=2).contains(&level.len()) && level.bytes().all(|byte| byte.is_ascii_digit());
    let level = level.parse().ok().filter(|&level| digits && level > 0)?;
    Some((Rate::parse(wanted)?, level, Rate::parse(kept)?))
}
