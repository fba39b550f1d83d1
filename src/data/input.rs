//! Makes model inputs from samples.

use super::{Picture, Sample, damaged};
use crate::{Error, Framing, Preprocess, Result, Tensor};

/// Makes inputs for one model from samples of any kind.
#[derive(Debug, Clone)]
pub struct Inputs {
    shape: Vec<usize>,
    /// For pictures from files of their own.
    files: Option<Preprocess>,
    /// For pictures from arrays, which are taken as framed already.
    arrays: Option<Preprocess>,
}

impl Inputs {
    /// For a model with this input shape (without the batch dimension) and preprocessing of
    /// pictures.
    pub fn new(shape: &[usize], preprocess: Option<&Preprocess>) -> Self {
        let framed = |preprocess: &Preprocess| Preprocess {
            framing: Framing::Stretch,
            resize: None,
            ..preprocess.clone()
        };
        Self { shape: shape.to_vec(), files: preprocess.cloned(), arrays: preprocess.map(framed) }
    }

    /// Makes an input from a sample.
    ///
    /// # Errors
    /// [`Error::InputShape`] for values of another shape, [`Error::NoPreprocess`] for a picture
    /// where there is no preprocessing.
    pub fn make(&self, sample: &Sample) -> Result<Tensor> {
        match sample {
            Sample::Picture(picture) => self.of_picture(picture),
            Sample::Values(values) if same_but_for_ones(values.shape(), &self.shape) => {
                self.shaped(values.clone())
            }
            Sample::Features(_) => Err(damaged(
                "the data",
                "they are features, which `fit` and `calibrate` take: give pictures or the \
                 model's own input",
            )),
            Sample::Values(values) => Err(Error::InputShape {
                given: values.shape().to_vec(),
                expected: self.shape.clone(),
            }),
        }
    }

    fn of_picture(&self, picture: &Picture) -> Result<Tensor> {
        let (preprocess, (width, height)) = (self.preprocess(picture)?, self.size(picture)?);
        self.shaped(preprocess.apply(&picture.image(width, height)?)?)
    }

    fn preprocess(&self, picture: &Picture) -> Result<&Preprocess> {
        let preprocess = if picture.is_file { &self.files } else { &self.arrays };
        preprocess.as_ref().ok_or_else(|| Error::NoPreprocess { expected: self.shape.clone() })
    }

    /// Width and height of a picture. A picture flattened to a row has the input's.
    ///
    /// # Errors
    /// [`Error::InputShape`] for a row of another length, else as [`Inputs::make`].
    pub fn size(&self, picture: &Picture) -> Result<(usize, usize)> {
        let preprocess = self.preprocess(picture)?;
        let flat = !picture.is_file && (picture.height, picture.channels) == (1, 1);
        match (flat, picture.width == preprocess.width * preprocess.height) {
            (false, _) => Ok((picture.width, picture.height)),
            (true, true) => Ok((preprocess.width, preprocess.height)),
            (true, false) => {
                Err(Error::InputShape { given: vec![picture.width], expected: self.shape.clone() })
            }
        }
    }

    /// Whether a picture has another size than the input, so that it is resized.
    pub fn resizes(&self, picture: &Picture) -> bool {
        let size = |preprocess: &Preprocess| (preprocess.width, preprocess.height);
        self.files.as_ref().is_some_and(|preprocess| {
            self.size(picture).is_ok_and(|found| found != size(preprocess))
        })
    }

    fn shaped(&self, values: Tensor) -> Result<Tensor> {
        Tensor::new(self.shape.clone(), values.into_data())
    }
}

/// Whether shapes hold the same values in the same order: they are equal without dimensions of 1,
/// or one is flat and as large as the other.
fn same_but_for_ones(given: &[usize], expected: &[usize]) -> bool {
    let longer =
        |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
    let flat = given.len() == 1 || expected.len() == 1;
    longer(given) == longer(expected)
        || flat && given.iter().product::<usize>() == expected.iter().product::<usize>()
}
