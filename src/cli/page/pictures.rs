//! The samples with the worst scores, as pictures.

use std::io::Cursor;

use ::image::{DynamicImage, ImageBuffer, ImageFormat};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use maud::{Markup, html};
use she_ood::Verdict;
use she_ood::data::{Dataset, Inputs, Picture, Sample};

use super::super::eval::VERDICTS;
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

/// The samples with the worst scores, each with its verdict, and their numbers folded away.
pub fn gallery(source: Source<'_>, worst: Worst) -> Markup {
    let mut order: Vec<(usize, f32)> = source.measured.own().iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    if worst == Worst::Highest {
        order.reverse();
    }
    let examples = order.into_iter().take(SHOWN).filter_map(|(i, _)| Example::new(source, i));
    let examples: Vec<_> = examples.collect();
    let label = format!("Pictures of {}", source.measured.name);
    html! {
        ul.gallery tabindex="0" aria-label=(label) {
            @for example in &examples { (example.picture(source)) }
        }
        details {
            summary { "Numbers" }
            (numbers(&examples, &source.measured.name))
        }
    }
}

/// A sample and what the detector reports of it.
struct Example {
    position: usize,
    name: String,
    label: Option<String>,
    predicted: String,
    verdict: Verdict,
    probability: f32,
    score: f32,
    p_value: f64,
}

impl Example {
    fn new(Source { set, measured, labels, .. }: Source<'_>, i: usize) -> Option<Self> {
        let (reports, position) = (&measured.reports, *measured.positions.get(i)?);
        let verdict = *reports.verdicts.get(i)?;
        Some(Self {
            position,
            name: set.sample_name(position),
            label: set.label(position),
            predicted: labels.get(*reports.predicted.get(i)? as usize)?.clone(),
            verdict: VERDICTS.into_iter().find(|&other| other as u8 == verdict)?,
            probability: *reports.probabilities.get(i)?,
            score: *reports.scores.get(i)?,
            p_value: *reports.p_values.get(i)?,
        })
    }

    fn picture(&self, Source { set, inputs, .. }: Source<'_>) -> Markup {
        html! {
            li {
                @if let Some(address) = address(set, inputs, self.position) {
                    img src=(address) alt=(self.name) width="96" height="96";
                } @else { span.name { (self.name) } }
                span.state data-state=(self.verdict) { (self.verdict) }
                span { "says " (self.predicted) }
                @if let Some(label) = &self.label { span.soft { "labelled " (label) } }
            }
        }
    }
}

fn numbers(examples: &[Example], set: &str) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label={ "Numbers of pictures of " (set) } {
            table {
                thead { tr {
                    @for name in ["Sample", "score", "p-value", "says", "probability"] {
                        th scope="col" { (name) }
                    }
                } }
                tbody {
                    @for Example { name, score, p_value, predicted, probability, .. } in examples {
                        tr {
                            th scope="row" { (name) }
                            td { (format!("{score:.4}")) }
                            td { (share(*p_value)) }
                            td { (predicted) }
                            td { (softmax(*probability)) }
                        }
                    }
                }
            }
        }
    }
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
