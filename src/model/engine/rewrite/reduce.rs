//! Reductions at every version of the operators.

use super::build::{Parts, int, ints};
use super::site::Site;

/// Reduces axes, all of them without any. They are an input of `ReduceSum` since version 13, of the
/// others since 18.
pub(super) fn reduce(
    site: &Site<'_>,
    parts: &mut Parts<'_>,
    operator: &str,
    input: &str,
    axes: Option<&[i64]>,
    keep: i64,
) -> String {
    let since = if operator == "ReduceSum" { 13 } else { 18 };
    let mut attributes = vec![int("keepdims", keep)];
    match axes {
        Some(axes) if site.opset < since => {
            attributes.push(ints("axes", axes));
            parts.add(operator, &[input], attributes)
        }
        Some(axes) => {
            let axes = parts.list(axes);
            parts.add(operator, &[input, &axes], attributes)
        }
        None => parts.add(operator, &[input], attributes),
    }
}
