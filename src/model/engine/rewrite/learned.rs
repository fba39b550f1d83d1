//! Rules for scikit-learn's operators, of the domain `ai.onnx.ml`.

use tract_onnx::pb::TensorProto;

use super::build::{Parts, floats_of, int, ints};
use super::reduce::reduce;
use super::site::Site;
use super::{Rewritten, Rule};

pub(super) fn rule(operator: &str) -> Option<Rule> {
    Some(match operator {
        "Binarizer" => binarizer,
        "FeatureVectorizer" => feature_vectorizer,
        "Imputer" => imputer,
        "LinearClassifier" => linear_classifier,
        "Normalizer" => normalizer,
        "Scaler" => scaler,
        "TreeEnsembleClassifier" => trees,
        _ => return None,
    })
}

/// The operators take numbers of any type and give floats.
fn as_float(site: &Site<'_>, parts: &mut Parts<'_>) -> crate::Result<String> {
    Ok(parts.add("Cast", &[site.required(0)?], vec![int("to", 1)]))
}

fn scaler(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let input = as_float(site, &mut parts)?;
    let offset = row(&mut parts, site.floats("offset").unwrap_or(&[0.0]));
    let scale = row(&mut parts, site.floats("scale").unwrap_or(&[1.0]));
    let centred = parts.add("Sub", &[&input, &offset], vec![]);
    Ok(Some(parts.end("Mul", &[&centred, &scale], vec![])))
}

fn binarizer(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let threshold = parts.scalar(site.float("threshold", 0.0));
    let above = parts.add("Greater", &[site.required(0)?, &threshold], vec![]);
    Ok(Some(parts.end("Cast", &[&above], vec![int("to", 1)])))
}

/// Columns side by side.
fn feature_vectorizer(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let columns: Vec<String> = site
        .node
        .input
        .iter()
        .map(|input| parts.add("Cast", &[input], vec![int("to", 1)]))
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Ok(Some(parts.end("Concat", &columns, vec![int("axis", 1)])))
}

/// Fills in missing values.
fn imputer(site: &Site<'_>) -> Rewritten {
    let Some(values) = site.floats("imputed_value_floats") else {
        return Err(site.unsupported("it fills in no floats"));
    };
    let missing = site.float("replaced_value_float", 0.0);
    let input = site.required(0)?;
    let mut parts = site.parts();
    let found = if missing.is_nan() {
        parts.add("IsNaN", &[input], vec![])
    } else {
        let missing = parts.scalar(missing);
        parts.add("Equal", &[input, &missing], vec![])
    };
    let values = row(&mut parts, values);
    Ok(Some(parts.end("Where", &[&found, &values, input], vec![])))
}

/// Divides each row by its largest value or its norm. A row of zeros stays.
fn normalizer(site: &Site<'_>) -> Rewritten {
    let mut parts = site.parts();
    let input = as_float(site, &mut parts)?;
    let operator = match site.text("norm", "MAX") {
        "MAX" => "ReduceMax",
        "L1" => "ReduceL1",
        "L2" => "ReduceL2",
        other => return Err(site.unsupported(&format!("its norm {other:?} is not known"))),
    };
    let norm = reduce(site, &mut parts, operator, &input, Some(&[-1]), 1);
    let zero = parts.scalar(0.0);
    let one = parts.scalar(1.0);
    let empty = parts.add("Equal", &[&norm, &zero], vec![]);
    let divisor = parts.add("Where", &[&empty, &one, &norm], vec![]);
    Ok(Some(parts.end("Div", &[&input, &divisor], vec![])))
}

/// The engine reads numbers of single precision only, and no strings for labels, which are dropped
/// anyway.
fn trees(site: &Site<'_>) -> Rewritten {
    if let Some(held) = site.node.attribute.iter().find(|held| held.name.ends_with("_as_tensor")) {
        return Err(site.unsupported(&format!("{} is not supported", held.name)));
    }
    let Some(labels) = site.attribute("classlabels_strings") else { return Ok(None) };
    let mut attributes = site.without(&["classlabels_strings"]);
    let numbers: Vec<i64> = (0..).take(labels.strings.len()).collect();
    attributes.push(ints("classlabels_int64s", &numbers));
    let mut parts = site.parts();
    let operator = &site.node.op_type;
    parts.push(operator, &[site.required(0)?], attributes, site.node.output.clone());
    Ok(Some(parts.nodes()))
}

/// Scores of the classes. The labels, the first output, are dropped.
fn linear_classifier(site: &Site<'_>) -> Rewritten {
    let coefficients = site.floats("coefficients").unwrap_or_default();
    let intercepts = site.floats("intercepts").unwrap_or_default();
    let rows = intercepts.len();
    let post = site.text("post_transform", "NONE");
    let features = coefficients.len().checked_div(rows).unwrap_or(0);
    if features * rows != coefficients.len() || features == 0 || post == "PROBIT" {
        return Err(site.unsupported("it needs as many coefficients for each intercept, no PROBIT"));
    }
    let mut parts = site.parts();
    let input = as_float(site, &mut parts)?;
    let across = |column| coefficients.iter().skip(column).step_by(features).copied();
    let turned: Vec<f32> = (0..features).flat_map(across).collect();
    let weights = parts.constant(matrix(features, rows, &turned));
    let products = parts.add("MatMul", &[&input, &weights], vec![]);
    let offsets = row(&mut parts, intercepts);
    let scores = parts.add("Add", &[&products, &offsets], vec![]);
    let last = vec![int("axis", 1)];
    let output = site.node.output.get(1).cloned().unwrap_or_default();
    let (operator, inputs) = match post {
        "LOGISTIC" if rows == 1 => {
            // The sigmoid of one score is the softmax of two.
            let zero = parts.scalar(0.0);
            let other = parts.add("Mul", &[&scores, &zero], vec![]);
            let both = parts.add("Concat", &[&other, &scores], last.clone());
            ("Softmax", vec![both])
        }
        _ if rows == 1 => {
            let one = parts.scalar(1.0);
            let other = parts.add("Sub", &[&one, &scores], vec![]);
            ("Concat", vec![other, scores])
        }
        "LOGISTIC" if is_opposite(coefficients) && is_opposite(intercepts) => {
            let half = parts.scalar(0.5);
            ("Softmax", vec![parts.add("Mul", &[&scores, &half], vec![])])
        }
        "LOGISTIC" => ("Sigmoid", vec![scores]),
        "SOFTMAX" | "SOFTMAX_ZERO" => ("Softmax", vec![scores]),
        _ => ("Identity", vec![scores]),
    };
    let attributes = if ["Softmax", "Concat"].contains(&operator) { last } else { vec![] };
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    parts.push(operator, &inputs, attributes, vec![output]);
    Ok(Some(parts.nodes()))
}

/// Whether numbers are those of two classes, the second ones the opposite of the first: the
/// sigmoids of their scores are the softmax of the halves.
fn is_opposite(values: &[f32]) -> bool {
    let (first, second) = values.split_at(values.len() / 2);
    first.len() == second.len() && first.iter().zip(second).all(|(one, other)| *one == -other)
}

/// A constant row, to be applied to each sample.
fn row(parts: &mut Parts<'_>, values: &[f32]) -> String {
    parts.constant(matrix(1, values.len(), values))
}

fn matrix(rows: usize, columns: usize, values: &[f32]) -> TensorProto {
    let size = |size: usize| i64::try_from(size).unwrap_or(0);
    floats_of(&[size(rows), size(columns)], values)
}
