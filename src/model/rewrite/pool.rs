//! Rules for pooling and transposed convolution.

use tract_onnx::pb::AttributeProto;

use super::Rewritten;
use super::build::{Parts, int, ints};
use super::site::Site;

/// Steps over positions that no kernel reads are a strided slice. The engine finds that itself, but
/// moves the slice to where it is wrong; ours stays.
pub(super) fn conv(site: &Site<'_>) -> Rewritten {
    let weights = site.constant(1).and_then(|weights| weights.dims.get(2..));
    let Some(kernel) = site.ints("kernel_shape").or(weights) else { return Ok(None) };
    let ones = vec![1; kernel.len()];
    let (none, same) = (vec![0; 2 * kernel.len()], site.text("auto_pad", "").starts_with("SAME"));
    let strides = site.ints("strides").unwrap_or(&ones);
    let dilations = site.ints("dilations").unwrap_or(&ones);
    let (before, after) = site.ints("pads").unwrap_or(&none).split_at_checked(kernel.len()).unzip();
    let pads = before.unwrap_or_default().iter().zip(after.unwrap_or_default());
    let sides = kernel.iter().zip(strides).zip(dilations.iter().zip(pads)).enumerate();
    let sparse = sides.filter(|(_, ((kernel, stride), (dilation, pads)))| {
        let skips = **kernel == 1 || dilation.checked_rem(**stride) == Some(0);
        **stride > 1 && skips && !same && *pads == (&0, &0)
    });
    let axes: Vec<usize> = sparse.map(|(axis, _)| axis).collect();
    if axes.is_empty() {
        return Ok(None);
    }
    let (mut kept_strides, mut kept_dilations) = (strides.to_vec(), dilations.to_vec());
    let mut steps = Vec::new();
    for &axis in &axes {
        if let (Some(stride), Some(dilation)) =
            (kept_strides.get_mut(axis), kept_dilations.get_mut(axis))
        {
            *dilation = (*dilation / *stride).max(1);
            steps.push(std::mem::replace(stride, 1));
        }
    }
    let mut parts = site.parts();
    let starts = parts.list(&vec![0; axes.len()]);
    let ends = parts.list(&vec![i64::MAX; axes.len()]);
    let axes: Vec<i64> = axes.iter().filter_map(|&axis| i64::try_from(axis + 2).ok()).collect();
    let (axes, steps) = (parts.list(&axes), parts.list(&steps));
    let input = [site.required(0)?, &starts, &ends, &axes, &steps];
    let input = parts.add("Slice", &input, vec![]);
    let rest = site.node.input.iter().skip(1).map(String::as_str);
    let inputs: Vec<&str> = std::iter::once(input.as_str()).chain(rest).collect();
    let mut attributes = site.without(&["strides", "dilations"]);
    attributes.extend([ints("strides", &kept_strides), ints("dilations", &kept_dilations)]);
    Ok(Some(parts.end(&site.node.op_type, &inputs, attributes)))
}

/// `(sum |x|^p)^(1/p)` over windows, as an average with all positions counted.
pub(super) fn lp(site: &Site<'_>) -> Rewritten {
    let kernel = site.ints("kernel_shape").unwrap_or_default();
    let count = kernel.iter().map(|&size| size as f32).product::<f32>();
    if count < 1.0 || site.int("ceil_mode", 0) != 0 {
        return Err(site.unsupported("it needs kernel_shape, and ceil_mode 0"));
    }
    let kept = ["kernel_shape", "strides", "pads", "auto_pad", "dilations"];
    let mut attributes = site.copied(&kept);
    attributes.push(int("count_include_pad", 1));
    norm(site, "AveragePool", attributes, |parts, _, _| parts.scalar(count))
}

/// The same over all positions. The engine's operator is wrong.
pub(super) fn global_lp(site: &Site<'_>) -> Rewritten {
    norm(site, "GlobalAveragePool", vec![], |parts, whole, pooled| {
        let whole = parts.add("Size", &[whole], vec![]);
        let pooled = parts.add("Size", &[pooled], vec![]);
        let count = parts.add("Div", &[&whole, &pooled], vec![]);
        parts.add("Cast", &[&count], vec![int("to", 1)])
    })
}

/// `(count * average |x|^p)^(1/p)`; `count` gets the tensors before and after the average.
fn norm(
    site: &Site<'_>,
    average: &str,
    attributes: Vec<AttributeProto>,
    count: impl Fn(&mut Parts<'_>, &str, &str) -> String,
) -> Rewritten {
    // A float in the first version of ONNX.
    let p = site.attribute("p").map_or(2.0, |p| if p.i != 0 { p.i as f32 } else { p.f });
    if p <= 0.0 {
        return Err(site.unsupported("its p must be above 0"));
    }
    let mut parts = site.parts();
    let magnitudes = parts.add("Abs", &[site.required(0)?], vec![]);
    let exponent = parts.scalar(p);
    let powers = parts.add("Pow", &[&magnitudes, &exponent], vec![]);
    let mean = parts.add(average, &[&powers], attributes);
    let count = count(&mut parts, &magnitudes, &mean);
    let sum = parts.add("Mul", &[&mean, &count], vec![]);
    let root = parts.scalar(p.recip());
    Ok(Some(parts.end("Pow", &[&sum, &root], vec![])))
}

/// With `output_shape`, the engine cuts the wrong end, and it lacks some geometries of `SAME`. So
/// the whole output is made, then cut or padded as ONNX Runtime does: with the odd position at the
/// start unless `auto_pad` is `SAME_UPPER`.
pub(super) fn conv_transpose(site: &Site<'_>) -> Rewritten {
    let auto_pad = site.text("auto_pad", "NOTSET");
    let shape = site.ints("output_shape").filter(|shape| !shape.is_empty());
    let same = auto_pad.starts_with("SAME");
    let weights = site.constant(1).and_then(|weights| weights.dims.get(2..));
    let known = shape.or(site.ints("kernel_shape")).or(weights).map(<[i64]>::len);
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
    let surplus = parts.add("Sub", &[&size, &wanted], vec![]);
    let zeros = parts.list(&vec![0; sides]);
    let cut = parts.add("Max", &[&surplus, &zeros], vec![]);
    let two = parts.list(&[2]);
    let half = parts.add("Div", &[&cut, &two], vec![]);
    let start = match auto_pad {
        "SAME_UPPER" => half,
        _ => parts.add("Sub", &[&cut, &half], vec![]),
    };
    let start = parts.add("Neg", &[&start], vec![]);
    let end = parts.add("Add", &[&surplus, &start], vec![]);
    let end = parts.add("Neg", &[&end], vec![]);
    let none = parts.list(&[0, 0]);
    let pads = parts.add("Concat", &[&none, &start, &none, &end], vec![int("axis", 0)]);
    let Some(bias) = site.input(2) else {
        return Ok(Some(parts.end("Pad", &[&whole, &pads], vec![])));
    };
    let cut = parts.add("Pad", &[&whole, &pads], vec![]);
    let column: Vec<_> = std::iter::once(-1).chain(std::iter::repeat_n(1, sides)).collect();
    let column = parts.list(&column);
    let bias = parts.add("Reshape", &[bias, &column], vec![]);
    Ok(Some(parts.end("Add", &[&cut, &bias], vec![])))
}

/// The sizes of a tensor behind samples and channels.
fn spatial(parts: &mut Parts<'_>, tensor: &str, sides: usize) -> String {
    let shape = parts.add("Shape", &[tensor], vec![]);
    let shape = parts.add("Cast", &[&shape], vec![int("to", 7)]);
    let axes = parts.list(&(2..).take(sides).collect::<Vec<_>>());
    parts.add("Gather", &[&shape, &axes], vec![int("axis", 0)])
}
