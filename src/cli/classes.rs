//! Names of the classes, and which of them a label means.

use std::collections::HashMap;

use she_ood::data::{Dataset, composed, labels};

use super::{Result, say};

/// The classes of a model, by what samples may call them.
pub struct Classes {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    /// The classes named by each whole number; several where `01` stands beside `1`.
    by_number: HashMap<u64, Vec<usize>>,
    /// Whether numbers are positions, as no class is named by one.
    by_position: bool,
}

impl Classes {
    /// Of names in the order of the logits.
    pub fn new(names: &[String]) -> Self {
        let (mut by_name, mut by_number) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for (class, name) in names.iter().enumerate() {
            by_name.entry(composed(name)).or_insert(class);
            number(name)
                .into_iter()
                .for_each(|number| by_number.entry(number).or_default().push(class));
        }
        let by_position = !names.iter().any(|name| is_numeric(name));
        Self { names: names.to_vec(), by_name, by_number, by_position }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The class with this name, or named by this number; else the position, where no class is
    /// named by a number.
    pub fn find(&self, label: &str) -> Option<usize> {
        let by_number = || match self.by_number.get(&number(label)?)?.as_slice() {
            [class] => Some(*class),
            _ => None,
        };
        let by_position = || {
            digits(label).filter(|_| self.by_position).and_then(|class| usize::try_from(class).ok())
        };
        let position = || by_position().filter(|&class| class < self.len());
        self.by_name.get(label).copied().or_else(by_number).or_else(position)
    }
}

impl std::fmt::Display for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&few(&self.names))
    }
}

/// The first of many names.
pub fn few(names: &[impl AsRef<str>]) -> String {
    const MOST: usize = 20;
    let shown: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    shown.join(", ") + if names.len() > MOST { ", ..." } else { "" }
}

/// Class names: as given, else from the class folders, else numbers.
pub fn names(given: Option<&str>, data: &Dataset, classes: usize) -> Result<Vec<String>> {
    let names = match given {
        Some(list) => labels(list)?,
        None => of_data(data, classes)?,
    };
    if let Some(twice) =
        names.iter().enumerate().find(|(i, name)| names.iter().take(*i).any(|other| other == *name))
    {
        return Err(format!(
            "two classes are named {:?}, so that labels would not tell them apart",
            twice.1
        )
        .into());
    }
    if names.len() == classes {
        return Ok(names);
    }
    let (count, empty) = (names.len(), data.empty_classes());
    let empty = if empty.is_empty() {
        String::new()
    } else {
        format!(". No picture is in the folders {}", few(empty))
    };
    Err(format!(
        "the model has {classes} classes, but {count} are named: {}{empty}. Name them with --labels in the order of the logits",
        few(&names)
    )
    .into())
}

/// The names that the data have for so many classes.
fn of_data(data: &Dataset, classes: usize) -> Result<Vec<String>> {
    let full = data.classes();
    let folders = if full.len() == classes { full } else { data.classes_and_empty() };
    let numbers: Option<Vec<u64>> = folders.iter().map(|name| digits(name)).collect();
    match numbers {
        Some(numbers) => of_numbers(&folders, &numbers, classes),
        None => {
            say_order(&folders);
            Ok(folders)
        }
    }
}

/// Names for folders that are all named by numbers. These are positions where the model has as many
/// outputs. Else they are names like any others, if there is but one order to take them in.
fn of_numbers(folders: &[String], numbers: &[u64], classes: usize) -> Result<Vec<String>> {
    let (is_in_range, is_ascending) =
        (numbers.iter().all(|&number| number < classes as u64), numbers.is_sorted());
    let differ = Classes::new(folders).by_number.len() == folders.len();
    let at = |class: usize| {
        numbers
            .iter()
            .position(|&number| number == class as u64)
            .and_then(|i| folders.get(i))
            .cloned()
    };
    if differ && (is_in_range || folders.len() != classes) {
        if !is_ascending {
            say(&format!(
                "note: the folders are taken as numbers of the model's outputs, 0 to {}. If it was trained on folders sorted as \
                 text, {}, as torchvision's ImageFolder sorts them, give --labels in that order",
                classes.saturating_sub(1),
                few(folders)
            ));
        }
        return Ok((0..classes)
            .map(|class| at(class).unwrap_or_else(|| class.to_string()))
            .collect());
    }
    if !differ || !is_ascending {
        return Err(format!(
            "the folders are named by numbers that are not the model's outputs, 0 to {}, and have more than one order: as text \
             it is {}. Name them with --labels in the order of the logits",
            classes.saturating_sub(1),
            few(folders)
        )
        .into());
    }
    say(&format!(
        "note: the folders are taken as names of the model's outputs, in this order: {}",
        few(folders)
    ));
    Ok(folders.to_vec())
}

/// Says in what order names are taken where another is as likely.
fn say_order(names: &[String]) {
    if !names.is_sorted_by_key(|name| natural(name)) {
        say(&format!(
            "note: the classes are taken in the order of their names as text: {}. If the model has another, give it with --labels",
            few(names)
        ));
    }
}

/// A name in parts, so that 2 comes before 10.
fn natural(name: &str) -> Vec<(u64, &str)> {
    let is_digit = |c: char| c.is_ascii_digit();
    name.split_inclusive(|c: char| !is_digit(c))
        .map(|part| (digits(part.trim_end_matches(|c| !is_digit(c))).unwrap_or(0), part))
        .collect()
}

/// The number that a label is, in digits alone.
fn digits(label: &str) -> Option<u64> {
    label.bytes().all(|byte| byte.is_ascii_digit()).then(|| label.parse().ok()).flatten()
}

/// The whole number that a name stands for, however it is written: 7, 007, 7.0.
fn number(name: &str) -> Option<u64> {
    let written = || {
        name.parse().ok().filter(|number: &f64| {
            is_numeric(name) && number.fract() == 0.0 && (0.0..1e15).contains(number)
        })
    };
    digits(name).or_else(|| written().map(|number| number as u64))
}

/// Whether a name is a number in any way of writing one; `nan` and `infinity` are words.
fn is_numeric(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_digit()) && name.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(names: &[&str], label: &str) -> Option<usize> {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        Classes::new(&names).find(label)
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

    #[test]
    fn numbers_of_outputs_are_positions_in_whatever_order_they_are_sorted() {
        let mut folders: Vec<String> = (0..12).map(|class| class.to_string()).collect();
        folders.sort();
        let numbers: Vec<u64> = folders.iter().filter_map(|name| digits(name)).collect();
        let expected: Vec<String> = (0..12).map(|class| class.to_string()).collect();
        assert_eq!(of_numbers(&folders, &numbers, 12).ok(), Some(expected));
        assert_eq!(of_numbers(&folders, &numbers, 13).map(|names| names.len()).ok(), Some(13));
    }

    #[test]
    fn numbers_in_names_have_their_value() {
        let ordered = |names: &[&str]| names.is_sorted_by_key(|name| natural(name));
        assert!(ordered(&["class2", "class10", "class11"]) && !ordered(&["class10", "class2"]));
        assert!(ordered(&["Bee", "ant"]) && ordered(&["n01", "n02", "n10"]));
    }
}
