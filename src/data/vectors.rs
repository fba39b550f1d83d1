//! Features that were computed elsewhere: logits, and vectors named as the layers.

use std::sync::Mutex;

use super::arrays::Labels;
use super::damaged;
use super::parquet::Table;
use crate::listed::listed;
use crate::tensor::check_finite;
use crate::{Features, Model, Result};

/// The vector that serves the only layer of a fit, whatever its name.
const ONLY: &str = "features";

/// What a model made of a sample elsewhere: vectors by name, `logits` among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors(pub(super) Vec<(String, Vec<f32>)>);

/// Vectors of many samples, and their labels.
#[derive(Debug)]
pub(super) struct Rows {
    pub length: usize,
    pub columns: Columns,
    pub labels: Option<Labels>,
}

#[derive(Debug)]
pub(super) enum Columns {
    Arrays(Vec<Column>),
    /// Read as it goes.
    Table(Box<Mutex<Table>>),
}

/// Vectors of one length, end to end.
#[derive(Debug)]
pub(super) struct Column {
    pub name: String,
    pub size: usize,
    pub values: Vec<f32>,
}

impl Rows {
    /// The vectors of a sample, `None` beyond the last.
    pub(super) fn vectors(&self, row: usize) -> Option<Result<Vectors>> {
        match &self.columns {
            Columns::Arrays(columns) => {
                let of = |column: &Column| Some((column.name.clone(), column.vector(row)?));
                columns.iter().map(of).collect::<Option<_>>().map(|all| Ok(Vectors(all)))
            }
            Columns::Table(table) => (row < self.length)
                .then(|| table.lock().ok().map(|mut table| table.vectors(row)))?,
        }
    }
}

impl Column {
    /// Number of samples.
    pub(super) fn length(&self) -> usize {
        self.values.len() / self.size
    }

    fn vector(&self, row: usize) -> Option<Vec<f32>> {
        self.values.chunks_exact(self.size).nth(row).map(<[f32]>::to_vec)
    }
}

impl Vectors {
    /// The features of the layers that this model taps.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) for a layer that has no vector, and for vectors of other
    /// lengths; [`Error::NotFinite`](crate::Error::NotFinite).
    pub fn features(mut self, model: &Model) -> Result<Features> {
        let taps = model.taps();
        let logits = self.take("logits", model.classes(), false)?;
        let is_only = taps.len() == 1;
        let layers = taps.iter().map(|tap| self.take(&tap.name, tap.size(), is_only));
        Features::new(logits, layers.collect::<Result<_>>()?)
    }

    fn take(&mut self, name: &str, size: usize, is_only: bool) -> Result<Vec<f32>> {
        let position = |name: &str| self.0.iter().position(|(other, _)| other == name);
        let at = position(name).or_else(|| position(ONLY).filter(|_| is_only));
        let Some(at) = at else {
            let names: Vec<_> = self.0.iter().map(|(name, _)| format!("{name:?}")).collect();
            let reason = format!(
                "there is no vector {name:?} of floating-point numbers, there are {}",
                listed(&names)
            );
            return Err(damaged("the features", reason));
        };
        let (_, values) = self.0.swap_remove(at);
        if values.len() == size {
            check_finite(format_args!("the vector {name:?}"), &values)?;
            return Ok(values);
        }
        let given = values.len();
        let reason = format!("the vector {name:?} has {given} values, {size} in the model");
        Err(damaged("the features", reason))
    }
}
