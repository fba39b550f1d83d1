//! Names of the classes: as given, or from the data.

use she_ood::data::{Dataset, labels};

use super::label_index::{LabelIndex, digits};
use super::{Result, listed, say};

/// A name for each class of the model: as given with --labels, else from the class folders, else
/// numbers.
pub fn class_names(given: Option<&str>, data: &Dataset, classes: usize) -> Result<Vec<String>> {
    let names = match given {
        Some(list) => labels(list)?,
        None => from_data(data, classes)?,
    };
    check_distinct(&names)?;
    if names.len() == classes {
        return Ok(names);
    }
    let empty = match data.empty_classes() {
        [] => String::new(),
        empty => format!(". No picture is in the folders {}", listed(empty)),
    };
    Err(format!(
        "the model has {classes} classes, but {} are named: {}{empty}. Name them with --labels in \
         the order of the logits",
        names.len(),
        listed(&names)
    )
    .into())
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
