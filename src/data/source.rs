//! Where a set's samples come from: chosen by what its path contains.

use std::collections::HashSet;
use std::path::Path;

use super::arrays::Arrays;
use super::file_kind::{FileKind, advice};
use super::folder::Folder;
use super::listing::{is_named_as_picture, read_kind};
use super::vectors::Rows;
use super::{damaged, idx, npz, parquet, unreadable};
use crate::Result;

const ONE_ARRAY: &str = "it holds one array without a name. Store samples and labels by name: \
                         numpy.savez(\"FILE.npz\", x=..., y=...)";

pub(super) const WANTED: &str = "give a folder of pictures, an .npz or Parquet file, an idx file \
                                 of unsigned bytes, or a PNG, JPEG, WebP, GIF or BMP file";

#[derive(Debug)]
pub(super) enum Source {
    Arrays(Arrays),
    Folder(Folder),
    /// Features that were computed elsewhere.
    Rows(Rows),
}

impl Source {
    pub(super) fn open(path: &str, labels: Option<&str>) -> Result<Self> {
        let file = Path::new(path);
        // Folders have no kind.
        let kind = (!file.is_dir())
            .then(|| read_kind(file))
            .transpose()
            .map_err(|error| unreadable(path, error))?;
        let needs_no_labels = || damaged(path, "LABELS are for idx files only");
        match (kind, labels) {
            (None | Some(FileKind::Other("zip" | "Parquet")), Some(_)) => Err(needs_no_labels()),
            (None, None) => Folder::open(path).map(Source::Folder),
            (Some(FileKind::Other("zip")), None) if npz::holds_features(path) => {
                npz::read_features(path).map(Source::Rows)
            }
            (Some(FileKind::Other("Parquet")), None) => parquet::read(path).map(Source::Rows),
            (Some(FileKind::Other("zip")), None) => npz::read(path).map(Source::Arrays),
            (Some(kind @ FileKind::Picture(_)), None) => {
                Ok(Source::Folder(Folder::of_file(path, kind)))
            }
            (Some(FileKind::Foreign(name)), None) => {
                Err(damaged(path, format!("its format is {name}; convert it to PNG or JPEG")))
            }
            (Some(kind), None) if is_named_as_picture(file) => {
                Ok(Source::Folder(Folder::of_file(path, kind)))
            }
            (Some(FileKind::Other("NumPy")), _) => Err(damaged(path, ONE_ARRAY)),
            (Some(FileKind::Other(name)), _) if !["gzip", "special", "unknown"].contains(&name) => {
                let advice = advice(name, WANTED);
                Err(damaged(path, format!("it holds no samples (format: {name}); {advice}")))
            }
            (Some(_), labels) => idx::read(path, labels).map(Source::Arrays),
        }
    }

    /// Class folders without a picture.
    pub(super) fn empty(&self) -> Vec<String> {
        let Source::Folder(folder) = self else { return Vec::new() };
        let full: HashSet<&str> = (0..folder.len()).filter_map(|row| folder.label(row)).collect();
        folder.classes().iter().filter(|class| !full.contains(class.as_str())).cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Source::Arrays(arrays) => arrays.len(),
            Source::Folder(folder) => folder.len(),
            Source::Rows(rows) => rows.length,
        }
    }

    pub(super) fn label(&self, row: usize) -> Option<String> {
        match self {
            Source::Arrays(arrays) => arrays.label(row),
            Source::Folder(folder) => folder.label(row).map(str::to_string),
            Source::Rows(rows) => rows.labels.as_ref()?.get(row),
        }
    }
}
