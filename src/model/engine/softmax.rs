//! Recognises a softmax, or its logarithm, in each of the forms that exporters write.

use tract_onnx::pb::NodeProto;

use super::logits::{MOST_STEPS, Search, input};

impl<'a> Search<'a> {
    /// The numbers whose softmax is `tensor`.
    pub(super) fn of_probabilities(&self, tensor: &'a str, steps: usize) -> Option<&'a str> {
        let node = self.makers.get(self.origin(tensor))?;
        match node.op_type.as_str() {
            "Softmax" if self.is_over_classes(node) => {
                self.before_logarithms(input(node, 0)?, steps)
            }
            "Exp" => self.of_logarithms(input(node, 0)?, steps.checked_sub(1)?),
            "Div" | "Mul" if self.is_scaled(node) => {
                self.of_probabilities(self.varying(node)?, steps.checked_sub(1)?)
            }
            "Div" => self
                .of_quotient(input(node, 0)?, input(node, 1)?)
                .or_else(|| self.of_normalised(node, steps)),
            "Mul" => self.of_product(node),
            _ => None,
        }
    }

    /// The numbers whose softmax has the logarithms `tensor`.
    pub(super) fn of_logarithms(&self, tensor: &'a str, steps: usize) -> Option<&'a str> {
        let node = self.makers.get(self.origin(tensor))?;
        match node.op_type.as_str() {
            "LogSoftmax" if self.is_over_classes(node) => {
                self.before_logarithms(input(node, 0)?, steps)
            }
            "Log" => self.of_probabilities(input(node, 0)?, steps.checked_sub(1)?),
            "Sub" => self.of_difference(node),
            _ => None,
        }
    }

    /// The input of a softmax, or the logits before it if the input is itself a log-softmax.
    fn before_logarithms(&self, taken: &'a str, steps: usize) -> Option<&'a str> {
        self.of_logarithms(taken, steps.checked_sub(1)?).or_else(|| self.unshifted(taken))
    }

    /// Whether a product or quotient only scales by a positive constant, as percentages do.
    fn is_scaled(&self, node: &'a NodeProto) -> bool {
        let constant = |index| input(node, index).is_some_and(|name| self.is_positive_scalar(name));
        constant(1) || constant(0) && node.op_type == "Mul"
    }

    /// The factor that varies with the sample.
    fn varying(&self, node: &'a NodeProto) -> Option<&'a str> {
        node.input.iter().map(String::as_str).find(|name| !self.is_positive_scalar(name))
    }

    fn is_positive_scalar(&self, name: &str) -> bool {
        self.scalar(name).is_some_and(|value| value > 0.0)
    }

    /// `exp(x)` times one over its sum.
    fn of_product(&self, node: &'a NodeProto) -> Option<&'a str> {
        let (one, other) = (input(node, 0)?, input(node, 1)?);
        let inverse = |name: &'a str| {
            let node =
                self.makers.get(self.origin(name)).filter(|node| node.op_type == "Reciprocal")?;
            input(node, 0)
        };
        inverse(other)
            .and_then(|sum| self.of_quotient(one, sum))
            .or_else(|| inverse(one).and_then(|sum| self.of_quotient(other, sum)))
    }

    /// Probabilities over their sum, which is 1, so that they stay the same.
    fn of_normalised(&self, node: &'a NodeProto, steps: usize) -> Option<&'a str> {
        let (probabilities, sum) = (input(node, 0)?, input(node, 1)?);
        // A division by zero may be guarded against.
        let guarded = self.makers.get(sum).filter(|guard| guard.op_type == "Where");
        let sum = guarded.map_or(Some(sum), |guard| input(guard, 2))?;
        let summed = self.reduced(sum, &["ReduceSum", "ReduceL1"])?;
        (summed == self.origin(probabilities))
            .then(|| self.of_probabilities(probabilities, steps.checked_sub(1)?))?
    }

    /// A softmax in parts: `exp(x) / sum(exp(x))`, where `x` may be logits less the largest of
    /// them.
    fn of_quotient(&self, powers: &'a str, sum: &'a str) -> Option<&'a str> {
        let powers = self.origin(powers);
        let sum = self.reduced(sum, &["ReduceSum", "ReduceL1"])?;
        let exp = self.makers.get(powers).filter(|exp| exp.op_type == "Exp" && sum == powers)?;
        self.unshifted(input(exp, 0)?)
    }

    /// A logarithm of a softmax in parts: `x - log(sum(exp(x)))`, the logarithm perhaps in one
    /// operator.
    fn of_difference(&self, node: &'a NodeProto) -> Option<&'a str> {
        let (logits, normaliser) = (input(node, 0)?, input(node, 1)?);
        let of_sum = || {
            let log =
                self.makers.get(self.origin(normaliser)).filter(|log| log.op_type == "Log")?;
            let powers = self.reduced(input(log, 0)?, &["ReduceSum", "ReduceL1"])?;
            let exp = self.makers.get(powers).filter(|exp| exp.op_type == "Exp")?;
            Some(self.origin(input(exp, 0)?))
        };
        let summed = of_sum().or_else(|| self.of_stable_sum(normaliser))?;
        (summed == self.origin(logits)).then(|| self.unshifted(logits))?
    }

    /// The numbers whose logarithm of the sum of exponentials is `tensor`: their largest, and the
    /// logarithm of what is left.
    fn of_stable_sum(&self, tensor: &'a str) -> Option<&'a str> {
        let sum = self.makers.get(self.origin(tensor)).filter(|node| node.op_type == "Add")?;
        let of = |largest: &'a str, log: &'a str| {
            let largest = self.reduced(largest, &["ReduceMax"])?;
            let log = self.makers.get(self.origin(log)).filter(|log| log.op_type == "Log")?;
            let powers = self.reduced(input(log, 0)?, &["ReduceSum", "ReduceL1"])?;
            let exp = self.makers.get(powers).filter(|exp| exp.op_type == "Exp")?;
            let shifted = self.origin(self.unshifted(input(exp, 0)?)?);
            (shifted == largest).then_some(largest)
        };
        let (one, other) = (input(sum, 0)?, input(sum, 1)?);
        of(one, other).or_else(|| of(other, one))
    }

    /// Logits before their largest was subtracted: it makes no difference to a softmax, but to the
    /// energy.
    fn unshifted(&self, tensor: &'a str) -> Option<&'a str> {
        let shifted = self.makers.get(self.origin(tensor)).filter(|node| node.op_type == "Sub");
        let original = shifted.and_then(|node| {
            let largest = self.reduced(input(node, 1)?, &["ReduceMax"])?;
            input(node, 0).filter(|logits| self.origin(logits) == largest)
        });
        original.or(Some(tensor))
    }

    /// The tensor that one of these operators reduces to a single value a sample, in `tensor`.
    fn reduced(&self, tensor: &'a str, operators: &[&str]) -> Option<&'a str> {
        let origin = self.origin(self.narrow(tensor));
        let node =
            self.makers.get(origin).filter(|node| operators.contains(&node.op_type.as_str()))?;
        let single = self.row(origin) == Some(1);
        single.then(|| input(node, 0).map(|input| self.origin(input)))?
    }

    /// A single value a sample before it was repeated for each class, or kept above the least
    /// number, as JAX does.
    fn narrow(&self, tensor: &'a str) -> &'a str {
        let before = |tensor: &&'a str| {
            let node = self.makers.get(self.origin(tensor))?;
            let is_least =
                |name: &&String| self.scalar(name).is_some_and(|value| value <= f32::MIN);
            match node.op_type.as_str() {
                "Expand" => input(node, 0),
                "Max" if node.input.iter().any(|name| is_least(&name)) => {
                    node.input.iter().find(|name| !is_least(name)).map(String::as_str)
                }
                _ => None,
            }
        };
        std::iter::successors(Some(tensor), before).take(MOST_STEPS).fold(tensor, |_, it| it)
    }

    /// Whether a softmax gives probabilities of all classes of a sample, and mixes no samples.
    fn is_over_classes(&self, node: &'a NodeProto) -> bool {
        let Some(shape) = input(node, 0).and_then(|input| self.shape(input)) else { return false };
        let given = node
            .attribute
            .iter()
            .find(|attribute| attribute.name == "axis")
            .map(|attribute| attribute.i);
        let whole_rest = self.opset < 13;
        let axis = given.unwrap_or(if whole_rest { 1 } else { -1 });
        let axis = if axis < 0 { axis + shape.len() as i64 } else { axis };
        let batch = i64::from(self.form.batch.is_some());
        let rest = shape.iter().skip(batch as usize);
        let classes = batch + rest.clone().position(|&size| size != 1).unwrap_or(0) as i64;
        axis >= batch && (classes == axis || whole_rest && classes > axis)
    }
}
