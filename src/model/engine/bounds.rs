//! The range of a tensor's values, as far as its operators tell.

use tract_onnx::pb::NodeProto;

use super::logits::{Search, input};

/// Lowest and highest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    lowest: f32,
    highest: f32,
}

const ALL: Bounds = Bounds { lowest: f32::NEG_INFINITY, highest: f32::INFINITY };
const UNIT: Bounds = Bounds { lowest: 0.0, highest: 1.0 };

impl Bounds {
    /// Whether every value may be a probability.
    pub(super) fn is_probability(self) -> bool {
        self.lowest >= 0.0 && self.highest <= 1.0
    }

    fn of_ends(ends: impl IntoIterator<Item = f32>) -> Self {
        let ends: Vec<f32> = ends.into_iter().collect();
        // Infinity less infinity, or times zero, may be anything.
        if ends.iter().any(|end| end.is_nan()) {
            return ALL;
        }
        let fold = |pick: fn(f32, f32) -> f32, start| ends.iter().copied().fold(start, pick);
        Self { lowest: fold(f32::min, f32::INFINITY), highest: fold(f32::max, f32::NEG_INFINITY) }
    }

    fn map(self, function: fn(f32) -> f32) -> Self {
        Self::of_ends([function(self.lowest), function(self.highest)])
    }

    /// Both, by an operator that is monotone in each.
    fn with(self, other: Self, function: fn(f32, f32) -> f32) -> Self {
        let pairs = [self.lowest, self.highest]
            .into_iter()
            .flat_map(|one| [other.lowest, other.highest].map(|other| function(one, other)));
        Self::of_ends(pairs)
    }

    /// One over each value, of values of one sign.
    fn reciprocal(self) -> Self {
        match self.lowest > 0.0 || self.highest < 0.0 {
            true => self.map(f32::recip),
            false => ALL,
        }
    }
}

impl<'a> Search<'a> {
    /// The range of a tensor. Looks at no more than `steps` operators in a row.
    pub(super) fn bounds(&self, tensor: &'a str, steps: usize) -> Bounds {
        if let Some(value) = self.scalar(tensor) {
            return Bounds::of_ends([value]);
        }
        let (Some(node), Some(steps)) = (self.maker(self.origin(tensor)), steps.checked_sub(1))
        else {
            return ALL;
        };
        self.bounds_of(node, steps)
    }

    fn bounds_of(&self, node: &'a NodeProto, steps: usize) -> Bounds {
        let of = |index| input(node, index).map_or(ALL, |name| self.bounds(name, steps));
        match node.op_type.as_str() {
            "Sigmoid" | "HardSigmoid" | "Softmax" => UNIT,
            "Tanh" | "Erf" | "Sin" | "Cos" => Bounds { lowest: -1.0, highest: 1.0 },
            "Relu" | "Abs" => of(0).with(Bounds::of_ends([0.0]), f32::max),
            "Exp" => of(0).map(f32::exp),
            "Neg" => of(0).map(std::ops::Neg::neg),
            "Sqrt" => of(0).map(f32::sqrt),
            "Reciprocal" => of(0).reciprocal(),
            "Add" => of(0).with(of(1), |a, b| a + b),
            "Sub" => of(0).with(of(1), |a, b| a - b),
            "Mul" => of(0).with(of(1), |a, b| a * b),
            "Div" => of(0).with(of(1).reciprocal(), |a, b| a * b),
            "Min" => of(0).with(of(1), f32::min),
            "Max" => of(0).with(of(1), f32::max),
            "Clip" => self.clipped(node, of(0)),
            _ => ALL,
        }
    }

    /// Bounds of a `Clip`, whose limits are attributes or inputs.
    fn clipped(&self, node: &'a NodeProto, of: Bounds) -> Bounds {
        let limit = |name: &str, index| {
            let attribute = node.attribute.iter().find(|attribute| attribute.name == name);
            attribute.map(|attribute| attribute.f).or_else(|| self.scalar(input(node, index)?))
        };
        let lowest = limit("min", 1).unwrap_or(f32::NEG_INFINITY);
        let highest = limit("max", 2).unwrap_or(f32::INFINITY);
        of.with(Bounds::of_ends([lowest]), f32::max).with(Bounds::of_ends([highest]), f32::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_follow_the_operators() {
        let one = Bounds::of_ends([1.0]);
        let powers = ALL.map(f32::exp);
        // A sigmoid by hand.
        let sigmoid = one.with(powers, |a, b| a + b).reciprocal();
        assert_eq!(sigmoid, UNIT);
        assert!(sigmoid.is_probability());
        assert!(!sigmoid.with(Bounds::of_ends([2.0]), |a, b| a * b).is_probability());
        assert_eq!(one.with(sigmoid, |a, b| a - b), UNIT);
        assert_eq!(ALL.with(ALL, |a, b| a - b), ALL);
        assert_eq!(ALL.reciprocal(), ALL);
    }
}
