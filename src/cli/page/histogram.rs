//! Histograms of ID and OOD scores, with the threshold.

use maud::{Markup, html};
use she_ood::Info;

use super::chart::{self, AREA, Axis, Key, LINE};

const BINS: usize = 64;
/// Share of the scores that the last bin at each end collects, so that a few distant ones do not
/// squeeze the rest.
const TAIL: f64 = 0.002;

pub fn svg(id: &[f32], ood: &[f32], info: &Info) -> Markup {
    let across = axis(id, ood);
    let both = [shares(id, across), shares(ood, across)];
    let up = Axis { low: 0.0, high: both.iter().flatten().copied().fold(0.01, f64::max) * 1.05 };
    let threshold = f64::from(info.threshold);
    let shown = threshold.is_finite() && info.class_thresholds.is_none();
    let content = html! {
        @for (class, bins) in ["area id", "area ood"].iter().zip(&both) {
            path class=(class) d=(steps(bins, across, up)) {}
        }
        @if shown {
            @let x = chart::x(across, threshold);
            path.line.threshold d=(format!("M{x:.1} 12V{}", chart::HEIGHT - chart::BOTTOM)) {}
        }
    };
    let mut label = format!("Histogram of {} ID and {} OOD scores", id.len(), ood.len());
    if shown {
        label.push_str(&format!("; the threshold is {threshold:.4}"));
    }
    let mut keys = vec![Key::new("area id", AREA, "ID"), Key::new("area ood", AREA, "OOD")];
    let limit = format!("threshold {threshold:.4}");
    keys.extend(shown.then(|| Key::new("line threshold", LINE, limit)));
    html! {
        (chart::svg(&label, (across, up), ("score", "share of samples"), &content))
        (chart::legend(&keys))
    }
}

/// The range of nearly all scores.
fn axis(id: &[f32], ood: &[f32]) -> Axis {
    Axis::around(
        [id, ood]
            .into_iter()
            .flat_map(|scores| {
                let mut finite: Vec<f64> = scores
                    .iter()
                    .copied()
                    .filter(|score| score.is_finite())
                    .map(f64::from)
                    .collect();
                finite.sort_by(f64::total_cmp);
                let place = |share: f64| {
                    finite.get((share * finite.len() as f64) as usize).or(finite.last()).copied()
                };
                [place(TAIL), place(1.0 - TAIL)].into_iter().flatten().collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
            .into_iter(),
    )
}

/// Share of the scores in each bin. Scores outside are counted at the ends.
fn shares(scores: &[f32], axis: Axis) -> Vec<f64> {
    let mut bins = vec![0.0; BINS];
    for &score in scores {
        let place = (f64::from(score) - axis.low) / (axis.high - axis.low) * BINS as f64;
        bins.get_mut((place.max(0.0) as usize).min(BINS - 1))
            .into_iter()
            .for_each(|bin| *bin += 1.0 / scores.len() as f64);
    }
    bins
}

/// The outline of the bins.
fn steps(bins: &[f64], across: Axis, up: Axis) -> String {
    let edge = |i: usize| {
        chart::x(across, across.low + (across.high - across.low) * i as f64 / BINS as f64)
    };
    let tops = bins.iter().enumerate().flat_map(|(i, &share)| {
        [(edge(i), chart::y(up, share)), (edge(i + 1), chart::y(up, share))]
    });
    let ground = chart::y(up, 0.0);
    chart::path([(edge(0), ground)].into_iter().chain(tops).chain([(edge(BINS), ground)]))
}
