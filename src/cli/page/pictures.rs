//! The worst examples as pictures.

use std::io::Cursor;

use ::image::{DynamicImage, ImageBuffer, ImageFormat};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use maud::{Markup, html};
use she_ood::data::{Dataset, Picture, Sample};

use super::super::measure::Measured;

/// Pictures of a gallery.
const SHOWN: usize = 12;
/// Longest side of a picture as it is stored in the page.
const LONGEST: u32 = 96;

/// Which scores are the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worst {
    /// For OOD samples.
    Lowest,
    /// For ID samples.
    Highest,
}

/// The samples with the worst scores, each with what the detector says.
pub fn gallery(set: &Dataset, measured: &Measured, labels: &[String], worst: Worst) -> Markup {
    let mut order: Vec<usize> = (0..measured.own().len()).collect();
    order.sort_by(|&a, &b| measured.own()[a].total_cmp(&measured.own()[b]));
    if worst == Worst::Highest {
        order.reverse();
    }
    html! { ul.gallery { @for &i in order.iter().take(SHOWN) { (example(set, measured, labels, i)) } } }
}

fn example(set: &Dataset, measured: &Measured, labels: &[String], i: usize) -> Markup {
    let (verdicts, position) = (&measured.verdicts, measured.positions[i]);
    let predicted = labels.get(verdicts.predicted[i] as usize).map(String::as_str).unwrap_or_default();
    let label = set.label(position).map_or(String::new(), |label| format!(", is {label}"));
    let said = format!("says {predicted} at {:.1} %{label}", 100.0 * verdicts.probabilities[i]);
    html! {
        li {
            @if let Some(address) = address(set, position) { img src=(address) alt=(set.sample_name(position)) width="96" height="96"; }
            @else { span.name { (set.sample_name(position)) } }
            span { (said) }
            span.note { (format!("score {:.4}, p {:.4}", verdicts.scores[i], verdicts.p_values[i])) }
        }
    }
}

/// A data address of the picture, for samples that are pictures.
fn address(set: &Dataset, position: usize) -> Option<String> {
    let Ok(Sample::Picture(picture)) = set.sample(position) else { return None };
    let mut png = Cursor::new(Vec::new());
    small(decoded(picture)?).write_to(&mut png, ImageFormat::Png).ok()?;
    Some(format!("data:image/png;base64,{}", BASE64.encode(png.into_inner())))
}

fn small(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) > LONGEST { image.thumbnail(LONGEST, LONGEST) } else { image }
}

fn decoded(Picture { width, height, channels, pixels, .. }: Picture) -> Option<DynamicImage> {
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    match channels {
        1 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        3 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
    }
}
