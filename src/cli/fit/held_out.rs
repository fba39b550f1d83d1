//! A fit with each source of the samples for the threshold.

use she_ood::data::{Dataset, Inputs};
use she_ood::{Detector, Fit};

use super::portion::Portion;
use crate::cli::Result;
use crate::cli::left_out::LeftOut;
use crate::cli::samples::Samples;

/// Where the samples for the threshold come from.
pub enum HeldOut {
    Set(Dataset),
    Share(f64),
    /// Each sample is left out of its own pattern.
    None,
}

/// A detector, with the number of samples it was fitted to and those left out.
pub struct Fitted<'a> {
    pub detector: Detector,
    pub count: usize,
    pub left_out: LeftOut<'a>,
}

impl HeldOut {
    /// Fits to `samples`. A calibration set is read with the same `inputs` and `labels`.
    pub fn fit<'a>(
        &self,
        fit: &'a Fit,
        samples: &'a Samples<'a>,
        (inputs, labels): (&Inputs, &[String]),
        strict: bool,
    ) -> Result<Fitted<'a>> {
        match self {
            Self::None => calibrate_without(fit, samples, strict),
            Self::Share(share) => hold_out_share(fit, samples, *share, strict),
            Self::Set(set) => {
                let calibration = Samples::new(set, inputs, labels);
                calibrate_with(fit, samples, &calibration, strict)
            }
        }
    }
}

/// Fits to all samples, and sets the threshold with another set.
fn calibrate_with<'a>(
    fit: &'a Fit,
    samples: &'a Samples<'a>,
    calibration: &Samples<'_>,
    strict: bool,
) -> Result<Fitted<'a>> {
    let all = samples.positions();
    let mut part = Portion::new(fit, samples, all.clone(), strict).with_probes_of(&all);
    let mut held_out = Portion::new(fit, calibration, calibration.positions(), strict);
    let detector = fit.clone().detector(&mut part, held_out.calibration());
    // What was left out explains a fit that failed.
    part.left_out.report()?;
    held_out.left_out.report()?;
    let (left_out, count) = (part.left_out, part.positions.len());
    Ok(Fitted { detector: detector?, count: count - left_out.len(), left_out })
}

/// Fits to all samples, each of which calibrates patterns that it is left out of.
fn calibrate_without<'a>(
    fit: &'a Fit,
    samples: &'a Samples<'a>,
    strict: bool,
) -> Result<Fitted<'a>> {
    let mut part = Portion::new(fit, samples, samples.positions(), strict);
    let detector = fit.clone().detector(&mut part, []);
    part.left_out.report()?;
    let (left_out, count) = (part.left_out, part.positions.len());
    Ok(Fitted { detector: detector?, count: count - left_out.len(), left_out })
}

/// Fits with a share of the samples held out. Only running a sample tells whether it can be used,
/// so a fit that leaves out some is followed by one that splits the rest.
fn hold_out_share<'a>(
    fit: &'a Fit,
    samples: &'a Samples<'a>,
    share: f64,
    strict: bool,
) -> Result<Fitted<'a>> {
    let mut left_out = LeftOut::new(samples.set, strict);
    let fitted = loop {
        let before = left_out.len();
        let fitted = split_and_fit(fit, samples, share, &mut left_out);
        if left_out.len() == before {
            break fitted;
        }
    };
    left_out.report()?;
    let (detector, count) = fitted?;
    Ok(Fitted { detector, count, left_out })
}

/// Splits the samples that are not left out and fits to one part. Returns the detector and the
/// number of samples in that part.
fn split_and_fit<'a>(
    fit: &'a Fit,
    samples: &'a Samples<'a>,
    share: f64,
    left_out: &mut LeftOut<'a>,
) -> she_ood::Result<(Detector, usize)> {
    let kept = left_out.kept();
    let (rest, held_out) = samples.set.hold_out_of(kept.clone(), share)?;
    let count = rest.len();
    let mut part = Portion::new(fit, samples, rest, left_out.strict).with_probes_of(&kept);
    let mut held_out = Portion::new(fit, samples, held_out, left_out.strict);
    let detector = fit.clone().detector(&mut part, held_out.labelled_calibration());
    left_out.merge(part.left_out);
    left_out.merge(held_out.left_out);
    Ok((detector?, count))
}
