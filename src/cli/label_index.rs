//! The class that a label means.

use std::collections::HashMap;

use she_ood::data::composed;

use super::listed;

/// Finds the class index of a label, as samples may write it.
pub struct LabelIndex {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    /// The classes that each whole number names; several where `01` stands beside `1`.
    by_number: HashMap<u64, Vec<usize>>,
    /// Whether numbers are positions, as no class is named by one.
    by_position: bool,
}

impl LabelIndex {
    /// Of class names in the order of the logits.
    pub fn new(names: &[String]) -> Self {
        let (mut by_name, mut by_number) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for (class, name) in names.iter().enumerate() {
            by_name.entry(composed(name)).or_insert(class);
            if let Some(number) = whole_number(name) {
                by_number.entry(number).or_default().push(class);
            }
        }
        let by_position = !names.iter().any(|name| is_numeric(name));
        Self { names: names.to_vec(), by_name, by_number, by_position }
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no two names are the same number.
    pub fn has_distinct_numbers(&self) -> bool {
        self.by_number.len() == self.len()
    }

    /// The class with this name, or named by this number; else the position, where no class is
    /// named by a number.
    pub fn find(&self, label: &str) -> Option<usize> {
        let by_number = || match self.by_number.get(&whole_number(label)?)?.as_slice() {
            [class] => Some(*class),
            _ => None,
        };
        let by_position = || {
            let class = digits(label).filter(|_| self.by_position)?;
            usize::try_from(class).ok().filter(|&class| class < self.len())
        };
        self.by_name.get(label).copied().or_else(by_number).or_else(by_position)
    }
}

impl std::fmt::Display for LabelIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&listed(&self.names))
    }
}

/// The number that a label of digits alone is.
pub fn digits(label: &str) -> Option<u64> {
    label.bytes().all(|byte| byte.is_ascii_digit()).then(|| label.parse().ok()).flatten()
}

/// The whole number that a name stands for, however it is written: 7, 007, 7.0.
pub fn whole_number(name: &str) -> Option<u64> {
    let written = || {
        name.parse().ok().filter(|number: &f64| {
            is_numeric(name) && number.fract() == 0.0 && (0.0..1e15).contains(number)
        })
    };
    digits(name).or_else(|| written().map(|number| number as u64))
}

/// Whether a name is a number, however it is written; `nan` and `infinity` are words.
fn is_numeric(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_digit()) && name.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(names: &[&str], label: &str) -> Option<usize> {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        LabelIndex::new(&names).find(label)
    }

    #[test]
    fn a_label_is_a_name_then_a_number_then_a_position() {
        for (names, label, expected) in [
            (["00000", "00001", "00002"], "00001", Some(1)),
            (["00000", "00001", "00002"], "1", Some(1)),
            (["0", "1", "2"], "002", Some(2)),
            (["5", "6", "7"], "6", Some(1)),
            (["5", "6", "7"], "1", None),
            (["1.0", "2.0", "3.0"], "1", Some(0)),
            (["+1", "+2", "+3"], "1", Some(0)),
            (["-1", "0", "1"], "1", Some(2)),
            (["0.5", "ant", "bee"], "1", None),
            (["ant", "bee", "cat"], "1", Some(1)),
            (["ant", "bee", "cat"], "01", Some(1)),
            (["ant", "bee", "cat"], "+1", None),
            (["ant", "bee", "cat"], "3", None),
            (["ant", "nan", "infinity"], "2", Some(2)),
            (["1", "01", "2"], "01", Some(1)),
            (["1", "01", "2"], "001", None),
            (["cafe\u{301}", "b", "c"], "caf\u{e9}", Some(0)),
        ] {
            assert_eq!(class(&names, label), expected, "{label} of {names:?}");
        }
    }
}
