//! ROC curves of the detector, of the best other score and of the plain classifier.

use maud::{Markup, html};
use she_ood::metrics::Curve;

use super::super::eval::Row;
use super::super::measure::Measured;
use super::super::percent::share;
use super::chart::{self, Axis, Key, LINE};

/// Points drawn of a curve, which has one for every score.
const POINTS: usize = 300;
const UNIT: Axis = Axis { low: 0.0, high: 1.0 };

pub fn svg(id: &Measured, ood: &Measured, rows: &[Row]) -> Markup {
    let curves: Vec<_> = chosen(rows)
        .into_iter()
        .filter_map(|(class, i, row)| Some((class, row, points(id, ood, i)?)))
        .collect();
    let content = html! {
        path.chance d=(path(&[(0.0, 0.0), (1.0, 1.0)])) {}
        @for (class, _, points) in curves.iter().rev() {
            path class=(class) d=(path(points)) {}
        }
    };
    let name = |row: &Row| format!("{}: AUROC {}", row.name, share(row.evaluation.auroc));
    let keys: Vec<_> =
        curves.iter().map(|(class, row, _)| Key::new(class, LINE, name(row))).collect();
    let all: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    let label = format!("ROC curves. {}", all.join("; "));
    let axes = ("ID flagged (FPR)", "OOD flagged (TPR)");
    html! {
        (chart::svg(&label, (UNIT, UNIT), axes, &content))
        (chart::legend(&keys))
    }
}

/// The rows to draw, with style class and position: the detector, the best of the others, MSP.
fn chosen(rows: &[Row]) -> Vec<(&'static str, usize, &Row)> {
    let own = rows.iter().enumerate().next();
    let others = || rows.iter().enumerate().skip(1);
    let best = others().max_by(|a, b| a.1.evaluation.auroc.total_cmp(&b.1.evaluation.auroc));
    let is_best = |i| best.is_some_and(|(best, _)| best == i);
    let msp = others().find(|(_, row)| row.name == "MSP").filter(|&(i, _)| !is_best(i));
    let named = [("line own", own), ("line best", best), ("line msp", msp)];
    named.into_iter().filter_map(|(class, row)| row.map(|(i, row)| (class, i, row))).collect()
}

/// A line through points of the unit square.
fn path(points: &[(f64, f64)]) -> String {
    chart::path(points.iter().map(|&(fpr, tpr)| (chart::x(UNIT, fpr), chart::y(UNIT, tpr))))
}

/// Points of the ROC curve of one of the scores.
fn points(id: &Measured, ood: &Measured, score: usize) -> Option<Vec<(f64, f64)>> {
    let curve = Curve::new(&id.scores.get(score)?.1, &ood.scores.get(score)?.1).ok()?;
    let all: Vec<(f64, f64)> = curve.roc().map(|point| (point.fpr, point.tpr)).collect();
    let last = all.last().copied();
    Some(all.iter().copied().step_by(all.len().div_ceil(POINTS)).chain(last).collect())
}
