//! Folders of images.

use std::collections::BTreeSet;
use std::path::Path;

use super::decode::decode;
use super::file_kind::{FileKind, advice};
use super::identity::Identity;
use super::listing::{Listed, Listing};
use super::{Remark, Sample, damaged, unreadable};
use crate::Result;

/// The images of a folder and of its subfolders, which are classes.
#[derive(Debug)]
pub(super) struct Folder(Listing);

impl Folder {
    /// Lists the images, sorted by name within each folder.
    pub(super) fn open(path: &str) -> Result<Self> {
        Listing::of(path).map(Self)
    }

    /// A single image.
    pub(super) fn of_file(path: &str, kind: FileKind) -> Self {
        let pictures = vec![Listed::file(path, kind)];
        Self(Listing { pictures, classes: Vec::new(), remarks: Vec::new() })
    }

    /// Classes of these files.
    pub(super) fn classes_of(&self, rows: &[usize]) -> Vec<String> {
        let present: BTreeSet<usize> =
            rows.iter().filter_map(|&row| self.0.pictures.get(row)?.class).collect();
        present.into_iter().filter_map(|class| self.0.classes.get(class).cloned()).collect()
    }

    /// Every class folder, including empty ones.
    pub(super) fn classes(&self) -> &[String] {
        &self.0.classes
    }

    pub(super) fn remarks(&self) -> &[Remark] {
        &self.0.remarks
    }

    pub(super) fn len(&self) -> usize {
        self.0.pictures.len()
    }

    pub(super) fn label(&self, row: usize) -> Option<&str> {
        self.0.classes.get(self.0.pictures.get(row)?.class?).map(String::as_str)
    }

    /// Name of an image for messages: its path.
    pub(super) fn name(&self, row: usize, set: &str) -> String {
        match self.0.pictures.get(row) {
            Some(file) => file.path.display().to_string(),
            None => format!("image {row} of {set}"),
        }
    }

    pub(super) fn path(&self, row: usize) -> Option<&Path> {
        self.0.pictures.get(row).map(|file| file.path.as_path())
    }

    pub(super) fn identity(&self, row: usize) -> Option<&Identity> {
        self.0.pictures.get(row).map(|file| &file.identity)
    }

    /// Reads an image; `None` beyond the last one.
    pub(super) fn sample(&self, row: usize) -> Option<Result<Sample>> {
        self.0.pictures.get(row).map(read)
    }
}

fn read(file: &Listed) -> Result<Sample> {
    let path = file.path.display().to_string();
    match file.kind {
        Some(FileKind::Other(name)) => {
            let advice = advice(name, "give a PNG, JPEG, WebP, GIF or BMP file");
            Err(damaged(&path, format!("it is not a picture (format: {name}); {advice}")))
        }
        _ => decode(&file.path).map(Sample::Picture).map_err(|error| unreadable(&path, error)),
    }
}
