//! The kernel, and its place among those of the engine.

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

const NAME: &str = "she_ood_f32_8x8";
const ROWS: usize = 8;
/// Vectors of four columns in a row.
const VECTORS: usize = 2;
const COLUMNS: usize = 4 * VECTORS;
/// Rows that are worked on at a time.
const HALF: usize = ROWS / 2;

type Tile = [[v128; VECTORS]; ROWS];
/// What becomes of an operand and the value of the tile.
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

// Asked before the engine's own, which has precedence 1. Products with a single column stay with
// that.
inventory::submit! {
    MmmTier {
        arch: Some(Arch::Wasm32Simd128),
        precedence: 2,
        name: "she-ood",
        applies: |_| true,
        preferred: |_, accumulator, query, _| (accumulator == DatumType::F32 && query.n != Some(1)).then_some(NAME),
    }
}

fn kernel() -> DynKernel<ROWS, COLUMNS, f32> {
    let [rows, columns] = [ROWS, COLUMNS].map(|count| f32::packing(count).align(size_of::<v128>()));
    let mut kernel = DynKernel::new(NAME, gemm, rows, columns);
    kernel.arch = Some(Arch::Wasm32Simd128);
    // What is left out is for integers.
    kernel.can_fuse = |step| {
        !matches!(
            step,
            FusedSpec::QScale(..) | FusedSpec::RoundingShiftRight(..) | FusedSpec::ShiftLeft(..)
        )
    };
    kernel.row_major_store = true;
    kernel
}

/// Follows the steps of one tile.
///
/// # Safety
/// The steps point to as many numbers as the engine promises its kernels: a value a row or a column
/// of the tile, panels of `k` such, or a tile with its strides.
pub(crate) unsafe fn gemm(steps: &[FusedKerSpec<f32>]) -> isize {
    use FusedKerSpec::*;
    let scalar = |value| move |_, _| f32x4_splat(value);
    // SAFETY, here and below: as this function's.
    let of_row = |values: *const f32| move |row, _| unsafe { f32x4_splat(*values.add(row)) };
    let of_column =
        |values: *const f32| move |_, part| unsafe { v128_load(values.cast::<v128>().add(part)) };
    let mut tile: Tile = [[f32x4_splat(0.0); VECTORS]; ROWS];
    for step in steps {
        match *step {
            Done => return 0,
            Clear => tile = [[f32x4_splat(0.0); VECTORS]; ROWS],
            LoadTile(_, rows) => tile = unsafe { rows.cast::<Tile>().read_unaligned() },
            ScalarMin(value) => each(&mut tile, MIN, scalar(value)),
            ScalarMax(value) => each(&mut tile, MAX, scalar(value)),
            ScalarAdd(value) => each(&mut tile, ADD, scalar(value)),
            ScalarMul(value) => each(&mut tile, MUL, scalar(value)),
            ScalarSub(value) => each(&mut tile, SUB, scalar(value)),
            ScalarSubF(value) => each(&mut tile, SUB_FROM_VALUE, scalar(value)),
            LeakyRelu(slope) => each(&mut tile, LEAKY, scalar(slope)),
            PerRowMin(values) => each(&mut tile, MIN, of_row(values)),
            PerRowMax(values) => each(&mut tile, MAX, of_row(values)),
            PerRowAdd(values) => each(&mut tile, ADD, of_row(values)),
            PerRowMul(values) => each(&mut tile, MUL, of_row(values)),
            PerRowSub(values) => each(&mut tile, SUB, of_row(values)),
            PerRowSubF(values) => each(&mut tile, SUB_FROM_VALUE, of_row(values)),
            PerColMin(values) => each(&mut tile, MIN, of_column(values)),
            PerColMax(values) => each(&mut tile, MAX, of_column(values)),
            PerColAdd(values) => each(&mut tile, ADD, of_column(values)),
            PerColMul(values) => each(&mut tile, MUL, of_column(values)),
            PerColSub(values) => each(&mut tile, SUB, of_column(values)),
            PerColSubF(values) => each(&mut tile, SUB_FROM_VALUE, of_column(values)),
            AddUnicast(other) => unsafe { add(&mut tile, &other) },
            AddRowColProducts(rows, columns) => unsafe {
                multiply_add(&mut tile, 1, rows, columns)
            },
            AddMatMul { k, pa, pb, packing: _ } => unsafe {
                multiply_add(&mut tile, k, pa.cast(), pb.cast())
            },
            Store(target) => unsafe { store(&tile, &target) },
            // Not fused into this kernel.
            QScale(..) | RoundingShiftRight(..) | ShiftLeft(..) => return 1,
        }
    }
    0
}

/// Replaces each vector by what `change` makes of an operand and of it.
#[inline(always)]
fn each(tile: &mut Tile, change: Change, operand: impl Fn(usize, usize) -> v128) {
    for (row, vectors) in tile.iter_mut().enumerate() {
        for (part, vector) in vectors.iter_mut().enumerate() {
            *vector = change(operand(row, part), *vector);
        }
    }
}

/// Adds the product of a panel of `k` columns of rows and one of `k` rows of columns.
unsafe fn multiply_add(tile: &mut Tile, k: usize, rows: *const f32, columns: *const f32) {
    let (above, below) = tile.split_at_mut(HALF);
    for (half, start) in [(above, 0), (below, HALF)] {
        if let Ok(half) = half.try_into() {
            // SAFETY: the rows of this half begin so many numbers later.
            unsafe { multiply_add_half(half, k, rows.add(start), columns) };
        }
    }
}

/// Eight sums, two factors and two products: no more than there are registers.
#[inline(always)]
unsafe fn multiply_add_half(
    half: &mut [[v128; VECTORS]; HALF],
    k: usize,
    rows: *const f32,
    columns: *const f32,
) {
    let mut sums = *half;
    for i in 0..k {
        // SAFETY: the panels have `k` steps.
        let (rows, columns) =
            unsafe { (rows.add(i * ROWS), columns.add(i * COLUMNS).cast::<v128>()) };
        let [first, second] = unsafe { [v128_load(columns), v128_load(columns.add(1))] };
        for (row, [left, right]) in sums.iter_mut().enumerate() {
            let factor = unsafe { v128_load32_splat(rows.add(row).cast()) };
            *left = f32x4_add(*left, f32x4_mul(factor, first));
            *right = f32x4_add(*right, f32x4_mul(factor, second));
        }
    }
    *half = sums;
}

/// Adds a tile that lies anywhere.
unsafe fn add(tile: &mut Tile, other: &OutputStoreKer) {
    for (row, vectors) in tile.iter_mut().enumerate() {
        for (part, vector) in vectors.iter_mut().enumerate() {
            // SAFETY: the tile has these columns.
            let value = |column| unsafe { *place(other, row, 4 * part + column) };
            let values = std::arch::wasm32::f32x4(value(0), value(1), value(2), value(3));
            *vector = f32x4_add(values, *vector);
        }
    }
}

/// Writes the tile to where it belongs.
unsafe fn store(tile: &Tile, target: &OutputStoreKer) {
    let is_row_major = target.col_byte_stride == size_of::<f32>() as isize;
    for (row, vectors) in tile.iter().enumerate() {
        for (part, &vector) in vectors.iter().enumerate() {
            // SAFETY: the target has these columns.
            unsafe {
                match is_row_major {
                    true => v128_store(place(target, row, 4 * part).cast(), vector),
                    false => scatter(vector, target, row, 4 * part),
                }
            }
        }
    }
}

unsafe fn scatter(vector: v128, target: &OutputStoreKer, row: usize, column: usize) {
    let mut values = [0.0f32; 4];
    // SAFETY: the values are as long as a vector; the target has these columns.
    unsafe {
        v128_store(values.as_mut_ptr().cast(), vector);
        values.iter().enumerate().for_each(|(i, &value)| *place(target, row, column + i) = value);
    }
}

/// Where a value of a tile lies.
unsafe fn place(tile: &OutputStoreKer, row: usize, column: usize) -> *mut f32 {
    let offset = row as isize * tile.row_byte_stride + column as isize * tile.col_byte_stride;
    // SAFETY: the caller names a place within the tile.
    unsafe { tile.ptr.offset(offset).cast() }
}

#[cfg(test)]
mod tests {
    use tract_linalg::MmmDispatch;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    type Values = [[f32; COLUMNS]; ROWS];

    /// Numbers of both signs without a pattern.
    fn numbers(seed: u32, count: usize) -> Vec<f32> {
        let hashed =
            |i: u32| (seed ^ i.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b).rotate_left(13);
        (1..=count as u32).map(|i| (hashed(i) >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    /// The tile that is left in memory after the steps, stored with these strides, in numbers.
    fn stored(steps: &[FusedKerSpec<f32>], row: usize, column: usize) -> Values {
        let mut memory = vec![f32::NAN; ROWS * row + COLUMNS * column];
        let target = lying(memory.as_mut_ptr(), row, column);
        let steps = [steps, &[FusedKerSpec::Store(target), FusedKerSpec::Done]].concat();
        assert_eq!(unsafe { gemm(&steps) }, 0);
        let written = memory.iter().filter(|value| !value.is_nan()).count();
        assert_eq!(written, ROWS * COLUMNS, "nothing is written beside the tile");
        of(|r, c| memory[r * row + c * column])
    }

    fn lying(memory: *mut f32, row: usize, column: usize) -> OutputStoreKer {
        let [row_byte_stride, col_byte_stride] = [row, column].map(|stride| (stride * 4) as isize);
        OutputStoreKer { ptr: memory.cast(), row_byte_stride, col_byte_stride, item_size: 4 }
    }

    fn of(value: impl Fn(usize, usize) -> f32) -> Values {
        std::array::from_fn(|r| std::array::from_fn(|c| value(r, c)))
    }

    #[test]
    fn a_product_is_that_of_the_definition_wherever_it_is_stored() {
        for k in [0, 1, 2, 7, 144, 1000] {
            let (a, b) = (numbers(1, k * ROWS), numbers(2, k * COLUMNS));
            let steps = [
                FusedKerSpec::Clear,
                FusedKerSpec::AddMatMul {
                    k,
                    pa: a.as_ptr().cast(),
                    pb: b.as_ptr().cast(),
                    packing: 0,
                },
            ];
            let expected = |r: usize, c: usize| {
                let term = |i| f64::from(a[i * ROWS + r]) * f64::from(b[i * COLUMNS + c]);
                (0..k).map(term).sum::<f64>()
            };
            for (row, column) in [(COLUMNS, 1), (100, 1), (1, ROWS), (40, 3)] {
                let found = stored(&steps, row, column);
                let worst = (0..64)
                    .map(|i| (f64::from(found[i / 8][i % 8]) - expected(i / 8, i % 8)).abs())
                    .fold(0.0, f64::max);
                assert!(
                    worst <= 1e-6 * k as f64,
                    "k {k}, strides {row} and {column}: off by {worst}"
                );
            }
        }
    }

    #[test]
    fn every_step_changes_every_value_as_it_says() {
        use FusedKerSpec::*;
        let tile = numbers(3, ROWS * COLUMNS);
        let (by_row, by_column, scalar) = (numbers(4, ROWS), numbers(5, COLUMNS), 0.25);
        let (rows, columns) = (by_row.as_ptr(), by_column.as_ptr());
        type Expected = fn(f32, f32) -> f32;
        let cases: [(&str, [FusedKerSpec<f32>; 3], Expected); 6] = [
            ("min", [ScalarMin(scalar), PerRowMin(rows), PerColMin(columns)], |operand, value| {
                operand.min(value)
            }),
            ("max", [ScalarMax(scalar), PerRowMax(rows), PerColMax(columns)], |operand, value| {
                operand.max(value)
            }),
            ("add", [ScalarAdd(scalar), PerRowAdd(rows), PerColAdd(columns)], |operand, value| {
                operand + value
            }),
            ("mul", [ScalarMul(scalar), PerRowMul(rows), PerColMul(columns)], |operand, value| {
                operand * value
            }),
            ("sub", [ScalarSub(scalar), PerRowSub(rows), PerColSub(columns)], |operand, value| {
                operand - value
            }),
            (
                "sub, flipped",
                [ScalarSubF(scalar), PerRowSubF(rows), PerColSubF(columns)],
                |operand, value| value - operand,
            ),
        ];
        let load = LoadTile(tile.as_ptr(), tile.as_ptr());
        let value = |r: usize, c: usize| tile[r * COLUMNS + c];
        for (name, [of_scalar, of_row, of_column], expected) in cases {
            assert_eq!(
                stored(&[load, of_scalar], COLUMNS, 1),
                of(|r, c| expected(scalar, value(r, c))),
                "scalar {name}"
            );
            assert_eq!(
                stored(&[load, of_row], COLUMNS, 1),
                of(|r, c| expected(by_row[r], value(r, c))),
                "{name} of rows"
            );
            assert_eq!(
                stored(&[load, of_column], COLUMNS, 1),
                of(|r, c| expected(by_column[c], value(r, c))),
                "{name} of columns"
            );
        }
        let leaky = of(|r, c| if value(r, c) > 0.0 { value(r, c) } else { scalar * value(r, c) });
        assert_eq!(stored(&[load, LeakyRelu(scalar)], COLUMNS, 1), leaky);
        let outer = of(|r, c| value(r, c) + by_row[r] * by_column[c]);
        assert_eq!(stored(&[load, AddRowColProducts(rows, columns)], COLUMNS, 1), outer);
        assert_eq!(stored(&[load, Clear], COLUMNS, 1), of(|_, _| 0.0));
    }

    #[test]
    fn a_tile_is_added_from_wherever_it_lies() {
        let (tile, mut memory) = (numbers(6, 64), numbers(7, 1000));
        for (row, column) in [(COLUMNS, 1), (1, ROWS), (40, 3)] {
            let steps = [
                FusedKerSpec::LoadTile(tile.as_ptr(), tile.as_ptr()),
                FusedKerSpec::AddUnicast(lying(memory.as_mut_ptr(), row, column)),
            ];
            assert_eq!(
                stored(&steps, 10, 1),
                of(|r, c| tile[r * COLUMNS + c] + memory[r * row + c * column])
            );
        }
    }

    #[test]
    fn what_is_not_fused_is_refused() {
        assert_eq!(unsafe { gemm(&[FusedKerSpec::ShiftLeft(1)]) }, 1);
    }

    #[test]
    fn the_engine_takes_it_for_all_but_single_columns() {
        let chosen = |n| {
            let kernel =
                MmmDispatch::native().preferred_kernel(DatumType::F32, Some(16), Some(144), n);
            kernel.expect("a kernel").name().to_string()
        };
        for n in [None, Some(2), Some(1024)] {
            assert_eq!(chosen(n), NAME);
        }
        assert_ne!(chosen(Some(1)), NAME);
    }
}
