//! The report: one page of HTML that needs nothing else.

mod chart;
mod histogram;
mod map;
mod pictures;
mod roc;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use she_ood::Info;
use she_ood::data::{Dataset, Inputs};

use super::eval::{Against, Row};
use super::measure::Measured;
use super::percent::{percent, percentage, share};

const STYLE: &str = include_str!("page/style.css");

/// What a page shows.
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
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { "Out-of-distribution report: " (page.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(page))
                @for against in page.against { (section(page, against)) }
                (flagged_id(page))
                (about(page))
            }
        }
    };
    whole.into_string()
}

fn header(page: &Page<'_>) -> Markup {
    let samples = page.id.positions.len();
    html! {
        header {
            h1 { "Does " span.file { (page.name) } " know what it does not know?" }
            dl.tiles {
                (tile("ID samples", &samples.to_string(), &page.id.name))
                @if page.id.labelled > 0 { (tile("accuracy", &percent(page.id.correct, page.id.labelled), "of the classifier, on ID")) }
                (tile("pass", &percent(samples - page.id.flagged(), samples), &format!("of ID; the aim is {}", percentage(page.info.id_pass_rate, 2))))
                @for against in page.against {
                    @let own = &against.measured;
                    (tile("flagged", &percent(own.flagged(), own.positions.len()), &format!("of {}", own.name)))
                }
            }
        }
    }
}

fn tile(name: &str, value: &str, note: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } dd.note { (note) } } }
}

fn section(page: &Page<'_>, against: &Against) -> Markup {
    let (id, ood) = (page.id, &against.measured);
    html! {
        section {
            h2 { "Against " (ood.name) }
            div.charts {
                figure {
                    figcaption { h3 { "Scores" } p { "Share of samples by the detector's score; further right is more out-of-distribution." } }
                    (histogram::svg(id.own(), ood.own(), page.info))
                }
                figure {
                    figcaption { h3 { "ROC curve" } p { "Share of OOD flagged against share of ID flagged, over all thresholds." } }
                    (roc::svg(id, ood, &against.rows))
                }
                @if let Some(map) = map::svg(id, ood, page.info) {
                    figure {
                        figcaption { h3 { "Map of the features" } p { "The last layer's features on the two directions in which ID varies most (PCA)." } }
                        (map)
                    }
                }
            }
            h3 { "Every score" }
            (table(&against.rows))
            h3 { "OOD samples that look most like ID" }
            (pictures::gallery(page.pictures(&against.set, ood), pictures::Worst::Lowest))
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

/// All scores, the detector's own first; the highest AUROC stands out.
fn table(rows: &[Row]) -> Markup {
    let best = rows.iter().map(|row| row.evaluation.auroc).fold(0.0, f64::max);
    html! {
        div.table tabindex="0" role="region" aria-label="Every score" {
            table {
                thead { tr {
                    th scope="col" { "score" } th scope="col" { "AUROC" } th scope="col" { "95 % interval" }
                    th scope="col" { "FPR95" br; small { "OOD positive" } } th scope="col" { "FPR95" br; small { "ID positive" } }
                    th scope="col" { "AUPR" br; small { "in" } } th scope="col" { "AUPR" br; small { "out" } }
                } }
                tbody { @for row in rows { (table_row(row, best)) } }
            }
        }
    }
}

fn table_row(row: &Row, best: f64) -> Markup {
    let e = &row.evaluation;
    let interval =
        e.auroc_interval.map_or(String::new(), |(low, high)| format!("{low:.4} – {high:.4}"));
    html! {
        tr.best[e.auroc == best] {
            th scope="row" { (row.name) }
            td.bar style=(format!("--share: {:.1}%", 100.0 * e.auroc)) { (share(e.auroc)) }
            td { (interval) }
            @for value in [e.fpr_id_at_tpr95_ood, e.fpr_ood_at_tpr95_id, e.aupr_in, e.aupr_out] { td { (share(value)) } }
        }
    }
}

fn about(page: &Page<'_>) -> Markup {
    html! {
        section {
            h2 { "About these figures" }
            p { "AUROC is the chance that an OOD sample scores above an ID sample; one half is chance, below it the score is the wrong way round. "
                "FPR95, OOD positive: the share of ID flagged when 95 % of OOD are. FPR95, ID positive: the share of OOD that pass when 95 % of ID do. "
                "Every score is higher for what is more out-of-distribution." }
            pre { (super::inspect::describe(page.info, None)) }
        }
    }
}
