//! The monitors of many devices, taken together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::snapshot::{check_same, read, write};
use super::{Alarm, FlagRate, Monitor, invalid};
#[cfg(doc)]
use crate::Error;
use crate::Result;

const FORMAT: &str = "she-ood fleet 1";

/// What the monitors of several devices have found, all with the same detector and options.
///
/// It can be merged in any order and in any groups.
///
/// Samples add up, so [`FleetReport::all`] is what one monitor of all streams would report. Wealth
/// does not multiply: every device compares with the same reference, and what is unlucky for one is
/// for all. So the promises rest on sums, which hold however devices depend on each other:
///
/// - A device has changed when its wealth has ever reached `devices / alpha`. By Ville's
///   inequality that is false for one device with a probability of at most `alpha / devices`, so
///   the probability that any is named in vain is at most `alpha`, over all time.
/// - The mean of numbers that are 1 on average is 1 on average. So the mean wealth is at least
///   `1 / alpha` with a probability of at most `alpha`, by Markov's inequality: for one look that
///   was planned, such as a day's end. It is not a martingale, as one device's stream tells about
///   the reference of the others, and so about their odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fleet {
    format: String,
    alpha: f64,
    /// Samples in the window of each device at most.
    window: usize,
    reference: Reference,
    devices: BTreeMap<String, Device>,
}

/// What a fleet knows of one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Device {
    /// All samples.
    pub samples: u64,
    /// Number of them above the threshold.
    pub flagged: u64,
    /// Samples in its window.
    pub window_samples: u64,
    /// Number of them above the threshold.
    pub window_flagged: u64,
    /// Its wealth.
    pub wealth: f64,
    /// Its highest wealth so far.
    pub peak: f64,
    /// Its own alarm.
    pub alarm: Option<Alarm>,
}

/// What a fleet has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[must_use]
pub struct FleetReport {
    /// Number of devices.
    pub devices: usize,
    /// Ids of the devices that have changed: any of them is named in vain with a probability of at
    /// most alpha, over all time, for a fleet of this size. A device's own alarm comes earlier.
    pub changed: Vec<String>,
    /// Base 10 logarithm of the devices' mean wealth, for one look: see [`Fleet`].
    pub evidence: f64,
    /// All samples of all devices.
    pub all: FlagRate,
    /// The last samples of all devices.
    pub window: FlagRate,
}

impl Fleet {
    /// Takes one device.
    pub fn new(monitor: &Monitor) -> Self {
        let report = monitor.report();
        let device = Device {
            samples: report.all.samples,
            flagged: report.all.flagged,
            window_samples: report.window.samples,
            window_flagged: report.window.flagged,
            wealth: monitor.wealth.total(monitor.samples),
            peak: monitor.peak,
            alarm: monitor.alarm,
        };
        Self {
            format: FORMAT.to_string(),
            alpha: monitor.options.alpha,
            window: monitor.options.window,
            reference: monitor.reference.clone(),
            devices: BTreeMap::from([(monitor.options.id.clone(), device)]),
        }
    }

    /// Adds the devices of another fleet.
    ///
    /// # Errors
    /// [`Error::InvalidMonitor`] for another reference, another alpha or window, and for a device
    /// that is in both: the fleet stays as it is.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        check_same("the fleet", &self.reference, "the other", &other.reference)?;
        let (own, given) = ((self.alpha, self.window), (other.alpha, other.window));
        if own != given {
            return Err(invalid(format!(
                "the fleet has alpha {} and window {}, the other has alpha {} and window {}",
                own.0, own.1, given.0, given.1
            )));
        }
        if let Some(id) = other.devices.keys().find(|id| self.devices.contains_key(*id)) {
            return Err(invalid(format!(
                "the monitor {id:?} is in the fleet already: merge each once, and give every \
                 device an id of its own"
            )));
        }
        self.devices.extend(other.devices);
        Ok(())
    }

    /// What it has found.
    pub fn report(&self) -> FleetReport {
        let devices = self.devices.values();
        let sum = |of: fn(&Device) -> u64| devices.clone().map(of).sum();
        let rate = |samples, flagged| FlagRate::new(&self.reference, samples, flagged);
        let count = self.devices.len() as f64;
        let is_changed = |device: &Device| device.peak >= count / self.alpha;
        let changed = self.devices.iter().filter(|(_, device)| is_changed(device));
        FleetReport {
            devices: self.devices.len(),
            changed: changed.map(|(id, _)| id.clone()).collect(),
            evidence: (devices.clone().map(|device| device.wealth).sum::<f64>() / count).log10(),
            all: rate(sum(|device| device.samples), sum(|device| device.flagged)),
            window: rate(sum(|device| device.window_samples), sum(|device| device.window_flagged)),
        }
    }

    /// The devices by id.
    pub fn devices(&self) -> impl Iterator<Item = (&str, &Device)> {
        self.devices.iter().map(|(id, device)| (id.as_str(), device))
    }

    /// The fleet as JSON: about 200 bytes a device, and the reference once.
    pub fn to_json(&self) -> String {
        write(self)
    }

    /// Reads the snapshot of a fleet, or of one monitor.
    ///
    /// # Errors
    /// As [`Monitor::from_json`].
    pub fn from_json(json: &str) -> Result<Self> {
        match Monitor::from_json(json) {
            Ok(monitor) => Ok(Self::new(&monitor)),
            Err(error) => read::<Self>(json, FORMAT).map_err(|_| error)?.checked(),
        }
    }

    fn checked(self) -> Result<Self> {
        super::check_range(self.alpha, self.window)?;
        let reference = self.reference.checked()?;
        match self.devices.iter().find(|(_, device)| !device.is_possible(self.window as u64)) {
            Some((id, _)) => Err(invalid(format!("the numbers of {id:?} do not fit together"))),
            None if self.devices.is_empty() => Err(invalid("the fleet has no devices")),
            None => Ok(Self { reference, ..self }),
        }
    }
}

impl Device {
    fn is_possible(&self, window: u64) -> bool {
        let is_money = |money: f64| money.is_finite() && money >= 0.0;
        self.window_samples == self.samples.min(window)
            && self.flagged <= self.samples
            && self.window_flagged <= self.window_samples.min(self.flagged)
            && is_money(self.wealth)
            && is_money(self.peak)
            && self.peak >= self.wealth
            && self.alarm.is_none_or(|alarm| alarm.fits(self.samples))
    }
}
