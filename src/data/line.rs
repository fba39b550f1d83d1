//! The line that names a set, and lists of labels.

use std::fs;
use std::ops::Range;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

use super::{damaged, unreadable};
use crate::Result;
use crate::labels::of_json;

/// The parts of a line that names a set.
pub(super) struct Line<'a> {
    pub path: &'a str,
    pub labels: Option<&'a str>,
    /// Names and values.
    options: Vec<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    const OPTIONS: [&'static str; 3] = ["keep", "rows", "name"];

    pub(super) fn parse(line: &'a str) -> Result<Self> {
        let (mut rest, mut options) = (line, Vec::new());
        // A path may contain colons and equals signs.
        while let Some((before, last)) = last_part(rest).filter(|_| !Path::new(rest).exists()) {
            let Some((name, value)) = last.split_once('=') else { break };
            if !Self::OPTIONS.contains(&name) {
                return Err(damaged(
                    line,
                    format!("there is no option {last:?}, allowed: keep, rows and name"),
                ));
            }
            options.push((name, value));
            rest = before;
        }
        match last_part(rest).filter(|_| !Path::new(rest).exists()) {
            None => Ok(Self { path: rest, labels: None, options }),
            Some((path, labels)) if last_part(path).is_none() => {
                Ok(Self { path, labels: Some(labels), options })
            }
            Some(_) => Err(damaged(
                line,
                "expected PATH[:LABELS][:keep=A,B,...][:rows=FROM..TO][:name=NAME]",
            )),
        }
    }

    /// The line without the folders of its files.
    pub(super) fn short(&self) -> String {
        let files = [Some(self.path), self.labels].into_iter().flatten().map(file_name);
        let options =
            self.options.iter().rev().map(|(name, value)| match value.strip_prefix('@') {
                Some(list) => format!("{name}=@{}", file_name(list)),
                None => format!("{name}={value}"),
            });
        files.chain(options).collect::<Vec<_>>().join(":")
    }

    /// The value of an option; the last one counts.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.options.iter().find(|(option, _)| *option == name).map(|(_, value)| *value)
    }
}

fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or(path.into(), |name| name.to_string_lossy()).into_owned()
}

/// Splits a line at its last colon, not counting colons after drive letters.
fn last_part(line: &str) -> Option<(&str, &str)> {
    let colons = line.rmatch_indices(':').map(|(at, _)| at);
    colons
        .filter(|&at| !follows_drive(line, at))
        .find_map(|at| Some((line.get(..at)?, line.get(at + 1..)?)))
}

/// Whether this colon follows a drive letter, as in `C:\` or `C:/`. An existing file of one letter
/// before an absolute path is not a drive.
fn follows_drive(line: &str, at: usize) -> bool {
    let (before, after) = line.split_at(at);
    let drive = before.rsplit([':', '=', '@']).next().unwrap_or(before);
    let is_letter = drive.len() == 1 && drive.chars().all(|letter| letter.is_ascii_alphabetic());
    let from_root = after.strip_prefix(':').is_some_and(|rest| rest.starts_with(['/', '\\']));
    is_letter && from_root && !Path::new(drive).exists()
}

/// The range `FROM..TO` within this many rows; either end may be missing.
pub(super) fn range(text: &str, rows: usize) -> Option<Range<usize>> {
    let (from, to) = text.split_once("..")?;
    let end =
        |text: &str, open: usize| if text.is_empty() { Some(open) } else { text.parse().ok() };
    let range = end(from, 0)?..end(to, rows)?;
    (range.start < range.end && range.end <= rows).then_some(range)
}

/// Reads labels from a list `A,B,...`, or from a file `@FILE` with one per line or in JSON, for
/// names with commas and colons. Spaces around a name are not part of it.
///
/// # Errors
/// As [`label_lists`].
pub fn labels(list: &str) -> Result<Vec<String>> {
    Ok(label_lists(list)?.into_iter().next().unwrap_or_default())
}

/// As [`labels`], with every name that a class has: a list for each. Files in which classes have
/// several are JSON, such as Keras' `imagenet_class_index.json`, with WordNet identifiers and
/// words.
///
/// JSON is an array of names, an object from index to name or from name to index, or an object with
/// one of these in its field `id2label`, `label_names`, `labels`, `names` or `classes`, as
/// Transformers, timm and Teachable Machine write them.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) for a file that cannot be read, for an empty line in it and
/// for other JSON.
pub fn label_lists(list: &str) -> Result<Vec<Vec<String>>> {
    let Some(path) = list.strip_prefix('@') else {
        return Ok(vec![list.split(',').map(|name| composed(name.trim())).collect()]);
    };
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    let text = text.trim_start_matches('\u{feff}');
    let lists = match text.trim_start().starts_with(['[', '{']) {
        true => {
            serde_json::from_str(text).ok().and_then(|json| of_json(&json)).ok_or_else(|| {
                damaged(
                    path,
                    "expected a JSON array of names, such as [\"ant\", \"bee\"], or an object from \
                 index to name, such as id2label",
                )
            })?
        }
        false => vec![
            text.replace("\r\n", "\n").trim_end().split(['\n', '\r']).map(str::to_string).collect(),
        ],
    };
    lists.into_iter().map(|names| usable(path, names)).collect()
}

/// Names without spaces around them.
fn usable(path: &str, names: Vec<String>) -> Result<Vec<String>> {
    match names.iter().position(|name| name.trim().is_empty()) {
        Some(empty) => Err(damaged(
            path,
            format!("line {} is empty, expected the name of a class on each", empty + 1),
        )),
        None => Ok(names.iter().map(|name| composed(name.trim())).collect()),
    }
}

/// A name with its accents composed (NFC): some systems store them decomposed.
pub fn composed(name: &str) -> String {
    name.nfc().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_drive_letter_is_part_of_its_path() {
        for (line, path, labels, keep) in [
            (r"C:\data\train", r"C:\data\train", None, None),
            ("C:/data/train:keep=a,b", "C:/data/train", None, Some("a,b")),
            (
                r"C:\images.idx:D:\labels.idx:keep=1",
                r"C:\images.idx",
                Some(r"D:\labels.idx"),
                Some("1"),
            ),
            (r"C:\data\a=b", r"C:\data\a=b", None, None),
            (r"C:\train:keep=@D:\names.txt", r"C:\train", None, Some(r"@D:\names.txt")),
            ("images:labels", "images", Some("labels"), None),
            ("c:labels", "c", Some("labels"), None),
            ("images:/labels", "images", Some("/labels"), None),
        ] {
            let parsed = Line::parse(line).unwrap();
            assert_eq!(
                (parsed.path, parsed.labels, parsed.given("keep")),
                (path, labels, keep),
                "{line}"
            );
        }
    }

    #[test]
    fn the_short_line_has_no_folders() {
        for (line, short) in [
            ("data/mnist/t10k.idx:data/mnist/labels.idx:keep=0,1", "t10k.idx:labels.idx:keep=0,1"),
            ("data/photos/:keep=@lists/names.txt:rows=..9", "photos:keep=@names.txt:rows=..9"),
            ("..", ".."),
        ] {
            assert_eq!(Line::parse(line).unwrap().short(), short);
        }
    }
}
