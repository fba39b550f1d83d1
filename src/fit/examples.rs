//! Examples of classes: exact means, and what is needed to leave each example out of them.

mod geometry;
mod gram;
mod products;

use std::collections::BTreeMap;

pub(super) use self::geometry::{Compared, Geometry};
use self::gram::Gram;
use super::reservoir::{Key, key};
use crate::score::rooted;
use crate::{Class, Patterns, Result};

/// Examples that shape the covariance and calibrate, at most. They are those with the lowest hashes
/// of their features, so the order of examples does not matter.
pub(super) const MOST_COMPARED: usize = 100;

/// Sums are kept in these parts of 1, as whole numbers: they are exact, so that an example taken
/// back leaves nothing.
const PARTS: f64 = (1u64 << 40) as f64;

/// Examples of classes named `K`, in whose order the patterns come.
#[derive(Debug, Clone)]
pub(super) struct Examples<K> {
    size: usize,
    classes: BTreeMap<K, Sums>,
    /// The kept examples by hash and number.
    kept: BTreeMap<(Key, u64), Kept<K>>,
    gram: Gram,
}

/// The features of a class, summed.
#[derive(Debug, Clone)]
struct Sums {
    count: u64,
    values: Vec<i64>,
}

/// An example whose features are kept.
#[derive(Debug, Clone)]
pub(super) struct Kept<K> {
    pub class: K,
    pub features: Vec<f32>,
}

/// Examples of a class with the same features.
struct Distinct<'a, K> {
    key: &'a Key,
    /// The number of the first.
    number: u64,
    class: &'a K,
    features: &'a Vec<f32>,
    copies: u64,
}

impl<K: Ord + Clone> Examples<K> {
    /// None yet, of features of this length.
    pub fn new(size: usize) -> Self {
        let (classes, kept, gram) = (BTreeMap::new(), BTreeMap::new(), Gram::default());
        Self { size, classes, kept, gram }
    }

    /// The classes and the numbers of their examples.
    pub fn classes(&self) -> impl Iterator<Item = (&K, u64)> {
        self.classes.iter().map(|(class, sums)| (class, sums.count))
    }

    /// The kept examples by their numbers, in no order that means anything.
    pub fn kept(&self) -> impl Iterator<Item = (u64, &Kept<K>)> {
        self.kept.iter().map(|((_, number), kept)| (*number, kept))
    }

    /// Number of kept examples.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Adds an example by a number that no other has, and keeps its features.
    pub fn add(&mut self, number: u64, class: K, features: Vec<f32>) {
        let rooted = rooted(&features);
        let sums = self.classes.entry(class.clone()).or_insert_with(|| Sums::none(self.size));
        sums.change(&rooted, 1);
        self.kept.insert((key(&features), number), Kept { class, features });
    }

    /// Takes back the example of a number.
    pub fn remove(&mut self, number: u64) -> Option<Kept<K>> {
        let key = self.kept.keys().find(|(_, other)| *other == number).copied()?;
        let kept = self.kept.remove(&key)?;
        if let Some(sums) = self.classes.get_mut(&kept.class) {
            sums.change(&rooted(&kept.features), -1);
        }
        self.classes.retain(|_, sums| sums.count > 0);
        Some(kept)
    }

    /// Gives a class another name.
    pub fn rename(&mut self, class: &K, name: &K) {
        if let Some(sums) = self.classes.remove(class) {
            self.classes.insert(name.clone(), sums);
        }
        let of_class = self.kept.values_mut().filter(|kept| kept.class == *class);
        of_class.for_each(|kept| kept.class = name.clone());
    }

    /// Takes back all examples of a class.
    pub fn remove_class(&mut self, class: &K) {
        self.classes.remove(class);
        self.kept.retain(|_, kept| kept.class != *class);
    }

    /// Lets go of features that neither shape the covariance nor calibrate: their examples cannot
    /// be taken back any more.
    pub fn keep_compared(&mut self) {
        // Some of the lowest may be copies, or stand alone for long.
        while self.kept.len() > 2 * MOST_COMPARED {
            self.kept.pop_last();
        }
    }

    /// The means of the classes as patterns of a layer.
    ///
    /// # Errors
    /// As [`Patterns::new`].
    pub fn means(&self, layer: &str) -> Result<Patterns> {
        let classes = self.classes.values().enumerate();
        let classes = classes.map(|(index, sums)| Class { index, count: sums.count, rows: 1 });
        let means = self.classes.values().flat_map(Sums::mean).map(|mean| mean as f32);
        Patterns::new(layer, classes.collect(), means.collect())
    }

    /// Number of examples that calibrate a threshold.
    pub fn compared_count(&self) -> usize {
        self.compared().len()
    }

    /// The examples that are compared: those that leave others of their class when they are left
    /// out with all that are the same as they are.
    fn compared(&self) -> Vec<Distinct<'_, K>> {
        let mut distinct: Vec<Distinct<'_, K>> = Vec::new();
        for ((key, number), Kept { class, features }) in &self.kept {
            let same = distinct.iter_mut().rev().take_while(|other| other.key == key);
            match same.into_iter().find(|other| other.class == class) {
                Some(other) => other.copies += 1,
                None => {
                    distinct.push(Distinct { key, number: *number, class, features, copies: 1 })
                }
            }
        }
        let count = |class| self.classes.get(class).map_or(0, |sums| sums.count);
        distinct.retain(|one| one.copies < count(one.class));
        distinct.truncate(MOST_COMPARED);
        distinct
    }

    /// The products of all that a comparison is made of.
    pub fn geometry(&mut self) -> Geometry {
        let mut gram = std::mem::take(&mut self.gram);
        let compared = self.compared();
        gram.follow(compared.iter().map(|one| (one.number, one.features)));
        let positions: Vec<&K> = self.classes.keys().collect();
        let position =
            |one: &Distinct<'_, K>| positions.binary_search(&one.class).unwrap_or_default();
        let examples = compared.iter().map(|one| (position(one), one.copies)).collect();
        let means: Vec<Vec<f64>> =
            self.classes.values().map(|sums| sums.mean().collect()).collect();
        let counts = self.classes.values().map(|sums| sums.count).collect();
        let geometry = Geometry::new(&gram, examples, &means, counts);
        self.gram = gram;
        geometry
    }
}

impl Sums {
    fn none(size: usize) -> Self {
        Self { count: 0, values: vec![0; size] }
    }

    /// Adds an example, or takes it back.
    fn change(&mut self, features: &[f64], sign: i64) {
        self.count = self.count.saturating_add_signed(sign);
        for (sum, feature) in self.values.iter_mut().zip(features) {
            *sum = sum.saturating_add(sign * (feature * PARTS).round() as i64);
        }
    }

    fn mean(&self) -> impl Iterator<Item = f64> {
        let parts = PARTS * self.count.max(1) as f64;
        self.values.iter().map(move |&sum| sum as f64 / parts)
    }
}
