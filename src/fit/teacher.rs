//! A detector that is taught example by example.

mod info;

use std::borrow::Cow;

pub use self::info::{TaughtClass, TaughtExample, TeacherInfo};
use super::Fit;
use super::examples::Examples;
use super::taught::check_left_out;
use crate::detector::{model_input, require_preprocess};
use crate::scorer::missing;
use crate::{
    Classify, Detector, Error, Features, FitOptions, Image, Model, Report, Result, Tensor,
    embeddings_model,
};

/// Numbers that the features of all examples have at most: 64 MB of them.
const MOST_VALUES: usize = 1 << 24;

/// Teaches classes to a backbone, example by example, at any time: each is scored by all that is
/// taught so far.
///
/// An example's features are kept, so it can be taken back, exactly: what is left is what teaching
/// the others alone makes, in whatever order. Inputs are not kept. The threshold follows: each of
/// the examples (of the 100 with the lowest hashes, where there are more) is compared with patterns
/// that it is left out of.
///
/// ```
/// # let flat = |value: f32| she_ood::Features::new(vec![], vec![vec![value, 1.0 -
/// value]]).unwrap(); let mut teacher = she_ood::Teacher::of_embeddings(2,
/// she_ood::FitOptions::taught())?; let example = teacher.add("mug", &flat(0.9))?;
/// teacher.add("keys", &flat(0.1))?;
/// assert_eq!(teacher.report(&flat(0.8))?.predicted.label, "mug");
/// teacher.forget(example)?;
/// # Ok::<(), she_ood::Error>(())
/// ```
#[derive(Debug)]
pub struct Teacher {
    fit: Fit,
    examples: Examples<String>,
    /// The number of the next example.
    next: u64,
    /// What the examples make, until they change.
    detector: Option<Detector>,
}

impl Teacher {
    /// A teacher without examples. The model may end in a classifier or in features; how pictures
    /// become its input is what the options say, else the `preprocessor_config` in its file, else
    /// the usual way for its shape.
    ///
    /// # Errors
    /// As [`Fit::load`].
    pub fn load<'a>(onnx: impl Into<Cow<'a, [u8]>>, options: FitOptions) -> Result<Self> {
        Self::of(Fit::load(onnx, FitOptions { classify: Classify::Patterns, ..options })?)
    }

    /// The same of a fit whose patterns classify, and whose model is loaded already.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a pass rate above 0.99, or a `preprocessor_config` that cannot
    /// be followed where the fit has no preprocessing.
    pub(crate) fn of(fit: Fit) -> Result<Self> {
        let fit = fit.with_own_preprocess()?;
        check_left_out(fit.options.id_pass_rate)?;
        let size = fit.feature_count();
        Ok(Self { fit, examples: Examples::new(size), next: 0, detector: None })
    }

    /// A teacher of embeddings that are computed elsewhere, of this length.
    ///
    /// # Errors
    /// As [`Fit::load`]; [`Error::InvalidOption`] for fewer than two features.
    pub fn of_embeddings(size: usize, options: FitOptions) -> Result<Self> {
        Self::load(embeddings_model(size)?, options)
    }

    /// The backbone's file, without detector metadata.
    #[cfg(all(target_family = "wasm", feature = "wasm"))]
    pub(crate) fn onnx(&self) -> &[u8] {
        &self.fit.onnx
    }

    /// The backbone, with the layer tapped that features are taken from.
    pub fn model(&self) -> &Model {
        self.fit.model()
    }

    /// Makes the backbone's input from an image.
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] for a backbone of other inputs.
    pub fn preprocess(&self, image: &Image<'_>) -> Result<Tensor> {
        model_input(self.model(), self.fit.options.preprocess.as_ref(), image)
    }

    /// The picture as the backbone sees it: as [`Preprocess::preview`](crate::Preprocess::preview).
    ///
    /// # Errors
    /// [`Error::NoPreprocess`] for a backbone of other inputs.
    pub fn preview(&self, image: &Image<'_>) -> Result<Vec<u8>> {
        require_preprocess(self.model(), self.fit.options.preprocess.as_ref())?.preview(image)
    }

    /// Features of one input.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn features(&self, input: &Tensor) -> Result<Features> {
        self.fit.features(input)
    }

    /// Adds an example of a class, which is new if no example has had its label, and returns its
    /// number.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a label without a visible character; [`Error::Fit`] for
    /// features of another backbone, and once the features of all examples take 64 MB.
    pub fn add(&mut self, label: &str, features: &Features) -> Result<u64> {
        let label = checked(label)?;
        features.check(self.model())?;
        let features = features.layers().concat();
        if (self.examples.len() + 1) * features.len() > MOST_VALUES {
            return Err(Error::Fit {
                reason: format!(
                    "the features of {} examples are kept, and more take more than 64 MB: take \
                     some back, or fit to pictures in folders",
                    self.examples.len()
                ),
            });
        }
        let number = self.next;
        self.next += 1;
        self.change().add(number, label, features);
        Ok(number)
    }

    /// Takes back an example. A class without any left is gone.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a number that no example has.
    pub fn forget(&mut self, id: u64) -> Result<()> {
        self.take(id).map(drop)
    }

    /// Moves an example to another class, new or not.
    ///
    /// # Errors
    /// As [`Teacher::forget`] and [`Teacher::add`] for the label.
    pub fn move_to(&mut self, id: u64, label: &str) -> Result<()> {
        let label = checked(label)?;
        let features = self.take(id)?;
        self.change().add(id, label, features);
        Ok(())
    }

    /// Gives a class another name.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a class that there is not, and for a name that is no label or
    /// that another class has.
    pub fn rename(&mut self, label: &str, name: &str) -> Result<()> {
        self.check_known(label)?;
        let name = checked(name)?;
        if name == label {
            return Ok(());
        }
        if self.is_known(&name) {
            return Err(Error::InvalidOption {
                option: "the new name of a class",
                given: format!("{name:?}"),
                allowed: "a label that no other class has; move examples to join two classes",
            });
        }
        self.change().rename(&label.to_string(), &name);
        Ok(())
    }

    /// Takes back a class with all its examples.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a class that there is not.
    pub fn remove(&mut self, label: &str) -> Result<()> {
        self.check_known(label)?;
        self.change().remove_class(&label.to_string());
        Ok(())
    }

    /// Scores features by all that is taught so far.
    ///
    /// # Errors
    /// As [`Teacher::detector`] and [`Detector::report`].
    pub fn report(&mut self, features: &Features) -> Result<Report> {
        self.detector()?.report(features)
    }

    /// The detector that the examples make.
    ///
    /// # Errors
    /// [`Error::Fit`] without examples, and where all classes have the same features.
    pub fn detector(&mut self) -> Result<&Detector> {
        let detector = match self.detector.take() {
            Some(detector) => detector,
            None => self.taught()?,
        };
        Ok(self.detector.insert(detector))
    }

    /// What has been taught.
    pub fn info(&self) -> TeacherInfo {
        let classes = || self.examples.classes();
        let of_class = |(label, count): (&String, u64)| TaughtClass { label: label.clone(), count };
        let id_pass_rate = self.fit.options.id_pass_rate;
        TeacherInfo {
            input_shape: self.fit.model.input_shape().to_vec(),
            layer: self.fit.layer_name().to_string(),
            size: self.fit.feature_count(),
            preprocess: self.fit.options.preprocess.clone(),
            classes: classes().map(of_class).collect(),
            examples: classes().map(|(_, count)| count).sum(),
            id_pass_rate,
            needed: missing(self.examples.compared_count(), id_pass_rate),
        }
    }

    /// All examples, in the order in which they were added.
    pub fn examples(&self) -> impl Iterator<Item = TaughtExample<'_>> {
        let mut examples: Vec<_> = self.examples.kept().collect();
        examples.sort_by_key(|(id, _)| *id);
        examples.into_iter().map(|(id, kept)| TaughtExample {
            id,
            label: &kept.class,
            features: &kept.features,
        })
    }

    fn taught(&mut self) -> Result<Detector> {
        let labels: Vec<String> = self.examples.classes().map(|(label, _)| label.clone()).collect();
        if labels.is_empty() {
            let reason = "there are no examples to compare with: add one".to_string();
            return Err(Error::Fit { reason });
        }
        let means = self.examples.means(self.fit.layer_name())?;
        self.fit.taught_detector(&self.examples.geometry(), means, labels, Vec::new())
    }

    /// The examples, to be changed.
    fn change(&mut self) -> &mut Examples<String> {
        self.detector = None;
        &mut self.examples
    }

    /// Takes an example out and returns its features.
    fn take(&mut self, id: u64) -> Result<Vec<f32>> {
        let kept = self.change().remove(id).ok_or_else(|| Error::InvalidOption {
            option: "the number of an example",
            given: id.to_string(),
            allowed: "that of an example that was added and not taken back",
        })?;
        Ok(kept.features)
    }

    fn is_known(&self, label: &str) -> bool {
        self.examples.classes().any(|(known, _)| known == label)
    }

    fn check_known(&self, label: &str) -> Result<()> {
        if self.is_known(label) {
            return Ok(());
        }
        let given = format!("{label:?}");
        Err(Error::InvalidOption { option: "the class", given, allowed: "one that has examples" })
    }
}

/// A label as it is kept: without spaces around it.
fn checked(label: &str) -> Result<String> {
    match label.trim() {
        "" => Err(Error::InvalidOption {
            option: "a label",
            given: format!("{label:?}"),
            allowed: "a name with a visible character",
        }),
        label => Ok(label.to_string()),
    }
}
