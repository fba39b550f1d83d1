//! Chooses the form of a model's input.

use super::batched::{close, keeps_apart, mixes};
use super::graph::Graph;
use super::input::Form;
use super::plan::Plan;
use super::proto::Proto;
use super::{ModelOptions, invalid};
use crate::Result;

/// Chooses the form to run a model in.
///
/// A first dimension of a fixed size above 1 is taken for a batch if its samples do not depend on
/// each other; then one sample alone does where that gives the same. Otherwise it belongs to the
/// sample.
///
/// # Errors
/// As [`Input::forms`](super::input::Input::forms), and those of the model in the form that its
/// file declares.
pub(super) fn choose(proto: &Proto, options: &ModelOptions) -> Result<Form> {
    let compile = |form: &Form| Plan::compile(Graph::infer(proto, form.clone(), options)?, &[]);
    let forms = proto.input.forms(options)?;
    let (one, many, whole) = match forms.as_slice() {
        [form] => return Ok(form.clone()),
        [one, many, whole @ ..] => (one, many, whole.first()),
        [] => return Err(invalid("its input has no form")),
    };
    let refusal = match compile(many) {
        Ok(batch) if !mixes(&batch)? => {
            let alone = compile(one).and_then(|alone| keeps_apart(&batch, &alone, close));
            return Ok(if alone.unwrap_or(false) { one } else { many }.clone());
        }
        Ok(_) => invalid("its fixed batch mixes samples: export it for a batch of 1"),
        Err(error) => error,
    };
    whole.filter(|whole| compile(whole).is_ok()).cloned().ok_or(refusal)
}
