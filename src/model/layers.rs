//! The layers of a model that can be tapped, and their names.

use serde::Serialize;

use super::pooling::{ChannelAxis, Pooling};
use crate::{Error, Result};

/// A tensor inside a model whose values serve as features, and how they are pooled.
///
/// Shapes are those of one sample: a vector `[D]`, a map with its channels first (`[C, H, W]`,
/// `[C, L]`, `[C, D, H, W]`) or last (`[H, W, C]`), or a sequence of tokens `[T, D]`. The operators
/// around a tensor tell which axis holds the channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Layer {
    /// Name to tap it by: of the tensor, with how it is pooled where that is not the mean over a
    /// map with its channels first, such as `tokens:channels-last` or `tokens:first`.
    pub name: String,
    /// Name of the tensor in the ONNX file.
    pub tensor: String,
    /// ONNX operator that makes it, for example `Relu`; `Input` for the model's input.
    pub op: String,
    /// Shape for one sample.
    pub shape: Vec<usize>,
    /// Axis of the channels; `None` where the graph does not tell: give it with the name, as in
    /// `NAME:channels-last`.
    pub channel_axis: Option<ChannelAxis>,
    /// How each channel becomes one feature. A vector is kept as it is.
    pub pooling: Pooling,
    /// Number of features, `None` while the axis of the channels is unknown.
    features: Option<usize>,
    /// Whether a fit without named layers taps it: the input of the node that makes the logits.
    #[serde(rename = "default")]
    pub is_default: bool,
    /// Whether it ends a stage: the last tensor of its resolution that everything passes through.
    #[serde(rename = "stage")]
    pub is_stage: bool,
    /// Whether it is hardly worth a try, such as the attention between tokens.
    #[serde(rename = "hidden")]
    pub is_hidden: bool,
}

/// Where the names of layers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// From a user: the graph tells the axis of the channels where a name does not.
    Given,
    /// As given; without any, the default layer.
    GivenOrDefault,
    /// None given: the default layer and the ends of the stages before it, for a fit to choose
    /// from.
    Candidates,
    /// From a detector file, which means the same whatever the graph tells: a plain name is a map
    /// with its channels first.
    Stored,
}

/// What a name says of the pooling, after the name of the tensor.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    channel_axis: Option<ChannelAxis>,
    pooling: Option<Pooling>,
}

/// How a layer is pooled whose values come from elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Tap {
    name: String,
    said: Said,
}

impl Tap {
    /// As a layer of a model is pooled.
    pub fn of(layer: &Layer) -> Self {
        let said = Said { channel_axis: layer.channel_axis, pooling: Some(layer.pooling) };
        Self { name: layer.name.clone(), said }
    }

    /// As a name in a detector file says. `is_tensor` tells the names of the model's tensors.
    pub fn stored(name: &str, is_tensor: impl Fn(&str) -> bool) -> Self {
        Self { name: name.to_string(), said: read_name(name, is_tensor).1 }
    }

    /// The layer for values of this shape, without the batch dimension; a vector is pooled already.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for the first token of anything but a sequence.
    pub fn layer(&self, shape: &[usize]) -> Result<Layer> {
        let layer = Layer::new(&self.name, "", shape, None);
        match shape {
            [_] => Ok(layer),
            _ => layer.tapped(&self.name, &self.said, Names::Stored),
        }
    }
}

impl Layer {
    /// The layer for a tensor of `shape` (without the batch dimension), pooled by the mean.
    /// `channel_axis` counts from the first dimension of `shape`.
    pub(crate) fn new(tensor: &str, op: &str, shape: &[usize], channels: Option<usize>) -> Self {
        let last = shape.len().saturating_sub(1);
        let channel_axis = match channels {
            _ if last == 0 => Some(ChannelAxis::First),
            Some(0) => Some(ChannelAxis::First),
            Some(axis) if axis == last => Some(ChannelAxis::Last),
            _ => None,
        };
        let unpooled = Self {
            name: tensor.to_string(),
            tensor: tensor.to_string(),
            op: op.to_string(),
            shape: shape.to_vec(),
            channel_axis,
            pooling: Pooling::Mean,
            features: None,
            is_default: false,
            is_stage: false,
            is_hidden: channel_axis.is_none(),
        };
        match channel_axis {
            Some(axis) => unpooled.pooled(axis, Pooling::Mean),
            None => unpooled,
        }
    }

    /// Number of features: `D` of a vector, else the number of channels; 0 while their axis is
    /// unknown.
    pub fn size(&self) -> usize {
        self.features.unwrap_or_default()
    }

    /// Number of positions that a channel has a value at: 1 for a vector.
    pub(crate) fn positions(&self) -> usize {
        self.shape.iter().product::<usize>() / self.size().max(1)
    }

    /// Shape without the channels.
    pub(crate) fn places(&self) -> &[usize] {
        let rest = match self.channel_axis {
            Some(ChannelAxis::Last) => self.shape.split_last().map(|(_, places)| places),
            _ => self.shape.split_first().map(|(_, places)| places),
        };
        rest.unwrap_or_default()
    }

    fn pooled(&self, channel_axis: ChannelAxis, pooling: Pooling) -> Self {
        let size = match channel_axis {
            ChannelAxis::First => self.shape.first(),
            ChannelAxis::Last => self.shape.last(),
        };
        let mut layer = Self {
            channel_axis: Some(channel_axis),
            pooling,
            features: Some(size.copied().unwrap_or(1)),
            ..self.clone()
        };
        layer.name = layer.spelled(self.channel_axis);
        layer
    }

    /// Its name with all that neither a detector file nor the graph, which tells the axis
    /// `inferred`, says by itself.
    fn spelled(&self, inferred: Option<ChannelAxis>) -> String {
        if self.shape.len() < 2 {
            return self.tensor.clone();
        }
        let mut name = self.tensor.clone();
        let is_plain = inferred == Some(ChannelAxis::First);
        match self.channel_axis {
            _ if self.pooling == Pooling::First => (),
            Some(ChannelAxis::First) | None if is_plain => (),
            axis => name.extend(axis.map(|axis| format!(":{axis}"))),
        }
        if self.pooling != Pooling::Mean {
            name.push_str(&format!(":{}", self.pooling));
        }
        name
    }

    /// The layer as a name asks for it.
    fn tapped(&self, given: &str, said: &Said, names: Names) -> Result<Self> {
        let pooling = said.pooling.unwrap_or_default();
        let usual = match (pooling, names) {
            (Pooling::First, Names::Stored) => Some(ChannelAxis::Last),
            (_, Names::Stored) => Some(ChannelAxis::First),
            (Pooling::First, _) => self.channel_axis.or(Some(ChannelAxis::Last)),
            _ => self.channel_axis,
        };
        let refused = |allowed| Error::InvalidOption {
            option: "a layer",
            given: format!("{given:?} of shape {:?}", self.shape),
            allowed,
        };
        let axis = said.channel_axis.or(usual).ok_or_else(|| {
            refused(
                "the name followed by :channels-first or :channels-last, as the model does not \
                 tell which axis holds the channels",
            )
        })?;
        let is_sequence = self.shape.len() == 2 && axis == ChannelAxis::Last;
        if pooling == Pooling::First && !is_sequence {
            return Err(refused(
                ":first for sequences [tokens, channels] alone, the others have no first token",
            ));
        }
        let layer = self.pooled(axis, pooling);
        Ok(match names {
            Names::Stored => Self { name: given.to_string(), ..layer },
            _ => layer,
        })
    }
}

impl Said {
    /// Takes in one more word of a name, unless it means nothing or repeats another.
    fn and(self, word: &str) -> Option<Self> {
        match (word.parse(), word.parse()) {
            (Ok(axis), _) if self.channel_axis.is_none() => {
                Some(Self { channel_axis: Some(axis), ..self })
            }
            (_, Ok(pooling)) if self.pooling.is_none() => {
                Some(Self { pooling: Some(pooling), ..self })
            }
            _ => None,
        }
    }
}

/// The layers to tap.
pub(super) fn find_all(layers: &[Layer], given: &[String], names: Names) -> Result<Vec<Layer>> {
    match (names, given) {
        (Names::GivenOrDefault, []) => Ok(vec![default(layers)?]),
        (Names::Candidates, _) => candidates(layers),
        _ => given.iter().map(|name| find(layers, name, names)).collect(),
    }
}

/// Layers of a single feature tell little, and have no direction.
fn candidates(layers: &[Layer]) -> Result<Vec<Layer>> {
    let is_candidate = |layer: &&Layer| layer.is_default || layer.is_stage && layer.size() > 1;
    match layers.iter().filter(is_candidate).cloned().collect::<Vec<_>>() {
        none if none.is_empty() => Ok(vec![default(layers)?]),
        candidates => Ok(candidates),
    }
}

fn default(layers: &[Layer]) -> Result<Layer> {
    layers.iter().find(|layer| layer.is_default).cloned().ok_or_else(|| Error::Fit {
        reason: "no layer is named, and the model shows no node that makes its logits from the \
                 features of one layer: name a layer (the command `layers` lists them)"
            .to_string(),
    })
}

/// The layer called `name`: a tensor, perhaps with its pooling behind colons.
fn find(layers: &[Layer], name: &str, names: Names) -> Result<Layer> {
    let layer = |tensor: &str| layers.iter().find(|layer| layer.tensor == tensor);
    let (tensor, said) = read_name(name, |tensor| layer(tensor).is_some());
    layer(tensor).ok_or_else(|| unknown(layers, name))?.tapped(name, &said, names)
}

/// The tensor that a name means, and what it says of the pooling behind colons. The tensor's own
/// name may hold colons too; a name without a tensor is read as far as it says something.
fn read_name(name: &str, is_tensor: impl Fn(&str) -> bool) -> (&str, Said) {
    let (mut tensor, mut said) = (name, Said::default());
    while !is_tensor(tensor) {
        let split = tensor.rsplit_once(':');
        match split.and_then(|(rest, word)| Some((rest, said.and(word)?))) {
            Some((rest, more)) => (tensor, said) = (rest, more),
            None => break,
        }
    }
    (tensor, said)
}

fn unknown(layers: &[Layer], name: &str) -> Error {
    let layers = layers.iter().map(|layer| layer.name.clone()).collect();
    Error::UnknownLayer { name: name.to_string(), layers }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tap(name: &str, tensors: &[&str]) -> (Option<ChannelAxis>, Option<Pooling>) {
        let Said { channel_axis, pooling } =
            Tap::stored(name, |tensor| tensors.contains(&tensor)).said;
        (channel_axis, pooling)
    }

    #[test]
    fn words_behind_colons_say_the_pooling_unless_they_are_of_the_name() {
        let last = Some(ChannelAxis::Last);
        assert_eq!(tap("x", &["x"]), (None, None));
        assert_eq!(tap("relu:0", &["relu:0"]), (None, None));
        assert_eq!(tap("x:max:channels-last", &["x"]), (last, Some(Pooling::Max)));
        assert_eq!(tap("x:max:channels-last", &["x:max"]), (last, None));
        assert_eq!(tap("x:first", &["y"]), (None, Some(Pooling::First)));
    }

    #[test]
    fn a_stored_name_pools_maps_with_their_channels_first_and_tokens_last() {
        let size = |name: &str, shape: &[usize]| {
            Tap::stored(name, |tensor| tensor == "x").layer(shape).map(|layer| layer.size())
        };
        assert_eq!(size("x", &[5, 2, 3]).unwrap(), 5);
        assert_eq!(size("x:channels-last", &[5, 2, 3]).unwrap(), 3);
        assert_eq!(size("x:first", &[5, 8]).unwrap(), 8);
        assert_eq!(size("x:first", &[8]).unwrap(), 8);
        assert_eq!(size("x:first", &[5, 2, 3]).unwrap_err().code(), "invalid-option");
    }
}
