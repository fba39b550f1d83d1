//! ONNX's `Slice`, in place of the engine's, whose optimiser moves strided slices and gets some of
//! them wrong: with a convolution before, it forgets the first position; over a reshape, it loses
//! the axis.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::array::Slice as EngineSlice;
use tract_onnx::tract_core::ops::downsample::Downsample;
use tract_onnx::tract_core::ops::identity::Identity;
use tract_onnx::tract_hir::internal::*;

/// Takes positions at regular steps.
#[derive(Debug, Clone)]
struct Slice {
    /// Places of the starts, the ends, the axes and the steps among the given inputs.
    parameters: [Option<usize>; 4],
}

/// What remains of an axis: the position taken first, the step to the next, and their number.
#[derive(Debug, Clone, Copy)]
struct Range {
    axis: usize,
    first: i64,
    step: i64,
    count: i64,
}

/// Makes the operator of a node whose parameters are inputs.
pub(super) fn slice(
    _: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let mut places = optional_inputs(node).skip(1);
    let parameters = std::array::from_fn(|_| places.next().flatten());
    Ok((expand(Slice { parameters }), vec![]))
}

impl Expansion for Slice {
    fn name(&self) -> StaticName {
        "Slice".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        let ([input, ..], [output]) = (inputs, outputs) else { bail!("Slice needs a tensor") };
        s.equals(&input.datum_type, &output.datum_type)?;
        s.equals(&input.rank, &output.rank)?;
        let given = self.parameters.iter().flatten().filter_map(|&index| inputs.get(index));
        let given: Vec<_> = given.map(|input| &input.value).collect();
        s.given(&input.shape, move |s, shape| {
            s.given_all(given.clone(), move |s, values| {
                let mut sliced = shape.clone();
                for range in self.ranges(&shape, &values)? {
                    if let Some(size) = sliced.get_mut(range.axis) {
                        *size = range.count.to_dim();
                    }
                }
                s.equals(&output.shape, sliced)
            })
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let constant = |&index: &usize| {
            let fact = model.outlet_fact(*inputs.get(index).context("an input is missing")?)?;
            fact.konst.clone().context("starts, ends, axes and steps must be constants")
        };
        let values = self.parameters.iter().flatten().map(constant);
        let values = values.collect::<TractResult<Vec<_>>>()?;
        let input = *inputs.first().context("an input is missing")?;
        let shape = model.outlet_fact(input)?.shape.to_tvec();
        let mut wire = input;
        for range in self.ranges(&shape, &values)? {
            for (part, operator) in range.operators()?.into_iter().enumerate() {
                let name = format!("{prefix}.{}-{part}", range.axis);
                let made = model.wire_node(name, operator, &[wire])?;
                wire = *made.first().context("an operator without output")?;
            }
        }
        model.wire_node(prefix, Identity, &[wire])
    }
}

impl Slice {
    /// The range of each sliced axis, from the values of the given parameters.
    fn ranges(&self, shape: &[TDim], values: &[Arc<Tensor>]) -> TractResult<Vec<Range>> {
        let mut values = values.iter();
        let mut next = |given: Option<usize>| -> TractResult<Option<Vec<i64>>> {
            let Some(tensor) = given.and_then(|_| values.next()) else { return Ok(None) };
            Ok(Some(tensor.cast_to::<i64>()?.try_as_plain_ram()?.as_slice::<i64>()?.to_vec()))
        };
        let [starts, ends, axes, steps] = self.parameters;
        let starts = next(starts)?.context("Slice needs starts")?;
        let ends = next(ends)?.context("Slice needs ends")?;
        let axes = next(axes)?.unwrap_or_else(|| (0..).take(starts.len()).collect());
        let steps = next(steps)?.unwrap_or_else(|| vec![1; starts.len()]);
        let same = |other: &Vec<i64>| other.len() == starts.len();
        ensure!(
            [&ends, &axes, &steps].into_iter().all(same),
            "Slice's parameters differ in length"
        );
        let rank = i64::try_from(shape.len())?;
        axes.iter()
            .zip(starts.iter().zip(&ends).zip(&steps))
            .map(|(&axis, ((&start, &end), &step))| {
                let axis = usize::try_from(if axis < 0 { axis + rank } else { axis })?;
                let size = shape.get(axis).context("an axis of Slice is out of range")?.to_i64()?;
                Range::new(axis, size, start, end, step)
            })
            .collect()
    }
}

impl Range {
    /// Positions count from the end where they are negative, and end where the axis does.
    fn new(axis: usize, size: i64, start: i64, end: i64, step: i64) -> TractResult<Self> {
        ensure!(step != 0, "a step of Slice is 0");
        let from_end = |position: i64| if position < 0 { position + size } else { position };
        let (first, last) = if step > 0 { (0, size) } else { (-1, size - 1) };
        let start = from_end(start).clamp(first.max(0), last.max(0));
        let distance = (from_end(end).clamp(first, last) - start) * step.signum();
        let step = step.clamp(-size.max(1), size.max(1));
        let count = (distance.max(0) + step.abs() - 1) / step.abs();
        Ok(Self { axis, first: start, step, count })
    }

    /// A slice of neighbours, then one in every few.
    fn operators(self) -> TractResult<Vec<Box<dyn TypedOp>>> {
        let last = self.first + (self.count - 1) * self.step;
        let (low, high) = match self.count {
            0 => (0, 0),
            _ => (self.first.min(last), self.first.max(last) + 1),
        };
        let mut operators: Vec<Box<dyn TypedOp>> =
            vec![Box::new(EngineSlice::new(self.axis, low, high))];
        if self.step != 1 && self.count != 0 {
            operators.push(Box::new(Held(Downsample::new(
                self.axis,
                isize::try_from(self.step)?,
                0,
            ))));
        }
        Ok(operators)
    }
}

/// A strided slice that the optimiser leaves where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Held(pub Downsample);

impl Held {
    /// Axis and step, for steps forwards from the first position.
    pub(super) fn forwards(&self) -> Option<(usize, usize)> {
        let Downsample { axis, stride, modulo } = self.0;
        let step = usize::try_from(stride).ok().filter(|step| *step > 0 && modulo == 0)?;
        Some((axis, step))
    }
}

impl Op for Held {
    fn name(&self) -> StaticName {
        self.0.name()
    }

    fn as_typed(&self) -> Option<&dyn TypedOp> {
        Some(self)
    }
}

impl EvalOp for Held {
    fn eval(&self, context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        self.0.eval(context, inputs)
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.0.eval_out_of_plan(inputs)
    }
}

impl TypedOp for Held {
    fn as_op(&self) -> &dyn Op {
        self
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self
    }

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        self.0.output_facts(inputs)
    }
}
