//! All scores of a set, and what to do where the classifier's own are better.

use maud::{Markup, html};
use she_ood::Info;

use super::super::eval::{Against, Row};
use super::super::findings::Strangers;
use super::super::percent::share;

/// Where the classifier alone does better: by how much, and what to do next.
pub fn warning(info: &Info, against: &Against) -> Markup {
    let set = Strangers::new(against);
    let ahead = set.as_ref().and_then(|set| Some((set, set.rival_ahead()?)));
    html! {
        @if let Some((set, rival)) = ahead {
            p.notice data-state="unsure" {
                span.icon aria-hidden="true" {}
                span {
                    "The classifier's " (rival.name) " alone does better here: AUROC "
                    (share(rival.auroc.value)) " against " (share(set.auroc.value)) ". "
                    @if set.beaten_by().is_none() { "That may be chance. " }
                    (next_step(info))
                }
            }
        }
    }
}

fn next_step(info: &Info) -> &'static str {
    match (&info.choice, info.energy) {
        (Some(_), _) => "If strangers like these matter most, add samples and fit again.",
        (None, None) => {
            "Fit again with --with energy, or without options: the fit then chooses the layers \
             and the similarity."
        }
        (None, Some(_)) => {
            "Fit again without options for layers and similarity: the fit chooses them."
        }
    }
}

/// All scores, the detector's own first. The highest AUROC stands out.
pub fn table(Against { measured, rows, .. }: &Against) -> Markup {
    let best = rows.iter().map(|row| row.evaluation.auroc).fold(0.0, f64::max);
    let label = format!("All scores against {}", measured.name);
    html! {
        div {
            h3 { "All scores" }
            div.table tabindex="0" role="region" aria-label=(label) {
                table {
                    thead { tr {
                        th scope="col" { "Score" }
                        th scope="col" { "AUROC" }
                        th scope="col" { "95 % interval" }
                        th scope="col" { "FPR95" br; small { "ID positive" } }
                        th scope="col" { "FPR95" br; small { "OOD positive" } }
                        th scope="col" { "AUPR" br; small { "in" } }
                        th scope="col" { "AUPR" br; small { "out" } }
                    } }
                    tbody { @for row in rows { (table_row(row, best)) } }
                }
            }
        }
    }
}

fn table_row(row: &Row, best: f64) -> Markup {
    let e = &row.evaluation;
    let interval = e.auroc_interval.map(|(low, high)| format!("{low:.4} – {high:.4}"));
    let rates = [e.fpr_ood_at_tpr95_id, e.fpr_id_at_tpr95_ood, e.aupr_in, e.aupr_out];
    html! {
        tr.best[e.auroc == best] {
            th scope="row" { (row.name) }
            td { (share(e.auroc)) }
            td { @if let Some(interval) = interval { (interval) } }
            @for value in rates { td { (share(value)) } }
        }
    }
}
