//! Whether a detector works, in figures and in one sentence.

use serde::{Deserialize, Serialize};

use super::Info;
use super::warning::FEW_CORRECT;
use crate::Stranger;

/// A detector that flags no more strangers than this many times as many known samples hardly helps.
const TIMES: f64 = 2.0;

/// Nor one that flags less than this share of what known samples leave to flag.
const LEAST_OF_REST: f64 = 0.25;

/// A lead of the classifier's own scores that is more than chance.
const LEAD: f64 = 0.05;

/// How a detector does on strangers made of samples that were put aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trial {
    /// Number of samples that strangers were made of, one of each kind.
    pub samples: usize,
    /// Shares flagged, by kind.
    pub strangers: Vec<Flagged>,
}

/// Shares of one kind of stranger that are flagged, 0 to 1, where as many known samples pass.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flagged {
    /// How the strangers were made.
    pub kind: Stranger,
    /// By the detector.
    pub detector: f64,
    /// By the maximum softmax probability alone.
    pub msp: f64,
    /// By the energy alone.
    pub energy: f64,
}

/// Whether a detector works.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Judgement {
    /// Whether it flags enough strangers, and no fewer than the classifier's own scores would.
    pub works: bool,
    /// The same in words, and what to do about it.
    pub sentence: String,
    /// Share of the fit samples that are classified correctly; `None` where they were not counted.
    pub accuracy: Option<f64>,
    /// Number of samples that strangers were made of.
    pub samples: usize,
    /// Shares flagged, by kind of stranger.
    pub strangers: Vec<Flagged>,
}

/// Mean shares of all kinds.
struct Means {
    detector: f64,
    msp: f64,
    energy: f64,
}

impl Trial {
    /// What the trial says of the detector that is described.
    pub(super) fn judge(&self, info: &Info) -> Judgement {
        let accuracy = info.samples.as_ref().map(|samples| {
            info.correct_samples() as f64 / samples.iter().sum::<u64>().max(1) as f64
        });
        let means = self.means();
        let problem = problem(info, accuracy, &means);
        let found = format!(
            "It flags {} of strangers made of known samples; the classifier's own confidence \
             would flag {}, its energy {}.",
            percent(means.detector),
            percent(means.msp),
            percent(means.energy)
        );
        Judgement {
            works: problem.is_none(),
            sentence: match problem {
                Some([problem, remedy]) => format!("Not usable yet: {problem}; {remedy}. {found}"),
                None => format!("Usable. {found}"),
            },
            accuracy,
            samples: self.samples,
            strangers: self.strangers.clone(),
        }
    }

    fn means(&self) -> Means {
        let mean = |share: fn(&Flagged) -> f64| {
            self.strangers.iter().map(share).sum::<f64>() / self.strangers.len().max(1) as f64
        };
        Means {
            detector: mean(|flagged| flagged.detector),
            msp: mean(|flagged| flagged.msp),
            energy: mean(|flagged| flagged.energy),
        }
    }
}

const LET_CHOOSE: &str = "let the fit choose layers and similarity";

/// What is wrong, and what to do about it.
fn problem(info: &Info, accuracy: Option<f64>, means: &Means) -> Option<[&'static str; 2]> {
    if info.flags_nothing() {
        return Some(["there is no threshold", "hold out more samples"]);
    }
    if accuracy.is_some_and(|accuracy| accuracy < FEW_CORRECT) {
        let remedy = "check labels and normalisation";
        return Some(["too few samples are classified correctly", remedy]);
    }
    if means.detector < means.msp.max(means.energy) - LEAD {
        let remedy = match (&info.choice, &info.energy) {
            (Some(_), _) => {
                "see with `eval` whether they do so with strangers of your own, or add samples"
            }
            (None, Some(_)) => LET_CHOOSE,
            (None, None) => "fit with energy, or let the fit choose",
        };
        return Some(["the classifier's own scores flag more strangers", remedy]);
    }
    let flags_hardly_more = flags_hardly_more(means.detector, 1.0 - info.id_pass_rate);
    flags_hardly_more.then_some(match info.choice {
        Some(_) => [
            "it flags hardly more strangers than known samples, as these strangers look alike to \
             this model",
            "see with `eval` whether it flags strangers of your own",
        ],
        None => ["it flags hardly more strangers than known samples", LET_CHOOSE],
    })
}

/// Whether the share of strangers flagged is hardly above that of known samples.
fn flags_hardly_more(strangers: f64, known: f64) -> bool {
    strangers - known <= ((TIMES - 1.0) * known).min(LEAST_OF_REST * (1.0 - known))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
