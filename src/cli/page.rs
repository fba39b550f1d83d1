//! The report of `eval`: one self-contained HTML page.

mod about;
mod chart;
mod histogram;
mod map;
mod pictures;
mod roc;
mod scores;
mod tiles;

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use she_ood::data::{Dataset, Inputs};
use she_ood::{Info, Verdict};

use super::eval::{Against, VERDICTS};
use super::findings::Findings;
use super::judgement::{Grade, Judgement};
use super::measure::Measured;
use super::percent::percent;

/// The web pages' colours, sizes and states, and the report's own style.
const STYLES: [&str; 3] = [
    include_str!("../../www/shared/tokens.css"),
    include_str!("../../www/shared/verdict.css"),
    include_str!("page/style.css"),
];
/// The page loads nothing and runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Contents of a page.
pub struct Page<'a> {
    pub run: Run<'a>,
    pub info: &'a Info,
    pub inputs: &'a Inputs,
    pub id_set: &'a Dataset,
    pub id: &'a Measured,
    pub against: &'a [Against],
    pub findings: &'a Findings,
    pub judgement: &'a Judgement,
}

/// What was run, and when.
pub struct Run<'a> {
    pub detector: &'a Path,
    /// Day and minute.
    pub date: String,
}

impl<'a> Page<'a> {
    fn pictures(&self, set: &'a Dataset, measured: &'a Measured) -> pictures::Source<'a> {
        pictures::Source { set, measured, inputs: self.inputs, labels: &self.info.labels }
    }

    /// The detector's name, without its folder.
    fn name(&self) -> String {
        let path = self.run.detector;
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    }
}

/// How a grade looks.
fn state(grade: Grade) -> Verdict {
    match grade {
        Grade::Works => Verdict::Known,
        Grade::Partly => Verdict::Unsure,
        Grade::Fails => Verdict::Unknown,
    }
}

pub fn html(page: &Page<'_>) -> String {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Out-of-distribution report: " (page.name()) }
                style { (PreEscaped(STYLES.concat())) }
            }
            body {
                (header(page))
                main {
                    (overview(page))
                    @for against in page.against { (section(page, against)) }
                    (strangest_known(page))
                    (about::folds(page))
                }
            }
        }
    };
    whole.into_string()
}

fn header(page: &Page<'_>) -> Markup {
    let Page { run: Run { date, .. }, judgement, .. } = page;
    html! {
        header {
            h1 { "Does " code { (page.name()) } " know what it does not know?" }
            p.judgement data-state=(state(judgement.grade)) {
                span.icon aria-hidden="true" {}
                span { (unbroken(&judgement.sentence)) }
            }
            p.soft { (date) " · she-ood " (env!("CARGO_PKG_VERSION")) " · " (samples(page.id))
                @for Against { measured, .. } in page.against { " · " (samples(measured)) } }
        }
    }
}

/// Text whose percentages stay on one line.
fn unbroken(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// A set and its size.
fn samples(set: &Measured) -> String {
    format!("{}: {} samples", set.name, set.positions.len())
}

fn overview(page: &Page<'_>) -> Markup {
    html! {
        section {
            h2 { "At a glance" }
            div.halves {
                dl.tiles { (tiles::overview(page)) }
                @if page.info.sets.is_some() { (verdicts(page)) }
            }
        }
    }
}

/// Known, unsure and unknown samples of each set.
fn verdicts(page: &Page<'_>) -> Markup {
    let sets = std::iter::once(page.id).chain(page.against.iter().map(|ood| &ood.measured));
    html! {
        div.table tabindex="0" role="region" aria-label="Verdicts" {
            table {
                thead { tr {
                    th scope="col" { "Verdicts" }
                    @for verdict in VERDICTS {
                        th.state scope="col" data-state=(verdict) { (verdict) }
                    }
                } }
                tbody { @for set in sets { (verdict_row(set)) } }
            }
        }
    }
}

fn verdict_row(set: &Measured) -> Markup {
    let share = |verdict| unbroken(&percent(set.count(verdict), set.positions.len()));
    let width = |verdict| format!("flex-grow: {}", set.count(verdict));
    html! {
        tr {
            th scope="row" {
                (set.name)
                span.shares aria-hidden="true" {
                    @for verdict in VERDICTS { span data-state=(verdict) style=(width(verdict)) {} }
                }
            }
            @for verdict in VERDICTS { td { (share(verdict)) } }
        }
    }
}

fn section(page: &Page<'_>, against: &Against) -> Markup {
    let name = &against.measured.name;
    let pictures = page.pictures(&against.set, &against.measured);
    html! {
        section {
            h2 { "Against " (name) }
            div.halves {
                dl.tiles { (tiles::of_set(against)) }
                (scores::warning(page.info, against))
            }
            (charts(page, against))
            div.halves {
                (scores::table(against))
                div {
                    h3 { "Strangers that look most like ID" }
                    (pictures::gallery(pictures, pictures::Worst::Lowest))
                }
            }
        }
    }
}

fn charts(page: &Page<'_>, Against { measured: ood, rows, .. }: &Against) -> Markup {
    let id = page.id;
    let label = format!("Charts of {}", ood.name);
    html! {
        div.charts tabindex="0" role="region" aria-label=(label) {
            (figure(
                "Scores",
                "Share of samples by score. Further right = more OOD.",
                &histogram::svg(id.own(), ood.own(), page.info),
            ))
            @if let Some(map) = map::svg(id, ood, page.info) {
                (figure(
                    "Map of the features",
                    "The last layer, along the two directions in which ID varies most (PCA).",
                    &map,
                ))
            }
            (figure(
                "ROC curve",
                "OOD flagged against ID flagged, for every threshold.",
                &roc::svg(id, ood, rows),
            ))
        }
    }
}

fn figure(title: &str, caption: &str, chart: &Markup) -> Markup {
    html! {
        figure {
            figcaption { h3 { (title) } p { (caption) } }
            (chart)
        }
    }
}

fn strangest_known(page: &Page<'_>) -> Markup {
    html! {
        section {
            h2 { "Known samples that look least like ID" }
            (pictures::gallery(page.pictures(page.id_set, page.id), pictures::Worst::Highest))
        }
    }
}
