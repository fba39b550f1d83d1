//! Options that say how pictures become inputs.

use std::path::{Path, PathBuf};

use she_ood::data::{Dataset, Sample};
use she_ood::{
    Channels, Framing, Interpolation, Layout, Model, Preprocess, PreprocessConfig,
    PreprocessOptions,
};

use crate::cli::{self, say};

/// How pixels become input: `(pixel / scale - mean) / std`.
#[derive(Debug, clap::Args)]
pub struct Pixels {
    /// Config file of the model: preprocessor_config.json of Transformers, config.json of timm,
    /// torchvision's transforms as JSON, metadata.json of Teachable Machine; or a mode of Keras:
    /// tf, torch, caffe. The options below override it.
    #[arg(long, value_name = "FILE")]
    preprocess: Option<PathBuf>,
    /// Divide pixels by this first [default: 255].
    #[arg(long, allow_negative_numbers = true, value_parser = positive)]
    scale: Option<f32>,
    /// Then subtract this: one number, or one for each channel [default: 0].
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true, value_parser = finite)]
    mean: Option<Vec<f32>>,
    /// Then divide by this: one number, or one for each channel [default: 1].
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true, value_parser = positive)]
    std: Option<Vec<f32>>,
    /// How to fit picture files to the input: stretch, crop (the middle, as torchvision does),
    /// letterbox, or ink (drawings, framed as MNIST is) [default: crop for square colour inputs of
    /// 160 pixels and more, else stretch].
    #[arg(long)]
    framing: Option<Framing>,
    /// Resize the shorter side to this before the crop (letterbox: the longer side, stretch: both).
    /// The default of the crop from 160 pixels is the input's side / 0.875.
    #[arg(long, value_name = "PIXELS")]
    resize: Option<usize>,
    /// How to resize: nearest, bilinear, bicubic, lanczos [default: bilinear].
    #[arg(long)]
    interpolation: Option<Interpolation>,
    /// Colour around pictures that do not fill the input: red,green,blue [default: 0,0,0].
    #[arg(long, value_name = "R,G,B", value_parser = colour)]
    fill: Option<[u8; 3]>,
    /// Order of the colours: rgb, bgr [default: rgb].
    #[arg(long)]
    channels: Option<Channels>,
    /// Order of the input's dimensions, where its shape allows both: nchw, nhwc.
    #[arg(long)]
    layout: Option<Layout>,
}

impl Pixels {
    /// The config file, read.
    pub fn config(&self) -> cli::Result<Option<PreprocessConfig>> {
        let Some(path) = &self.preprocess else { return Ok(None) };
        if let Some(mode) = path.to_str().filter(|name| ["tf", "torch", "caffe"].contains(name)) {
            return Ok(Some(PreprocessConfig::parse(mode)?));
        }
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = String::from_utf8(cli::read(path)?).map_err(|error| named(&error))?;
        Ok(Some(PreprocessConfig::parse(&text).map_err(|error| named(&error))?))
    }

    /// How pictures become inputs of the classifier; `None` where nothing asks for it: neither
    /// options nor pictures among the samples.
    pub fn preprocess(
        &self,
        model: &Path,
        classifier: &Model,
        config: Option<PreprocessConfig>,
        sets: &[&Dataset],
    ) -> cli::Result<Option<Preprocess>> {
        let options = self.options(config);
        let first = || sets.iter().map(|set| set.sample(0));
        if options == PreprocessOptions::default()
            && first().all(|sample| matches!(sample, Ok(Sample::Values(_) | Sample::Features(_))))
        {
            return Ok(None);
        }
        let preprocess = classifier.preprocess(&options)?;
        if !options.has_normalisation() {
            note_normalisation(&preprocess);
            note_configs(model);
        }
        let has_files =
            first().any(|sample| matches!(sample, Ok(Sample::Picture(picture)) if picture.is_file));
        if has_files && !options.has_framing() {
            note_framing(&preprocess);
        }
        Ok(Some(preprocess))
    }

    fn options(&self, config: Option<PreprocessConfig>) -> PreprocessOptions {
        let mut options = PreprocessOptions::default();
        options.config = config;
        options.scale = self.scale;
        options.mean = self.mean.clone();
        options.std = self.std.clone();
        options.framing = self.framing;
        options.resize = self.resize;
        options.interpolation = self.interpolation;
        options.fill = self.fill;
        options.channels = self.channels;
        options.layout = self.layout;
        options
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

/// `--fill`.
fn colour(text: &str) -> Result<[u8; 3], String> {
    let levels: Option<Vec<u8>> = text.split(',').map(|level| level.trim().parse().ok()).collect();
    let colour = levels.and_then(|levels| <[u8; 3]>::try_from(levels).ok());
    colour.ok_or_else(|| "allowed: three whole numbers from 0 to 255, such as 114,114,114".into())
}

/// Says which normalisation is assumed.
fn note_normalisation(Preprocess { width, height, mean, std, .. }: &Preprocess) {
    say(&format!(
        "note: assuming the usual normalisation for {width} x {height}: mean {mean:?}, \
         std {std:?} of pixels 0 to 1. Give --mean and --std if the model was trained otherwise"
    ));
}

/// Says which framing is assumed.
fn note_framing(Preprocess { width, height, framing, resize, .. }: &Preprocess) {
    let framed = match (framing, resize) {
        (Framing::Crop, Some(side)) => format!(
            "the shorter side of pictures is resized to {side}, and the middle cut out. Give \
             --framing stretch if the model was trained on whole pictures"
        ),
        _ => "pictures are resized as a whole. Give --framing crop if the model was trained on \
              their middle"
            .to_string(),
    };
    say(&format!("note: assuming the usual framing for {width} x {height}: {framed}"));
}

/// Names the files beside the model that may hold its preprocessing. They are not read.
fn note_configs(model: &Path) {
    const NAMES: [&str; 4] =
        ["preprocessor_config.json", "transforms.json", "metadata.json", "config.json"];
    let found =
        NAMES.map(|name| model.with_file_name(name)).into_iter().find(|path| path.is_file());
    if let Some(path) = found {
        say(&format!(
            "note: {} is not read. If it is the model's config, give --preprocess {}",
            path.display(),
            path.display()
        ));
    }
}
