//! Axes, paths and legends for all charts.

use std::fmt::Write;

use maud::{Markup, html};

pub const WIDTH: f64 = 480.0;
pub const HEIGHT: f64 = 320.0;
pub const LEFT: f64 = 72.0;
pub const BOTTOM: f64 = 54.0;
const TOP: f64 = 12.0;
const RIGHT: f64 = 12.0;

/// The range of values along one side of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
}

impl Axis {
    /// The range of finite values, with a margin.
    pub fn around(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) = (
            values.clone().fold(f64::INFINITY, f64::min),
            values.fold(f64::NEG_INFINITY, f64::max),
        );
        let (low, high) = if low > high { (0.0, 0.0) } else { (low, high) };
        let room = if high > low { (high - low) * 0.03 } else { (high.abs() * 1e-3).max(0.5) };
        Self { low: low - room, high: high + room }
    }

    /// Position of a value on the axis, 0 to 1, clamped to its ends.
    fn share(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Four to nine round values within the range.
    fn ticks(self) -> Vec<f64> {
        let rough = (self.high - self.low) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|&step| step >= rough)
            .unwrap_or(rough);
        let first = (self.low / step).ceil();
        (0..12)
            .map(|i| (first + f64::from(i)) * step)
            .take_while(|&tick| tick <= self.high)
            .collect()
    }
}

pub fn x(axis: Axis, value: f64) -> f64 {
    LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)
}

pub fn y(axis: Axis, value: f64) -> f64 {
    HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - BOTTOM - TOP)
}

/// A line through points, as the `d` of a path.
pub fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (i, (x, y)) in points.enumerate() {
        let _ = write!(text, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
    }
    text
}

/// A chart with axes. Screen readers read `label`.
pub fn svg(label: &str, axes: (Axis, Axis), names: (&str, &str), content: &Markup) -> Markup {
    let (across, up) = axes;
    let upright = format!("translate(16 {}) rotate(-90)", (HEIGHT - BOTTOM) / 2.0);
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(label) {
            g.axes {
                @for tick in up.ticks() {
                    line x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y(up, tick)) y2=(y(up, tick)) {}
                    text x=(LEFT - 6.0) y=(y(up, tick) + 5.0) text-anchor="end" {
                        (number(tick))
                    }
                }
                @for tick in across.ticks() {
                    text x=(x(across, tick)) y=(HEIGHT - BOTTOM + 20.0) text-anchor="middle" {
                        (number(tick))
                    }
                }
                text x=((WIDTH + LEFT) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { (names.0) }
                text transform=(upright) text-anchor="middle" { (names.1) }
            }
            (content)
        }
    }
}

/// A tick value without digits from rounding.
fn number(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e6).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    let text = format!("{:.6}", value + 0.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// What a legend shows of a line and of an area, as the `d` of a path.
pub const LINE: &str = "M0 6h28";
pub const AREA: &str = "M2 1h24v10h-24z";

/// A legend entry: a sample path in the style of `class`, and its name.
pub struct Key {
    pub class: &'static str,
    pub shows: String,
    pub name: String,
}

impl Key {
    pub fn new(class: &'static str, shows: impl Into<String>, name: impl Into<String>) -> Self {
        Self { class, shows: shows.into(), name: name.into() }
    }
}

pub fn legend(keys: &[Key]) -> Markup {
    html! {
        ul.legend {
            @for Key { class, shows, name } in keys {
                li {
                    svg.key viewBox="0 0 28 12" aria-hidden="true" {
                        path class=(class) d=(shows) {}
                    }
                    (name)
                }
            }
        }
    }
}
