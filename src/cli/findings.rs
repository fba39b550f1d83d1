//! The figures of an evaluation that its judgement follows from.

use she_ood::Info;
use she_ood::metrics::Evaluation;

use super::eval::{Against, Row};
use super::measure::Measured;

/// Sets of fewer samples are not judged by: their shares are good to 14 points only.
pub const FEW: usize = 50;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Findings {
    /// Range that the share of ID samples that pass should lie in; `None` without a threshold.
    pub expected: Option<(f64, f64)>,
    pub known: Known,
    pub strangers: Vec<Strangers>,
}

/// Figures of the ID set.
#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    pub samples: usize,
    pub passed: usize,
    /// Samples with a label of the model.
    pub labelled: usize,
    pub correct: usize,
}

/// Figures of an OOD set.
#[derive(Debug, Clone)]
pub struct Strangers {
    pub name: String,
    pub samples: usize,
    pub flagged: usize,
    pub auroc: Auroc,
    /// The best score that the classifier gives alone, if it gives any.
    pub rival: Option<Rival>,
}

#[derive(Debug, Clone, Copy)]
pub struct Auroc {
    pub value: f64,
    /// Where it lies with a probability of 95 %.
    pub interval: (f64, f64),
}

#[derive(Debug, Clone)]
pub struct Rival {
    /// `MSP`, `max logit` or `energy`.
    pub name: String,
    pub auroc: Auroc,
}

impl Findings {
    pub fn new(info: &Info, id: &Measured, against: &[Against]) -> Self {
        Self {
            expected: expected(info),
            known: Known::new(id),
            strangers: against.iter().filter_map(Strangers::new).collect(),
        }
    }
}

/// Thresholds by class promise only a least share. Where samples are left out of their own
/// patterns, nothing is proved, and the lower bound of the jackknife+ is used instead.
fn expected(info: &Info) -> Option<(f64, f64)> {
    let left_out = ((2.0 * info.id_pass_rate - 1.0).max(0.0), 1.0);
    let (low, high) = info.pass_rate_interval.unwrap_or(left_out);
    let high = if info.class_thresholds.is_none() { high } else { 1.0 };
    (!info.flags_nothing()).then_some((low, high))
}

impl Known {
    fn new(id: &Measured) -> Self {
        let samples = id.positions.len();
        let Measured { labelled, correct, .. } = *id;
        Self { name: id.name.clone(), samples, passed: samples - id.flagged(), labelled, correct }
    }

    pub fn pass_rate(&self) -> f64 {
        self.passed as f64 / self.samples.max(1) as f64
    }

    /// Share of correctly classified samples; `None` where too few have a label.
    pub fn accuracy(&self) -> Option<f64> {
        (self.labelled >= FEW).then(|| self.correct as f64 / self.labelled as f64)
    }

    /// Whether the pass rate lies in the range, or misses it by no more than chance.
    pub fn keeps(&self, (low, high): (f64, f64)) -> bool {
        let (least, most) = interval(self.passed, self.samples);
        least <= high && low <= most
    }
}

impl Strangers {
    pub fn new(Against { measured, rows, .. }: &Against) -> Option<Self> {
        Some(Self {
            name: measured.name.clone(),
            samples: measured.positions.len(),
            flagged: measured.flagged(),
            auroc: Auroc::of(&rows.first()?.evaluation),
            rival: Rival::best(rows),
        })
    }

    pub fn flagged_share(&self) -> f64 {
        self.flagged as f64 / self.samples.max(1) as f64
    }

    /// The classifier's own score, where its AUROC is higher and it is better than guessing.
    pub fn rival_ahead(&self) -> Option<&Rival> {
        self.rival.as_ref().filter(|rival| rival.auroc.value > self.auroc.value.max(0.5))
    }

    /// The same, where the lead is more than chance.
    pub fn beaten_by(&self) -> Option<&Rival> {
        self.rival_ahead().filter(|rival| rival.auroc.interval.0 > self.auroc.interval.1)
    }
}

impl Auroc {
    fn of(evaluation: &Evaluation) -> Self {
        let interval = evaluation.auroc_interval.unwrap_or((0.0, 1.0));
        Self { value: evaluation.auroc, interval }
    }
}

impl Rival {
    fn best(rows: &[Row]) -> Option<Self> {
        let alone = rows.iter().filter(|row| ["MSP", "max logit", "energy"].contains(&&*row.name));
        let best = alone.max_by(|a, b| a.evaluation.auroc.total_cmp(&b.evaluation.auroc))?;
        Some(Self { name: best.name.clone(), auroc: Auroc::of(&best.evaluation) })
    }
}

/// Where a share really lies with a probability of 95 %, given a part of a whole: Wilson (1927).
pub fn interval(part: usize, whole: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let n = whole.max(1) as f64;
    let share = part as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    ((middle - half) / scale, (middle + half) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `binomtest(part, whole).proportion_ci(method="wilson")` of SciPy 1.17.1.
    const WILSON: [(usize, usize, f64, f64); 4] = [
        (0, 50, 0.0, 0.07134759913335872),
        (45, 50, 0.7863976856252034, 0.9565242350681095),
        (4829, 5139, 0.932833331150911, 0.9458637930330905),
        (50, 50, 0.9286524008666412, 1.0),
    ];

    #[test]
    fn intervals_equal_those_of_scipy() {
        for (part, whole, low, high) in WILSON {
            let (least, most) = interval(part, whole);
            assert!((least - low).abs() < 1e-12 && (most - high).abs() < 1e-12, "{part}/{whole}");
        }
    }
}
