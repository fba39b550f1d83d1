//! The samples with the worst scores, as pictures.

use std::io::Cursor;

use ::image::{DynamicImage, ImageBuffer, ImageFormat};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use maud::{Markup, html};
use she_ood::data::{Dataset, Inputs, Picture, Sample};

use super::super::measure::Measured;
use super::super::percent::{share, softmax};

/// Pictures in a gallery.
const SHOWN: usize = 12;
/// Longest side of a picture in the page, in pixels.
const LONGEST: u32 = 96;

/// Which scores are the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worst {
    /// For OOD samples.
    Lowest,
    /// For ID samples.
    Highest,
}

/// Where the pictures of a set come from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub set: &'a Dataset,
    pub measured: &'a Measured,
    pub inputs: &'a Inputs,
    /// Names of the classes.
    pub labels: &'a [String],
}

/// The samples with the worst scores, each with the detector's report.
pub fn gallery(source: Source<'_>, worst: Worst) -> Markup {
    let mut order: Vec<(usize, f32)> = source.measured.own().iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    if worst == Worst::Highest {
        order.reverse();
    }
    let examples = order.into_iter().take(SHOWN).filter_map(|(i, _)| example(source, i));
    html! { ul.gallery { @for example in examples { (example) } } }
}

fn example(Source { set, measured, inputs, labels }: Source<'_>, i: usize) -> Option<Markup> {
    let (reports, position) = (&measured.reports, *measured.positions.get(i)?);
    let predicted = labels.get(*reports.predicted.get(i)? as usize)?;
    let label = set.label(position).map_or(String::new(), |label| format!(", labelled {label}"));
    let said = format!("says {predicted} at {}{label}", softmax(*reports.probabilities.get(i)?));
    let (score, p_value) = (reports.scores.get(i)?, reports.p_values.get(i)?);
    Some(html! {
        li {
            @if let Some(address) = address(set, inputs, position) {
                img src=(address) alt=(set.sample_name(position)) width="96" height="96";
            } @else { span.name { (set.sample_name(position)) } }
            span { (said) }
            span.note { (format!("score {score:.4}")) }
            span.note { (format!("p-value {}", share(*p_value))) }
        }
    })
}

/// The picture as a `data:` address; `None` for samples that are not pictures.
fn address(set: &Dataset, inputs: &Inputs, position: usize) -> Option<String> {
    let Ok(Sample::Picture(picture)) = set.sample(position) else { return None };
    let (width, height) = inputs.size(&picture).ok()?;
    let mut png = Cursor::new(Vec::new());
    small(decoded(width, height, picture)?).write_to(&mut png, ImageFormat::Png).ok()?;
    Some(format!("data:image/png;base64,{}", BASE64.encode(png.into_inner())))
}

fn small(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) > LONGEST {
        image.thumbnail(LONGEST, LONGEST)
    } else {
        image
    }
}

fn decoded(
    width: usize,
    height: usize,
    Picture { channels, pixels, .. }: Picture,
) -> Option<DynamicImage> {
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    match channels {
        1 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        3 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
    }
}
