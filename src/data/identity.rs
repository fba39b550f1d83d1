//! The file that a path leads to.

use std::path::{Path, PathBuf};

/// Identifies a file, whatever links lead to it: symbolic ones everywhere, hard ones where the
/// system numbers files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    #[cfg(unix)]
    Numbers { device: u64, inode: u64 },
    /// Its path without symbolic links.
    Path(PathBuf),
}

impl Identity {
    /// Of the file at a path.
    pub(super) fn of(path: &Path) -> Self {
        Self::with_real(path, path.canonicalize().unwrap_or_else(|_| path.to_path_buf()))
    }

    /// Of the file at a path; `real` is its path without symbolic links.
    pub(super) fn with_real(path: &Path, real: PathBuf) -> Self {
        numbers(path).unwrap_or(Self::Path(real))
    }
}

#[cfg(unix)]
fn numbers(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).ok()?;
    Some(Identity::Numbers { device: found.dev(), inode: found.ino() })
}

#[cfg(not(unix))]
fn numbers(_: &Path) -> Option<Identity> {
    None
}
