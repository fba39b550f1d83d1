//! Folders of images.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Sample, damaged, decode};
use crate::Result;

const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "bmp"];

/// The images of a folder and of its subfolders, which are classes.
#[derive(Debug)]
pub(super) struct Folder {
    files: Vec<(PathBuf, Option<usize>)>,
    classes: Vec<String>,
}

impl Folder {
    /// Lists the images, those of each folder by name.
    pub(super) fn open(path: &str) -> Result<Self> {
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
            entries(Path::new(path))?.into_iter().partition(|path| path.is_dir());
        let mut all: Vec<_> = images(files).map(|file| (file, None)).collect();
        let classes =
            folders.iter().map(|folder| folder.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
        for (class, folder) in folders.iter().enumerate() {
            all.extend(images(below(folder)?).map(|file| (file, Some(class))));
        }
        Ok(Self { files: all, classes })
    }

    /// A single image.
    pub(super) fn of_file(path: &str) -> Self {
        Self { files: vec![(path.into(), None)], classes: Vec::new() }
    }

    /// The classes that these files are in.
    pub(super) fn classes_of(&self, rows: &[usize]) -> Vec<String> {
        let present: BTreeSet<usize> = rows.iter().filter_map(|&row| self.files.get(row)?.1).collect();
        present.into_iter().filter_map(|class| self.classes.get(class).cloned()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    pub(super) fn label(&self, row: usize) -> Option<&str> {
        let (_, class) = self.files.get(row)?;
        self.classes.get((*class)?).map(String::as_str)
    }

    pub(super) fn path(&self, row: usize) -> String {
        self.files.get(row).map(|(path, _)| path.display().to_string()).unwrap_or_default()
    }

    pub(super) fn sample(&self, row: usize) -> Result<Sample> {
        let (path, _) = self.files.get(row).ok_or_else(|| damaged("a folder", format!("there is no image {row}")))?;
        decode::decode(path).map(Sample::Picture).map_err(|error| damaged(&self.path(row), error.to_string()))
    }
}

/// Whether a name is that of an image file.
pub(super) fn is_image(path: impl AsRef<Path>) -> bool {
    let ending = path.as_ref().extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}

fn images(paths: Vec<PathBuf>) -> impl Iterator<Item = PathBuf> {
    paths.into_iter().filter(|path| is_image(path))
}

/// Every file below a folder, those of each folder by name.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() { files.extend(below(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

/// What is in a folder, sorted by name, without hidden files.
fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| damaged(&path.display().to_string(), error.to_string());
    let all = fs::read_dir(path).map_err(failed)?;
    let mut paths = all.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    paths.retain(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
    paths.sort();
    Ok(paths)
}
