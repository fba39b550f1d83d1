//! Each step of the kernel, against its definition.

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
    // SAFETY: the callers give pointers to whole tiles, panels, rows and columns.
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
            FusedKerSpec::AddMatMul { k, pa: a.as_ptr().cast(), pb: b.as_ptr().cast(), packing: 0 },
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
            assert!(worst <= 1e-6 * k as f64, "k {k}, strides {row} and {column}: off by {worst}");
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
    // SAFETY: the step has no pointer.
    assert_eq!(unsafe { gemm(&[FusedKerSpec::ShiftLeft(1)]) }, 1);
}

#[test]
fn the_engine_takes_it_for_all_but_single_columns() {
    let chosen = |n| {
        let kernel = MmmDispatch::native().preferred_kernel(DatumType::F32, Some(16), Some(144), n);
        kernel.expect("a kernel").name().to_string()
    };
    for n in [None, Some(2), Some(1024)] {
        assert_eq!(chosen(n), NAME);
    }
    assert_ne!(chosen(Some(1)), NAME);
}
