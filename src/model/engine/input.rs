//! The input of a model: which numbers it takes, and in which forms.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::type_proto::{Tensor as TensorType, Value};
use tract_onnx::pb::{GraphProto, ValueInfoProto};

use super::numbers::Numbers;
use super::{ModelOptions, invalid};
use crate::listed::listed;
use crate::tensor::volume;
use crate::{Error, Result};

/// What a model declares about its only input.
pub(super) struct Input {
    pub name: String,
    pub numbers: Numbers,
    /// Size of each dimension, `None` if it is open. `None` as a whole if the rank is open too.
    sizes: Option<Vec<Option<usize>>>,
}

/// A form in which a model takes its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// Shape of one sample.
    pub sample: Vec<usize>,
    /// Number of samples in the leading dimension; `None` for an input without a batch dimension.
    pub batch: Option<usize>,
}

impl Form {
    /// Shape of the input.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.batch.iter().chain(&self.sample).copied().collect()
    }

    /// Number of samples in one input.
    pub(super) fn samples(&self) -> usize {
        self.batch.unwrap_or(1)
    }

    /// One sample's part of the shape of an output, without the batch dimension; `None` for an
    /// output of another batch.
    pub(super) fn part<'a>(&self, shape: &'a [usize]) -> Option<&'a [usize]> {
        match self.batch {
            Some(batch) => shape.strip_prefix(&[batch]),
            None => Some(shape.strip_prefix(&[1]).unwrap_or(shape)),
        }
    }
}

impl Input {
    /// Reads the declaration of a graph's only input.
    ///
    /// # Errors
    /// [`Error::UnsupportedModel`] for several inputs, and for one that holds no numbers.
    pub(super) fn of(graph: &GraphProto) -> Result<Self> {
        let is_weight = |name: &str| graph.initializer.iter().any(|weights| weights.name == name);
        let inputs: Vec<_> = graph.input.iter().filter(|input| !is_weight(&input.name)).collect();
        let [input] = inputs.as_slice() else { return Err(not_one(&inputs)) };
        let declared = tensor_type(input)
            .ok_or_else(|| invalid(format!("its input {:?} has no tensor type", input.name)))?;
        let kind = DataType::try_from(declared.elem_type).unwrap_or(DataType::Undefined);
        let numbers = Numbers::of(kind).ok_or_else(|| Error::UnsupportedModel {
            reason: format!("its input {:?} holds {kind:?}, allowed are numbers", input.name),
        })?;
        let sizes = declared.shape.as_ref().map(|shape| shape.dim.iter().map(size).collect());
        Ok(Self { name: input.name.clone(), numbers, sizes })
    }

    /// The forms to try, the likeliest first.
    ///
    /// A first dimension of a fixed size above 1 is a batch, which one sample alone may do for, or
    /// part of the sample.
    ///
    /// # Errors
    /// [`Error::UnsupportedModel`] when sizes are open and no shape is given,
    /// [`Error::InvalidOption`] when the shape contradicts the model, [`Error::TooLarge`].
    pub(super) fn forms(&self, options: &ModelOptions) -> Result<Vec<Form>> {
        let given = options.input_shape.clone().or_else(|| self.of_image(options.image_size?));
        let forms = match (given, &self.sizes) {
            (Some(shape), None) => batched(None, &shape),
            (Some(shape), Some(sizes)) => self.given(&shape, sizes)?,
            (None, Some(sizes)) => declared(sizes).ok_or_else(|| self.open())?,
            (None, None) => return Err(self.open()),
        };
        let values = |form: &Form| volume(&form.sample).unwrap_or(usize::MAX);
        forms.iter().try_for_each(|form| options.limits.check_values(values(form), 1))?;
        Ok(forms)
    }

    /// Whether the file leaves sizes open besides the batch.
    pub(super) fn is_open(&self) -> bool {
        self.sizes.as_deref().and_then(declared).is_none()
    }

    /// The shape of a picture of this height and width, for an open input of pictures.
    fn of_image(&self, (height, width): (usize, usize)) -> Option<Vec<usize>> {
        let [_, first, _, last] = *self.sizes.as_deref().filter(|_| self.is_open())? else {
            return None;
        };
        let is_channels = |size: Option<usize>| matches!(size, Some(1 | 3));
        match is_channels(last) && !is_channels(first) {
            true => Some(vec![height, width, last?]),
            false => Some(vec![first.unwrap_or(3), height, width]),
        }
    }

    /// The form of the shape that the caller gives.
    fn given(&self, shape: &[usize], sizes: &[Option<usize>]) -> Result<Vec<Form>> {
        let agree = |sizes: &[Option<usize>]| {
            let mut pairs = sizes.iter().zip(shape);
            sizes.len() == shape.len()
                && pairs.all(|(size, given)| size.is_none_or(|size| size == *given))
        };
        let is_usable = !shape.is_empty() && !shape.contains(&0);
        match sizes {
            [batch, rest @ ..] if is_usable && agree(rest) => Ok(batched(*batch, shape)),
            _ if is_usable && agree(sizes) => {
                Ok(vec![Form { sample: shape.to_vec(), batch: None }])
            }
            _ => Err(Error::InvalidOption {
                option: "the input shape",
                given: format!("{shape:?} for a model that takes {}", described(sizes)),
                allowed: "the shape of one sample, with the model's fixed sizes as they are",
            }),
        }
    }

    /// The refusal of open sizes.
    fn open(&self) -> Error {
        let shape = self.sizes.as_deref().map_or("any shape".to_string(), described);
        let example = self.sizes.as_deref().and_then(example).unwrap_or("3,224,224".to_string());
        Error::UnsupportedModel {
            reason: format!(
                "its input {:?} is {shape}, with open sizes: give the shape of one sample, such \
                 as {example} (--input-shape on the command line, inputShape in JavaScript)",
                self.name
            ),
        }
    }
}

fn not_one(inputs: &[&ValueInfoProto]) -> Error {
    let names: Vec<_> = inputs.iter().map(|input| format!("{:?}", input.name)).collect();
    let reason = format!(
        "it has {} inputs, one is allowed: {}. Make the others constants, with `python \
         tools/python/fix_inputs.py model.onnx NAME=VALUE -o fixed.onnx` from she-ood's \
         repository, or compute logits and features elsewhere and fit from them",
        names.len(),
        listed(&names)
    );
    Error::UnsupportedModel { reason }
}

pub(super) fn tensor_type(tensor: &ValueInfoProto) -> Option<&TensorType> {
    let Value::TensorType(declared) = tensor.r#type.as_ref()?.value.as_ref()?;
    Some(declared)
}

/// A size that is known; exporters write an open one as a name, 0 or -1.
fn size(dimension: &Dimension) -> Option<usize> {
    match dimension.value {
        Some(Size::DimValue(size @ 1..)) => Some(usize::try_from(size).unwrap_or(usize::MAX)),
        _ => None,
    }
}

/// The forms of an input that is fixed but for its batch.
fn declared(sizes: &[Option<usize>]) -> Option<Vec<Form>> {
    let (batch, rest) = sizes.split_first()?;
    let rest: Vec<usize> = rest.iter().copied().collect::<Option<_>>()?;
    match (batch, rest.as_slice()) {
        (None, []) => None,
        (Some(values), []) => Some(vec![Form { sample: vec![*values], batch: None }]),
        (None | Some(1), _) => Some(batched(*batch, &rest)),
        (Some(first), _) => {
            let sample = [&[*first], rest.as_slice()].concat();
            let whole = Form { sample, batch: None };
            Some(batched(*batch, &rest).into_iter().chain([whole]).collect())
        }
    }
}

/// The forms of samples of this shape behind a batch dimension.
fn batched(batch: Option<usize>, sample: &[usize]) -> Vec<Form> {
    let of = |batch| Form { sample: sample.to_vec(), batch: Some(batch) };
    std::iter::once(1).chain(batch.filter(|&batch| batch > 1)).map(of).collect()
}

/// Sizes for a message, open ones as `?`.
fn described(sizes: &[Option<usize>]) -> String {
    let sizes: Vec<_> =
        sizes.iter().map(|size| size.map_or("?".to_string(), |size| size.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}

/// An example of a shape that fits these sizes.
fn example(sizes: &[Option<usize>]) -> Option<String> {
    let (_, sample) = sizes.split_first().filter(|(_, sample)| !sample.is_empty())?;
    let usual = match sample.len() {
        3.. => 224,
        2 => 16_000,
        _ => 784,
    };
    let sizes = sample.iter().enumerate().map(|(axis, size)| {
        // Three channels come first or last.
        let is_channels = sample.len() == 3 && axis == 0 && sample.last() != Some(&Some(3));
        size.unwrap_or(if is_channels { 3 } else { usual }).to_string()
    });
    Some(sizes.collect::<Vec<_>>().join(","))
}
