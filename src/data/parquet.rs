//! Parquet files of features: a column of lists for each vector, and a column of labels.

use std::fmt::{Debug, Formatter};
use std::fs::File;

use parquet::basic::{Compression, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result as Parsed};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::arrays::Labels;
use super::line::composed;
use super::vectors::{Columns, Rows, Vectors};
use super::{damaged, unreadable};
use crate::Result;
use crate::listed::abridged;

/// Names of the column of labels.
const LABELS: [&str; 2] = ["label", "y"];

/// Samples decoded at once.
const BATCH: usize = 256;

/// The vectors of a file, read from the first to the last.
pub(super) struct Table {
    path: String,
    file: SerializedFileReader<File>,
    columns: Vec<Column>,
    /// The group of rows that is read next, and a reader of it for each column.
    group: usize,
    readers: Vec<ColumnReader>,
    /// Rows that are left in that group, and position of the first of them.
    left: usize,
    next: usize,
    /// Decoded samples, the last before `next`.
    batch: Vec<Vectors>,
}

/// A column of lists of numbers.
struct Column {
    name: String,
    position: usize,
    /// The definition level at which a value is there.
    level: i16,
}

/// Opens a file of features.
pub(super) fn read(path: &str) -> Result<Rows> {
    let failed = |error: ParquetError| unreadable(path, error);
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let file = SerializedFileReader::new(file).map_err(failed)?;
    let length = file.metadata().file_metadata().num_rows().try_into().unwrap_or(0);
    check_compression(&file).map_err(|reason| damaged(path, reason))?;
    let labels = labels(&file).map_err(failed)?;
    let table = Table::new(path, file).map_err(failed)?;
    if !table.columns.iter().any(|column| column.name == "logits") {
        let reason = format!(
            "it has no column \"logits\" of lists of FLOAT or DOUBLE: a file of features has such \
             a list for each sample, and one for each layer under its name; in it there is: {}",
            table.described()
        );
        return Err(damaged(path, reason));
    }
    let columns = Columns::Table(Box::new(table.into()));
    Ok(Rows { length, columns, labels })
}

/// Refuses compressions other than Snappy, each of which would need another library.
fn check_compression(file: &SerializedFileReader<File>) -> std::result::Result<(), String> {
    let mut chunks = file.metadata().row_groups().iter().flat_map(|group| group.columns());
    let is_read = |it| matches!(it, Compression::UNCOMPRESSED | Compression::SNAPPY);
    match chunks.find(|chunk| !is_read(chunk.compression())) {
        Some(chunk) => {
            let codec = chunk.compression().to_string();
            let codec = codec.split('(').next().unwrap_or_default();
            Err(format!("it is compressed with {codec}: write it with Snappy or uncompressed"))
        }
        None => Ok(()),
    }
}

impl Table {
    /// Its columns, with their types.
    fn described(&self) -> String {
        let schema = self.file.metadata().file_metadata().schema_descr();
        let columns = schema.columns().iter().map(|column| {
            let list = if column.max_rep_level() == 1 { "lists of " } else { "" };
            let name = column.path().parts().first().cloned().unwrap_or_default();
            format!("{name} ({list}{})", column.physical_type())
        });
        abridged(columns, schema.num_columns())
    }

    fn new(path: &str, file: SerializedFileReader<File>) -> Parsed<Self> {
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let column = |(position, column): (usize, &parquet::schema::types::ColumnDescPtr)| {
            let is_real = matches!(column.physical_type(), Type::FLOAT | Type::DOUBLE);
            let name = column.path().parts().first()?.clone();
            let level = column.max_def_level();
            let is_list = is_real && column.max_rep_level() == 1;
            is_list.then_some(Column { name: composed(&name), position, level })
        };
        let columns = schema.columns().iter().enumerate().filter_map(column).collect();
        let (path, readers, batch) = (path.to_string(), Vec::new(), Vec::new());
        Ok(Self { path, file, columns, group: 0, readers, left: 0, next: 0, batch })
    }

    /// The vectors of a sample. Those before the last one asked for are read from the start again.
    pub(super) fn vectors(&mut self, row: usize) -> Result<Vectors> {
        let found = self.find(row).map_err(|error| unreadable(&self.path, error))?;
        found.ok_or_else(|| damaged(&self.path, format!("there is no row {row}")))
    }

    fn find(&mut self, row: usize) -> Parsed<Option<Vectors>> {
        if row + self.batch.len() < self.next {
            (self.group, self.left, self.next) = (0, 0, 0);
            self.batch.clear();
        }
        while row >= self.next {
            match self.left {
                0 if self.group == self.file.num_row_groups() => return Ok(None),
                0 => self.open_group()?,
                left if row >= self.next + left => self.pass(left),
                left => self.decode(left.min(BATCH))?,
            }
        }
        Ok(self.batch.get(row + self.batch.len() - self.next).cloned())
    }

    fn open_group(&mut self) -> Parsed<()> {
        let group = self.file.get_row_group(self.group)?;
        self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let readers = self.columns.iter().map(|column| group.get_column_reader(column.position));
        self.readers = readers.collect::<Parsed<_>>()?;
        self.group += 1;
        Ok(())
    }

    /// Passes over the rest of a group.
    fn pass(&mut self, rows: usize) {
        self.batch.clear();
        (self.left, self.next) = (0, self.next + rows);
    }

    fn decode(&mut self, count: usize) -> Parsed<()> {
        self.batch = vec![Vectors(Vec::with_capacity(self.columns.len())); count];
        for (column, reader) in self.columns.iter().zip(&mut self.readers) {
            let lists = lists(reader, count, column.level)?;
            for (vectors, list) in self.batch.iter_mut().zip(lists) {
                vectors.0.push((column.name.clone(), list));
            }
        }
        (self.left, self.next) = (self.left - count, self.next + count);
        Ok(())
    }
}

impl Debug for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("path", &self.path).finish_non_exhaustive()
    }
}

fn lists(reader: &mut ColumnReader, count: usize, level: i16) -> Parsed<Vec<Vec<f32>>> {
    match reader {
        ColumnReader::FloatColumnReader(reader) => lists_of(reader, count, level, |value| value),
        ColumnReader::DoubleColumnReader(reader) => {
            lists_of(reader, count, level, |value| value as f32)
        }
        _ => Ok(Vec::new()),
    }
}

/// Reads lists. One that lacks a value is shorter by it.
fn lists_of<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    level: i16,
    convert: impl Fn(T::T) -> f32,
) -> Parsed<Vec<Vec<f32>>> {
    let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
    reader.read_records(count, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
    let (mut values, mut lists) = (values.into_iter().map(convert), Vec::with_capacity(count));
    for (definition, repetition) in definitions.into_iter().zip(repetitions) {
        if repetition == 0 {
            lists.push(Vec::new());
        }
        if let Some(list) = lists.last_mut().filter(|_| definition == level) {
            list.extend(values.next());
        }
    }
    Ok(lists)
}

/// The labels of all rows, if there is a column of them.
fn labels(file: &SerializedFileReader<File>) -> Parsed<Option<Labels>> {
    let schema = file.metadata().file_metadata().schema_descr_ptr();
    let named =
        |name: &str| schema.columns().iter().position(|column| column.path().string() == name);
    let Some(position) = LABELS.into_iter().find_map(named) else { return Ok(None) };
    let (mut numbers, mut names) = (Vec::new(), Vec::new());
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        match group.get_column_reader(position)? {
            ColumnReader::Int32ColumnReader(reader) => {
                numbers.extend(whole::<Int32Type>(reader, rows)?.into_iter().map(i64::from));
            }
            ColumnReader::Int64ColumnReader(reader) => {
                numbers.extend(whole::<Int64Type>(reader, rows)?);
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                for name in whole::<ByteArrayType>(reader, rows)? {
                    names.push(composed(name.as_utf8()?));
                }
            }
            _ => return Err(ParquetError::General(unsuited("is of another type"))),
        }
    }
    Ok(Some(if names.is_empty() { Labels::Numbers(numbers) } else { Labels::Names(names) }))
}

/// A column in which no value is missing.
fn whole<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize) -> Parsed<Vec<T::T>> {
    let (mut definitions, mut values) = (Vec::new(), Vec::new());
    reader.read_records(rows, Some(&mut definitions), None, &mut values)?;
    match values.len() == rows {
        true => Ok(values),
        false => Err(ParquetError::General(unsuited("lacks some values"))),
    }
}

fn unsuited(what: &str) -> String {
    format!("the column of labels {what}: labels are whole numbers or names, one a row")
}
