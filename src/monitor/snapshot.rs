//! A monitor as a small JSON text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::wealth::Wealth;
use super::{Alarm, Monitor, MonitorOptions, invalid};
use crate::Result;

const FORMAT: &str = "she-ood monitor 1";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Snapshot {
    format: String,
    options: MonitorOptions,
    reference: Reference,
    gaps: Vec<u64>,
    samples: u64,
    flagged: u64,
    /// 1 for flagged, 0 for not, the oldest first.
    window: String,
    wealth: Wealth,
    peak: f64,
    lowest: f64,
    quiet: u64,
    alarm: Option<Alarm>,
}

/// What every snapshot begins with.
#[derive(Deserialize)]
struct Head {
    format: String,
}

impl Monitor {
    /// The monitor as JSON, less than 4 kB whatever it has seen. It holds numbers of samples, the
    /// money of the bets, some reference scores as edges of bins, and which of the last samples
    /// were flagged; no other score, and nothing of the samples themselves.
    pub fn to_json(&self) -> String {
        let bit = |is_flagged: &bool| if *is_flagged { '1' } else { '0' };
        let snapshot = Snapshot {
            format: FORMAT.to_string(),
            options: self.options.clone(),
            reference: self.reference.clone(),
            gaps: self.gaps.clone(),
            samples: self.samples,
            flagged: self.flagged,
            window: self.window.iter().map(bit).collect(),
            wealth: self.wealth.clone(),
            peak: self.peak,
            lowest: self.lowest,
            quiet: self.quiet,
            alarm: self.alarm,
        };
        write(&snapshot)
    }

    /// Reads what [`Monitor::to_json`] wrote: the monitor goes on as if it had not stopped.
    ///
    /// # Errors
    /// [`Error::InvalidMonitor`](crate::Error::InvalidMonitor) for another text, another version
    /// or numbers that no stream leads to; [`Error::InvalidOption`](crate::Error::InvalidOption)
    /// for options out of range.
    pub fn from_json(json: &str) -> Result<Self> {
        read::<Snapshot>(json, FORMAT)?.checked()
    }

    /// Refuses a monitor that compares with another reference, or has other options: one that was
    /// saved, before it goes on for this one.
    ///
    /// # Errors
    /// [`Error::InvalidMonitor`](crate::Error::InvalidMonitor), which names both sides.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        check_same("this monitor", &self.reference, "the other", &other.reference)?;
        let (own, given) = (&self.options, &other.options);
        match own == given {
            true => Ok(()),
            false => Err(invalid(format!("this monitor has {own}, the other has {given}"))),
        }
    }
}

impl Snapshot {
    fn checked(self) -> Result<Monitor> {
        let (reference, options) = (self.reference.checked()?, self.options.checked()?);
        let window =
            self.window.chars().map(|bit| bit == '1').collect::<std::collections::VecDeque<_>>();
        let in_window = window.iter().filter(|is_flagged| **is_flagged).count() as u64;
        let length = self.samples.min(options.window as u64);
        let unseen = length.max(in_window).saturating_sub(in_window);
        let start = reference.gaps();
        let all = self.gaps.iter().try_fold(0u64, |sum, gaps| sum.checked_add(*gaps));
        let holds = [
            ("window", self.window.bytes().all(|bit| b"01".contains(&bit))),
            ("window", window.len() as u64 == length),
            ("flagged", (in_window..=self.samples.saturating_sub(unseen)).contains(&self.flagged)),
            ("gaps", self.gaps.len() == start.len()),
            ("gaps", self.gaps.iter().zip(&start).all(|(gaps, start)| gaps >= start)),
            ("gaps", all == self.samples.checked_add(reference.size + 1)),
            ("peak", self.peak.is_finite() && self.peak >= 1.0),
            ("lowest", (0.0..=1.0).contains(&self.lowest)),
            ("quiet", self.quiet <= self.samples),
            ("alarm", self.alarm.is_none_or(|alarm| alarm.fits(self.samples))),
            ("alarm", self.alarm.is_some() == (self.peak >= 1.0 / options.alpha)),
        ];
        if let Some((field, _)) = holds.iter().find(|(_, holds)| !holds) {
            return Err(invalid(format!("its {field:?} does not fit its other numbers")));
        }
        let Self { gaps, samples, flagged, peak, lowest, quiet, alarm, .. } = self;
        let wealth = self.wealth.checked()?;
        Ok(Monitor {
            options,
            reference,
            gaps,
            samples,
            flagged,
            window,
            wealth,
            peak,
            lowest,
            quiet,
            alarm,
        })
    }
}

impl Alarm {
    /// Whether it can have come within `samples`.
    pub(super) fn fits(self, samples: u64) -> bool {
        1 <= self.since && self.since <= self.sample && self.sample <= samples
    }
}

impl std::fmt::Display for MonitorOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "id {:?}, alpha {}, window {}", self.id, self.alpha, self.window)
    }
}

/// Refuses references that differ.
pub(super) fn check_same(
    one: &str,
    reference: &Reference,
    other: &str,
    given: &Reference,
) -> Result<()> {
    match reference == given {
        true => Ok(()),
        false => Err(invalid(format!(
            "{one} compares with {reference}, {other} with {given}: monitors of one detector go \
             together"
        ))),
    }
}

#[expect(clippy::expect_used, reason = "a snapshot has no key that is not a string")]
pub(super) fn write(snapshot: &impl Serialize) -> String {
    serde_json::to_string(snapshot).expect("a snapshot is JSON")
}

/// Reads JSON of one format.
pub(super) fn read<T: DeserializeOwned>(json: &str, format: &str) -> Result<T> {
    let head: Head = parse(json)?;
    if head.format != format {
        let given = head.format;
        return Err(invalid(format!("it has the format {given:?}, expected {format:?}")));
    }
    parse(json)
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|error| invalid(format!("it is not JSON as a monitor writes it: {error}")))
}
