//! The report of `eval`: one self-contained HTML page.

mod chart;
mod histogram;
mod map;
mod pictures;
mod roc;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use she_ood::Info;
use she_ood::data::{Dataset, Inputs};

use super::eval::{Against, Row, VERDICTS};
use super::measure::Measured;
use super::percent::{percent, percentage, share};

const STYLE: &str = include_str!("page/style.css");
/// The page loads nothing and runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Contents of a page.
pub struct Page<'a> {
    /// The detector's file.
    pub name: &'a str,
    pub info: &'a Info,
    pub inputs: &'a Inputs,
    pub id_set: &'a Dataset,
    pub id: &'a Measured,
    pub against: &'a [Against],
}

impl<'a> Page<'a> {
    fn pictures(&self, set: &'a Dataset, measured: &'a Measured) -> pictures::Source<'a> {
        pictures::Source { set, measured, inputs: self.inputs, labels: &self.info.labels }
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
                title { "Out-of-distribution report: " (page.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(page))
                (verdicts(page))
                @for against in page.against { (section(page, against)) }
                (flagged_id(page))
                (about(page))
            }
        }
    };
    whole.into_string()
}

fn header(page: &Page<'_>) -> Markup {
    html! {
        header {
            h1 { "Does " span.file { (page.name) } " know what it does not know?" }
            dl.tiles {
                (id_tiles(page))
                @for Against { measured, .. } in page.against {
                    @let flagged = percent(measured.flagged(), measured.positions.len());
                    (tile("flagged", &flagged, &format!("of {}", measured.name)))
                }
            }
        }
    }
}

fn id_tiles(page: &Page<'_>) -> Markup {
    let Measured { labelled, correct, positions, name, .. } = page.id;
    let samples = positions.len();
    let passed = percent(samples - page.id.flagged(), samples);
    let aim = format!("of ID; the aim is {}", percentage(page.info.id_pass_rate, 2));
    html! {
        (tile("ID samples", &samples.to_string(), name))
        @if *labelled > 0 {
            (tile("accuracy", &percent(*correct, *labelled), "of the classifier, on ID"))
        }
        (tile("pass", &passed, &aim))
        @if let (Some(size), true) = (page.id.mean_set_size(), *labelled > 0) {
            @let note = format!("of prediction sets hold the label, with {size:.2} classes on \
                average");
            (tile("covered", &percent(page.id.covered, *labelled), &note))
        }
    }
}

fn tile(name: &str, value: &str, note: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } dd.note { (note) } } }
}

/// Known, unsure and unknown samples of each set, if there are prediction sets.
fn verdicts(page: &Page<'_>) -> Markup {
    let sets = std::iter::once(page.id).chain(page.against.iter().map(|ood| &ood.measured));
    html! {
        @if page.info.sets.is_some() {
            section {
                h2 { "Verdicts" }
                div.table tabindex="0" role="region" aria-label="Verdicts" {
                    table {
                        thead { tr {
                            th scope="col" { "set" }
                            @for verdict in VERDICTS { th scope="col" { (verdict) } }
                        } }
                        tbody { @for set in sets { (verdict_row(set)) } }
                    }
                }
            }
        }
    }
}

fn verdict_row(set: &Measured) -> Markup {
    let share = |verdict| percent(set.count(verdict), set.positions.len());
    html! {
        tr {
            th scope="row" { (set.name) }
            @for verdict in VERDICTS { td { (share(verdict)) } }
        }
    }
}

fn section(page: &Page<'_>, against: &Against) -> Markup {
    let pictures = page.pictures(&against.set, &against.measured);
    html! {
        section {
            h2 { "Against " (against.measured.name) }
            (charts(page, against))
            h3 { "All scores" }
            (table(&against.rows))
            h3 { "OOD samples that look most like ID" }
            (pictures::gallery(pictures, pictures::Worst::Lowest))
        }
    }
}

fn charts(page: &Page<'_>, Against { measured: ood, rows, .. }: &Against) -> Markup {
    let id = page.id;
    let scores = histogram::svg(id.own(), ood.own(), page.info);
    html! {
        div.charts {
            (figure("Scores", "Share of samples by score. Further right is more OOD.", &scores))
            (figure(
                "ROC curve",
                "Share of OOD flagged against share of ID flagged, for every threshold.",
                &roc::svg(id, ood, rows),
            ))
            @if let Some(map) = map::svg(id, ood, page.info) {
                (figure(
                    "Map of the features",
                    "Features of the last layer, along the two directions in which ID varies most \
                     (PCA).",
                    &map,
                ))
            }
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

fn flagged_id(page: &Page<'_>) -> Markup {
    html! {
        section {
            h2 { "ID samples that look least like ID" }
            (pictures::gallery(page.pictures(page.id_set, page.id), pictures::Worst::Highest))
        }
    }
}

/// All scores, the detector's own first. The highest AUROC stands out.
fn table(rows: &[Row]) -> Markup {
    let best = rows.iter().map(|row| row.evaluation.auroc).fold(0.0, f64::max);
    html! {
        div.table tabindex="0" role="region" aria-label="All scores" {
            table {
                thead { tr {
                    th scope="col" { "score" }
                    th scope="col" { "AUROC" }
                    th scope="col" { "95 % interval" }
                    th scope="col" { "FPR95" br; small { "OOD positive" } }
                    th scope="col" { "FPR95" br; small { "ID positive" } }
                    th scope="col" { "AUPR" br; small { "in" } }
                    th scope="col" { "AUPR" br; small { "out" } }
                } }
                tbody { @for row in rows { (table_row(row, best)) } }
            }
        }
    }
}

fn table_row(row: &Row, best: f64) -> Markup {
    let e = &row.evaluation;
    let interval = e.auroc_interval.map(|(low, high)| format!("{low:.4} – {high:.4}"));
    let rates = [e.fpr_id_at_tpr95_ood, e.fpr_ood_at_tpr95_id, e.aupr_in, e.aupr_out];
    html! {
        tr.best[e.auroc == best] {
            th scope="row" { (row.name) }
            td.bar style=(format!("--share: {:.1}%", 100.0 * e.auroc)) { (share(e.auroc)) }
            td { @if let Some(interval) = interval { (interval) } }
            @for value in rates { td { (share(value)) } }
        }
    }
}

fn about(page: &Page<'_>) -> Markup {
    html! {
        section {
            h2 { "About these figures" }
            p {
                "AUROC is the chance that an OOD sample scores higher than an ID sample: one half \
                 is guessing, and below that the score points the wrong way. FPR95 (OOD positive): \
                 how much ID is flagged when 95 % of OOD is. FPR95 (ID positive): how much OOD \
                 slips through when 95 % of ID passes. A higher score is always more \
                 out-of-distribution. Verdicts: unknown is flagged; known has exactly one class in \
                 its prediction set, unsure several or none."
            }
            pre { (super::inspect::describe(page.info, None)) }
        }
    }
}
