//! Inner products of the examples that are compared with each other.

use std::collections::{HashMap, HashSet};

use she_ood_kernel::dot;

use crate::score::rooted;

/// Examples, in the order that they are wanted in, and their inner products. A change of one
/// example costs the products with it alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Gram {
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
struct Member {
    number: u64,
    /// As they are compared: roots at unit length.
    features: Vec<f64>,
    /// With each member, in their order.
    products: Vec<f64>,
}

impl Gram {
    /// Makes these examples its members, by their numbers.
    pub fn follow<'a>(&mut self, examples: impl Iterator<Item = (u64, &'a Vec<f32>)> + Clone) {
        let numbers = examples.clone().map(|(number, _)| number);
        let wanted: HashMap<u64, usize> = numbers.zip(0..).collect();
        while let Some(at) = self.members.iter().position(|one| !wanted.contains_key(&one.number)) {
            self.remove(at);
        }
        let known: HashSet<u64> = self.numbers().collect();
        for (number, features) in examples.filter(|(number, _)| !known.contains(number)) {
            self.push(number, rooted(features));
        }
        self.sort(&wanted);
    }

    /// Sorts members as they are wanted, whatever the order in which they came.
    fn sort(&mut self, wanted: &HashMap<u64, usize>) {
        let place = |member: &Member| wanted.get(&member.number).copied();
        let places: Vec<_> = self.members.iter().map(place).collect();
        for member in &mut self.members {
            let mut products: Vec<_> = places.iter().zip(&member.products).collect();
            products.sort_by_key(|(place, _)| **place);
            member.products = products.into_iter().map(|(_, product)| *product).collect();
        }
        self.members.sort_by_key(place);
    }

    fn push(&mut self, number: u64, features: Vec<f64>) {
        let mut products = self.products_with(&features);
        for (member, &product) in self.members.iter_mut().zip(&products) {
            member.products.push(product);
        }
        products.push(dot(&features, &features));
        self.members.push(Member { number, features, products });
    }

    fn remove(&mut self, at: usize) {
        self.members.remove(at);
        self.members.iter_mut().for_each(|member| {
            member.products.remove(at);
        });
    }

    /// The numbers of the members, in their order.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.members.iter().map(|member| member.number)
    }

    /// The features of the members.
    pub fn features(&self) -> impl Iterator<Item = &[f64]> {
        self.members.iter().map(|member| member.features.as_slice())
    }

    /// The inner products of each member with all.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.members.iter().map(|member| member.products.as_slice())
    }

    /// The inner products of features with each member.
    pub fn products_with(&self, features: &[f64]) -> Vec<f64> {
        self.features().map(|member| dot(member, features)).collect()
    }
}
