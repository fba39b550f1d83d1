//! ROC curves of the detector, of the best other score and of the plain classifier.

use maud::{Markup, html};
use she_ood::metrics::Curve;

use super::super::eval::Row;
use super::super::measure::Measured;
use super::super::percent::share;
use super::chart::{self, Axis};

/// Points of a drawn curve, which has one for every score.
const POINTS: usize = 300;
const UNIT: Axis = Axis { low: 0.0, high: 1.0 };

pub fn svg(id: &Measured, ood: &Measured, rows: &[Row]) -> Markup {
    let curves: Vec<_> = chosen(rows)
        .into_iter()
        .filter_map(|(class, i)| Some((class, rows.get(i)?, points(id, ood, i)?)))
        .collect();
    let content = html! {
        path.chance d=(chart::path([(0.0, 0.0), (1.0, 1.0)].into_iter().map(place))) {}
        @for (class, _, points) in curves.iter().rev() { path class={ "line " (class) } d=(chart::path(points.iter().copied().map(place))) {} }
    };
    let label: Vec<String> = curves
        .iter()
        .map(|(_, row, _)| format!("{}: AUROC {}", row.name, share(row.evaluation.auroc)))
        .collect();
    let names: Vec<_> =
        curves.iter().zip(&label).map(|((class, _, _), label)| (*class, label.clone())).collect();
    let label = format!("ROC curves. {}", label.join("; "));
    html! { (chart::svg(&label, (UNIT, UNIT), ("ID flagged (FPR)", "OOD flagged (TPR)"), &content)) (chart::legend(&names)) }
}

/// The rows to draw, each with its class: the detector, the best of the others, MSP.
fn chosen(rows: &[Row]) -> Vec<(&'static str, usize)> {
    let auroc = |i: &usize| rows.get(*i).map_or(0.0, |row| row.evaluation.auroc);
    let best = (1..rows.len()).max_by(|a, b| auroc(a).total_cmp(&auroc(b)));
    let msp = rows.iter().position(|row| row.name == "MSP").filter(|&msp| Some(msp) != best);
    let others = [("best", best), ("msp", msp)];
    [("own", 0)]
        .into_iter()
        .chain(others.into_iter().filter_map(|(class, i)| Some((class, i?))))
        .collect()
}

/// The ROC curve of one of the scores, thinned out.
fn points(id: &Measured, ood: &Measured, score: usize) -> Option<Vec<(f64, f64)>> {
    let curve = Curve::new(&id.scores.get(score)?.1, &ood.scores.get(score)?.1).ok()?;
    let all: Vec<(f64, f64)> = curve.roc().map(|point| (point.fpr, point.tpr)).collect();
    let last = all.last().copied();
    Some(all.iter().copied().step_by(all.len().div_ceil(POINTS)).chain(last).collect())
}

fn place((fpr, tpr): (f64, f64)) -> (f64, f64) {
    (chart::x(UNIT, fpr), chart::y(UNIT, tpr))
}
