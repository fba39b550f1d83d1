//! The features of ID and OOD samples on a plane.

use maud::{Markup, html};
use nalgebra::{DMatrix, SymmetricEigen};
use she_ood::Info;

use super::super::measure::Measured;
use super::chart::{self, Axis};

/// Colours that are told apart; further classes begin anew.
const COLOURS: usize = 10;

/// The map, if the features have two directions to be drawn along.
pub fn svg(id: &Measured, ood: &Measured, info: &Info) -> Option<Markup> {
    let plane = Plane::of(&id.drawn)?;
    let place = |measured: &Measured| {
        measured.drawn.iter().map(|(i, features)| (*i, plane.project(features))).collect::<Vec<_>>()
    };
    let (id_points, ood_points) = (place(id), place(ood));
    let all = || id_points.iter().chain(&ood_points).map(|&(_, point)| point);
    let (across, up) = (Axis::around(all().map(|(x, _)| x)), Axis::around(all().map(|(_, y)| y)));
    let colour =
        |i: usize| id.reports.predicted.get(i).map_or(0, |&class| class as usize % COLOURS);
    let content = html! {
        g.ood { @for (_, (x, y)) in &ood_points { path d=(cross(chart::x(across, *x), chart::y(up, *y))) {} } }
        g.id { @for (i, (x, y)) in &id_points {
            circle class={ "c" (colour(*i)) } cx=(format!("{:.1}", chart::x(across, *x))) cy=(format!("{:.1}", chart::y(up, *y))) r="3" {}
        } }
    };
    let classes = info.classes.iter().take(COLOURS);
    let classes: Vec<_> = classes
        .map(|&class| {
            (
                format!("dot c{}", class % COLOURS),
                info.labels.get(class).cloned().unwrap_or_default(),
            )
        })
        .collect();
    let mut names: Vec<(&str, String)> =
        classes.iter().map(|(class, name)| (class.as_str(), name.clone())).collect();
    names.push(("cross", "OOD".to_string()));
    let layer = info.layers.last().map(|layer| layer.name.as_str()).unwrap_or_default();
    let label = format!(
        "Map of the features of layer {layer}: {} ID and {} OOD samples",
        id_points.len(),
        ood_points.len()
    );
    Some(
        html! { (chart::svg(&label, (across, up), ("first direction", "second direction"), &content)) (chart::legend(&names)) },
    )
}

fn cross(x: f64, y: f64) -> String {
    format!("M{:.1} {:.1}l5 5m0-5l-5 5", x - 2.5, y - 2.5)
}

/// The plane through the mean of the samples along which they vary most.
struct Plane {
    mean: Vec<f64>,
    axes: [Vec<f64>; 2],
}

impl Plane {
    /// Principal component analysis by the eigenvectors of the samples' inner products, which give
    /// the axes of the covariance without its size: samples are few, features may be thousands.
    fn of(samples: &[(usize, Vec<f32>)]) -> Option<Self> {
        let size = samples.first()?.1.len();
        let values = samples.iter().flat_map(|(_, features)| features).copied().map(f64::from);
        let matrix = DMatrix::from_row_iterator(samples.len(), size, values);
        let mean: Vec<f64> = matrix.row_mean().iter().copied().collect();
        let centred = &matrix
            - DMatrix::from_fn(samples.len(), size, |_, column| matrix.column(column).mean());
        let eigen = SymmetricEigen::new(&centred * centred.transpose());
        let mut order: Vec<(usize, f64)> = eigen.eigenvalues.iter().copied().enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let largest = order.first()?.1;
        let axis = |rank: usize| {
            // What rounding leaves of no variance at all is no direction.
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

    /// Points along the diagonal vary most along it, and then across it.
    #[test]
    fn the_first_axis_is_that_of_the_largest_variance() {
        let samples: Vec<_> =
            [(0.0, 0.0), (4.0, 4.0), (2.5, 1.5), (1.5, 2.5)].map(|(x, y)| (0, vec![x, y])).to_vec();
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
        assert!(
            Plane::of(&[(0, vec![0.0, 0.0]), (1, vec![1.0, 1.0]), (2, vec![3.0, 3.0])]).is_none()
        );
        assert!(Plane::of(&[(0, vec![1.0, 1.0]), (1, vec![1.0, 1.0])]).is_none());
        assert!(Plane::of(&[]).is_none());
    }
}
