//! Fully connected layers, which the engine reads as sums over an axis.

use she_ood_kernel::Finish;
use tract_onnx::prelude::{DatumType, TypedModel, TypedNode};
use tract_onnx::tract_core::internal::{AxesMapping, InOut};
use tract_onnx::tract_core::ops::einsum::EinSum;

use super::{Form, Site, constant, shape};

/// A product of rows `[.., depth]` with a constant matrix.
pub(super) fn find(model: &TypedModel, node: &TypedNode) -> Option<Site> {
    let (sum, &[input, matrix]) = (node.op_as::<EinSum>()?, &*node.inputs) else { return None };
    let fact = model.outlet_fact(matrix).ok()?;
    let &[height, width] = fact.shape.as_concrete()? else { return None };
    let rows = shape(model, input)?;
    let by_output = is_by_output(&sum.axes, rows.len())?;
    let [depth, outputs] = if by_output { [width, height] } else { [height, width] };
    let is_plain = sum.q_params.is_none()
        && sum.operating_dt == DatumType::F32
        && model.outlet_fact(input).ok()?.datum_type == DatumType::F32
        && rows.last() == Some(&depth)
        && !rows.contains(&0)
        && outputs > 0;
    Some(Site {
        last: node.id,
        input,
        addend: None,
        form: Form::Linear { depth, by_output },
        weights: constant(fact).filter(|_| is_plain)?,
        finish: Finish::adding(vec![0.0; outputs]),
        output_shape: shape(model, node.id.into())?.into(),
    })
}

/// Whether the matrix has its outputs first, for a sum over the last axis of the rows and one of
/// the matrix that leaves all else as it is.
fn is_by_output(axes: &AxesMapping, rank: usize) -> Option<bool> {
    let (rows, matrix, output) = (InOut::In(0), InOut::In(1), InOut::Out(0));
    let last = rank.checked_sub(1)?;
    let places = |axis| {
        let axis = axes.axis(axis).ok()?;
        let places = |side| axis.interface(side).to_vec();
        Some([places(rows), places(matrix), places(output)])
    };
    let summed = places((rows, last))?;
    let by_output = summed[1] == [1];
    let [along, across] = [by_output, !by_output].map(usize::from);
    let is_product = summed == [vec![last], vec![along], vec![]]
        && places((matrix, across))? == [vec![], vec![across], vec![last]];
    let stays = |axis| places((rows, axis)) == Some([vec![axis], vec![], vec![axis]]);
    (is_product && (0..last).all(stays)).then_some(by_output)
}
