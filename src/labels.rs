//! Names of classes, as files of other libraries list them.

use serde_json::{Map, Value};

/// The names of all classes, in the order of the logits: one list for each name that a class has,
/// such as WordNet identifiers and words.
pub(crate) type Columns = Vec<Vec<String>>;

/// Fields under which libraries write names: Transformers, timm, Teachable Machine, Ultralytics.
const FIELDS: [&str; 5] = ["id2label", "label_names", "labels", "names", "classes"];

/// The names in a JSON value: a list of them, an object from index to name or from name to index,
/// or an object with a field that holds one of these. A name may be a list of names.
pub(crate) fn of_json(value: &Value) -> Option<Columns> {
    match value {
        Value::Array(names) => columns(names.iter()),
        Value::Object(object) => FIELDS
            .iter()
            .filter_map(|field| object.get(*field))
            .find_map(of_json)
            .or_else(|| by_index(object))
            .or_else(|| by_name(object)),
        _ => None,
    }
}

/// The names in the text of a metadata entry: JSON, the same as a literal of Python, or a list
/// with commas.
pub(crate) fn of_text(text: &str) -> Option<Columns> {
    let text = text.trim();
    if text.starts_with(['[', '{', '(']) {
        let value = serde_json::from_str(text).or_else(|_| serde_json::from_str(&json(text)));
        return of_json(&value.ok()?);
    }
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_string()).collect();
    (names.len() > 1).then_some(vec![names])
}

/// `{"0": "tench", "1": "goldfish"}`, in any order.
fn by_index(object: &Map<String, Value>) -> Option<Columns> {
    let indexed = object.iter().map(|(index, name)| Some((index.parse().ok()?, name)));
    columns(in_order(indexed, object.len())?.into_iter())
}

/// `{"tench": 0, "goldfish": 1}`, in any order.
fn by_name(object: &Map<String, Value>) -> Option<Columns> {
    let indexed = object
        .iter()
        .map(|(name, index)| Some((usize::try_from(index.as_u64()?).ok()?, name.clone())));
    in_order(indexed, object.len()).filter(|names| !names.is_empty()).map(|names| vec![names])
}

/// Names by their indices, if there is one for each.
fn in_order<T: Clone>(
    indexed: impl Iterator<Item = Option<(usize, T)>>,
    count: usize,
) -> Option<Vec<T>> {
    let mut names = vec![None; count];
    for name in indexed {
        let (index, name) = name?;
        *names.get_mut(index)? = Some(name);
    }
    names.into_iter().collect()
}

/// One list for each name that every class has.
fn columns<'a>(names: impl Iterator<Item = &'a Value>) -> Option<Columns> {
    let rows: Vec<Vec<&str>> = names.map(row).collect::<Option<_>>()?;
    let width = rows.iter().map(Vec::len).min().filter(|&width| width > 0)?;
    let column =
        |at: usize| rows.iter().filter_map(|row| row.get(at).copied()).map(String::from).collect();
    Some((0..width).map(column).collect())
}

fn row(name: &Value) -> Option<Vec<&str>> {
    match name {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => names.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// A literal of Python as JSON: strings in either quotes, whole numbers as keys, tuples.
fn json(python: &str) -> String {
    let (mut json, mut rest) = (String::new(), python);
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '\'' | '"' => {
                let (text, after) = string(after, first);
                json.push_str(&Value::from(text).to_string());
                after
            }
            '0'..='9' => {
                let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
                let number = rest.strip_suffix(after).unwrap_or_default();
                let is_key = after.trim_start().starts_with(':');
                json.push_str(&if is_key { format!("{number:?}") } else { number.to_string() });
                after
            }
            // A comma may follow the last item.
            ',' if after.trim_start().starts_with(['}', ']', ')']) => after,
            _ => {
                json.push(match first {
                    '(' => '[',
                    ')' => ']',
                    other => other,
                });
                after
            }
        };
    }
    json
}

/// Reads a string of Python up to its closing quote. Returns it and what follows.
fn string(text: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text.chars();
    while let Some(next) = rest.next().filter(|&next| next != quote) {
        match (next, next == '\\') {
            (_, true) => match rest.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('x') => value.extend(code(&mut rest, 2)),
                Some('u') => value.extend(code(&mut rest, 4)),
                escaped => value.extend(escaped),
            },
            _ => value.push(next),
        }
    }
    (value, rest.as_str())
}

/// The character with the code of so many hexadecimal digits.
fn code(digits: &mut std::str::Chars<'_>, count: usize) -> Option<char> {
    let digits: String = digits.take(count).collect();
    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_names(text: &str, expected: &[&[&str]]) {
        let expected: Columns = expected
            .iter()
            .map(|names| names.iter().map(|name| name.to_string()).collect())
            .collect();
        assert_eq!(of_text(text).unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn names_are_read_from_every_form_in_which_libraries_write_them() {
        let expected: &[&[&str]] = &[&["ant", "bee", "cat"]];
        for text in [
            r#"["ant", "bee", "cat"]"#,
            "['ant', 'bee', 'cat']",
            "('ant', \"bee\", 'cat',)",
            "ant,bee, cat",
            r#"{"0": "ant", "2": "cat", "1": "bee"}"#,
            "{0: 'ant', 1: 'bee', 2: 'cat'}",
            "{ 0 : 'ant', 1 : 'bee', 2 : 'cat', }",
            r#"{"bee": 1, "ant": 0, "cat": 2}"#,
            r#"{"model_type": "vit", "id2label": {"0": "ant", "1": "bee", "2": "cat"}}"#,
            r#"{"tmVersion": "2.4.4", "labels": ["ant", "bee", "cat"], "imageSize": 224}"#,
            r#"{"architecture": "resnet18", "label_names": ["ant", "bee", "cat"]}"#,
        ] {
            assert_names(text, expected);
        }
        assert_names(
            r#"{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}"#,
            &[&["n01440764", "n01443537"], &["tench", "goldfish"]],
        );
    }

    #[test]
    fn quotes_and_escapes_of_python_are_understood() {
        assert_names(
            r#"{0: "jack-o'-lantern", 1: 'it\'s', 2: 'a: 1, "b"', 3: 'caf\xe9 \u00e9\\'}"#,
            &[&["jack-o'-lantern", "it's", "a: 1, \"b\"", "caf\u{e9} \u{e9}\\"]],
        );
        assert_names("{0: 'été', 1: '猫'}", &[&["été", "猫"]]);
    }

    #[test]
    fn what_holds_no_names_gives_none() {
        for text in [
            "",
            "80",
            "tench",
            "{}",
            "[]",
            "[1, 2]",
            "{0: 'ant', 2: 'bee'}",
            "{'a': 1, 'b': 3}",
            "{0: 'ant'",
            "{'ant', 'bee'}",
            r#"{"id2label": 3}"#,
            "[[]]",
            "'",
            "{'\\",
            "[[\"a\"], []]",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
    }
}
