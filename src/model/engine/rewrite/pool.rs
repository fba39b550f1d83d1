//! Rules for pooling.

use tract_onnx::pb::AttributeProto;

use super::Rewritten;
use super::build::{Parts, int};
use super::site::Site;

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
