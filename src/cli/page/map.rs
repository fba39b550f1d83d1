//! The features of ID and OOD samples on a plane.

use maud::{Markup, html};
use nalgebra::{DMatrix, SymmetricEigen};
use she_ood::Info;

use super::super::measure::{Drawn, Measured};
use super::chart::{self, Axis};

/// Colours that can be told apart; further classes reuse them.
const COLOURS: usize = 10;

/// The map, if the features have two directions to be drawn along.
pub fn svg(id: &Measured, ood: &Measured, info: &Info) -> Option<Markup> {
    let layer = &info.layers.last()?.name;
    let plane = Plane::of(&id.drawn)?;
    let place = |sample: &Drawn| plane.project(&sample.features);
    let id_places: Vec<_> = id.drawn.iter().map(place).collect();
    let ood_places: Vec<_> = ood.drawn.iter().map(place).collect();
    let all = || id_places.iter().chain(&ood_places);
    let across = Axis::around(all().map(|&(x, _)| x));
    let up = Axis::around(all().map(|&(_, y)| y));
    let on_chart = |&(x, y): &(f64, f64)| (chart::x(across, x), chart::y(up, y));
    let content = html! {
        g.ood {
            @for place in &ood_places { path d=(cross(on_chart(place))) {} }
        }
        g.id {
            @for (sample, place) in id.drawn.iter().zip(&id_places) {
                (dot(sample.predicted, on_chart(place)))
            }
        }
    };
    let label = format!(
        "Map of the features of layer {layer}: {} ID and {} OOD samples",
        id_places.len(),
        ood_places.len()
    );
    let names = ("first direction", "second direction");
    Some(html! {
        (chart::svg(&label, (across, up), names, &content))
        (legend(info))
    })
}

/// The classes that have patterns, as many as have colours, and OOD.
fn legend(info: &Info) -> Markup {
    let labels = info.labels.iter().enumerate();
    let with_patterns = labels.filter(|(class, _)| info.classes.contains(class)).take(COLOURS);
    let dots = with_patterns.map(|(class, label)| (colour(class), label.clone()));
    let entries: Vec<_> = dots.chain([("cross".to_string(), "OOD".to_string())]).collect();
    chart::legend(&entries)
}

/// The style class of a dot.
fn colour(class: usize) -> String {
    format!("dot c{}", class % COLOURS)
}

fn dot(class: usize, (x, y): (f64, f64)) -> Markup {
    let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
    html! { circle class={ "c" (class % COLOURS) } cx=(x) cy=(y) r="3" {} }
}

fn cross((x, y): (f64, f64)) -> String {
    format!("M{:.1} {:.1}l5 5m0-5l-5 5", x - 2.5, y - 2.5)
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
    fn samples_on_a_line_have_no_plane() {
        assert!(Plane::of(&[(0.0, 0.0), (1.0, 1.0), (3.0, 3.0)].map(drawn)).is_none());
        assert!(Plane::of(&[(1.0, 1.0), (1.0, 1.0)].map(drawn)).is_none());
        assert!(Plane::of(&[]).is_none());
    }
}
