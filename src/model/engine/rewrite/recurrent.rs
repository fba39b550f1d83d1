//! The rule for recurrent networks. The engine computes the usual activations only, and each
//! sequence from its start.

use super::Rewritten;
use super::build::Parts;
use super::site::Site;

/// Refuses what the engine ignores; a sequence from its end is turned around before and after.
pub(super) fn recurrent(site: &Site<'_>) -> Rewritten {
    let usual: &[&str] = match site.node.op_type.as_str() {
        "RNN" => &["Tanh"],
        "GRU" => &["Sigmoid", "Tanh"],
        _ => &["Sigmoid", "Tanh", "Tanh"],
    };
    let given = site.attribute("activations").map(|held| held.strings.as_slice());
    let is = |(given, usual): (&Vec<u8>, &&str)| given.eq_ignore_ascii_case(usual.as_bytes());
    let unusual = |given: &[Vec<u8>]| !given.iter().zip(usual.iter().cycle()).all(is);
    if given.is_some_and(unusual) {
        return Err(site.unsupported(&format!("its activations must be {usual:?}")));
    }
    if site.float("clip", 0.0) != 0.0 || site.int("input_forget", 0) != 0 {
        return Err(site.unsupported("clip and input_forget are not supported"));
    }
    if site.text("direction", "forward") != "reverse" {
        return Ok(None);
    }
    let axis = site.int("layout", 0);
    let mut parts = site.parts();
    let input = turned(&mut parts, site.required(0)?, axis);
    let rest = site.node.input.iter().skip(1).map(String::as_str);
    let inputs: Vec<&str> = std::iter::once(input.as_str()).chain(rest).collect();
    let whole = parts.name();
    let last = site.node.output.iter().skip(1).cloned();
    let outputs = std::iter::once(whole.clone()).chain(last).collect();
    parts.push(&site.node.op_type, &inputs, site.without(&["direction"]), outputs);
    if site.node.output.first().is_some_and(|output| !output.is_empty()) {
        let whole = turned(&mut parts, &whole, axis);
        parts.finish("Identity", &[&whole], vec![]);
    }
    Ok(Some(parts.nodes()))
}

/// A tensor with one axis from its end.
fn turned(parts: &mut Parts<'_>, tensor: &str, axis: i64) -> String {
    let (start, end) = (parts.list(&[-1]), parts.list(&[i64::MIN]));
    let (axis, step) = (parts.list(&[axis]), parts.list(&[-1]));
    parts.add("Slice", &[tensor, &start, &end, &axis, &step], vec![])
}
