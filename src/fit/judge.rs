//! Tries a detector on strangers made of the samples put aside.

use super::Observation;
use super::probes::LEAST;
use crate::scorer::{Flagged, Trial};
use crate::{Detector, Result, Stranger, Threshold};

/// The classifier's own scores of the held-out samples.
pub(super) struct OwnScores {
    pub msp: Vec<f32>,
    pub energy: Vec<f32>,
}

impl OwnScores {
    /// Shares of each kind of stranger that the detector and these scores flag, at the same pass
    /// rate. `None` where too few samples were put aside.
    pub(super) fn compare(
        self,
        detector: &Detector,
        probes: &[Observation],
    ) -> Result<Option<Trial>> {
        if probes.len() < LEAST {
            return Ok(None);
        }
        let rate = detector.scorer.threshold.id_pass_rate();
        let msp = Threshold::calibrate(self.msp, rate)?.value();
        let energy = Threshold::calibrate(self.energy, rate)?.value();
        let flagged = |(at, kind): (usize, Stranger)| -> Result<_> {
            let strangers = probes.iter().filter_map(|probe| probe.altered.as_ref()?.get(at));
            let mut counts = [0, 0, 0];
            for stranger in strangers {
                let report = detector.report(stranger)?;
                let Some(own) = report.baselines else { return Ok(None) };
                let flags = [report.is_ood, own.msp > msp, own.energy > energy];
                counts.iter_mut().zip(flags).for_each(|(count, flag)| *count += u32::from(flag));
            }
            let [detector, msp, energy] =
                counts.map(|count| rounded(f64::from(count) / probes.len() as f64));
            Ok(Some(Flagged { kind, detector, msp, energy }))
        };
        let strangers = Stranger::ALL.into_iter().enumerate().map(flagged);
        let strangers = strangers.collect::<Result<Option<_>>>()?;
        Ok(strangers.map(|strangers| Trial { samples: probes.len(), strangers }))
    }
}

/// To four decimals: more would say nothing.
pub(super) fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
