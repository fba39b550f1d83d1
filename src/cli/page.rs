//! The report as a page.

use she_ood::Info;
use she_ood::data::Dataset;

use super::eval::Against;
use super::measure::Measured;

/// What a page shows.
pub struct Page<'a> {
    pub name: &'a str,
    pub info: &'a Info,
    pub id_set: &'a Dataset,
    pub id: &'a Measured,
    pub against: &'a [Against],
}

pub fn html(_page: &Page<'_>) -> String {
    String::new()
}
