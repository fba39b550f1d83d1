//! Figures and their aims. A figure that misses its aim is marked.

use maud::{Markup, html};
use she_ood::SetsInfo;

use super::super::eval::Against;
use super::super::findings::{Findings, Known, Strangers, interval};
use super::super::judgement::{FEW_CORRECT, FLAGGED};
use super::super::percent::{percent, percentage, share};
use super::{Page, unbroken};

struct Tile {
    name: &'static str,
    value: String,
    note: String,
    aim: Option<Aim>,
}

/// What a figure should be, and whether it is.
struct Aim {
    words: String,
    met: bool,
}

/// Of the ID set, and the share flagged of each OOD set.
pub fn overview(page: &Page<'_>) -> Markup {
    let Findings { known, strangers, .. } = page.findings;
    let id = [Some(passed(page)), accuracy(known), covered(page)];
    let tiles = id.into_iter().flatten().chain(strangers.iter().map(flagged));
    html! { @for tile in tiles { (markup(tile)) } }
}

pub fn of_set(against: &Against) -> Markup {
    let rows = against.rows.first().map(|row| &row.evaluation);
    let tiles = Strangers::new(against)
        .zip(rows)
        .map(|(set, evaluation)| [auroc(&set), slips_through(evaluation.fpr_ood_at_tpr95_id)]);
    html! { @for tile in tiles.into_iter().flatten() { (markup(tile)) } }
}

fn passed(page: &Page<'_>) -> Tile {
    let Findings { expected, known, .. } = page.findings;
    let aim = expected.map(|(low, high)| Aim {
        words: match high {
            1.0 => format!("at least {}", percentage(low, 1)),
            _ => format!("{:.1} to {}", 100.0 * low, percentage(high, 1)),
        },
        met: known.keeps((low, high)),
    });
    Tile {
        name: "pass",
        value: percent(known.passed, known.samples),
        note: format!("of {}", known.name),
        aim,
    }
}

fn accuracy(known: &Known) -> Option<Tile> {
    (known.labelled > 0).then(|| Tile {
        name: "accuracy",
        value: percent(known.correct, known.labelled),
        note: "of the classifier, on ID".to_string(),
        aim: known.accuracy().map(|accuracy| Aim {
            words: format!("at least {}", percentage(FEW_CORRECT, 0)),
            met: accuracy >= FEW_CORRECT,
        }),
    })
}

fn covered(page: &Page<'_>) -> Option<Tile> {
    let (id, SetsInfo { level, size: labelled, .. }) = (page.id, page.info.sets?);
    // As far as the labelled calibration samples may be off.
    let (least, _) = interval((level * labelled as f64) as usize, labelled);
    let size = id.mean_set_size().filter(|_| id.labelled > 0)?;
    Some(Tile {
        name: "covered",
        value: percent(id.covered, id.labelled),
        note: format!("of prediction sets hold the label; {size:.2} classes on average"),
        aim: Some(Aim {
            words: format!("at least {}", percentage(least, 1)),
            met: interval(id.covered, id.labelled).1 >= least,
        }),
    })
}

fn flagged(set: &Strangers) -> Tile {
    Tile {
        name: "flagged",
        value: percent(set.flagged, set.samples),
        note: format!("of {}", set.name),
        aim: Some(Aim {
            words: format!("at least {}", percentage(FLAGGED, 0)),
            met: set.flagged_share() >= FLAGGED,
        }),
    }
}

fn auroc(set: &Strangers) -> Tile {
    let aim = set.rival.as_ref().map(|rival| Aim {
        words: format!("above {} alone, {}", rival.name, share(rival.auroc.value)),
        met: set.auroc.value >= rival.auroc.value,
    });
    Tile {
        name: "AUROC",
        value: share(set.auroc.value),
        note: "of pairs rank the stranger higher".to_string(),
        aim,
    }
}

fn slips_through(fpr95: f64) -> Tile {
    Tile {
        name: "FPR95, ID positive",
        value: percentage(fpr95, 2),
        note: "slips through when 95 % of ID passes".to_string(),
        aim: Some(Aim {
            words: format!("at most {}", percentage(1.0 - FLAGGED, 0)),
            met: fpr95 <= 1.0 - FLAGGED,
        }),
    }
}

fn markup(Tile { name, value, note, aim }: Tile) -> Markup {
    let missed = aim.as_ref().is_some_and(|aim| !aim.met);
    html! {
        div data-state=[missed.then_some("failed")] {
            dt { (name) }
            dd.value { (unbroken(&value)) }
            dd { (unbroken(&note)) }
            @if let Some(Aim { words, met }) = aim {
                dd.aim {
                    @if met { "aim: " } @else { strong.state { "misses its aim: " } }
                    (unbroken(&words))
                }
            }
        }
    }
}
