//! Fully connected layers.

use tract_onnx::tract_core::internal::AxesMapping;
use tract_onnx::tract_core::ops::einsum::EinSum;

use super::*;

/// A product and what follows it.
#[derive(Debug, Clone)]
struct Case {
    /// Rows `[.., depth]`.
    rows: Vec<usize>,
    outputs: usize,
    is_transposed: bool,
    followers: Vec<Follower>,
    is_tapped: bool,
}

fn cases() -> impl Strategy<Value = Case> {
    let rows = prop::collection::vec(1..=6usize, 1..4);
    let sizes = (rows, 1..=40usize, 1..=40usize, any::<bool>());
    (sizes, followers(), any::<bool>()).prop_map(
        |((mut rows, depth, outputs, is_transposed), followers, is_tapped)| {
            rows.push(depth);
            Case { rows, outputs, is_transposed, followers, is_tapped }
        },
    )
}

/// The product of rows and a constant of this shape, as einsum's formula says.
fn product(rows: &[usize], matrix: &[usize], formula: &str) -> (TypedModel, OutletId) {
    let mut model = TypedModel::default();
    let input = model.add_source("input", TypedFact::dt_shape(DatumType::F32, rows)).unwrap();
    let matrix = model.add_const("matrix", tensor(1, matrix)).unwrap();
    let axes: AxesMapping = formula.parse().unwrap();
    let sum = EinSum::new(axes, DatumType::F32);
    let outlet = model.wire_node("product", sum, &[input, matrix]).unwrap()[0];
    model.select_output_outlets(&[outlet]).unwrap();
    (model, outlet)
}

impl Case {
    fn model(&self) -> TypedModel {
        let (rank, depth) = (self.rows.len(), self.rows[self.rows.len() - 1]);
        let before = &"abc"[..rank - 1];
        let (matrix, axes) = match self.is_transposed {
            true => ([self.outputs, depth], "nk"),
            false => ([depth, self.outputs], "kn"),
        };
        let formula = format!("{before}k,{axes}->{before}n");
        let (mut model, outlet) = product(&self.rows, &matrix, &formula);
        let mut channel = vec![1; rank];
        channel[rank - 1] = self.outputs;
        finish(&mut model, outlet, (&self.followers, self.is_tapped), &channel);
        model
    }
}

proptest! {
    #[test]
    fn they_compute_what_the_engine_and_its_operators_compute(case in cases()) {
        compare(&case.model(), "OurLinear");
    }
}

/// Each looks like a product of rows in some of its sizes.
#[test]
fn other_sums_stay_with_the_engine() {
    let square = [4, 4];
    for formula in ["mk,kn->nm", "km,kn->mn", "km,nk->mn", "mk,mk->mk", "mk,kn->m", "mk,mn->kn"] {
        let rank = formula.rsplit("->").next().map(str::len);
        let (mut model, outlet) = product(&square, &square, formula);
        assert_eq!(model.outlet_fact(outlet).unwrap().rank(), rank.unwrap());
        replace_products(&mut model, &Packed::default()).unwrap();
        assert!(model.nodes().iter().all(|node| node.op.name() != "OurLinear"), "{formula}");
    }
}
