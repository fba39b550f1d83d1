//! Rules for convolutions, transposed or not.

use tract_onnx::pb::NodeProto;

use super::Rewritten;
use super::build::{Parts, int, ints};
use super::site::Site;

/// How a kernel moves along one axis.
struct Side {
    kernel: i64,
    stride: i64,
    dilation: i64,
    padded: bool,
}

impl Side {
    /// Whether no kernel reads the positions between two steps.
    fn skips(&self) -> bool {
        let apart = self.kernel == 1 || self.dilation.checked_rem(self.stride) == Some(0);
        self.stride > 1 && apart && !self.padded
    }

    /// Takes the stride out, for a slice to do it.
    fn take_stride(&mut self) -> i64 {
        self.dilation = (self.dilation / self.stride).max(1);
        std::mem::replace(&mut self.stride, 1)
    }
}

/// The axes behind samples and channels.
fn sides(site: &Site<'_>, kernel: &[i64]) -> Vec<Side> {
    let same = site.text("auto_pad", "").starts_with("SAME");
    let at = |name: &str, index: usize, default: i64| {
        site.ints(name).and_then(|values| values.get(index)).copied().unwrap_or(default)
    };
    let kernel_rank = kernel.len();
    let side = |(index, &kernel)| Side {
        kernel,
        stride: at("strides", index, 1),
        dilation: at("dilations", index, 1),
        padded: same || [index, index + kernel_rank].into_iter().any(|i| at("pads", i, 0) != 0),
    };
    kernel.iter().enumerate().map(side).collect()
}

/// Size of a kernel, as far as it is known.
fn kernel<'a>(site: &Site<'a>) -> Option<&'a [i64]> {
    let weights = || site.constant(1).and_then(|weights| weights.dims.get(2..));
    site.ints("kernel_shape").or_else(weights)
}

/// The engine forgets padding beside a kernel that is one wide: a step of its own pads.
fn pad_before(site: &Site<'_>, sides: &[Side]) -> Option<Vec<NodeProto>> {
    let pads = site.ints("pads")?;
    let is_thin = sides.last().is_some_and(|side| side.kernel == 1 && side.padded);
    if !is_thin || site.node.op_type != "Conv" || pads.len() != 2 * sides.len() {
        return None;
    }
    let mut parts = site.parts();
    let (starts, ends) = pads.split_at(sides.len());
    let none = [0, 0];
    let all: Vec<i64> = [&none, starts, &none, ends].concat();
    let input = site.input(0)?;
    let padded = match site.opset < 11 {
        true => parts.add("Pad", &[input], vec![ints("pads", &all)]),
        false => {
            let pads = parts.list(&all);
            parts.add("Pad", &[input, &pads], vec![])
        }
    };
    let rest = site.node.input.iter().skip(1).map(String::as_str);
    let inputs: Vec<&str> = std::iter::once(padded.as_str()).chain(rest).collect();
    Some(parts.end("Conv", &inputs, site.without(&["pads", "auto_pad"])))
}

/// Steps over positions that no kernel reads are a strided slice. The engine finds that itself, but
/// moves the slice to where it is wrong; ours stays.
pub(super) fn conv(site: &Site<'_>) -> Rewritten {
    let mut sides = sides(site, kernel(site).unwrap_or_default());
    if let Some(padded) = pad_before(site, &sides) {
        return Ok(Some(padded));
    }
    let skipping = sides.iter_mut().zip(2i64..).filter(|(side, _)| side.skips());
    let (axes, steps): (Vec<_>, Vec<_>) =
        skipping.map(|(side, axis)| (axis, side.take_stride())).unzip();
    if axes.is_empty() {
        return Ok(None);
    }
    let mut parts = site.parts();
    let starts = parts.list(&vec![0; axes.len()]);
    let ends = parts.list(&vec![i64::MAX; axes.len()]);
    let (axes, steps) = (parts.list(&axes), parts.list(&steps));
    let sliced = [site.required(0)?, &starts, &ends, &axes, &steps];
    let sliced = parts.add("Slice", &sliced, vec![]);
    let rest = site.node.input.iter().skip(1).map(String::as_str);
    let inputs: Vec<&str> = std::iter::once(sliced.as_str()).chain(rest).collect();
    let values = |of: fn(&Side) -> i64| sides.iter().map(of).collect::<Vec<_>>();
    let mut attributes = site.without(&["strides", "dilations"]);
    attributes.push(ints("strides", &values(|side| side.stride)));
    attributes.push(ints("dilations", &values(|side| side.dilation)));
    Ok(Some(parts.end(&site.node.op_type, &inputs, attributes)))
}

/// With `output_shape`, the engine cuts the wrong end, and it lacks some geometries of `SAME`. So
/// the whole output is made, then cut or padded.
pub(super) fn transposed(site: &Site<'_>) -> Rewritten {
    let shape = site.ints("output_shape").filter(|shape| !shape.is_empty());
    let same = site.text("auto_pad", "").starts_with("SAME");
    let known = shape.or(kernel(site)).map(<[i64]>::len);
    let Some(sides) = known.filter(|_| shape.is_some() || same) else { return Ok(None) };
    let mut parts = site.parts();
    let input = site.required(0)?;
    let kept = ["kernel_shape", "strides", "dilations", "group", "output_padding"];
    let whole = parts.add("ConvTranspose", &[input, site.required(1)?], site.copied(&kept));
    let size = spatial(&mut parts, &whole, sides);
    let wanted = match shape {
        Some(shape) => parts.list(shape),
        None => {
            let ones = vec![1; sides];
            let strides = parts.list(site.ints("strides").unwrap_or(&ones));
            let input = spatial(&mut parts, input, sides);
            let most = parts.add("Mul", &[&input, &strides], vec![]);
            parts.add("Min", &[&most, &size], vec![])
        }
    };
    let pads = pads(site, &mut parts, &size, &wanted, sides);
    let Some(bias) = site.input(2) else {
        return Ok(Some(parts.end("Pad", &[&whole, &pads], vec![])));
    };
    let cut = parts.add("Pad", &[&whole, &pads], vec![]);
    let column: Vec<_> = std::iter::once(-1).chain(std::iter::repeat_n(1, sides)).collect();
    let column = parts.list(&column);
    let bias = parts.add("Reshape", &[bias, &column], vec![]);
    Ok(Some(parts.end("Add", &[&cut, &bias], vec![])))
}

/// Pads from `size` to `wanted`, as ONNX Runtime has them: what is missing at the end, and of what
/// is too much the odd position at the start, unless `auto_pad` is `SAME_UPPER`.
fn pads(site: &Site<'_>, parts: &mut Parts<'_>, size: &str, wanted: &str, sides: usize) -> String {
    let surplus = parts.add("Sub", &[size, wanted], vec![]);
    let zeros = parts.list(&vec![0; sides]);
    let cut = parts.add("Max", &[&surplus, &zeros], vec![]);
    let two = parts.list(&[2]);
    let half = parts.add("Div", &[&cut, &two], vec![]);
    let start = match site.text("auto_pad", "") {
        "SAME_UPPER" => half,
        _ => parts.add("Sub", &[&cut, &half], vec![]),
    };
    let start = parts.add("Neg", &[&start], vec![]);
    let end = parts.add("Add", &[&surplus, &start], vec![]);
    let end = parts.add("Neg", &[&end], vec![]);
    let none = parts.list(&[0, 0]);
    parts.add("Concat", &[&none, &start, &none, &end], vec![int("axis", 0)])
}

/// The sizes of a tensor behind samples and channels.
fn spatial(parts: &mut Parts<'_>, tensor: &str, sides: usize) -> String {
    let shape = parts.add("Shape", &[tensor], vec![]);
    let shape = parts.add("Cast", &[&shape], vec![int("to", 7)]);
    let axes = parts.list(&(2..).take(sides).collect::<Vec<_>>());
    parts.add("Gather", &[&shape, &axes], vec![int("axis", 0)])
}
