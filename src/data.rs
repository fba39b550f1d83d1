//! Samples on disk: idx files, `.npz` files and folders of images.
//!
//! A set is named by one line, `PATH[:LABELS][:keep=A,B,...][:rows=FROM..TO][:name=NAME]`:
//!
//! | PATH | samples | labels |
//! |---|---|---|
//! | a folder | every image in it and below it | the name of the folder's subfolder that the image is in, if it is in one |
//! | a `.npz` file | array `x` or `X`: `(N, ...)` of uint8 or float32 | array `y`: `(N)` of integers, if there is one |
//! | an idx file, plain or gzipped | its images | the idx file LABELS, if one is named |
//! | an image file | itself | none |
//!
//! `keep` keeps the samples with these labels, then `rows` those from one row up to but not including another; either end may
//! be left out. `name` is what messages and reports call the set, else the whole line. Samples of uint8 are pictures, float32
//! is taken to be the model's own input.

mod arrays;
mod colour;
mod decode;
mod folder;
mod header;
mod idx;
mod input;
mod npz;
mod stored;

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use self::arrays::Arrays;
use self::folder::Folder;
pub use self::input::Inputs;
use crate::share::Share;
use crate::tensor::check_finite;
use crate::{Error, Image, Result, Tensor};

/// Samples on disk. idx files and the images of a folder are read sample by sample; `.npz` and gzipped files are held in
/// memory.
#[derive(Debug)]
pub struct Dataset {
    name: String,
    path: String,
    source: Arc<Source>,
    /// What `keep` and `rows` leave, as positions in the source.
    kept: Vec<usize>,
}

#[derive(Debug)]
enum Source {
    Arrays(Arrays),
    Folder(Folder),
}

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    /// Pixels, which preprocessing makes an input of.
    Picture(Picture),
    /// Values in the model's own range.
    Values(Tensor),
}

/// The pixels of a picture, 8 bits a channel, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Bytes of a pixel: 1 for gray, 3 for red, green and blue, 4 with alpha.
    pub channels: usize,
    /// The pixels, interleaved.
    pub pixels: Vec<u8>,
    /// Whether it comes from a file of its own, and is not yet framed as a model's input is.
    pub is_file: bool,
}

impl Picture {
    /// The picture in a size that its pixels fill, its own or that of [`Inputs::size`], as
    /// [`Preprocess::apply`](crate::Preprocess::apply) takes it.
    ///
    /// # Errors
    /// [`Error::ImageSize`] when the pixels do not fill the size, [`Error::Data`] for any other number of channels.
    pub fn image(&self, width: usize, height: usize) -> Result<Image<'_>> {
        match self.channels {
            1 => Image::gray(width, height, &self.pixels),
            3 => Image::rgb(width, height, &self.pixels),
            4 => Image::new(width, height, &self.pixels),
            other => Err(damaged("a picture", format!("it has {other} channels, 1, 3 or 4 are allowed"))),
        }
    }
}

impl Dataset {
    /// Opens the set that a line names.
    ///
    /// # Errors
    /// [`Error::Data`] for a file that is missing, damaged or of another kind, and for options that cannot be followed.
    pub fn open(line: &str) -> Result<Self> {
        let Line { path, labels, options } = Line::parse(line)?;
        let source = Arc::new(Source::open(path, labels)?);
        let mut set = Self { name: line.to_string(), path: path.to_string(), kept: (0..source.len()).collect(), source };
        let given = |name: &str| options.iter().rev().find(|(option, _)| *option == name).map(|(_, value)| *value);
        if let Some(labels) = given("keep") {
            set.keep(&labels.split(',').collect::<Vec<_>>())?;
        }
        if let Some(rows) = given("rows") {
            set.rows(rows)?;
        }
        set.name = given("name").unwrap_or(line).to_string();
        match set.kept.is_empty() {
            true => Err(damaged(line, "there are no samples")),
            false => Ok(set),
        }
    }

    fn keep(&mut self, labels: &[&str]) -> Result<()> {
        let source = self.source.clone();
        if !self.is_labelled() {
            return Err(damaged(&self.name, "there are no labels to keep samples by"));
        }
        if let Some(label) = labels.iter().find(|label| !(0..source.len()).any(|i| source.label(i).as_deref() == Some(**label)))
        {
            return Err(damaged(&self.name, format!("no sample has the label {label:?}")));
        }
        self.kept.retain(|&i| source.label(i).is_some_and(|label| labels.contains(&label.as_str())));
        Ok(())
    }

    fn rows(&mut self, rows: &str) -> Result<()> {
        let wanted = range(rows, self.kept.len()).and_then(|range| self.kept.get(range));
        let reason = || format!("rows={rows} is not within its {} samples, expected FROM..TO", self.kept.len());
        self.kept = wanted.ok_or_else(|| damaged(&self.name, reason()))?.to_vec();
        Ok(())
    }

    /// Parts the set: the second part has this share of the samples of each label, 0 to 1, taken evenly, the first part the
    /// rest.
    ///
    /// # Errors
    /// [`Error::Data`] when there are too few samples.
    pub fn part(self, share: f64) -> Result<(Self, Self)> {
        let failed = || damaged(&self.name, format!("a share of {share} cannot be taken of {} samples", self.len()));
        let mut taken = Share::new(share).map_err(|_| failed())?;
        let rows = self.kept.iter().copied();
        let (second, first): (Vec<usize>, Vec<usize>) = rows.partition(|&row| taken.takes(self.source.label(row)));
        let of = |kept| Self { name: self.name.clone(), path: self.path.clone(), source: self.source.clone(), kept };
        let (first, second) = (of(first), of(second));
        match first.is_empty() || second.is_empty() {
            true => Err(failed()),
            false => Ok((first, second)),
        }
    }

    /// What it is called: its `name`, else the line that it was opened with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Never: a set without samples is not opened.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Number of samples that are in another set, too: of the same file or folder, and at the same place.
    pub fn shared_with(&self, other: &Self) -> usize {
        let place = |set: &Self| Path::new(&set.path).canonicalize().unwrap_or_default();
        let others = if place(self) == place(other) { other.kept.as_slice() } else { &[] };
        let others: HashSet<usize> = others.iter().copied().collect();
        self.kept.iter().filter(|row| others.contains(row)).count()
    }

    /// Whether any of its samples has a label.
    pub fn is_labelled(&self) -> bool {
        (0..self.len()).any(|i| self.label(i).is_some())
    }

    /// Label of a sample: a number, or the name of its folder.
    pub fn label(&self, index: usize) -> Option<String> {
        self.source.label(*self.kept.get(index)?)
    }

    /// The names of the class folders that its samples are in, sorted; empty where labels are numbers of arrays.
    pub fn classes(&self) -> Vec<String> {
        match &*self.source {
            Source::Folder(folder) => folder.classes_of(&self.kept),
            Source::Arrays(_) => Vec::new(),
        }
    }

    /// What to call a sample in a message: its file, or its position in the array.
    pub fn sample_name(&self, index: usize) -> String {
        let row = self.kept.get(index).copied().unwrap_or_default();
        match &*self.source {
            Source::Folder(folder) => folder.path(row),
            Source::Arrays(_) => format!("sample {row} of {}", self.name),
        }
    }

    /// Reads a sample.
    ///
    /// # Errors
    /// [`Error::Data`] for an image that cannot be read, and beyond the last sample; [`Error::NotFinite`] for values that are no
    /// numbers.
    pub fn sample(&self, index: usize) -> Result<Sample> {
        let outside = || damaged(&self.name, format!("there is no sample {index} among {}", self.len()));
        let row = *self.kept.get(index).ok_or_else(outside)?;
        let sample = match &*self.source {
            Source::Folder(folder) => folder.sample(row)?,
            Source::Arrays(arrays) => arrays.sample(row).ok_or_else(outside)?,
        };
        if let Sample::Values(values) = &sample {
            check_finite(self.sample_name(index), values.data())?;
        }
        Ok(sample)
    }
}

impl Source {
    fn open(path: &str, labels: Option<&str>) -> Result<Self> {
        let is_npz = Path::new(path).extension().is_some_and(|extension| extension == "npz");
        let needs_no_labels = || damaged(path, "LABELS are for idx files only");
        match labels {
            Some(_) if is_npz || Path::new(path).is_dir() => Err(needs_no_labels()),
            _ if Path::new(path).is_dir() => Folder::open(path).map(Source::Folder),
            _ if is_npz => npz::read(path).map(Source::Arrays),
            None if folder::is_image(path) => Ok(Source::Folder(Folder::of_file(path))),
            labels => idx::read(path, labels).map(Source::Arrays),
        }
    }

    fn len(&self) -> usize {
        match self {
            Source::Arrays(arrays) => arrays.len(),
            Source::Folder(folder) => folder.len(),
        }
    }

    fn label(&self, row: usize) -> Option<String> {
        match self {
            Source::Arrays(arrays) => arrays.label(row).map(|label| label.to_string()),
            Source::Folder(folder) => folder.label(row).map(str::to_string),
        }
    }
}

/// The parts of a line that names a set.
struct Line<'a> {
    path: &'a str,
    labels: Option<&'a str>,
    /// Names and values.
    options: Vec<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    const OPTIONS: [&'static str; 3] = ["keep", "rows", "name"];

    fn parse(line: &'a str) -> Result<Self> {
        let (mut rest, mut options) = (line, Vec::new());
        // A path may have colons and equals signs of its own.
        while let Some((before, last)) = rest.rsplit_once(':').filter(|_| !Path::new(rest).exists()) {
            let Some((name, value)) = last.split_once('=') else { break };
            if !Self::OPTIONS.contains(&name) {
                return Err(damaged(line, format!("{last:?} is no option, there are keep, rows and name")));
            }
            options.push((name, value));
            rest = before;
        }
        match rest.split_once(':').filter(|_| !Path::new(rest).exists()) {
            None => Ok(Self { path: rest, labels: None, options }),
            Some((path, labels)) if !labels.contains(':') => Ok(Self { path, labels: Some(labels), options }),
            Some(_) => Err(damaged(line, "expected PATH[:LABELS][:keep=A,B,...][:rows=FROM..TO][:name=NAME]")),
        }
    }
}

/// `FROM..TO`, either of which may be missing, within so many rows.
fn range(text: &str, rows: usize) -> Option<Range<usize>> {
    let (from, to) = text.split_once("..")?;
    let end = |text: &str, open: usize| if text.is_empty() { Some(open) } else { text.parse().ok() };
    let range = end(from, 0)?..end(to, rows)?;
    (range.start < range.end && range.end <= rows).then_some(range)
}

fn damaged(path: &str, reason: impl Into<String>) -> Error {
    Error::Data { path: path.to_string(), reason: reason.into() }
}
