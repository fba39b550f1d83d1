//! The features of ID and OOD samples on a plane.

use std::collections::BTreeMap;

use maud::{Markup, html};
use nalgebra::{DMatrix, SymmetricEigen};
use she_ood::Info;

use super::super::measure::{Drawn, Measured};
use super::chart::{self, Axis, Key};

/// Distance that names of classes keep from each other.
const APART: f64 = 24.0;

/// Strangers drawn at most: fewer than known samples, so that they do not hide these.
const STRANGERS: usize = 200;

type Point = (f64, f64);
/// The middle of an entry's picture.
const IN_LEGEND: Point = (14.0, 6.0);

/// The map, if the features have two directions to be drawn along. Strangers lie on top.
pub fn svg(id: &Measured, ood: &Measured, info: &Info) -> Option<Markup> {
    let layer = &info.layers.last()?.name;
    let plane = Plane::of(&id.drawn)?;
    let place = |sample: &Drawn| plane.project(&sample.features);
    let id_places: Vec<_> = id.drawn.iter().map(place).collect();
    let every = ood.drawn.len().div_ceil(STRANGERS).max(1);
    let ood_places: Vec<_> = ood.drawn.iter().step_by(every).map(place).collect();
    let all = || id_places.iter().chain(&ood_places);
    let across = Axis::around(all().map(|&(x, _)| x));
    let up = Axis::around(all().map(|&(_, y)| y));
    let on_chart = |&(x, y): &Point| (chart::x(across, x), chart::y(up, y));
    let [known, strange] = [&id_places, &ood_places].map(|places| places.iter().map(on_chart));
    let crosses: String = strange.map(cross).collect();
    let content = html! {
        path.dots d=(known.clone().map(dot).collect::<String>()) {}
        path.halo d=(crosses) {}
        path.crosses d=(crosses) {}
        (names(&middles(id.drawn.iter().map(|sample| sample.predicted).zip(known)), info))
    };
    let label = format!(
        "Map of the features of layer {layer}: {} ID samples as dots and {} OOD samples as crosses",
        id_places.len(),
        ood_places.len()
    );
    let axes = ("first direction", "second direction");
    Some(html! {
        (chart::svg(&label, (across, up), axes, &content))
        (chart::legend(&[
            Key::new("dots", dot(IN_LEGEND), format!("ID: {}", id.name)),
            Key::new("crosses", cross(IN_LEGEND), format!("OOD: {}", ood.name)),
        ]))
    })
}

/// The middle of the samples of each predicted class, the largest class first.
fn middles(samples: impl Iterator<Item = (usize, Point)>) -> Vec<(usize, Point)> {
    let mut sums: BTreeMap<usize, (Point, f64)> = BTreeMap::new();
    for (class, (x, y)) in samples {
        let ((sum_x, sum_y), count) = sums.entry(class).or_default();
        (*sum_x, *sum_y, *count) = (*sum_x + x, *sum_y + y, *count + 1.0);
    }
    let mut all: Vec<_> = sums.into_iter().collect();
    all.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    all.into_iter().map(|(class, ((x, y), count))| (class, (x / count, y / count))).collect()
}

/// Names of the classes, but for those that others would hide.
fn names(middles: &[(usize, Point)], info: &Info) -> Markup {
    let mut placed: Vec<Point> = Vec::new();
    let shown = middles.iter().filter(|(_, (x, y))| {
        let is_free = placed.iter().all(|(other_x, other_y)| {
            (y - other_y).abs() >= APART || (x - other_x).abs() >= 2.0 * APART
        });
        placed.extend(is_free.then_some((*x, *y)));
        is_free
    });
    let shown = shown.filter_map(|(class, place)| Some((info.labels.get(*class)?, place)));
    html! {
        g.names {
            @for (label, (x, y)) in shown {
                text x=(format!("{x:.1}")) y=(format!("{:.1}", y + 5.0)) text-anchor="middle" {
                    (label)
                }
            }
        }
    }
}

/// A line of no length with round ends.
fn dot((x, y): Point) -> String {
    format!("M{x:.1} {y:.1}h0")
}

fn cross((x, y): Point) -> String {
    format!("M{:.1} {:.1}l6 6m0-6l-6 6", x - 3.0, y - 3.0)
}

/// The plane through the mean of the samples along which they vary most.
struct Plane {
    mean: Vec<f64>,
    axes: [Vec<f64>; 2],
}

impl Plane {
    /// Principal component analysis by the eigenvectors of the samples' inner products. They give
    /// the axes of the covariance matrix, which may be far larger: samples are few, features may be
    /// thousands.
    fn of(samples: &[Drawn]) -> Option<Self> {
        let size = samples.first()?.features.len();
        let values = samples.iter().flat_map(|sample| &sample.features).copied().map(f64::from);
        let matrix = DMatrix::from_row_iterator(samples.len(), size, values);
        let mean: Vec<f64> = matrix.row_mean().iter().copied().collect();
        let centred = &matrix
            - DMatrix::from_fn(samples.len(), size, |_, column| matrix.column(column).mean());
        let eigen = SymmetricEigen::new(&centred * centred.transpose());
        let mut order: Vec<(usize, f64)> = eigen.eigenvalues.iter().copied().enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let largest = order.first()?.1;
        let axis = |rank: usize| {
            // Rounding errors are not a direction.
            let (column, _) = order.get(rank).filter(|(_, variance)| *variance > 1e-9 * largest)?;
            let direction = centred.tr_mul(&eigen.eigenvectors.column(*column));
            let length = direction.norm();
            Some(direction.iter().map(|value| value / length).collect::<Vec<_>>())
        };
        Some(Self { axes: [axis(0)?, axis(1)?], mean })
    }

    fn project(&self, features: &[f32]) -> (f64, f64) {
        let along = |axis: &[f64]| {
            axis.iter()
                .zip(features)
                .zip(&self.mean)
                .map(|((a, &f), m)| a * (f64::from(f) - m))
                .sum()
        };
        let [first, second] = &self.axes;
        (along(first), along(second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn((x, y): (f32, f32)) -> Drawn {
        Drawn { predicted: 0, features: vec![x, y] }
    }

    /// Points along the diagonal vary most along it, and then across it.
    #[test]
    fn the_first_axis_is_that_of_the_largest_variance() {
        let samples = [(0.0, 0.0), (4.0, 4.0), (2.5, 1.5), (1.5, 2.5)].map(drawn);
        let plane = Plane::of(&samples).unwrap();
        let (first, second) = plane.project(&[4.0, 4.0]);
        assert!(
            (first.abs() - 8f64.sqrt()).abs() < 1e-9 && second.abs() < 1e-9,
            "{first} {second}"
        );
        let (first, second) = plane.project(&[2.5, 1.5]);
        assert!(
            first.abs() < 1e-9 && (second.abs() - 0.5f64.sqrt()).abs() < 1e-9,
            "{first} {second}"
        );
    }

    #[test]
    fn the_largest_class_comes_first() {
        let samples = [(2, (0.0, 4.0)), (7, (1.0, 1.0)), (7, (3.0, 5.0))];
        assert_eq!(middles(samples.into_iter()), [(7, (2.0, 3.0)), (2, (0.0, 4.0))]);
    }

    #[test]
    fn samples_on_a_line_have_no_plane() {
        assert!(Plane::of(&[(0.0, 0.0), (1.0, 1.0), (3.0, 3.0)].map(drawn)).is_none());
        assert!(Plane::of(&[(1.0, 1.0), (1.0, 1.0)].map(drawn)).is_none());
        assert!(Plane::of(&[]).is_none());
    }
}
