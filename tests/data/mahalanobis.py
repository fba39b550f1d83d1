"""Makes `mahalanobis.json`: Mahalanobis distances at unit length and their sums with energies, by
NumPy and scikit-learn.

    python tests/data/mahalanobis.py

Each case has a model of one matrix, whose input is the layer, and features and logits of labelled
samples, some of them misclassified, and of others to score: the logits are no outputs of the model.
The first of the others calibrate. The covariance within classes is scikit-learn's OAS around the
class means; distances are NumPy's. The cases are one with many samples, one with fewer samples than
features, and one with features that are nearly always zero.
"""

import base64
import json
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from sklearn.covariance import OAS

HERE = pathlib.Path(__file__).parent
CLASSES = 3
WEIGHT = 0.5
CALIBRATION = 20
rng = np.random.default_rng(21)


def unit(x):
    x = x.astype(np.float64)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)


def features(labels, size, scale=1.0):
    """Features that scatter around a centre for each class and along common directions."""
    centres = np.abs(np.random.default_rng(size).normal(0, 2, (CLASSES, size)))
    mixed = rng.normal(0, 1, (len(labels), size)) @ np.random.default_rng(size + 1).normal(
        0, 0.3, (size, size)
    )
    return np.float32(np.maximum(centres[labels] + scale * mixed, 0))


def distances(fit, labels, predicted, others):
    """(N, classes) distances of `others` to the class means."""
    right = labels == predicted
    u, y = unit(fit)[right], labels[right]
    means = np.stack([u[y == c].mean(0) for c in range(CLASSES)])
    covariance = OAS(assume_centered=True).fit(u - means[y])
    inverse = np.linalg.inv(covariance.covariance_)
    gaps = unit(others)[:, None] - means
    squares = np.einsum("ncd,de,nce->nc", gaps, inverse, gaps)
    return np.sqrt(squares), float(covariance.shrinkage_)


def energies(logits):
    return -np.logaddexp.reduce(logits.astype(np.float64), axis=1)


def standardised(scores, calibration):
    return (scores - calibration.mean()) / calibration.std()


def model(size):
    """A classifier whose input, `x`, is the layer."""
    matrix = numpy_helper.from_array(np.ones((size, CLASSES), np.float32), "matrix")
    value = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "matrix"], ["logits"])],
        "line",
        [value("x", size)],
        [value("logits", CLASSES)],
        [matrix],
    )
    opset = helper.make_opsetid("", 13)
    proto = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    return base64.b64encode(proto.SerializeToString()).decode()


def case(samples, size, dead=0):
    labels = np.arange(samples) % CLASSES
    predicted = np.where(rng.random(samples) < 0.1, (labels + 1) % CLASSES, labels)
    fit_logits = np.float32(rng.normal(0, 1, (samples, CLASSES)))
    fit_logits[np.arange(samples), predicted] += 9
    fit = features(labels, size)
    fit[2:, :dead] = 0
    others = features(np.arange(30) % CLASSES, size, 2.0)
    others[0] = 0
    found, shrinkage = distances(fit, labels, predicted, others)
    logits = np.float32(rng.normal(0, 3, (len(others), CLASSES)))
    she, energy = found.min(1), energies(logits)
    parts = [standardised(each, each[:CALIBRATION]) for each in (she, energy)]
    return {
        "model": model(size),
        "fit": fit.tolist(),
        "labels": labels.tolist(),
        "fitLogits": fit_logits.tolist(),
        "others": others.tolist(),
        "logits": logits.tolist(),
        "shrinkage": shrinkage,
        "distances": found.tolist(),
        "parts": [parts[0].tolist(), (WEIGHT * parts[1]).tolist()],
        "sums": (parts[0] + WEIGHT * parts[1]).tolist(),
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


cases = {"many": case(240, 6), "few": case(20, 16), "dead": case(150, 8, dead=3)}
text = json.dumps(
    {"weight": WEIGHT, "calibration": CALIBRATION, "cases": rounded(cases)}, separators=(",", ":")
)
(HERE / "mahalanobis.json").write_text(text + "\n")
print({name: (each["shrinkage"], len(text)) for name, each in cases.items()})
