//! The kernel, and its registration with the engine.

use std::arch::wasm32::{
    f32x4_add, f32x4_gt, f32x4_max, f32x4_min, f32x4_mul, f32x4_splat, f32x4_sub, v128,
    v128_bitselect, v128_load, v128_load32_splat, v128_store,
};

use tract_data::prelude::DatumType;
use tract_linalg::isa::Arch;
use tract_linalg::mmm::{DynKernel, FusedKerSpec, FusedSpec, OutputStoreKer};
use tract_linalg::mmm_routines::MmmRoutine;
use tract_linalg::mmm_tiers::MmmTier;
use tract_linalg::pack::Packing;

use crate::vector::wasm;

const NAME: &str = "she_ood_f32_8x8";
/// Rows that a product works on at a time.
const HALF: usize = 4;
const ROWS: usize = 2 * HALF;
/// Vectors of four columns in a row.
const VECTORS: usize = 2;
const COLUMNS: usize = 4 * VECTORS;

type Row = [v128; VECTORS];
/// The upper or the lower half of a tile, row-major: what fits into registers.
type Half = [Row; HALF];
/// A new value of the tile, from an operand and the old value.
type Change = fn(v128, v128) -> v128;

const MIN: Change = |operand, value| f32x4_min(operand, value);
const MAX: Change = |operand, value| f32x4_max(operand, value);
const ADD: Change = |operand, value| f32x4_add(operand, value);
const MUL: Change = |operand, value| f32x4_mul(operand, value);
const SUB: Change = |operand, value| f32x4_sub(operand, value);
const SUB_FROM_VALUE: Change = |operand, value| f32x4_sub(value, operand);
const LEAKY: Change = |slope, value| {
    v128_bitselect(value, f32x4_mul(slope, value), f32x4_gt(value, f32x4_splat(0.0)))
};

inventory::submit! {
    MmmRoutine { make: || kernel().mmm() }
}

// Asked before the engine's own kernel, which has precedence 1 and keeps products with a single
// column.
inventory::submit! {
    MmmTier {
        arch: Some(Arch::Wasm32Simd128),
        precedence: 2,
        name: "she-ood",
        applies: |_| true,
        preferred: |_, accumulator, query, _| {
            (accumulator == DatumType::F32 && query.n != Some(1)).then_some(NAME)
        },
    }
}

fn kernel() -> DynKernel<ROWS, COLUMNS, f32> {
    let [rows, columns] = [ROWS, COLUMNS].map(|count| f32::packing(count).align(size_of::<v128>()));
    let mut kernel = DynKernel::new(NAME, gemm, rows, columns);
    kernel.arch = Some(Arch::Wasm32Simd128);
    // The steps left out are for integers.
    kernel.can_fuse = |step| {
        !matches!(
            step,
            FusedSpec::QScale(..) | FusedSpec::RoundingShiftRight(..) | FusedSpec::ShiftLeft(..)
        )
    };
    kernel.row_major_store = true;
    kernel
}

/// Runs the steps of one tile, for its upper half and then for its lower half.
///
/// # Safety
/// `steps` must be what `tract_linalg` 0.23.9 builds in `frame/mmm/scratch.rs` for a kernel of
/// `ROWS` by `COLUMNS` and hands to [`DynKernel::kernel`]. Its pointers are valid while this runs:
///
/// - `PerRow*` and `PerCol*` point to `ROWS` and `COLUMNS` values: a slice of the operand, or for a
///   tile at the border a padded copy in the scratch space (`for_border_tile`);
/// - the `pa` and `pb` of `AddMatMul` point to panels that [`Packing`] wrote: `k` times `ROWS` and
///   `k` times `COLUMNS` values;
/// - an [`OutputStoreKer`] is a whole tile, with the strides it names: a part of the operand, or
///   for a tile at the border a tile in the scratch space.
pub(crate) unsafe fn gemm(steps: &[FusedKerSpec<f32>]) -> isize {
    // SAFETY: the caller keeps this function's contract, and both halves lie within the tile.
    [0, HALF].into_iter().map(|first| unsafe { run_half(steps, first) }).max().unwrap_or(0)
}

/// Runs the steps for the rows from `first` on.
///
/// # Safety
/// As [`gemm`]'s; `first` is 0 or `HALF`.
#[inline(always)]
unsafe fn run_half(steps: &[FusedKerSpec<f32>], first: usize) -> isize {
    use FusedKerSpec::*;
    let zero: Half = [[f32x4_splat(0.0); VECTORS]; HALF];
    let scalar = |value| move |_, _| f32x4_splat(value);
    let of_row = |values: *const f32| {
        // SAFETY: `PerRow*` of `FusedKerSpec` point to `ROWS` values, and `first + row` is less.
        move |row, _| unsafe { f32x4_splat(*values.add(first + row)) }
    };
    let of_column = |values: *const f32| {
        // SAFETY: `PerCol*` of `FusedKerSpec` point to `COLUMNS` values, which are `VECTORS`
        // vectors, and `part` is less. `v128_load` needs no alignment.
        move |_, part| unsafe { v128_load(values.cast::<v128>().add(part)) }
    };
    let mut half = zero;
    for step in steps {
        match *step {
            Done => return 0,
            Clear => half = zero,
            // SAFETY: `LoadTile` of `FusedKerSpec` points to a tile by columns and to the same by
            // rows, aligned to its values only; this half is its rows from `first` on.
            LoadTile(_, rows) => unsafe {
                half = rows.add(first * COLUMNS).cast::<Half>().read_unaligned();
            },
            ScalarMin(value) => each(&mut half, MIN, scalar(value)),
            ScalarMax(value) => each(&mut half, MAX, scalar(value)),
            ScalarAdd(value) => each(&mut half, ADD, scalar(value)),
            ScalarMul(value) => each(&mut half, MUL, scalar(value)),
            ScalarSub(value) => each(&mut half, SUB, scalar(value)),
            ScalarSubF(value) => each(&mut half, SUB_FROM_VALUE, scalar(value)),
            LeakyRelu(slope) => each(&mut half, LEAKY, scalar(slope)),
            PerRowMin(values) => each(&mut half, MIN, of_row(values)),
            PerRowMax(values) => each(&mut half, MAX, of_row(values)),
            PerRowAdd(values) => each(&mut half, ADD, of_row(values)),
            PerRowMul(values) => each(&mut half, MUL, of_row(values)),
            PerRowSub(values) => each(&mut half, SUB, of_row(values)),
            PerRowSubF(values) => each(&mut half, SUB_FROM_VALUE, of_row(values)),
            PerColMin(values) => each(&mut half, MIN, of_column(values)),
            PerColMax(values) => each(&mut half, MAX, of_column(values)),
            PerColAdd(values) => each(&mut half, ADD, of_column(values)),
            PerColMul(values) => each(&mut half, MUL, of_column(values)),
            PerColSub(values) => each(&mut half, SUB, of_column(values)),
            PerColSubF(values) => each(&mut half, SUB_FROM_VALUE, of_column(values)),
            // SAFETY: `AddUnicast` of `FusedKerSpec` names a whole tile, as an `OutputStoreKer`.
            AddUnicast(other) => unsafe { add(&mut half, &other, first) },
            // SAFETY: `AddRowColProducts` of `FusedKerSpec` points to `ROWS` and to `COLUMNS`
            // values: panels of one step.
            AddRowColProducts(rows, columns) => unsafe {
                multiply_add(&mut half, 1, rows.wrapping_add(first), columns);
            },
            // SAFETY: `AddMatMul` of `FusedKerSpec` points to panels of `k` steps, in the only
            // packing that `kernel` declares: 32-bit floats, `ROWS` and `COLUMNS` a step. A panel
            // without steps has no place `first`, hence `wrapping_add`.
            AddMatMul { k, pa, pb, packing: _ } => unsafe {
                multiply_add(&mut half, k, pa.cast::<f32>().wrapping_add(first), pb.cast());
            },
            // SAFETY: `Store` of `FusedKerSpec` names a whole tile, as an `OutputStoreKer`, of
            // 32-bit floats, the only type that `DynKernel::new` lists in `stores`.
            Store(target) => unsafe { store(&half, &target, first) },
            // `can_fuse` refuses these.
            QScale(..) | RoundingShiftRight(..) | ShiftLeft(..) => return 1,
        }
    }
    0
}

/// Replaces each vector by its change with an operand, given row and part of the row.
#[inline(always)]
fn each(half: &mut Half, change: Change, operand: impl Fn(usize, usize) -> v128) {
    for (row, vectors) in half.iter_mut().enumerate() {
        for (part, vector) in vectors.iter_mut().enumerate() {
            *vector = change(operand(row, part), *vector);
        }
    }
}

/// Adds the product of two panels: eight sums, two factors and two products, no more than there are
/// registers.
///
/// # Safety
/// From `rows` on, each of `k` steps of `ROWS` values begins with those of this half; `columns`
/// points to `k * COLUMNS` values, as `tract_linalg::pack::PackedFormat` lays them out.
#[inline(always)]
unsafe fn multiply_add(half: &mut Half, k: usize, mut rows: *const f32, columns: *const f32) {
    let mut columns = columns.cast::<v128>();
    for _ in 0..k {
        // SAFETY: the step has `COLUMNS` values, two vectors. `v128_load` needs no alignment.
        let [first, second] = unsafe { [v128_load(columns), v128_load(columns.add(1))] };
        for (row, [left, right]) in half.iter_mut().enumerate() {
            // SAFETY: the step has `HALF` values of this half, and `row` is less.
            let factor = unsafe { v128_load32_splat(rows.add(row).cast()) };
            *left = wasm::multiply_add(factor, first, *left);
            *right = wasm::multiply_add(factor, second, *right);
        }
        // The next step; after the last one, a place that is not read.
        rows = rows.wrapping_add(ROWS);
        columns = columns.wrapping_add(VECTORS);
    }
}

/// Adds the rows from `first` on of a tile that has its own strides.
///
/// # Safety
/// `other` is a whole tile of `ROWS` by `COLUMNS` 32-bit floats that may be read.
#[inline(always)]
unsafe fn add(half: &mut Half, other: &OutputStoreKer, first: usize) {
    for (row, vectors) in half.iter_mut().enumerate() {
        for (part, vector) in vectors.iter_mut().enumerate() {
            // SAFETY: `first + row < ROWS` and `4 * part + column < COLUMNS` lie in the tile that
            // `OutputStoreKer` describes; its values are aligned, because they belong to a tensor.
            let value = |column| unsafe { *place(other, first + row, 4 * part + column) };
            let values = std::arch::wasm32::f32x4(value(0), value(1), value(2), value(3));
            *vector = f32x4_add(values, *vector);
        }
    }
}

/// Writes a half with the strides of the target, to its rows from `first` on.
///
/// # Safety
/// `target` is a whole tile of `ROWS` by `COLUMNS` 32-bit floats that may be written.
#[inline(always)]
unsafe fn store(half: &Half, target: &OutputStoreKer, first: usize) {
    let is_row_major = target.col_byte_stride == size_of::<f32>() as isize;
    for (row, vectors) in half.iter().enumerate() {
        for (part, &vector) in vectors.iter().enumerate() {
            if is_row_major {
                let place = place(target, first + row, 4 * part);
                // SAFETY: by the strides of `OutputStoreKer` the four columns lie side by side in
                // the target. `v128_store` needs no alignment.
                unsafe { v128_store(place.cast(), vector) };
            } else {
                // SAFETY: as this function's; the four columns are less than `COLUMNS`.
                unsafe { scatter(vector, target, first + row, 4 * part) };
            }
        }
    }
}

/// Writes the four values of a vector to a row of the target, from a column on.
///
/// # Safety
/// `target` is a tile of 32-bit floats that may be written, and has this row and these columns.
unsafe fn scatter(vector: v128, target: &OutputStoreKer, row: usize, column: usize) {
    let mut values = [0.0f32; 4];
    // SAFETY: the array is as long as a vector. `v128_store` needs no alignment.
    unsafe { v128_store(values.as_mut_ptr().cast(), vector) };
    for (i, &value) in values.iter().enumerate() {
        // SAFETY: the target has this place by the strides of `OutputStoreKer`; its values are
        // aligned, because they belong to a tensor.
        unsafe { *place(target, row, column + i) = value };
    }
}

/// The address of a value of a tile. It may be used if the tile has this row and column.
fn place(tile: &OutputStoreKer, row: usize, column: usize) -> *mut f32 {
    let offset = row as isize * tile.row_byte_stride + column as isize * tile.col_byte_stride;
    tile.ptr.wrapping_offset(offset).cast()
}

#[cfg(test)]
mod engine_cases;
#[cfg(test)]
mod tests;
