//! Options that say how pictures become inputs.

use she_ood::data::{Dataset, Sample};
use she_ood::{Framing, Preprocess};

use crate::cli::say;

/// How pixels become input: `(pixel / scale - mean) / std`.
#[derive(Debug, clap::Args)]
pub struct Pixels {
    /// Divide pixels by this first [default: 255].
    #[arg(long, allow_negative_numbers = true, value_parser = positive)]
    scale: Option<f32>,
    /// Then subtract this: one number, or one for each channel [default: 0].
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true, value_parser = finite)]
    mean: Option<Vec<f32>>,
    /// Then divide by this: one number, or one for each channel [default: 1].
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true, value_parser = positive)]
    std: Option<Vec<f32>>,
    /// How to fit picture files to the input: stretch, or ink (drawings, framed as MNIST is)
    /// [default: stretch].
    #[arg(long)]
    framing: Option<Framing>,
}

impl Pixels {
    /// How pictures become inputs of this shape; `None` for other shapes, and where nothing asks
    /// for it: neither options nor pictures among the samples.
    pub fn preprocess(&self, input_shape: &[usize], sets: &[&Dataset]) -> Option<Preprocess> {
        let is_normalised = self.scale.is_some() || self.mean.is_some() || self.std.is_some();
        let usual = match is_normalised {
            true => Preprocess::of_input(input_shape),
            false => Preprocess::guess(input_shape),
        };
        let is_wanted = is_normalised || self.framing.is_some();
        let plain = usual.filter(|_| is_wanted || sets.iter().any(|set| has_pictures(set)))?;
        let framing = self.framing.unwrap_or_default();
        if !is_normalised {
            note_guess(&plain);
            return Some(Preprocess { framing, ..plain });
        }
        let channels = plain.channels.count();
        let (mean, std) =
            (self.scaled(&self.mean, 0.0, channels), self.scaled(&self.std, 1.0, channels));
        Some(Preprocess { framing, mean, std, ..plain })
    }

    /// A value for each channel. Detector files hold mean and std of pixels over 255.
    fn scaled(&self, given: &Option<Vec<f32>>, default: f32, channels: usize) -> Vec<f32> {
        let values = match given.as_deref() {
            None => vec![default; channels],
            Some([one]) => vec![*one; channels],
            Some(each) => each.to_vec(),
        };
        values.iter().map(|value| value * (self.scale.unwrap_or(255.0) / 255.0)).collect()
    }
}

fn finite(text: &str) -> Result<f32, String> {
    within(text, f32::MIN, "a finite number")
}

fn positive(text: &str) -> Result<f32, String> {
    within(text, f32::MIN_POSITIVE, "a finite number above 0")
}

fn within(text: &str, least: f32, allowed: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (least..=f32::MAX).contains(number));
    number.ok_or_else(|| format!("allowed: {allowed}"))
}

fn has_pictures(set: &Dataset) -> bool {
    !matches!(set.sample(0), Ok(Sample::Values(_)))
}

/// Says which normalisation is assumed.
fn note_guess(Preprocess { width, height, mean, std, .. }: &Preprocess) {
    say(&format!(
        "note: assuming the usual normalisation for {width} x {height}: mean {mean:?}, \
         std {std:?} of pixels 0 to 1. Give --mean and --std if the model was trained otherwise"
    ));
}
