//! Folders of images.

use std::collections::BTreeSet;

use super::decode::decode;
use super::identity::Identity;
use super::kind::{Kind, advice};
use super::listing::{Listed, Listing};
use super::{Remark, Sample, damaged};
use crate::Result;

/// The images of a folder and of its subfolders, which are classes.
#[derive(Debug)]
pub(super) struct Folder(Listing);

impl Folder {
    /// Lists the images, those of each folder by name.
    pub(super) fn open(path: &str) -> Result<Self> {
        Listing::of(path).map(Self)
    }

    /// A single image.
    pub(super) fn of_file(path: &str, kind: Kind) -> Self {
        let pictures = vec![Listed::file(path, kind)];
        Self(Listing { pictures, classes: Vec::new(), remarks: Vec::new() })
    }

    /// The classes that these files are in.
    pub(super) fn classes_of(&self, rows: &[usize]) -> Vec<String> {
        let present: BTreeSet<usize> =
            rows.iter().filter_map(|&row| self.0.pictures.get(row)?.class).collect();
        present.into_iter().filter_map(|class| self.0.classes.get(class).cloned()).collect()
    }

    /// Every class folder, empty ones too.
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

    pub(super) fn path(&self, row: usize) -> String {
        self.0.pictures.get(row).map(|file| file.path.display().to_string()).unwrap_or_default()
    }

    pub(super) fn identity(&self, row: usize) -> Option<&Identity> {
        self.0.pictures.get(row).map(|file| &file.identity)
    }

    pub(super) fn sample(&self, row: usize) -> Result<Sample> {
        let file = self
            .0
            .pictures
            .get(row)
            .ok_or_else(|| damaged("a folder", format!("there is no image {row}")))?;
        if let Some(Kind::Other(name)) = file.kind {
            return Err(damaged(
                &self.path(row),
                format!("it is no picture: {name}{}", advice(name)),
            ));
        }
        let failed = |error: ::image::ImageError| damaged(&self.path(row), error.to_string());
        decode(&file.path).map(Sample::Picture).map_err(failed)
    }
}
