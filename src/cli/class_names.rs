//! Names of the classes: as given, as files list them, or from the data.

use std::collections::HashMap;

use she_ood::data::{Dataset, composed, label_lists};

use super::label_index::{LabelIndex, digits};
use super::{Result, listed, say};

/// Names that are listed in the order of the logits. The first list counts.
pub struct ListedNames<'a> {
    /// `--labels`.
    pub given: Option<&'a str>,
    /// Of the preprocessing config.
    pub config: Option<&'a [String]>,
    /// Of the model's own metadata.
    pub model: Option<&'a [String]>,
}

/// A name for each class of the model: as listed, else from the class folders, else numbers.
pub fn class_names(
    listed: &ListedNames<'_>,
    data: &Dataset,
    classes: usize,
) -> Result<Vec<String>> {
    let found = data.classes();
    match (listed.given, listed.config, listed.model) {
        (Some(list), ..) => {
            let names = best_known(label_lists(list)?, &found);
            check_distinct(&names)?;
            checked(names, data, classes)
        }
        (None, Some(names), _) => from_file("the config", names, &found, classes),
        (None, None, Some(names)) => from_file("the model's metadata", names, &found, classes),
        (None, None, None) => {
            let names = from_data(data, classes)?;
            check_distinct(&names)?;
            checked(names, data, classes)
        }
    }
}

/// Refuses another number of names than of classes.
fn checked(names: Vec<String>, data: &Dataset, classes: usize) -> Result<Vec<String>> {
    if names.len() == classes {
        return Ok(names);
    }
    let empty = match data.empty_classes() {
        [] => String::new(),
        empty => format!(". These folders have no pictures: {}", listed(empty)),
    };
    Err(format!(
        "the model has {classes} classes, but {} are named: {}{empty}. Name them with --labels in \
         the order of the logits",
        names.len(),
        listed(&names)
    )
    .into())
}

/// Of several names for each class, those that most labels of the data are.
fn best_known(lists: Vec<Vec<String>>, labels: &[String]) -> Vec<String> {
    let known = |names: &Vec<String>| labels.iter().filter(|label| names.contains(label)).count();
    let best = lists.into_iter().rev().max_by_key(known);
    best.unwrap_or_default()
}

/// The names that a file lists. Labels of the data that mean one of them take its place.
fn from_file(
    place: &str,
    names: &[String],
    labels: &[String],
    classes: usize,
) -> Result<Vec<String>> {
    if names.len() != classes {
        return Err(format!(
            "the model has {classes} classes, but {place} names {}: {}. Name them with --labels in \
             the order of the logits",
            names.len(),
            listed(names)
        )
        .into());
    }
    let (mut own, meanings) = (names.to_vec(), Meanings::new(names));
    for label in labels {
        match meanings.of(label) {
            [] => {}
            [class] => own.iter_mut().skip(*class).take(1).for_each(|name| name.clone_from(label)),
            [_, second, ..] => {
                return Err(format!(
                    "{place} names more than one class {label:?}, the second at position {second}: \
                     name the classes with --labels in the order of the logits, each by its own \
                     name"
                )
                .into());
            }
        }
    }
    let index = LabelIndex::new(&own);
    match labels.iter().any(|label| index.find(label).is_some()) {
        true => Ok(own),
        false => Err(format!(
            "no label of the data is a class of the model: the data have {}, {place} names {}. \
             Rename the class folders, or name the classes with --labels in the order of the \
             logits: a list, or @FILE such as imagenet_class_index.json, which has WordNet \
             identifiers and words",
            listed(labels),
            listed(names)
        )
        .into()),
    }
}

/// Finds the classes that a label means: by their whole name, else by one of the names between
/// commas, whatever the case, with underscores for spaces.
struct Meanings {
    by_name: HashMap<String, Vec<usize>>,
    by_part: HashMap<String, Vec<usize>>,
}

impl Meanings {
    fn new(names: &[String]) -> Self {
        let (mut by_name, mut by_part) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (class, name) in names.iter().enumerate() {
            by_name.entry(spoken(name)).or_default().push(class);
            for part in name.split(',') {
                by_part.entry(spoken(part)).or_default().push(class);
            }
        }
        Self { by_name, by_part }
    }

    fn of(&self, label: &str) -> &[usize] {
        let label = spoken(label);
        self.by_name.get(&label).or_else(|| self.by_part.get(&label)).map_or(&[], Vec::as_slice)
    }
}

fn spoken(name: &str) -> String {
    composed(name.trim()).to_lowercase().replace(['_', '-'], " ")
}

fn check_distinct(names: &[String]) -> Result<()> {
    let is_repeated = |(i, name): &(usize, &String)| names.iter().take(*i).any(|it| it == *name);
    match names.iter().enumerate().find(is_repeated) {
        Some((_, name)) => Err(format!(
            "two classes are named {name:?}, so labels cannot tell them apart: give each its own \
             name"
        )
        .into()),
        None => Ok(()),
    }
}

/// The names that the data have for this many classes.
fn from_data(data: &Dataset, classes: usize) -> Result<Vec<String>> {
    let full = data.classes();
    let folders = if full.len() == classes { full } else { data.classes_and_empty() };
    let numbers: Option<Vec<u64>> = folders.iter().map(|name| digits(name)).collect();
    match numbers {
        Some(numbers) => from_numbers(&folders, &numbers, classes),
        None => {
            note_order(&folders);
            Ok(folders)
        }
    }
}

/// Names for folders that are all named by numbers.
///
/// Numbers are positions if all are in range, or if there are not as many as classes. Otherwise
/// they are names like any others, provided that there is only one order to take them in.
fn from_numbers(folders: &[String], numbers: &[u64], classes: usize) -> Result<Vec<String>> {
    let is_distinct = LabelIndex::new(folders).has_distinct_numbers();
    let is_in_range = numbers.iter().all(|&number| number < classes as u64);
    let is_ascending = numbers.is_sorted();
    let last = classes.saturating_sub(1);
    if is_distinct && (is_in_range || folders.len() != classes) {
        if !is_ascending {
            say(&format!(
                "note: the folders are taken as positions of the model's outputs, 0 to {last}. If \
                 it was trained with folders sorted as text, {}, as torchvision's ImageFolder \
                 sorts them, give --labels in that order",
                listed(folders)
            ));
        }
        return Ok(at_positions(folders, numbers, classes));
    }
    if !is_distinct || !is_ascending {
        return Err(format!(
            "the folders are named by numbers that are not positions of the model's outputs, 0 to \
             {last}, and have more than one order: as text it is {}. Name them with --labels in \
             the order of the logits",
            listed(folders)
        )
        .into());
    }
    say(&format!(
        "note: the folders are taken as names of the model's outputs, in this order: {}",
        listed(folders)
    ));
    Ok(folders.to_vec())
}

/// Each folder's name at the position that its number is; numbers where no folder is.
fn at_positions(folders: &[String], numbers: &[u64], classes: usize) -> Vec<String> {
    let named = |class: usize| {
        let mut pairs = numbers.iter().zip(folders);
        pairs.find(|(number, _)| **number == class as u64).map(|(_, folder)| folder.clone())
    };
    (0..classes).map(|class| named(class).unwrap_or_else(|| class.to_string())).collect()
}

/// Says in which order names are taken, where another is as likely.
fn note_order(names: &[String]) {
    if !names.is_sorted_by_key(|name| natural(name)) {
        say(&format!(
            "note: the classes are taken in the order of their names as text: {}. If the model has \
             another order, give it with --labels",
            listed(names)
        ));
    }
}

/// A name in parts by which 2 sorts before 10.
fn natural(name: &str) -> Vec<(u64, &str)> {
    let is_digit = |c: char| c.is_ascii_digit();
    name.split_inclusive(|c: char| !is_digit(c))
        .map(|part| (digits(part.trim_end_matches(|c| !is_digit(c))).unwrap_or(0), part))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn folders_are_matched_to_the_names_of_a_file_however_they_are_written() {
        let names = texts(&["tench, Tinca tinca", "great white shark", "crane", "crane"]);
        let from = |labels: &[&str]| from_file("the config", &names, &texts(labels), 4);
        let expected = texts(&["Tinca_tinca", "great-white-shark", "crane", "crane"]);
        assert_eq!(from(&["Tinca_tinca", "great-white-shark", "dog"]).unwrap(), expected);
        assert_eq!(from(&["0", "3"]).unwrap(), names, "positions");
        let said = |labels: &[&str]| from(labels).unwrap_err().to_string();
        assert!(said(&["n01440764"]).contains("the data have n01440764, the config names tench"));
        assert!(said(&["tench", "crane"]).contains("more than one class \"crane\""));
        let few = from_file("the config", &names, &texts(&["crane"]), 3).unwrap_err().to_string();
        assert!(few.contains("the model has 3 classes, but the config names 4"), "{few}");
    }

    #[test]
    fn of_several_names_those_of_the_data_are_taken() {
        let lists = vec![texts(&["n01", "n02"]), texts(&["tench", "goldfish"])];
        assert_eq!(best_known(lists.clone(), &texts(&["goldfish"])), lists[1]);
        assert_eq!(best_known(lists.clone(), &texts(&["n02"])), lists[0]);
        assert_eq!(best_known(lists.clone(), &texts(&["dog"])), lists[0]);
    }

    #[test]
    fn numbers_of_outputs_are_positions_in_whatever_order_they_are_sorted() {
        let mut folders: Vec<String> = (0..12).map(|class| class.to_string()).collect();
        folders.sort();
        let numbers: Vec<u64> = folders.iter().filter_map(|name| digits(name)).collect();
        let expected: Vec<String> = (0..12).map(|class| class.to_string()).collect();
        assert_eq!(from_numbers(&folders, &numbers, 12).ok(), Some(expected));
        assert_eq!(from_numbers(&folders, &numbers, 13).map(|names| names.len()).ok(), Some(13));
    }

    #[test]
    fn numbers_in_names_have_their_value() {
        let ordered = |names: &[&str]| names.is_sorted_by_key(|name| natural(name));
        assert!(ordered(&["class2", "class10", "class11"]) && !ordered(&["class10", "class2"]));
        assert!(ordered(&["Bee", "ant"]) && ordered(&["n01", "n02", "n10"]));
    }
}
