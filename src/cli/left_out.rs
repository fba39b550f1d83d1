//! The samples of a set that could not be used, counted and reported.

use std::collections::{BTreeMap, BTreeSet};

use she_ood::Error;
use she_ood::data::Dataset;

use super::samples::{Outcome, Problem};
use super::{Result, listed, say};

/// Samples left out of a set, and pictures resized.
pub struct LeftOut<'a> {
    set: &'a Dataset,
    /// Whether the first sample that cannot be used is an error.
    pub strict: bool,
    by_heading: BTreeMap<&'static str, Group>,
    resized: BTreeSet<usize>,
}

/// Samples with the same problem.
#[derive(Default)]
struct Group {
    positions: BTreeSet<usize>,
    /// Message about the first one.
    first: String,
}

impl<'a> LeftOut<'a> {
    pub fn new(set: &'a Dataset, strict: bool) -> Self {
        Self { set, strict, by_heading: BTreeMap::new(), resized: BTreeSet::new() }
    }

    /// What came of a sample; `None` if it is left out.
    ///
    /// # Errors
    /// If it would be left out, and the user wants none left out.
    pub fn keep<T>(&mut self, outcome: Outcome<T>) -> she_ood::Result<Option<T>> {
        let Outcome { position, was_resized, result } = outcome;
        if was_resized {
            self.resized.insert(position);
        }
        match result {
            Ok(made) => Ok(Some(made)),
            Err(Problem { heading, message }) if self.strict => {
                let path = self.set.name().to_string();
                Err(Error::Data { path, reason: format!("{heading}: {message}"), source: None })
            }
            Err(Problem { heading, message }) => {
                self.by_heading.entry(heading).or_default().add([position].into(), message);
                Ok(None)
            }
        }
    }

    /// Adds what was left out of another part of the same set.
    pub fn merge(&mut self, other: Self) {
        for (heading, Group { positions, first }) in other.by_heading {
            self.by_heading.entry(heading).or_default().add(positions, first);
        }
        self.resized.extend(other.resized);
    }

    fn positions(&self) -> BTreeSet<usize> {
        self.by_heading.values().flat_map(|group| &group.positions).copied().collect()
    }

    /// Positions of the samples that were not left out so far.
    pub fn kept(&self) -> Vec<usize> {
        let left_out = self.positions();
        (0..self.set.len()).filter(|position| !left_out.contains(position)).collect()
    }

    /// Number of samples left out so far.
    pub fn len(&self) -> usize {
        self.positions().len()
    }

    /// Number of pictures resized so far.
    pub fn resized(&self) -> usize {
        self.resized.len()
    }

    /// Warns of what was left out.
    pub fn warn(&self) {
        let (name, total) = (self.set.name(), self.set.len());
        for (heading, Group { positions, first }) in &self.by_heading {
            say(&format!(
                "warning: {name}: {} of {total} samples left out, {heading}; the first: {first}",
                positions.len()
            ));
        }
    }

    /// Warns of what was left out and notes what was resized.
    ///
    /// # Errors
    /// When no sample is left.
    pub fn report(&self) -> Result<()> {
        self.warn();
        note_resized(self.set.name(), self.resized(), self.set.len());
        match self.len() == self.set.len() {
            true => Err(format!("{}: no sample is left", self.set.name()).into()),
            false => Ok(()),
        }
    }

    /// Warns of labels whose samples were all left out: figures about the rest do not cover them.
    pub fn warn_of_lost_labels(&self) {
        let labels_at = |positions: &mut dyn Iterator<Item = usize>| -> BTreeSet<String> {
            positions.filter_map(|position| self.set.label(position)).collect()
        };
        let mut lost = labels_at(&mut self.positions().into_iter());
        if !lost.is_empty() {
            let kept = labels_at(&mut self.kept().into_iter());
            lost.retain(|label| !kept.contains(label));
        }
        if !lost.is_empty() {
            say(&format!(
                "warning: {}: every sample of these labels was left out: {}",
                self.set.name(),
                listed(&Vec::from_iter(lost))
            ));
        }
    }
}

impl Group {
    fn add(&mut self, positions: BTreeSet<usize>, first: String) {
        // Parts of a set are merged in any order.
        if self.positions.is_empty() || positions.first() < self.positions.first() {
            self.first = first;
        }
        self.positions.extend(positions);
    }
}

/// Says that pictures had to be resized.
pub fn note_resized(name: &str, resized: usize, total: usize) {
    if resized > 0 {
        say(&format!(
            "note: {name}: {resized} of {total} pictures are of another size than the input and \
             were resized"
        ));
    }
}
