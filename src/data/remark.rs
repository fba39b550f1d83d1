//! Remarks about a set.

/// Something that the user of a set should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Files that are not samples and do not look like any.
    Note(String),
    /// Samples that are probably on another scale than they seem to be.
    Warning(String),
    /// Files left out that the user may want as samples.
    Loss(String),
}
