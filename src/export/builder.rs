//! Nodes and constants to be appended to an ONNX graph, written as the fields of its message.

use crate::model::wire::{message, number};

/// Types of tensors, as ONNX numbers them.
pub(super) const FLOAT: u64 = 1;
pub(super) const UINT8: u64 = 2;
pub(super) const INT64: u64 = 7;
pub(super) const BOOL: u64 = 9;
pub(super) const DOUBLE: u64 = 11;

/// Fields of a `GraphProto`.
pub(super) const NODE: u32 = 1;
pub(super) const INITIALIZER: u32 = 5;
pub(super) const INPUT: u32 = 11;
pub(super) const OUTPUT: u32 = 12;

/// Opset from which the axes of `ReduceMax`, `ReduceMean` and `ReduceMin` are an input.
const AXES_AS_INPUT: u64 = 18;
/// The same of `ReduceSum`.
const SUM_AXES_AS_INPUT: u64 = 13;
/// IR version from which a constant need not be an input, too.
const CONSTANTS_ALONE: u64 = 4;

/// Name of a tensor.
pub(super) type Name = String;

/// What is appended to a graph.
pub(super) struct Builder {
    /// Begins the names of all tensors made here.
    prefix: String,
    opset: u64,
    ir: u64,
    /// Type that scores are computed in.
    pub real: u64,
    count: usize,
    fields: Vec<u8>,
    /// Tensors of 32-bit floats, one row a sample, that are finite where there is a verdict.
    checked: Vec<Name>,
}

impl Builder {
    pub fn new(prefix: String, opset: u64, ir: u64, real: u64) -> Self {
        Self { prefix, opset, ir, real, count: 0, fields: Vec::new(), checked: Vec::new() }
    }

    /// The fields to append.
    pub fn into_fields(self) -> Vec<u8> {
        self.fields
    }

    fn name(&mut self, what: &str) -> Name {
        self.count += 1;
        format!("{}{what}_{}", self.prefix, self.count)
    }

    /// The output of an operator.
    pub fn op(&mut self, operator: &str, inputs: &[&Name]) -> Name {
        self.with(operator, inputs, &[])
    }

    /// The output of an operator with attributes.
    pub fn with(&mut self, operator: &str, inputs: &[&Name], attributes: &[Vec<u8>]) -> Name {
        let output = self.name(operator);
        self.node(operator, inputs, &output, attributes);
        output
    }

    /// An operator that makes the tensor `output`.
    pub fn node(&mut self, op: &str, inputs: &[&Name], output: &str, attributes: &[Vec<u8>]) {
        let inputs = inputs.iter().map(|input| message(1, input.as_bytes()));
        let rest = [message(2, output), message(3, output), message(4, op)];
        let fields: Vec<u8> =
            inputs.chain(rest).chain(attributes.iter().cloned()).flatten().collect();
        self.fields.extend(message(NODE, fields));
    }

    /// A tensor in another type.
    pub fn cast(&mut self, tensor: &Name, kind: u64) -> Name {
        self.with("Cast", &[tensor], &[int("to", kind)])
    }

    /// A tensor of 32-bit floats in the type that scores are computed in.
    pub fn widened(&mut self, tensor: Name) -> Name {
        if self.real == DOUBLE { self.cast(&tensor, DOUBLE) } else { tensor }
    }

    /// Rounds to 32 bits where scores are computed in more, as the project's own scores are.
    pub fn rounded(&mut self, tensor: Name) -> Name {
        if self.real != DOUBLE {
            return tensor;
        }
        let narrow = self.cast(&tensor, FLOAT);
        self.cast(&narrow, DOUBLE)
    }

    /// A tensor in another shape: 0 keeps a size, -1 takes the rest.
    pub fn reshaped(&mut self, tensor: &Name, shape: &[i64]) -> Name {
        let shape = self.ints(&[shape.len()], shape);
        self.op("Reshape", &[tensor, &shape])
    }

    /// Reduces one axis.
    pub fn reduced(&mut self, operator: &str, tensor: &Name, axis: i64, keeps: bool) -> Name {
        let keeps = int("keepdims", keeps.into());
        let as_input = if operator == "ReduceSum" { SUM_AXES_AS_INPUT } else { AXES_AS_INPUT };
        if self.opset < as_input {
            return self.with(operator, &[tensor], &[ints("axes", &[axis]), keeps]);
        }
        let axes = self.ints(&[1], &[axis]);
        self.with(operator, &[tensor, &axes], &[keeps])
    }

    /// Refuses a sample unless all numbers in its row of this tensor of 32-bit floats are finite.
    pub fn check(&mut self, rows: &Name) {
        self.checked.push(rows.clone());
    }

    /// Whether all numbers of each sample that are checked are finite, `[N, 1]`.
    pub fn are_finite(&mut self) -> Name {
        let checked = std::mem::take(&mut self.checked);
        let all = self.with("Concat", &checked.iter().collect::<Vec<_>>(), &[int("axis", 1)]);
        let size = self.op("Abs", &[&all]);
        let infinity = self.floats(&[], &[f32::INFINITY]);
        // Nothing is less than infinity that is infinite or NaN.
        let is_finite = self.op("Less", &[&size, &infinity]);
        let numbers = self.cast(&is_finite, FLOAT);
        let least = self.reduced("ReduceMin", &numbers, 1, true);
        self.cast(&least, BOOL)
    }

    /// Position of the first largest or smallest value of each row.
    pub fn position(&mut self, operator: &str, rows: &Name) -> Name {
        self.with(operator, &[rows], &[int("axis", 1), int("keepdims", 0)])
    }

    /// The entries of a tensor at some positions along an axis.
    pub fn gathered(&mut self, tensor: &Name, positions: &Name, axis: u64) -> Name {
        self.with("Gather", &[tensor, positions], &[int("axis", axis)])
    }

    /// A constant of 64-bit integers.
    pub fn ints(&mut self, dims: &[usize], values: &[i64]) -> Name {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(INT64, dims, bytes)
    }

    /// A constant of 32-bit floats.
    pub fn floats(&mut self, dims: &[usize], values: &[f32]) -> Name {
        self.constant(FLOAT, dims, float_bytes(values))
    }

    /// A constant in the type that scores are computed in; stored in 32 bits where those hold it.
    pub fn reals(&mut self, dims: &[usize], values: &[f64]) -> Name {
        let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        let is_exact =
            narrow.iter().zip(values).all(|(&narrow, &value)| f64::from(narrow) == value);
        if is_exact || self.real == FLOAT {
            let narrow = self.floats(dims, &narrow);
            return self.widened(narrow);
        }
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(DOUBLE, dims, bytes)
    }

    /// A constant number.
    pub fn real(&mut self, value: f64) -> Name {
        self.reals(&[], &[value])
    }

    fn constant(&mut self, kind: u64, dims: &[usize], bytes: Vec<u8>) -> Name {
        let name = self.name("constant");
        self.initialize(&name, kind, dims, &bytes);
        if self.ir < CONSTANTS_ALONE {
            self.declare(INPUT, &name, kind, &fixed(dims));
        }
        name
    }

    /// A constant that callers may replace: it is an input, too.
    pub fn replaceable(&mut self, name: &str, values: &[f32]) -> Name {
        let dims = [values.len()];
        self.initialize(name, FLOAT, &dims, &float_bytes(values));
        self.declare(INPUT, name, FLOAT, &fixed(&dims));
        name.to_string()
    }

    fn initialize(&mut self, name: &str, kind: u64, dims: &[usize], bytes: &[u8]) {
        let dims = dims.iter().flat_map(|&size| number(1, size as u64)).collect();
        let fields = [dims, number(2, kind), message(8, name), message(9, bytes)];
        self.fields.extend(message(INITIALIZER, fields.concat()));
    }

    /// Declares an input or output. `dims` are encoded dimensions.
    pub fn declare(&mut self, field: u32, name: &str, kind: u64, dims: &[Vec<u8>]) {
        self.fields.extend(message(field, declaration(name, kind, dims)));
    }
}

/// A `ValueInfoProto`.
fn declaration(name: &str, kind: u64, dims: &[Vec<u8>]) -> Vec<u8> {
    let shape: Vec<u8> = dims.iter().flat_map(|dim| message(1, dim)).collect();
    let tensor = message(1, [number(1, kind), message(2, shape)].concat());
    [message(1, name), message(2, tensor)].concat()
}

/// Dimensions of fixed sizes.
pub(super) fn fixed(dims: &[usize]) -> Vec<Vec<u8>> {
    dims.iter().map(|&size| number(1, size as u64)).collect()
}

fn float_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// An attribute that holds a whole number.
pub(super) fn int(name: &str, value: u64) -> Vec<u8> {
    message(5, [message(1, name), number(3, value), number(20, 2)].concat())
}

/// An attribute that holds whole numbers.
pub(super) fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    let values = values.iter().flat_map(|&value| number(8, value.cast_unsigned())).collect();
    message(5, [message(1, name), values, number(20, 7)].concat())
}
