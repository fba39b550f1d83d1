//! ONNX's `Pad`, in place of the engine's, which takes a negative pad for a huge one and knows no
//! `wrap`.
//!
//! Negative pads cut first; what remains is padded.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice, TypedConcat};
use tract_onnx::tract_hir::internal::*;

/// Pads or cuts the ends of each axis.
#[derive(Debug, Clone)]
struct SignedPad {
    mode: Mode,
    /// Places of the optional inputs among the given ones.
    value: Option<usize>,
    axes: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Constant,
    Edge,
    Reflect,
    Wrap,
}

/// Positions to add at the start and at the end of an axis; negative ones are cut.
type Ends = (i64, i64);

/// Makes the operator of a node whose pads are an input.
pub(super) fn pad(
    _: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let mode = match node.get_attr_opt("mode")?.unwrap_or("constant") {
        "constant" => Mode::Constant,
        "edge" => Mode::Edge,
        "reflect" => Mode::Reflect,
        "wrap" => Mode::Wrap,
        other => bail!("mode {other:?} of Pad is not known"),
    };
    let mut optional = optional_inputs(node).skip(2);
    let (value, axes) = (optional.next().flatten(), optional.next().flatten());
    Ok((expand(SignedPad { mode, value, axes }), vec![]))
}

impl Expansion for SignedPad {
    fn name(&self) -> StaticName {
        "Pad".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_output_arity(outputs, 1)?;
        let ([input, pads, ..], [output]) = (inputs, outputs) else {
            bail!("Pad needs a tensor and its pads")
        };
        s.equals(&input.datum_type, &output.datum_type)?;
        s.equals(&input.rank, &output.rank)?;
        let axes = self.axes.and_then(|index| inputs.get(index)).map(|axes| &axes.value);
        let known: Vec<_> = std::iter::once(&pads.value).chain(axes).collect();
        s.given(&input.shape, move |s, shape| {
            s.given_all(known.clone(), move |s, values| {
                let padded = ends(shape.len(), &values)?
                    .iter()
                    .zip(&shape)
                    .map(|(&(before, after), size)| size.clone() + before + after)
                    .collect::<TVec<TDim>>();
                s.equals(&output.shape, padded)
            })
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let constant = |index: usize| {
            let fact = model.outlet_fact(*inputs.get(index).context("an input is missing")?)?;
            fact.konst.clone().context("pads, axes and value must be constants")
        };
        let known = [Some(1), self.axes].into_iter().flatten().map(constant);
        let known = known.collect::<TractResult<Vec<_>>>()?;
        let value = match self.value {
            Some(index) => constant(index)?.nth(0)?.into_arc_tensor(),
            None => rctensor0(0.0f32),
        };
        let input = *inputs.first().context("an input is missing")?;
        let shape = model.outlet_fact(input)?.shape.as_concrete();
        let shape = shape.context("Pad needs a known shape")?.to_vec();
        let ends = ends(shape.len(), &known)?;
        let (cut, kept) = cut(prefix, model, input, &ends, &shape)?;
        let pads = ends
            .iter()
            .map(|&(before, after)| Ok((before.max(0).try_into()?, after.max(0).try_into()?)))
            .collect::<TractResult<Vec<(usize, usize)>>>()?;
        let most = |mode| match mode {
            Mode::Constant => |_| usize::MAX,
            Mode::Edge => |kept: usize| if kept == 0 { 0 } else { usize::MAX },
            Mode::Reflect => |kept: usize| kept.saturating_sub(1),
            Mode::Wrap => |kept: usize| kept,
        };
        let most = most(self.mode);
        let fits =
            |(&(before, after), &kept): (&(usize, usize), &usize)| before.max(after) <= most(kept);
        ensure!(pads.iter().zip(&kept).all(fits), "Pad repeats more than the tensor holds");
        let mode = match self.mode {
            Mode::Constant => PadMode::Constant(value),
            Mode::Edge => PadMode::Edge,
            Mode::Reflect => PadMode::Reflect,
            Mode::Wrap => return wrap(prefix, model, cut, &pads, &kept),
        };
        model.wire_node(prefix, Pad { mode, pads }, &[cut])
    }
}

/// The ends of each axis, from the pads and perhaps the axes they are for.
fn ends(rank: usize, known: &[Arc<Tensor>]) -> TractResult<Vec<Ends>> {
    let ints = |tensor: &Arc<Tensor>| -> TractResult<Vec<i64>> {
        Ok(tensor.cast_to::<i64>()?.try_as_plain_ram()?.as_slice::<i64>()?.to_vec())
    };
    let pads = ints(known.first().context("Pad needs pads")?)?;
    let signed = i64::try_from(rank)?;
    let axes = known.get(1).map_or_else(|| Ok((0..signed).collect()), ints)?;
    ensure!(pads.len() == 2 * axes.len(), "Pad has {} pads for {} axes", pads.len(), axes.len());
    ensure!(pads.iter().all(|pad| pad.unsigned_abs() < 1 << 31), "the pads are too large");
    let mut ends = vec![(0, 0); rank];
    let (before, after) = pads.split_at(axes.len());
    for (axis, pair) in axes.iter().zip(before.iter().copied().zip(after.iter().copied())) {
        let axis = usize::try_from(if *axis < 0 { axis + signed } else { *axis });
        *axis.ok().and_then(|axis| ends.get_mut(axis)).context("an axis is out of range")? = pair;
    }
    Ok(ends)
}

/// Cuts the negative ends. Returns what remains and its shape.
fn cut(
    prefix: &str,
    model: &mut TypedModel,
    mut wire: OutletId,
    ends: &[Ends],
    shape: &[usize],
) -> TractResult<(OutletId, Vec<usize>)> {
    let mut kept = Vec::new();
    for (axis, (&(before, after), &size)) in ends.iter().zip(shape).enumerate() {
        let start = usize::try_from(before.min(0).unsigned_abs())?;
        let end = size.saturating_sub(usize::try_from(after.min(0).unsigned_abs())?);
        ensure!(start <= end, "Pad cuts more of an axis than its {size} positions");
        if end - start < size {
            let slice = Slice::new(axis, start, end);
            wire = single(model.wire_node(format!("{prefix}.cut-{axis}"), slice, &[wire])?)?;
        }
        kept.push(end - start);
    }
    Ok((wire, kept))
}

/// Repeats the tensor around itself.
fn wrap(
    prefix: &str,
    model: &mut TypedModel,
    mut wire: OutletId,
    pads: &[(usize, usize)],
    kept: &[usize],
) -> TractResult<TVec<OutletId>> {
    for (axis, (&(before, after), &size)) in pads.iter().zip(kept).enumerate() {
        let slices = [(size - before, size), (0, size), (0, after)];
        let mut parts = tvec!();
        for (part, (start, end)) in slices.into_iter().enumerate() {
            let slice = Slice::new(axis, start, end);
            parts.extend(model.wire_node(format!("{prefix}.{axis}-{part}"), slice, &[wire])?);
        }
        let joined = TypedConcat::new(axis);
        wire = single(model.wire_node(format!("{prefix}.wrap-{axis}"), joined, &parts)?)?;
    }
    Ok(tvec!(wire))
}

fn single(outlets: TVec<OutletId>) -> TractResult<OutletId> {
    outlets.first().copied().context("an operator without output")
}
