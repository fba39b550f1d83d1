//! Which file a path leads to.

use std::path::{Path, PathBuf};

/// Tells a file from all others, whatever links lead to it: symbolic ones everywhere, hard ones
/// where the system numbers files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    #[cfg(unix)]
    Numbers { device: u64, inode: u64 },
    /// Where it is without symbolic links.
    Path(PathBuf),
}

impl Identity {
    /// Of the file at a path; `real` is its path without symbolic links.
    pub(super) fn of(path: &Path, real: PathBuf) -> Self {
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
