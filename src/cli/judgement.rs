//! Says in one sentence whether a detector works.

use serde::Serialize;

use super::findings::{Auroc, FEW, Findings, Strangers};
use super::percent::in_words;

/// Share of correctly classified samples below which scores mean little, as a fit warns.
pub const FEW_CORRECT: f64 = 0.7;
/// A detector works on a set of which it flags this share, if the AUROC is high as well.
pub const FLAGGED: f64 = 0.8;
const AUROC: f64 = 0.9;
/// It fails on a set of which it flags less than this, or where the AUROC is low.
const HARDLY_FLAGGED: f64 = 0.5;
const LOW_AUROC: f64 = 0.75;

/// From good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Works,
    Partly,
    Fails,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    pub grade: Grade,
    pub sentence: String,
}

impl Judgement {
    /// The first that holds: nothing can be flagged, samples are too few, the classifier is wrong,
    /// the pass rate is not as expected. If none does, how strangers are told apart.
    pub fn of(findings: &Findings) -> Self {
        flags_nothing(findings)
            .or_else(|| few_samples(findings))
            .or_else(|| misclassifies(findings))
            .or_else(|| misses_pass_rate(findings))
            .unwrap_or_else(|| tells_apart(findings))
    }
}

fn flags_nothing(Findings { expected, .. }: &Findings) -> Option<Judgement> {
    expected.is_none().then(|| Judgement {
        grade: Grade::Fails,
        sentence: "It flags nothing, as it has no threshold: hold out more samples and fit again."
            .to_string(),
    })
}

fn few_samples(Findings { known, strangers, .. }: &Findings) -> Option<Judgement> {
    let sets = strangers.iter().map(|set| (set.samples, &set.name));
    let (samples, name) = sets.chain([(known.samples, &known.name)]).min()?;
    (samples < FEW).then(|| Judgement {
        grade: Grade::Partly,
        sentence: format!(
            "Too few samples to judge by: {name} has {samples}; give at least {FEW}."
        ),
    })
}

fn misclassifies(Findings { known, .. }: &Findings) -> Option<Judgement> {
    let accuracy = known.accuracy().filter(|&accuracy| accuracy < FEW_CORRECT)?;
    let right = match accuracy {
        0.0 => "never right on".to_string(),
        _ => format!("right on {} of", percent(accuracy)),
    };
    Some(Judgement {
        grade: Grade::Fails,
        sentence: format!(
            "The classifier is {right} {}, so the scores mean little: check the order of the \
             labels and the normalisation.",
            known.name
        ),
    })
}

fn misses_pass_rate(findings: &Findings) -> Option<Judgement> {
    let Findings { expected, known, .. } = findings;
    let (low, high) = expected.filter(|&range| !known.keeps(range))?;
    let share = |flagged| in_words(flagged, 1, " %");
    let (flags, name) = (share(1.0 - known.pass_rate()), &known.name);
    let sentence = match known.pass_rate() < low {
        true => format!(
            "It flags {flags} of {name}, where at most {} is expected: calibrate on data like \
             this.",
            share(1.0 - low)
        ),
        false => format!(
            "It flags {flags} of {name}, where at least {} is expected: if it was fitted to these \
             samples, measure on others.",
            share(1.0 - high)
        ),
    };
    let least = if known.pass_rate() < 0.5 { Grade::Fails } else { Grade::Partly };
    Some(Judgement { grade: least.max(grade(findings)), sentence })
}

fn tells_apart(findings: &Findings) -> Judgement {
    let found = match findings.strangers.as_slice() {
        [only] => of_one(only),
        sets => of_several(sets),
    };
    let beaten = findings.strangers.iter().find_map(|set| Some((set, set.beaten_by()?)));
    let Some((set, rival)) = beaten else {
        return Judgement { grade: grade(findings), sentence: format!("{found}.") };
    };
    Judgement {
        grade: grade(findings).max(Grade::Partly),
        sentence: format!(
            "{found}; but the classifier's {} alone tells {} better.",
            rival.name, set.name
        ),
    }
}

/// One grade if all sets have it, else in between.
fn grade(Findings { strangers, .. }: &Findings) -> Grade {
    let mut grades = strangers.iter().map(grade_of);
    let first = grades.next().unwrap_or(Grade::Partly);
    if grades.all(|grade| grade == first) { first } else { Grade::Partly }
}

fn grade_of(set: &Strangers) -> Grade {
    let Auroc { value, interval: (least, _) } = set.auroc;
    if set.flagged_share() < HARDLY_FLAGGED || value < LOW_AUROC || least <= 0.5 {
        Grade::Fails
    } else if set.flagged_share() >= FLAGGED && value >= AUROC {
        Grade::Works
    } else {
        Grade::Partly
    }
}

/// How one set is told apart, without a full stop.
fn of_one(set: &Strangers) -> String {
    let (name, passing) = (&set.name, percent(1.0 - set.flagged_share()));
    let Auroc { value, interval: (least, most) } = set.auroc;
    let pairs = pairs(value);
    if most < 0.5 {
        let wrong = self::pairs(1.0 - value);
        return format!(
            "It has {name} the wrong way round: in {wrong} the stranger gets the lower score"
        );
    }
    if least <= 0.5 {
        return format!(
            "It cannot tell {name} from what the model knows: in {pairs} the stranger gets the \
             higher score, as by guessing"
        );
    }
    match grade_of(set) {
        Grade::Works => format!(
            "It tells {name} from what the model knows: in {pairs} the stranger gets the higher \
             score, and it lets {passing} pass"
        ),
        Grade::Partly if set.flagged_share() >= FLAGGED => format!(
            "It tells {name} from what the model knows in part: only in {pairs} the stranger gets \
             the higher score"
        ),
        Grade::Partly => format!(
            "It lets {passing} of {name} pass, though in {pairs} the stranger gets the higher score"
        ),
        Grade::Fails => format!(
            "It lets {passing} of {name} pass: in {pairs} the stranger gets the higher score"
        ),
    }
}

/// How several sets are told apart, without a full stop.
fn of_several(sets: &[Strangers]) -> String {
    let mut sets: Vec<&Strangers> = sets.iter().collect();
    sets.sort_by(|a, b| {
        let more_flagged = || b.flagged_share().total_cmp(&a.flagged_share());
        grade_of(a).cmp(&grade_of(b)).then_with(more_flagged)
    });
    let (Some(best), Some(worst)) = (sets.first(), sets.last()) else {
        return "It met no strangers".to_string();
    };
    let tells = match (grade_of(best), grade_of(worst)) {
        (_, Grade::Works) => "It tells every set of strangers from what the model knows",
        (Grade::Fails, _) => "It tells no set of strangers from what the model knows",
        (_, Grade::Fails) => "It tells only some sets of strangers from what the model knows",
        _ => "It tells strangers from what the model knows, but not all sets well",
    };
    let passing = |set: &Strangers| percent(1.0 - set.flagged_share());
    format!(
        "{tells}: it lets {} pass at best ({}), {} at worst ({})",
        passing(best),
        best.name,
        passing(worst),
        worst.name
    )
}

fn percent(share: f64) -> String {
    in_words(share, 0, " %")
}

/// How many pairs of a stranger and a known sample.
fn pairs(share: f64) -> String {
    match share {
        1.0 => "all pairs".to_string(),
        _ => format!("{} pairs", in_words(share, 0, " of 100")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::{Known, Rival};
    use super::*;

    fn auroc(value: f64, half: f64) -> Auroc {
        Auroc { value, interval: (value - half, value + half) }
    }

    /// A set of a thousand with a rival far behind.
    fn strangers(name: &str, flagged: usize, value: f64) -> Strangers {
        let rival = Rival { name: "MSP".to_string(), auroc: auroc(0.4, 0.01) };
        let (name, auroc) = (name.to_string(), auroc(value, 0.01));
        Strangers { name, samples: 1000, flagged, auroc, rival: Some(rival) }
    }

    fn findings(strangers: &[Strangers]) -> Findings {
        let name = "digits".to_string();
        Findings {
            expected: Some((0.94, 0.96)),
            known: Known { name, samples: 1000, passed: 950, labelled: 1000, correct: 980 },
            strangers: strangers.to_vec(),
        }
    }

    #[track_caller]
    fn says(findings: &Findings, grade: Grade, sentence: &str) {
        assert_eq!(Judgement::of(findings), Judgement { grade, sentence: sentence.to_string() });
    }

    #[test]
    fn one_set_is_told_apart_well_in_part_or_hardly() {
        let of = |flagged, value| findings(&[strangers("SVHN", flagged, value)]);
        says(
            &of(957, 0.9904),
            Grade::Works,
            "It tells SVHN from what the model knows: in 99 of 100 pairs the stranger gets the \
             higher score, and it lets 4 % pass.",
        );
        says(
            &of(1000, 1.0),
            Grade::Works,
            "It tells SVHN from what the model knows: in all pairs the stranger gets the higher \
             score, and it lets none pass.",
        );
        says(
            &of(590, 0.89),
            Grade::Partly,
            "It lets 41 % of SVHN pass, though in 89 of 100 pairs the stranger gets the higher \
             score.",
        );
        says(
            &of(850, 0.88),
            Grade::Partly,
            "It tells SVHN from what the model knows in part: only in 88 of 100 pairs the stranger \
             gets the higher score.",
        );
        says(
            &of(499, 0.92),
            Grade::Fails,
            "It lets 50 % of SVHN pass: in 92 of 100 pairs the stranger gets the higher score.",
        );
        says(
            &of(0, 0.7),
            Grade::Fails,
            "It lets all of SVHN pass: in 70 of 100 pairs the stranger gets the higher score.",
        );
    }

    #[test]
    fn guessing_and_scores_the_wrong_way_round_are_told() {
        says(
            &findings(&[strangers("SVHN", 52, 0.505)]),
            Grade::Fails,
            "It cannot tell SVHN from what the model knows: in 51 of 100 pairs the stranger gets \
             the higher score, as by guessing.",
        );
        says(
            &findings(&[strangers("SVHN", 1, 0.004)]),
            Grade::Fails,
            "It has SVHN the wrong way round: in more than 99 of 100 pairs the stranger gets the \
             lower score.",
        );
    }

    #[test]
    fn of_several_sets_the_best_and_the_worst_are_named() {
        let (good, well) = (strangers("SVHN", 999, 0.995), strangers("noise", 900, 0.95));
        let (fair, bad) = (strangers("photos", 590, 0.89), strangers("birds", 100, 0.6));
        let knows = "of strangers from what the model knows";
        for (sets, grade, sentence) in [
            (
                vec![&well, &good],
                Grade::Works,
                format!(
                    "It tells every set {knows}: it lets less than 1 % pass at best (SVHN), 10 % \
                     at worst (noise)."
                ),
            ),
            (
                vec![&good, &fair, &well],
                Grade::Partly,
                "It tells strangers from what the model knows, but not all sets well: it lets less \
                 than 1 % pass at best (SVHN), 41 % at worst (photos)."
                    .to_string(),
            ),
            (
                vec![&bad, &good],
                Grade::Partly,
                format!(
                    "It tells only some sets {knows}: it lets less than 1 % pass at best (SVHN), \
                     90 % at worst (birds)."
                ),
            ),
            (
                vec![&bad, &bad],
                Grade::Fails,
                format!(
                    "It tells no set {knows}: it lets 90 % pass at best (birds), 90 % at worst \
                     (birds)."
                ),
            ),
        ] {
            says(&findings(&sets.into_iter().cloned().collect::<Vec<_>>()), grade, &sentence);
        }
    }

    /// And a lead that may be chance does not.
    #[test]
    fn a_classifier_that_does_better_alone_takes_the_best_grade() {
        let mut set = strangers("SVHN", 900, 0.95);
        set.rival = Some(Rival { name: "energy".to_string(), auroc: auroc(0.975, 0.01) });
        says(
            &findings(std::slice::from_ref(&set)),
            Grade::Partly,
            "It tells SVHN from what the model knows: in 95 of 100 pairs the stranger gets the \
             higher score, and it lets 10 % pass; but the classifier's energy alone tells SVHN \
             better.",
        );
        set.rival = Some(Rival { name: "energy".to_string(), auroc: auroc(0.965, 0.01) });
        assert_eq!(Judgement::of(&findings(std::slice::from_ref(&set))).grade, Grade::Works);
        set.rival = None;
        assert_eq!(Judgement::of(&findings(&[set])).grade, Grade::Works);
    }

    #[test]
    fn without_a_threshold_nothing_is_flagged() {
        let found = Findings { expected: None, ..findings(&[strangers("SVHN", 0, 0.99)]) };
        says(
            &found,
            Grade::Fails,
            "It flags nothing, as it has no threshold: hold out more samples and fit again.",
        );
    }

    #[test]
    fn few_samples_are_not_judged_by() {
        let mut found = findings(&[strangers("SVHN", 900, 0.95), strangers("noise", 49, 1.0)]);
        found.strangers[1].samples = 49;
        let sentence = "Too few samples to judge by: noise has 49; give at least 50.";
        says(&found, Grade::Partly, sentence);
        found.strangers[1].samples = 50;
        assert_eq!(Judgement::of(&found).grade, Grade::Works);
        (found.known.samples, found.known.passed) = (20, 19);
        let sentence = "Too few samples to judge by: digits has 20; give at least 50.";
        says(&found, Grade::Partly, sentence);
    }

    #[test]
    fn a_classifier_that_is_often_wrong_is_told_of_first() {
        let mut found = findings(&[strangers("SVHN", 957, 0.99)]);
        found.known.correct = 699;
        says(
            &found,
            Grade::Fails,
            "The classifier is right on 70 % of digits, so the scores mean little: check the \
             order of the labels and the normalisation.",
        );
        found.known.correct = 0;
        let said = Judgement::of(&found).sentence;
        assert!(said.starts_with("The classifier is never right on digits, so"), "{said}");
        // Too few labels say nothing.
        found.known.labelled = 49;
        assert_eq!(Judgement::of(&found).grade, Grade::Works);
    }

    #[test]
    fn a_missed_pass_rate_is_told_and_chance_is_none() {
        let mut found = findings(&[strangers("SVHN", 957, 0.99)]);
        found.known.passed = 800;
        let low = "It flags 20.0 % of digits, where at most 6.0 % is expected: calibrate on data \
                   like this.";
        says(&found, Grade::Partly, low);
        found.known.passed = 499;
        assert_eq!(Judgement::of(&found).grade, Grade::Fails);
        found.known.passed = 1000;
        says(
            &found,
            Grade::Partly,
            "It flags none of digits, where at least 4.0 % is expected: if it was fitted to these \
             samples, measure on others.",
        );
        // 0.93 of 1000 samples is 0.94 but for chance, of 100,000 it is not.
        found.known.passed = 930;
        assert_eq!(Judgement::of(&found).grade, Grade::Works);
        (found.known.samples, found.known.passed) = (100_000, 93_000);
        assert_eq!(Judgement::of(&found).grade, Grade::Partly);
        // Strangers that are not told apart either make it worse.
        found.strangers = vec![strangers("SVHN", 100, 0.6)];
        assert_eq!(Judgement::of(&found).grade, Grade::Fails);
    }
}
