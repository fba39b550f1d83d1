//! Suggestions for a name that does not exist.

/// Suggestions at most.
const MOST: usize = 5;

/// Least similarity of a suggestion, from 0 to 1.
const LEAST: f64 = 0.4;

/// The known names nearest to a wrong one: those that contain it or are contained in it, then those
/// that take the fewest changes.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut ranked: Vec<(f64, &str)> =
        known.into_iter().map(|name| (similarity(&wrong, &name.to_lowercase()), name)).collect();
    ranked.retain(|(similarity, _)| *similarity >= LEAST);
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    ranked.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// 1 for equal names, above 1 for one within the other.
fn similarity(one: &str, other: &str) -> f64 {
    let is_part = !one.is_empty() && (one.contains(other) || other.contains(one));
    f64::from(u8::from(is_part)) + strsim::normalized_damerau_levenshtein(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["/layer3/relu", "/layer4/Relu_output_0", "/pool/out", "logits"];

    #[test]
    fn names_with_a_slip_and_parts_of_names_are_found_and_others_are_not() {
        assert_eq!(nearest("logit", KNOWN), ["logits"]);
        assert_eq!(nearest("LOGTIS", KNOWN), ["logits"]);
        assert_eq!(nearest("layer4", KNOWN), ["/layer4/Relu_output_0", "/layer3/relu"]);
        assert_eq!(nearest("/layer4/Relu_output_0:mean", KNOWN)[0], "/layer4/Relu_output_0");
        assert_eq!(nearest("zzz", KNOWN), [""; 0]);
        assert_eq!(nearest("", KNOWN), [""; 0]);
    }
}
