//! A monitor of a stream of scores: says when it is no longer like the scores it began with.

mod flag_rate;
mod fleet;
mod reference;
mod snapshot;
mod tags;
mod wealth;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use self::flag_rate::FlagRate;
pub use self::fleet::{Device, Fleet, FleetReport};
use self::reference::Reference;
use self::wealth::Wealth;
use crate::{Error, Result, Scorer};

/// Says when a stream of samples has changed, and stays quiet while it has not.
///
/// It compares the scores of the stream with scores of known samples: the calibration scores of a
/// detector, or those of a stretch of the stream itself. Memory does not grow, and no score is
/// kept.
///
/// # The alarm
/// Where the scores of the stream and the reference are exchangeable (in any order equally
/// probable, as independent samples from one source are), the probability that it ever gives an
/// alarm is at most [`MonitorOptions::alpha`], however long the stream.
///
/// The rank of each score among the reference and all earlier scores of the stream is then
/// independent of the ranks before. Scores are counted in bins whose edges are reference scores, so
/// that the probability of each bin is known exactly. A gambler bets on the bins at fair odds; by
/// Ville's inequality the wealth reaches `1 / alpha` with a probability of at most `alpha`.
///
/// The probability is taken over the reference scores, too. With one unlucky reference, say one of
/// which the threshold flags 7 % instead of 5 %, alarms are more frequent: the stream does differ
/// from that reference.
///
/// Consecutive frames of a camera are not exchangeable. Take one where the scene is new.
///
/// ```
/// use she_ood::{Monitor, MonitorOptions};
///
/// let known: Vec<f32> = (0..200).map(|i| ((i * 37) % 200) as f32).collect();
/// let mut monitor = Monitor::new(&known, 0.95, MonitorOptions::default())?;
/// for score in &known {
///     assert!(!monitor.push(*score)?);
/// }
/// while !monitor.push(250.0)? {}
/// let alarm = monitor.report().alarm.unwrap();
/// assert!(alarm.higher && alarm.sample < 210);
/// # Ok::<(), she_ood::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    options: MonitorOptions,
    reference: Reference,
    /// Gaps in each bin, the highest scores first. A sample cuts one in two.
    gaps: Vec<u64>,
    samples: u64,
    flagged: u64,
    /// Whether each of the last samples was flagged.
    window: VecDeque<bool>,
    wealth: Wealth,
    /// The highest wealth so far.
    peak: f64,
    /// The lowest wealth so far.
    lowest: f64,
    /// The sample after which the wealth was lowest.
    quiet: u64,
    alarm: Option<Alarm>,
}

/// Options of a [`Monitor`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MonitorOptions {
    /// Probability of a false alarm, over all time: from 1e-100 to below 1. 0.01 unless told
    /// otherwise.
    pub alpha: f64,
    /// Number of the last samples whose flag rate is reported, 20 to 1,000. 200 unless told
    /// otherwise.
    pub window: usize,
    /// Name of the device, at most 64 bytes: unique within a fleet. It also seeds the order of
    /// equal scores.
    pub id: String,
}

impl Default for MonitorOptions {
    fn default() -> Self {
        Self { alpha: 0.01, window: 200, id: "monitor".to_string() }
    }
}

/// Evidence of less would be more than the gambler stops at, also in a fleet of a billion.
const LEAST_ALPHA: f64 = 1e-100;

impl MonitorOptions {
    fn checked(self) -> Result<Self> {
        check_range(self.alpha, self.window)?;
        match self.id.len() {
            1..=64 => Ok(self),
            _ => Err(Error::InvalidOption {
                option: "the monitor's id",
                given: format!("{:?}", self.id),
                allowed: "1 to 64 bytes of text",
            }),
        }
    }
}

fn check_range(alpha: f64, window: usize) -> Result<()> {
    let refuse = |option, given, allowed| Err(Error::InvalidOption { option, given, allowed });
    if !(LEAST_ALPHA..1.0).contains(&alpha) {
        return refuse("alpha", alpha.to_string(), "a number from 1e-100 to below 1");
    }
    match window {
        20..=1000 => Ok(()),
        _ => refuse("the window", window.to_string(), "20 to 1000 samples"),
    }
}

/// What a monitor has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[must_use]
pub struct MonitorReport {
    /// The change, once there is one.
    pub alarm: Option<Alarm>,
    /// Evidence of a change, as the base 10 logarithm of the wealth: 0 at the start, -1 at least
    /// in a stream of 10,000, at most about 200. The alarm comes at `-log10(alpha)`.
    pub evidence: f64,
    /// All samples.
    pub all: FlagRate,
    /// The last samples.
    pub window: FlagRate,
}

/// A change of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Alarm {
    /// Number of the sample that gave the alarm, counted from 1.
    pub sample: u64,
    /// An estimate of when the change began: the sample since which the evidence has grown.
    pub since: u64,
    /// Whether scores became higher, so that there are more strangers. Otherwise they became lower,
    /// as those of one easy picture again and again.
    pub higher: bool,
}

impl Monitor {
    /// A monitor that compares with `reference`, the scores of known samples: those that calibrated
    /// a detector, or a stretch of the stream. A sample is flagged when it is above the threshold
    /// that [`Threshold::calibrate`](crate::Threshold::calibrate) gives, with one threshold for all
    /// classes.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a pass rate or an option out of range, [`Error::NotFinite`] for
    /// NaN, [`Error::InvalidMonitor`] for scores too few for a threshold: 19 at a rate of 0.95.
    pub fn new(reference: &[f32], id_pass_rate: f64, options: MonitorOptions) -> Result<Self> {
        Ok(Self::at_start(Reference::new(reference, id_pass_rate)?, options.checked()?))
    }

    fn at_start(reference: Reference, options: MonitorOptions) -> Self {
        Self {
            options,
            gaps: reference.gaps(),
            reference,
            samples: 0,
            flagged: 0,
            window: VecDeque::new(),
            wealth: Wealth::new(),
            peak: 1.0,
            lowest: 1.0,
            quiet: 0,
            alarm: None,
        }
    }

    /// Takes the score of the next sample. Returns whether there is an alarm, which lasts until
    /// [`Monitor::reset`].
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN, which leaves the monitor as it is. Infinities are allowed.
    pub fn push(&mut self, score: f32) -> Result<bool> {
        if score.is_nan() {
            let index = self.samples as usize;
            return Err(Error::NotFinite {
                place: "the list of scores".to_string(),
                index,
                value: score,
            });
        }
        let bin = self.reference.bin(score, tags::tag(self.seed(), self.samples));
        let p_value = self.p_value(bin);
        self.count(bin, self.reference.flags(score));
        self.wealth.bet(self.samples, p_value);
        self.watch();
        Ok(self.alarm.is_some())
    }

    /// The interval of p-values of a bin: the share of gaps above it, and with it.
    fn p_value(&self, bin: usize) -> (f64, f64) {
        let above: u64 = self.gaps.iter().take(bin).sum();
        let with: u64 = self.gaps.iter().take(bin + 1).sum();
        let all = (self.reference.size + 1 + self.samples) as f64;
        (above as f64 / all, with as f64 / all)
    }

    fn count(&mut self, bin: usize, is_flagged: bool) {
        if let Some(gaps) = self.gaps.get_mut(bin) {
            *gaps += 1;
        }
        self.samples += 1;
        self.flagged += u64::from(is_flagged);
        if self.window.len() == self.options.window {
            self.window.pop_front();
        }
        self.window.push_back(is_flagged);
    }

    fn watch(&mut self) {
        let wealth = self.wealth.total(self.samples);
        self.peak = self.peak.max(wealth);
        if wealth <= self.lowest {
            (self.lowest, self.quiet) = (wealth, self.samples);
        }
        if self.alarm.is_none() && wealth >= 1.0 / self.options.alpha {
            let (sample, since) = (self.samples, self.quiet + 1);
            self.alarm = Some(Alarm { sample, since, higher: self.wealth.is_higher() });
        }
    }

    /// What it has found so far.
    pub fn report(&self) -> MonitorReport {
        let in_window = self.window.iter().filter(|is_flagged| **is_flagged).count();
        let rate = |samples, flagged| FlagRate::new(&self.reference, samples, flagged);
        MonitorReport {
            alarm: self.alarm,
            evidence: self.wealth.total(self.samples).log10(),
            all: rate(self.samples, self.flagged),
            window: rate(self.window.len() as u64, in_window as u64),
        }
    }

    /// Starts over: forgets the alarm and all samples, keeps reference and options.
    pub fn reset(&mut self) {
        *self = Self::at_start(self.reference.clone(), self.options.clone());
    }

    /// The options it was made with.
    pub fn options(&self) -> &MonitorOptions {
        &self.options
    }

    fn seed(&self) -> u64 {
        tags::seed(&self.options.id)
    }
}

impl Scorer {
    /// A monitor that compares with the scores that calibrated the detector.
    ///
    /// # Errors
    /// As [`Monitor::new`]; [`Error::InvalidMonitor`] for a detector that was taught by examples.
    /// Each of these was left out of its patterns, and such scores are higher than those of new
    /// samples: make a monitor from the first scores of the stream instead.
    pub fn monitor(&self, options: MonitorOptions) -> Result<Monitor> {
        if self.is_left_out() {
            return Err(invalid(
                "the detector was calibrated on the examples that it was taught, whose scores are \
                 higher than those of new samples: take the first scores of the stream as the \
                 reference",
            ));
        }
        Monitor::new(self.calibration(), self.info().id_pass_rate, options)
    }
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::InvalidMonitor { reason: reason.into() }
}
