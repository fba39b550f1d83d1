//! The cases of `tract_linalg`'s own kernel tests (`frame/mmm/tests`, which it does not export),
//! run through its driver on this kernel and on its generic one: tiles at the border, packed
//! panels, fused operands and layouts of the output.

use tract_data::prelude::{Tensor, tensor0, tensor1};
use tract_linalg::BinOp;
use tract_linalg::generic::mmm::generic_f32_4x4;
use tract_linalg::mmm::{AsInputValue, FusedSpec, MatMatMul};
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{COLUMNS, ROWS, kernel};

/// Value of the output where nothing is stored.
const UNTOUCHED: f32 = -1e9;

/// Layout of the output: strides of rows and columns.
type Layout = fn(m: usize, n: usize) -> [usize; 2];
/// By row, by column, every third column by row: as `StoreLayout`.
const LAYOUTS: [Layout; 3] = [|_, n| [n, 1], |m, _| [1, m], |_, n| [3 * n, 3]];

/// The output of some steps, in a buffer of this layout.
fn run(
    kernel: &dyn MatMatMul,
    [m, n]: [usize; 2],
    layout: Layout,
    steps: &[FusedSpec],
) -> Vec<f32> {
    let [row, column] = layout(m, n);
    let mut found = tensor1(&vec![UNTOUCHED; 3 * m * n]);
    // SAFETY: the buffer has a place for each of `m` rows and `n` columns by these strides.
    let store = unsafe {
        let spec = kernel.c_from_data_and_strides(size_of::<f32>(), row as isize, column as isize);
        spec.wrap(&found.view_mut())
    };
    let steps = [steps, &[FusedSpec::Store(store)]].concat();
    // SAFETY: the operands have `m` rows and `n` columns, the panels are packed by the kernel.
    unsafe { kernel.run(m, n, &steps) }.unwrap();
    found.try_as_plain_ram().unwrap().as_slice::<f32>().unwrap().to_vec()
}

#[track_caller]
fn assert_generic(shape: [usize; 2], steps: impl Fn(&dyn MatMatMul) -> Vec<FusedSpec<'static>>) {
    let (own, generic) = (kernel(), generic_f32_4x4.mmm());
    for layout in LAYOUTS {
        let found = run(&*own.clone().mmm(), shape, layout, &steps(&*own.clone().mmm()));
        let expected = run(&*generic, shape, layout, &steps(&*generic));
        let off = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-5 * b.abs().max(1.0);
        assert!(!found.iter().zip(&expected).any(off), "{shape:?}: {found:?}, not {expected:?}");
    }
}

/// Whole numbers, as in the engine's cases: sums of them are exact.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7 + 3) % 11) as f32 - 5.0).collect()
}

fn leaked(values: Tensor) -> &'static Tensor {
    Box::leak(Box::new(values))
}

fn product(kernel: &dyn MatMatMul, [m, k, n]: [usize; 3]) -> FusedSpec<'static> {
    let tensor =
        |shape: [usize; 2]| Tensor::from_shape(&shape, &numbers(shape[0] * shape[1])).unwrap();
    let (rows, columns) = &kernel.packings()[0];
    FusedSpec::AddMatMul {
        a: AsInputValue::Owned(rows.prepare_one(&tensor([m, k]), 1, 0).unwrap()),
        b: AsInputValue::Owned(columns.prepare_one(&tensor([k, n]), 0, 1).unwrap()),
        packing: 0,
    }
}

/// The sizes of the engine's `PackedPackedProblem`: 1 to three tiles, 0 to 40 deep.
#[test]
fn packed_products() {
    for m in [1, 2, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS - 1] {
        for n in [1, 3, COLUMNS - 1, COLUMNS, COLUMNS + 1, 3 * COLUMNS - 1] {
            for k in [0, 1, 2, 13, 39] {
                assert_generic([m, n], |kernel| vec![product(kernel, [m, k, n])]);
            }
        }
    }
}

/// `row_mul_2_1_3` to `add_d_big`, and each operation after a product.
#[test]
fn fused_operands() {
    use BinOp::{Add, Max, Min, Mul, Sub, SubF};
    for [m, n] in [[2, 3], [197, 1], [ROWS, COLUMNS], [2 * ROWS + 3, COLUMNS + 5]] {
        let (rows, columns) = (leaked(tensor1(&numbers(m))), leaked(tensor1(&numbers(n))));
        let scalar = leaked(tensor0(2f32));
        for op in [Min, Max, Add, Mul, Sub, SubF] {
            for fused in [
                FusedSpec::BinScalar(scalar, op),
                FusedSpec::BinPerRow(rows.view(), op),
                FusedSpec::BinPerCol(columns.view(), op),
            ] {
                assert_generic([m, n], |kernel| vec![product(kernel, [m, 5, n]), fused.clone()]);
            }
        }
        for fused in [FusedSpec::LeakyRelu(scalar), FusedSpec::AddRowColProducts(rows, columns)] {
            assert_generic([m, n], |kernel| vec![product(kernel, [m, 5, n]), fused.clone()]);
        }
    }
}

/// `add_d` and `add_unicast_non_contiguous`.
#[test]
fn added_tiles() {
    for [m, n] in [[2, 3], [197, 1], [ROWS, COLUMNS], [2 * ROWS + 3, COLUMNS + 5]] {
        let tensor = leaked(tensor1(&numbers(3 * m * n)));
        for layout in LAYOUTS {
            let [row, column] = layout(m, n).map(|stride| stride as isize);
            assert_generic([m, n], |kernel| {
                // SAFETY: the tensor has a value for each row and column by these strides.
                let added = unsafe {
                    kernel
                        .c_from_data_and_strides(size_of::<f32>(), row, column)
                        .wrap(&tensor.view())
                };
                vec![product(kernel, [m, 5, n]), FusedSpec::AddUnicast(added)]
            });
        }
    }
}
