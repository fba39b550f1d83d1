//! Lists of names in messages.

/// Names listed at most; the rest are counted.
const MOST: usize = 20;

/// The names, separated by commas; of many the first ones and how many more there are.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let first: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(MOST) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
