//! Finds the axis that holds the channels of each tensor, by the operators that read and make it.
//!
//! Some operators tell: a convolution has its channels second, a layer normalisation works on the
//! last axis, a dense layer too. Most others leave the axes as they are or move them in a known
//! way, so what is known of one tensor is known of its neighbours, before and after.

mod evidence;
mod links;

use std::collections::{HashMap, HashSet, VecDeque};

use self::evidence::Evidence;
use self::links::Link;
use super::wiring::Wiring;

/// Axis of the channels by tensor, counted with the batch dimension.
pub(super) struct Channels<'a>(HashMap<&'a str, Option<usize>>);

impl<'a> Channels<'a> {
    /// Infers what the graph tells. Stronger evidence settles what it reaches before weaker
    /// evidence is heard: a dense layer over the last axis may mix tokens as well as channels.
    pub fn infer(wiring: &Wiring<'a>) -> Self {
        let neighbours = Neighbours::new(wiring);
        let evidence = Evidence::new(wiring);
        let mut found = Self(HashMap::new());
        found.spread(evidence.of_operators(), &neighbours);
        found.spread(evidence.of_normalisations(), &neighbours);
        found.spread(evidence.of_dense_layers(), &neighbours);
        found
    }

    /// The axis of a tensor, `None` where nothing tells or what tells contradicts itself.
    pub fn axis(&self, tensor: &str) -> Option<usize> {
        self.0.get(tensor).copied().flatten()
    }

    /// Spreads known axes to neighbouring tensors. Settled tensors stay as they are.
    fn spread(&mut self, known: Vec<(&'a str, usize)>, neighbours: &Neighbours<'a>) {
        let settled: HashSet<&str> = self.0.keys().copied().collect();
        let mut waiting = VecDeque::from(known);
        while let Some((tensor, axis)) = waiting.pop_front() {
            if !settled.contains(tensor) && self.learn(tensor, axis) {
                waiting.extend(neighbours.of(tensor, axis));
            }
        }
    }

    /// Whether this is new.
    fn learn(&mut self, tensor: &'a str, axis: usize) -> bool {
        let known = self.0.get(tensor).copied();
        let agreed = known.is_none_or(|known| known == Some(axis));
        self.0.insert(tensor, agreed.then_some(axis));
        known.is_none()
    }
}

/// The links of each tensor.
struct Neighbours<'a>(HashMap<&'a str, Vec<Link<'a>>>);

impl<'a> Neighbours<'a> {
    fn new(wiring: &Wiring<'a>) -> Self {
        let mut neighbours = HashMap::<_, Vec<_>>::new();
        for link in wiring.nodes.iter().flat_map(|node| links::of(node, wiring)) {
            neighbours.entry(link.to).or_default().push(link.reversed());
            neighbours.entry(link.from).or_default().push(link);
        }
        Self(neighbours)
    }

    /// Where the axis of a tensor is found in its neighbours.
    fn of(&self, tensor: &str, axis: usize) -> impl Iterator<Item = (&'a str, usize)> {
        let links = self.0.get(tensor).into_iter().flatten();
        links.filter_map(move |link| Some((link.to, link.moved(axis)?)))
    }
}
