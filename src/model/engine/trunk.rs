//! The trunk of a graph: the tensors that all computation passes through.

use std::collections::HashMap;

use super::wiring::{Wiring, outputs};

/// Paths are counted modulo a prime, as their number grows exponentially. That two counts agree by
/// chance is as likely as one in 2^61.
const PRIME: u128 = (1 << 61) - 1;

/// Tensors that every path from the model's input to `end` passes, in the order of the file.
pub(super) fn trunk<'a>(wiring: &Wiring<'a>, end: &'a str) -> Vec<&'a str> {
    let (from_input, to_end) = (from_input(wiring), to_end(wiring, end));
    let count = |counts: &HashMap<&str, u128>, name: &str| counts.get(name).copied().unwrap_or(0);
    let all = count(&from_input, end);
    let passes = |name: &&str| count(&from_input, name) * count(&to_end, name) % PRIME == all;
    let made = wiring.made();
    made.filter(|name| all > 0 && to_end.contains_key(name)).filter(passes).collect()
}

/// Number of paths from the input to each tensor.
fn from_input<'a>(wiring: &Wiring<'a>) -> HashMap<&'a str, u128> {
    let mut paths = HashMap::from([(wiring.input, 1)]);
    for node in wiring.nodes {
        let inputs = wiring.varying_inputs(node).filter_map(|name| paths.get(name));
        let count = inputs.sum::<u128>() % PRIME;
        paths
            .extend(outputs(node).filter(|name| wiring.is_varying(name)).map(|name| (name, count)));
    }
    paths
}

/// Number of paths from each tensor to `end`.
fn to_end<'a>(wiring: &Wiring<'a>, end: &'a str) -> HashMap<&'a str, u128> {
    let mut paths = HashMap::from([(end, 1)]);
    for node in wiring.nodes.iter().rev() {
        let count = outputs(node).filter_map(|name| paths.get(name)).sum::<u128>() % PRIME;
        if count > 0 {
            for name in wiring.varying_inputs(node) {
                let paths = paths.entry(name).or_default();
                *paths = (*paths + count) % PRIME;
            }
        }
    }
    paths
}
