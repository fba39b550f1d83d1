//! Why a sample is as similar to a class as it is.

use serde::Serialize;

use super::Scorer;
use crate::{
    ClassIndex, CompareWith, Error, Features, Layer, LayerExplanation, Report, Result, Tensor,
};

/// Why a sample is as similar to a class as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[must_use]
pub struct Explanation {
    /// The report, as a score gives it.
    pub report: Report,
    /// The class that the sample is compared with.
    pub class: Compared,
    /// Each layer by itself, in the order of [`Report::layers`].
    pub layers: Vec<LayerExplanation>,
}

/// The class that a sample is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// Position in the logits.
    pub index: usize,
    /// Its name.
    pub label: String,
}

impl Scorer {
    /// Takes the similarity of a sample to a class apart, from what another runtime computed, as
    /// [`Scorer::features`] takes it. There are maps for layers that are not pooled yet.
    ///
    /// Without a `class` (a position in the logits) it is the class behind the score: the nearest,
    /// or with [`CompareWith::Predicted`] the predicted one if it has patterns.
    ///
    /// # Errors
    /// As [`Scorer::features`] and [`Scorer::report`]; [`Error::UnknownClass`] for a class that the
    /// detector does not have, [`Error::InvalidOption`] for one without patterns.
    pub fn explain(
        &self,
        outputs: &[f32],
        layers: &[Tensor],
        class: Option<usize>,
    ) -> Result<Explanation> {
        let (class, taps) = (self.patterned(class)?, self.shaped(layers)?);
        let features = self.pooled(outputs, layers, &taps)?;
        let raw: Vec<_> = layers.iter().map(Tensor::data).collect();
        self.explanation(self.report_of(&features)?, class, &features, &taps, &raw)
    }

    /// The explanation of a report on `features`, which were pooled from `raw`, the values of
    /// `taps`.
    pub(crate) fn explanation(
        &self,
        report: Report,
        class: Option<ClassIndex>,
        features: &Features,
        taps: &[Layer],
        raw: &[&[f32]],
    ) -> Result<Explanation> {
        let class = class.map_or_else(|| self.compared_class(&report), Ok)?;
        let row = self.classes().iter().position(|patterned| patterned.index == class.get());
        let similarity = |row: usize| {
            report.layers.iter().map(|layer| layer.similarities.get(row).copied()).collect()
        };
        let layers = row
            .and_then(similarity)
            .and_then(|similarities: Vec<_>| {
                self.she.explain(class.get(), &similarities, features, taps, raw)
            })
            .ok_or_else(|| without_patterns(class))?;
        let label = self.label(class).to_string();
        Ok(Explanation { class: Compared { index: class.get(), label }, layers, report })
    }

    /// A class that has patterns, if one is given.
    pub(crate) fn patterned(&self, class: Option<usize>) -> Result<Option<ClassIndex>> {
        let class = class.map(|class| self.class(class)).transpose()?;
        match class {
            Some(class) if !self.is_patterned(class.get()) => Err(without_patterns(class)),
            class => Ok(class),
        }
    }

    /// Class that the score compares with, if it has patterns, else the nearest.
    fn compared_class(&self, report: &Report) -> Result<ClassIndex> {
        let predicted = report.predicted.index;
        match self.she.compare_with() {
            CompareWith::Predicted if self.is_patterned(predicted) => self.class(predicted),
            _ => self.class(report.nearest.index),
        }
    }

    fn is_patterned(&self, class: usize) -> bool {
        self.classes().iter().any(|patterned| patterned.index == class)
    }
}

fn without_patterns(class: ClassIndex) -> Error {
    let allowed = "a class that has patterns, as the detector's info lists them";
    Error::InvalidOption { option: "the class", given: class.get().to_string(), allowed }
}
