//! Lists of names in messages.

/// Names shown at most; the rest are counted.
const MOST: usize = 20;

/// The names, separated by commas; of many, the first ones and how many more there are.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    abridged(names.iter().map(AsRef::as_ref), names.len())
}

/// The same of `count` names that are made only as far as they are shown.
pub fn abridged<T: Into<String>>(names: impl Iterator<Item = T>, count: usize) -> String {
    let first: Vec<String> = names.take(MOST).map(Into::into).collect();
    match count.saturating_sub(MOST) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
