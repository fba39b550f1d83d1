//! Reads preprocessing from the config files of other libraries.

mod fields;
mod keras;
mod teachable;
mod timm;
mod torchvision;
mod transformers;

use serde_json::Value;

use self::fields::{Fields, refusal};
use super::{Channels, Framing, Interpolation, Preprocess};
use crate::{Error, Result, labels};

/// What a config file of another library says about the preprocessing of a model:
///
/// | library            | file                                                                       |
/// | ------------------ | -------------------------------------------------------------------------- |
/// | Transformers       | `preprocessor_config.json`                                                 |
/// | timm               | `config.json`, or its `pretrained_cfg`                                     |
/// | torchvision        | `vars(weights.transforms())` as JSON, or the text that it prints           |
/// | Teachable Machine  | `metadata.json`                                                            |
/// | Keras              | `tf`, `torch` or `caffe`, the mode of `preprocess_input`, or `{"mode": …}` |
///
/// A field that changes pixels in a way that this crate cannot is refused by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct PreprocessConfig {
    /// Height and width of the input.
    size: Option<(usize, usize)>,
    frame: Option<Frame>,
    interpolation: Interpolation,
    fill: [u8; 3],
    /// `None` for what the input has.
    channels: Option<Channels>,
    /// Of pixels over 255, one for each channel or one for all.
    mean: Vec<f64>,
    std: Vec<f64>,
    labels: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    framing: Framing,
    resize: Resize,
}

/// The side that an image is resized to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Resize {
    Side(Option<usize>),
    /// The side of the input, whatever it is, over this share.
    OfInput(f64),
}

impl PreprocessConfig {
    /// Reads a config: JSON, or a mode of Keras.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for anything else, and for fields that cannot be followed.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if let Some(config) = keras::of_mode(text) {
            return Ok(config);
        }
        if let Some(config) = torchvision::of_text(text) {
            return config;
        }
        let value = serde_json::from_str(text).map_err(|error| Error::InvalidOption {
            option: "the preprocessing config",
            given: format!("not JSON ({error})"),
            allowed: KNOWN,
        })?;
        Self::of_json(&value)
    }

    fn of_json(value: &Value) -> Result<Self> {
        if let Some(mode) = value.as_str() {
            return Self::parse(mode);
        }
        let Some(fields) = value.as_object().map(Fields) else {
            return Err(unknown("not a JSON object"));
        };
        let has = |names: &[&str]| names.iter().any(|name| fields.get(name).is_some());
        let is_timm = has(&["input_size", "crop_pct"]) && !has(&transformers::MARKS);
        if is_timm || has(&["pretrained_cfg"]) {
            timm::read(fields)
        } else if has(&["ImageClassification", "resize_size"]) {
            torchvision::read(fields)
        } else if has(&teachable::MARKS) {
            teachable::read(fields)
        } else if has(&transformers::MARKS) {
            transformers::read(fields)
        } else if has(&["mode"]) {
            keras::read(fields)
        } else {
            let names: Vec<&str> = fields.0.keys().take(5).map(String::as_str).collect();
            Err(unknown(&format!("an object of {}", names.join(", "))))
        }
    }

    /// Height and width of the model's input, if the config names them: for models of open size.
    pub fn size(&self) -> Option<(usize, usize)> {
        self.size
    }

    /// Names of the classes in the order of the logits, if the config has them.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// Whether it says how images are framed. Modes of Keras do not.
    pub(super) fn has_framing(&self) -> bool {
        self.frame.is_some()
    }

    /// The preprocessing of a model with inputs of this shape, without the batch dimension.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an input of another size or other channels than the config's,
    /// and for inputs that are not pictures.
    pub fn preprocess(&self, input_shape: &[usize]) -> Result<Preprocess> {
        self.applied_to(Preprocess::of_layout(input_shape, None)?)
    }

    /// The same for an input of this size and these channels.
    pub(super) fn applied_to(&self, plain: Preprocess) -> Result<Preprocess> {
        let input = (plain.height, plain.width);
        let is_open = self.frame.is_some_and(|frame| matches!(frame.resize, Resize::OfInput(_)));
        if let Some((height, width)) = self.size.filter(|&size| size != input && !is_open) {
            return Err(contradiction(
                format!("for {width} x {height} pixels, the model takes {} x {}", input.1, input.0),
                "the config of this model, or a model of open size",
            ));
        }
        let channels = self.channels.unwrap_or(plain.channels);
        let count = channels.count();
        let (mean, std) = (repeated(&self.mean, count), repeated(&self.std, count));
        if count != plain.channels.count() || [&mean, &std].iter().any(|it| it.len() != count) {
            return Err(contradiction(
                format!(
                    "for {} channels, the model takes {}",
                    self.mean.len().max(self.channels.map_or(0, Channels::count)),
                    plain.channels.count()
                ),
                "the config of this model",
            ));
        }
        let (framing, resize) = self.framing_of(&plain)?;
        let (interpolation, fill) = (self.interpolation, self.fill);
        Ok(Preprocess { channels, framing, resize, interpolation, fill, mean, std, ..plain })
    }

    fn framing_of(&self, plain: &Preprocess) -> Result<(Framing, Option<usize>)> {
        match self.frame {
            None => Ok((plain.framing, plain.resize)),
            Some(Frame { framing, resize: Resize::Side(side) }) => Ok((framing, side)),
            Some(Frame { framing, resize: Resize::OfInput(1.0) }) => Ok((framing, None)),
            Some(Frame { framing, resize: Resize::OfInput(share) })
                if plain.width == plain.height =>
            {
                Ok((framing, Some((plain.width as f64 / share).floor() as usize)))
            }
            Some(Frame { resize: Resize::OfInput(share), .. }) => Err(refusal(
                "crop_pct",
                &share.into(),
                "1 for inputs that are not square, such as this model's",
            )),
        }
    }
}

/// What [`PreprocessConfig::parse`] reads.
const KNOWN: &str = "preprocessor_config.json of Transformers, config.json of timm, the transforms \
                     of torchvision's weights as JSON, metadata.json of Teachable Machine, or a \
                     mode of Keras (tf, torch, caffe)";

fn unknown(given: &str) -> Error {
    let given = given.to_string();
    Error::InvalidOption { option: "the preprocessing config", given, allowed: KNOWN }
}

fn contradiction(given: String, allowed: &'static str) -> Error {
    Error::InvalidOption { option: "the preprocessing config", given, allowed }
}

/// One number for each channel, in single precision.
fn repeated(values: &[f64], channels: usize) -> Vec<f32> {
    let all = match values {
        [one] => vec![*one; channels],
        each => each.to_vec(),
    };
    all.into_iter().map(|value| value as f32).collect()
}

/// Values are `(pixel * factor + offset - mean) / std`: returns mean and std of pixels over 255.
fn over_255(factor: f64, offset: f64, mean: &[f64], std: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let unit = 255.0 * factor;
    (
        mean.iter().map(|mean| (mean - offset) / unit).collect(),
        std.iter().map(|std| std / unit).collect(),
    )
}

/// The names of classes beside the preprocessing.
fn labels_in(fields: Fields<'_>) -> Option<Vec<String>> {
    labels::of_json(&Value::Object(fields.0.clone()))?.into_iter().next()
}
