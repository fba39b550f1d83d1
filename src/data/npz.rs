//! `.npz` files of NumPy: a zip of arrays.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use npyz::half::f16;
use npyz::npz::{array_name_from_file_name, file_name_from_array_name};
use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order, TypeChar};
use zip::ZipArchive;

use super::arrays::{Arrays, Labels, Values};
use super::line::composed;
use super::vectors::{Column, Columns, Rows};
use super::{Remark, damaged, unreadable};
use crate::Result;
use crate::listed::abridged;
use crate::tensor::volume;

/// Characters allowed in a name: in an array, every name takes the memory of the longest.
const LONGEST_NAME: u64 = 1000;

type Archive = ZipArchive<BufReader<File>>;
type Parsed<T> = std::result::Result<T, String>;

/// Reads the arrays `x` and, if there is one, `y`; or `X` and `Y`, which are as common.
pub(super) fn read(path: &str) -> Result<Arrays> {
    let failed = |error: String| damaged(path, error);
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| unreadable(path, error))?;
    let (shape, values) = samples(&mut archive).map_err(failed)?;
    let labels = labels(&mut archive, "x", &shape).map_err(failed)?;
    let remarks = other_scale(&values).into_iter().collect();
    Ok(Arrays { shape: shape.into_iter().skip(1).collect(), values, labels, remarks })
}

/// Whether a file has no samples and the array `logits`, so that it holds features.
pub(super) fn holds_features(path: &str) -> bool {
    let archive = File::open(path).ok().and_then(|file| ZipArchive::new(BufReader::new(file)).ok());
    archive.is_some_and(|archive| {
        name_of(&archive, ["x", "X"]).is_none() && name_of(&archive, ["logits"; 2]).is_some()
    })
}

/// Reads features: the array `logits`, one for each layer under its name, and `y` if it is there.
pub(super) fn read_features(path: &str) -> Result<Rows> {
    let failed = |error: String| damaged(path, error);
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| unreadable(path, error))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(array_name_from_file_name(&name.ok()?)?.to_string()))
        .filter(|name| !["y", "Y"].contains(&name.as_str()))
        .collect();
    let columns = names.into_iter().map(|name| column(&mut archive, name));
    let columns = columns.collect::<Parsed<Vec<_>>>().map_err(failed)?;
    let (first, length) =
        columns.first().map_or(("", 0), |first| (first.name.as_str(), first.length()));
    if let Some(other) = columns.iter().find(|column| column.length() != length) {
        let (name, rows) = (&other.name, other.length());
        return Err(failed(format!("{name} has {rows} rows, {first} has {length}")));
    }
    let labels = labels(&mut archive, first, &[length]).map_err(failed)?;
    Ok(Rows { length, columns: Columns::Arrays(columns), labels })
}

/// An array of one vector a sample.
fn column(archive: &mut Archive, name: String) -> Parsed<Column> {
    let array = open(archive, &name)?;
    let shape: Vec<usize> = array.shape().iter().map(|&size| size as usize).collect();
    let (2, Some(&size @ 1..)) = (shape.len(), shape.last()) else {
        return Err(format!(
            "{name} has shape {shape:?}; features are (N, D), a vector for each sample"
        ));
    };
    match values(array, &name, &shape).map_err(|error| format!("{name}: {error}"))? {
        Values::Floats(values) => Ok(Column { name, size, values }),
        _ => Err(format!("{name} holds whole numbers; save {name}.astype(\"float32\")")),
    }
}

/// Shape and values of `x`. The shape begins with the number of samples.
fn samples(archive: &mut Archive) -> Parsed<(Vec<usize>, Values)> {
    let Some(name) = name_of(archive, ["x", "X"]) else {
        return Err(no_samples(archive, "it has no array \"x\" and, for features, no \"logits\""));
    };
    let array = open(archive, name)?;
    let shape: Vec<usize> = array.shape().iter().map(|&size| size as usize).collect();
    if shape.contains(&0) {
        drop(array);
        return Err(no_samples(
            archive,
            &format!("{name} has shape {shape:?}, so there are no samples in it"),
        ));
    }
    if shape.len() < 2 {
        return Err(format!("{name} has shape {shape:?}, (N, ...) is allowed: samples first"));
    }
    if volume(&shape).is_none() {
        return Err(format!("{name} has shape {shape:?}, which is too large"));
    }
    let values = values(array, name, &shape).map_err(|error| format!("{name}: {error}"))?;
    if shape.len() > 4 && !matches!(values, Values::Floats(_)) {
        return Err(format!(
            "{name} holds whole numbers of shape {shape:?}; pictures have up to 3 dimensions. If \
             they are the model's own input, save {name}.astype(\"float32\")"
        ));
    }
    Ok((shape, values))
}

/// Whole numbers are pixels, floating-point numbers the model's own input.
fn values<R: Read>(array: NpyFile<R>, name: &str, shape: &[usize]) -> Parsed<Values> {
    let (order, kind) = (array.order(), type_name(&array.dtype()));
    let bytes = |values| in_c_order(shape, order, values).map(Values::Bytes);
    let floats = |values| in_c_order(shape, order, values).map(Values::Floats);
    match kind.as_str() {
        "uint8" => bytes(array.into_vec().map_err(text)?),
        "float32" => floats(array.into_vec().map_err(text)?),
        "float16" | "float64" => {
            floats(reals(array)?.map(|value| Ok(value? as f32)).collect::<Parsed<_>>()?)
        }
        whole if whole.starts_with("int") || whole.starts_with("uint") => {
            let pixel = |value: Parsed<i128>| {
                value
                    .and_then(|value| u8::try_from(value).map_err(|_| no_pixel(name, &kind, value)))
            };
            bytes(wholes(array)?.map(pixel).collect::<Parsed<_>>()?)
        }
        _ => Err(format!(
            "it is of type {kind}; pictures are whole numbers from 0 to 255, \
             {name}.astype(\"uint8\"), the model's own input is {name}.astype(\"float32\")"
        )),
    }
}

fn no_pixel(name: &str, kind: &str, value: i128) -> String {
    format!(
        "it is of type {kind} and holds {value}; whole numbers are the pixels of pictures, from 0 \
         to 255. If they are the model's own input, save {name}.astype(\"float32\")"
    )
}

/// Warns of samples that look as if they were on another scale than they are taken to be.
fn other_scale(values: &Values) -> Option<Remark> {
    let text = match values {
        Values::Floats(floats) if looks_like_pixels(floats) => {
            "all values are from 0 to 255 as pixels are, but as floating-point numbers they are \
             taken as the model's own input, unscaled. If they are pixels, save x.astype(\"uint8\")"
        }
        Values::Bytes(bytes) if bytes.iter().all(|&byte| byte <= 1) && bytes.contains(&1) => {
            "all pixels are 0 or 1 of 255, nearly black. If 1 is white, save x * 255"
        }
        _ => return None,
    };
    Some(Remark::Warning(text.to_string()))
}

/// Whole numbers from 0 to 255, or any when some are large.
fn looks_like_pixels(floats: &[f32]) -> bool {
    let is_whole = floats.iter().all(|value| value.fract() == 0.0);
    let has_larger = |limit| floats.iter().any(|&value| value > limit);
    floats.iter().all(|value| (0.0..=255.0).contains(value))
        && has_larger(if is_whole { 1.0 } else { 128.0 })
}

/// `y`: whole numbers, truth values, or names.
fn labels(archive: &mut Archive, of: &str, samples: &[usize]) -> Parsed<Option<Labels>> {
    let Some(name) = name_of(archive, ["y", "Y"]) else { return Ok(None) };
    let array = open(archive, name)?;
    let shape: Vec<usize> = array.shape().iter().map(|&size| size as usize).collect();
    let labels = labels_of(array).map_err(|error| format!("{name}: {error}"))?;
    let advice = if shape.len() > 1 { ". One-hot rows become labels by y.argmax(1)" } else { "" };
    match Some(&labels.len()) == samples.first()
        && (shape.len() == 1 || shape.first() == samples.first())
    {
        true => Ok(Some(labels)),
        false => {
            Err(format!("{name} has {} labels, {of} has shape {samples:?}{advice}", labels.len()))
        }
    }
}

fn labels_of<R: Read>(array: NpyFile<R>) -> Parsed<Labels> {
    let kind = type_name(&array.dtype());
    let no_label = |value| format!("it holds {value}; labels are whole numbers, or names");
    let label = |value: Parsed<f64>| match value? {
        value if value.fract() == 0.0 && value.abs() < 1e15 => Ok(value as i64),
        value => Err(no_label(value.to_string())),
    };
    match kind.as_str() {
        "str" | "bytes" if length(&array.dtype()) > LONGEST_NAME => Err(format!(
            "it is of type {}, names have at most {LONGEST_NAME} characters",
            array.dtype().descr()
        )),
        "str" | "bytes" => {
            let names = array.into_vec::<String>().map_err(text)?;
            Ok(Labels::Names(names.iter().map(|name| composed(name)).collect()))
        }
        "bool" => Ok(Labels::Numbers(
            array.into_vec::<bool>().map_err(text)?.into_iter().map(i64::from).collect(),
        )),
        real if real.starts_with("float") => {
            reals(array)?.map(label).collect::<Parsed<_>>().map(Labels::Numbers)
        }
        whole if whole.starts_with("int") || whole.starts_with("uint") => {
            let label = |value: Parsed<i128>| {
                value
                    .and_then(|value| i64::try_from(value).map_err(|_| no_label(value.to_string())))
            };
            wholes(array)?.map(label).collect::<Parsed<_>>().map(Labels::Numbers)
        }
        _ => Err(format!("it is of type {kind}; labels are whole numbers, or names")),
    }
}

type Numbers<'a, T> = Box<dyn Iterator<Item = Parsed<T>> + 'a>;

/// The values of an array of integers.
fn wholes<'a, R: Read + 'a>(array: NpyFile<R>) -> Parsed<Numbers<'a, i128>> {
    match type_name(&array.dtype()).as_str() {
        "int8" => numbers::<i8, _, _>(array),
        "int16" => numbers::<i16, _, _>(array),
        "int32" => numbers::<i32, _, _>(array),
        "int64" => numbers::<i64, _, _>(array),
        "uint8" => numbers::<u8, _, _>(array),
        "uint16" => numbers::<u16, _, _>(array),
        "uint32" => numbers::<u32, _, _>(array),
        _ => numbers::<u64, _, _>(array),
    }
}

/// The values of an array of floating-point numbers.
fn reals<'a, R: Read + 'a>(array: NpyFile<R>) -> Parsed<Numbers<'a, f64>> {
    match type_name(&array.dtype()).as_str() {
        "float16" => numbers::<f16, _, _>(array),
        "float32" => numbers::<f32, _, _>(array),
        _ => numbers::<f64, _, _>(array),
    }
}

fn numbers<'a, T: Deserialize + Into<N> + 'a, N, R: Read + 'a>(
    array: NpyFile<R>,
) -> Parsed<Numbers<'a, N>> {
    let values = array.data::<T>().map_err(text)?;
    Ok(Box::new(values.map(|value| value.map(Into::into).map_err(text))))
}

/// Values in C order, with the last dimension contiguous. NumPy may store them in Fortran order.
fn in_c_order<T: Copy>(shape: &[usize], order: Order, values: Vec<T>) -> Parsed<Vec<T>> {
    match order {
        Order::C => Ok(values),
        Order::Fortran => {
            let array = ArrayD::from_shape_vec(IxDyn(shape).f(), values).map_err(text)?;
            Ok(array.iter().copied().collect())
        }
    }
}

fn name_of(archive: &Archive, names: [&'static str; 2]) -> Option<&'static str> {
    let is_there = |name: &&str| archive.index_for_name(&file_name_from_array_name(name)).is_some();
    names.into_iter().find(is_there)
}

fn open<'a>(archive: &'a mut Archive, name: &str) -> Parsed<NpyFile<impl Read + 'a>> {
    let file = archive.by_name(&file_name_from_array_name(name)).map_err(text)?;
    NpyFile::new(file).map_err(|error| format!("{name}: {error}"))
}

/// Says what the file contains instead of samples, and how to store samples.
fn no_samples(archive: &mut Archive, lack: &str) -> String {
    let count = archive.len();
    let all = match count {
        0 => "nothing".to_string(),
        _ => abridged((0..count).map(|i| describe(archive, i)), count),
    };
    format!(
        "{lack}; in it there is: {all}. Name the samples x and their labels y: \
         numpy.savez(\"FILE.npz\", x=..., y=...)"
    )
}

/// Describes an entry: name, type and shape if it is an array.
fn describe(archive: &mut Archive, index: usize) -> String {
    let Ok(file) = archive.by_index(index) else { return format!("unreadable entry {index}") };
    let Ok(name) = file.name().map(Cow::into_owned) else { return format!("entry {index}") };
    let header = array_name_from_file_name(&name).map(|it| (it, NpyHeader::from_reader(file)));
    match header {
        Some((name, Ok(header))) => {
            format!("{name} ({} {:?})", type_name(&header.dtype()), header.shape())
        }
        _ => format!("{name:?}"),
    }
}

/// NumPy's own name of a type.
fn type_name(kind: &DType) -> String {
    let DType::Plain(plain) = kind else { return kind.descr() };
    let bits = |name: &str| format!("{name}{}", 8 * plain.size_field());
    match plain.type_char() {
        TypeChar::Bool => "bool".to_string(),
        TypeChar::Int => bits("int"),
        TypeChar::Uint => bits("uint"),
        TypeChar::Float => bits("float"),
        TypeChar::Complex => bits("complex"),
        TypeChar::UnicodeStr => "str".to_string(),
        TypeChar::ByteStr => "bytes".to_string(),
        TypeChar::Object => "object".to_string(),
        _ => kind.descr(),
    }
}

/// Characters of a string, bytes of a number.
fn length(kind: &DType) -> u64 {
    if let DType::Plain(plain) = kind { plain.size_field() } else { 0 }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
