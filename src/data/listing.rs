//! The files of a folder, with class and kind: each once, however many links lead to it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::file_kind::{FileKind, START, file_kind};
use super::identity::Identity;
use super::line::composed;
use super::{Remark, unreadable};
use crate::Result;

/// File name extensions of pictures. A file with one of these that holds something else is a
/// damaged picture, not a file of another kind.
const EXTENSIONS: [&str; 26] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "bmp", "dib", "apng", "tif", "tiff",
    "avif", "heic", "heif", "ppm", "pgm", "pbm", "pnm", "svg", "psd", "jp2", "jxl", "tga", "exr",
    "hdr",
];

/// A picture and its path.
#[derive(Debug)]
pub(super) struct Listed {
    pub path: PathBuf,
    pub identity: Identity,
    /// Position of its class folder.
    pub class: Option<usize>,
    /// Whether a link leads to it.
    linked: bool,
    /// The file's kind, if it could be opened.
    pub kind: Option<FileKind>,
}

impl Listed {
    pub(super) fn file(path: &str, kind: FileKind) -> Self {
        Self {
            path: path.into(),
            identity: Identity::of(Path::new(path)),
            class: None,
            linked: false,
            kind: Some(kind),
        }
    }
}

/// The pictures of a folder and its class folders.
#[derive(Debug)]
pub(super) struct Listing {
    pub pictures: Vec<Listed>,
    /// Names of the class folders.
    pub classes: Vec<String>,
    pub remarks: Vec<Remark>,
}

impl Listing {
    pub(super) fn of(root: &str) -> Result<Self> {
        let real = fs::canonicalize(root).map_err(|error| unreadable(root, error))?;
        let (mut files, mut classes) = (Vec::new(), Vec::new());
        let (folders, unlabelled): (Vec<Entry>, Vec<Entry>) =
            entries(Path::new(root), &real, false)?.into_iter().partition(|entry| entry.is_folder);
        files.extend(unlabelled.into_iter().map(|entry| entry.listed(None)));
        for folder in folders.into_iter().filter(|folder| !folder.is_loop(&real, &real)) {
            Walk { root: &real, class: classes.len(), seen: HashSet::new(), files: &mut files }
                .enter(&folder)?;
            classes.push(composed(&folder.name.to_string_lossy()));
        }
        let (files, doubles) = once(files, &classes);
        let (pictures, others) = sort_out(files);
        Ok(Self { pictures, classes, remarks: doubles.into_iter().chain(others).collect() })
    }
}

/// Whether a file is named like a picture.
pub(super) fn is_named_as_picture(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}

/// Reads the kind of a file. Only regular files are opened, as others may never end or never begin.
pub(super) fn read_kind(path: &Path) -> io::Result<FileKind> {
    if !fs::metadata(path)?.is_file() {
        return Ok(FileKind::Other("special"));
    }
    let mut start = Vec::new();
    File::open(path)?.take(START as u64).read_to_end(&mut start)?;
    Ok(file_kind(&start))
}

/// A file or folder in a folder.
struct Entry {
    name: OsString,
    path: PathBuf,
    real: PathBuf,
    is_folder: bool,
    is_link: bool,
    /// Whether a link leads to it.
    linked: bool,
}

impl Entry {
    /// A link to a folder that it lies in, or that the whole set lies in.
    fn is_loop(&self, folder: &Path, root: &Path) -> bool {
        self.is_link && (folder.starts_with(&self.real) || root.starts_with(&self.real))
    }

    fn listed(self, class: Option<usize>) -> Listed {
        let identity = Identity::with_real(&self.path, self.real);
        Listed { path: self.path, identity, class, linked: self.linked, kind: None }
    }
}

/// Entries of a folder, sorted by name, without hidden and system files.
fn entries(folder: &Path, real: &Path, linked: bool) -> Result<Vec<Entry>> {
    let failed = |error: io::Error| unreadable(&folder.display().to_string(), error);
    let all = fs::read_dir(folder).map_err(failed)?;
    let mut all = all.collect::<io::Result<Vec<DirEntry>>>().map_err(failed)?;
    all.retain(|entry| !is_litter(&entry.file_name()));
    all.sort_by_key(DirEntry::path);
    let entry = |entry: DirEntry| {
        let (name, path) = (entry.file_name(), entry.path());
        let (place, is_link) = (real.join(&name), path.is_symlink());
        let real = if is_link { fs::canonicalize(&path).unwrap_or(place) } else { place };
        Entry { name, is_folder: path.is_dir(), real, path, is_link, linked: linked || is_link }
    };
    Ok(all.into_iter().map(entry).collect())
}

fn is_litter(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with('.') || ["thumbs.db", "desktop.ini"].contains(&name.as_str())
}

/// Walks a class folder, entering each folder below it once.
struct Walk<'a> {
    root: &'a Path,
    class: usize,
    seen: HashSet<PathBuf>,
    files: &'a mut Vec<Listed>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Entry) -> Result<()> {
        if !self.seen.insert(folder.real.clone()) {
            return Ok(());
        }
        for entry in entries(&folder.path, &folder.real, folder.linked)? {
            match entry.is_folder {
                true if entry.is_loop(&folder.real, self.root) => {}
                true => self.enter(&entry)?,
                false => self.files.push(entry.listed(Some(self.class))),
            }
        }
        Ok(())
    }
}

/// Keeps each file once: in a class rather than in none, and in its own place rather than where a
/// link is. The remark is on files that links put into several classes.
fn once(files: Vec<Listed>, classes: &[String]) -> (Vec<Listed>, Option<Remark>) {
    let mut kept: HashMap<&Identity, &Listed> = HashMap::new();
    let rank = |file: &Listed| (file.class.is_none(), file.linked);
    for file in &files {
        let best = kept.entry(&file.identity).or_insert(file);
        if rank(file) < rank(best) {
            *best = file;
        }
    }
    let elsewhere = |file: &&Listed| {
        file.class.is_some()
            && kept.get(&file.identity).is_some_and(|best| best.class != file.class)
    };
    let doubles: Vec<&Listed> = files.iter().filter(elsewhere).collect();
    let remark = doubles.first().and_then(|first| {
        let best = kept.get(&first.identity)?;
        let path = first.path.display();
        let links = match doubles.len() {
            1 => "1 link leads to a file".to_string(),
            count => format!("{count} links lead to files"),
        };
        Some(Remark::Loss(format!(
            "{links} of another class, and each file is used once; the first: {path} is {}, of the \
             class {:?}",
            best.path.display(),
            classes.get(best.class?)?
        )))
    });
    let keep: Vec<bool> = files
        .iter()
        .map(|file| kept.get(&file.identity).is_some_and(|best| std::ptr::eq(*best, file)))
        .collect();
    (files.into_iter().zip(keep).filter_map(|(file, keep)| keep.then_some(file)).collect(), remark)
}

/// The pictures, including damaged ones, and remarks on everything else.
fn sort_out(files: Vec<Listed>) -> (Vec<Listed>, Vec<Remark>) {
    let (mut pictures, mut others) = (Vec::new(), Others::new());
    for mut file in files {
        file.kind = read_kind(&file.path).ok();
        match file.kind {
            Some(FileKind::Picture(_)) => pictures.push(file),
            Some(FileKind::Foreign(_)) => add(&mut others, file),
            _ if is_named_as_picture(&file.path) => pictures.push(file),
            _ => add(&mut others, file),
        }
    }
    (pictures, remarks(&others))
}

/// Number and first file of each kind; `None` is for files that cannot be opened.
type Others = BTreeMap<Option<FileKind>, (usize, PathBuf)>;

fn add(others: &mut Others, file: Listed) {
    others.entry(file.kind).or_insert_with(|| (0, file.path)).0 += 1;
}

fn remarks(others: &Others) -> Vec<Remark> {
    let remark = |(kind, (count, first)): (&Option<FileKind>, &(usize, PathBuf))| {
        let (files, first) = (if *count == 1 { "file" } else { "files" }, first.display());
        match kind {
            Some(FileKind::Other(name)) => {
                Remark::Note(format!("{count} {name} {files} passed over, the first: {first}"))
            }
            Some(FileKind::Foreign(name) | FileKind::Picture(name)) => Remark::Loss(format!(
                "{count} {name} {files} left out, the first: {first}; convert them to PNG or JPEG"
            )),
            None => Remark::Loss(format!(
                "{count} {files} left out that cannot be opened, the first: {first}"
            )),
        }
    };
    others.iter().map(remark).collect()
}
