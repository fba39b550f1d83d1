//! Whether the model classifies or the patterns do, and the names of the classes.

use she_ood::data::Dataset;
use she_ood::{Classify, Error, Fit, FitOptions, embeddings_model};

use super::super::class_names::{ListedNames, class_names};
use super::super::label_index::{LabelIndex, digits};
use crate::cli::samples::present_labels;
use crate::cli::{Result, listed, say};

/// A fit, and the names of its classes.
pub struct Named {
    pub fit: Fit,
    pub labels: Vec<String>,
}

/// What a fit is loaded from.
pub struct Loading<'a> {
    /// The model's file, in one piece.
    pub onnx: Vec<u8>,
    pub options: FitOptions,
    /// `--classify`.
    pub classify: Option<Classify>,
    /// Whether an option says how the model's own classes are scored.
    pub says_how_to_score: bool,
    /// `--labels`, and the names of the config.
    pub given: Option<&'a str>,
    pub config: Option<&'a [String]>,
}

impl Loading<'_> {
    /// Loads the fit. Without an option for it, the patterns classify where the model has no logits
    /// or most labels of the data are not among its classes.
    pub fn named(self, data: &Dataset) -> Result<Named> {
        match (self.classify, self.says_how_to_score) {
            (Some(Classify::Patterns), _) => self.taught(data, present_labels(data)),
            (Some(Classify::Model), _) | (None, true) => self.classified(data),
            (None, false) => self.either(data, present_labels(data)),
        }
    }

    fn either(self, data: &Dataset, present: Vec<String>) -> Result<Named> {
        let fit = match Fit::load(&self.onnx[..], self.options.clone()) {
            Ok(fit) => fit,
            Err(error @ (Error::UnsupportedModel { .. } | Error::Fit { .. })) => {
                let Ok(taught) = self.taught(data, present) else { return Err(error.into()) };
                say(&format!("note: the patterns classify, as the model does not: {error}"));
                return Ok(taught);
            }
            Err(error) => return Err(error.into()),
        };
        if self.knows_labels(&fit, data, &present) {
            if !fit.model().is_classifier() {
                say("note: the outputs of the model are taken for those of a classifier. If they \
                     are features, give --classify patterns");
            }
            return self.named_by_model(fit, data);
        }
        say(&format!(
            "note: most labels are not among the model's {} classes: {}. So the labels become the \
             classes, which patterns tell apart. If they are the model's own, name all of its \
             classes with --labels, in the order of its outputs",
            fit.model().classes(),
            listed(&self.unknown(&fit, &present))
        ));
        self.taught(data, present)
    }

    fn classified(self, data: &Dataset) -> Result<Named> {
        let fit = Fit::load(&self.onnx[..], self.options.clone())?;
        self.named_by_model(fit, data)
    }

    fn named_by_model(self, fit: Fit, data: &Dataset) -> Result<Named> {
        let listed = self.listed(&fit);
        let labels = class_names(&listed, data, fit.model().classes())?;
        Ok(Named { fit, labels })
    }

    fn taught(self, data: &Dataset, present: Vec<String>) -> Result<Named> {
        let options = FitOptions { classify: Classify::Patterns, ..self.options };
        let fit = Fit::load(self.onnx, options)?;
        let labels = match self.given {
            Some(_) => class_names(&given(self.given), data, present.len())?,
            None => present,
        };
        Ok(Named { fit, labels })
    }

    fn listed<'a>(&'a self, fit: &'a Fit) -> ListedNames<'a> {
        ListedNames { config: self.config, model: fit.file_labels(), ..given(self.given) }
    }

    /// Whether most labels of the data are classes of the model, as far as these have names; else
    /// whether they are as many, or positions of outputs that a classifier makes, or that are at
    /// most twice as many.
    fn knows_labels(&self, fit: &Fit, data: &Dataset, labels: &[String]) -> bool {
        let classes = fit.model().classes();
        let is_count = |count: usize| count == classes;
        if self.given.is_some()
            || is_count(labels.len())
            || is_count(data.classes_and_empty().len())
        {
            return true;
        }
        let has_names = self.config.or(fit.file_labels()).is_some();
        let are_outputs = fit.model().is_classifier() || classes <= 2 * labels.len();
        // One label may be a class by chance, and one may be none by mistake.
        (has_names || are_outputs) && 2 * self.unknown(fit, labels).len() <= labels.len()
    }

    /// Labels that are not classes of the model, as far as these have names; else not positions of
    /// its outputs.
    fn unknown<'l>(&self, fit: &Fit, labels: &'l [String]) -> Vec<&'l String> {
        let classes = fit.model().classes() as u64;
        let index = self.config.or(fit.file_labels()).map(LabelIndex::new);
        let is_known = |label: &String| match &index {
            Some(index) => index.find(label).is_some(),
            None => digits(label).is_some_and(|number| number < classes),
        };
        labels.iter().filter(|label| !is_known(label)).collect()
    }
}

/// Names that are given on the command line alone.
fn given(given: Option<&str>) -> ListedNames<'_> {
    ListedNames { given, config: None, model: None }
}

/// The model of data that are features already, as long as its first sample.
pub fn of_embeddings(data: &Dataset) -> Result<Vec<u8>> {
    match data.sample(0)? {
        she_ood::data::Sample::Values(values) => Ok(embeddings_model(values.data().len())?),
        she_ood::data::Sample::Picture(_) | she_ood::data::Sample::Features(_) => {
            Err("the data are pictures or whole numbers; embeddings are an .npz file with a row \
                 of floating-point features for each sample: save x.astype(\"float32\")"
                .into())
        }
    }
}
