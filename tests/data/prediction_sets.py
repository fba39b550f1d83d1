"""Makes `prediction_sets.json`: conformal prediction sets by NumPy.

    python tests/data/prediction_sets.py

The model's logits are the first five of its six inputs, so inputs say what the logits are. `fit`
has samples for patterns, `calibration` inputs and labels, `samples` inputs to score. Each case has
the options, how many of the calibration samples are used, and of every sample its set, the most
probable class first.

By definition: with p the softmax in 64 bits, a class y is in the set if 1 - p_y is at most the k-th
smallest 1 - p of the true classes of the n calibration samples, k = ceil((n + 1) level); by class,
of those of that class, or of all where it has too few. The odds (1 - p_y) / p_y say the same, and
keep their digits where p is nearly 1: each quantile's own, moved by 1e-5 to both sides, are among
the samples.
"""

import base64
import json
import math
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
CLASSES, SIZE = 5, 6
rng = np.random.default_rng(21)
f32 = np.float32


def model():
    weights = numpy_helper.from_array(np.eye(SIZE, CLASSES, dtype=f32), "weights")
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", SIZE])
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["batch", CLASSES])
    node = helper.make_node("MatMul", ["x", "weights"], ["z"])
    graph = helper.make_graph([node], "g", [x], [z], [weights])
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()


def inputs(logits):
    """Logits with a last value that only the layer sees."""
    return np.column_stack([logits, rng.normal(0, 1, len(logits))]).astype(f32)


def labelled(count, margin):
    """Samples whose classifier is right more often the larger the margin; class 4 is rare, class 3
    is missing."""
    labels = rng.choice([0, 1, 2, 4], count, p=[0.4, 0.35, 0.23, 0.02])
    logits = rng.normal(0, 1.5, (count, CLASSES)) + margin * np.eye(CLASSES)[labels]
    return inputs(logits), labels


def log_odds(x):
    """ln((1 - p) / p) of each class, by its definition as a difference of logarithms of sums."""
    z = x[:, :CLASSES].astype(float)
    others = [
        np.logaddexp.reduce(np.delete(z, c, axis=1), axis=1) - z[:, c] for c in range(CLASSES)
    ]
    return np.stack(others, 1)


def quantile(odds, level):
    k = max(1, math.ceil((len(odds) + 1) * level - 1e-9))
    return np.sort(odds)[k - 1] if k <= len(odds) else np.inf


def quantiles(x, labels, level, by_class):
    true = log_odds(x)[np.arange(len(labels)), labels]
    pooled = quantile(true, level)
    if not by_class:
        return np.full(CLASSES, pooled)
    own = [quantile(true[labels == c], level) for c in range(CLASSES)]
    return np.where(np.isinf(own), pooled, own)


def sets(x, limits):
    inside = log_odds(x) <= limits
    order = np.argsort(-x[:, :CLASSES], axis=1, kind="stable")
    return [[int(c) for c in row if inside[i, c]] for i, row in enumerate(order)]


def at_the_quantiles(limits):
    """For each class and its quantile, a sample just inside and one just outside."""
    rows = []
    for c, limit in enumerate(limits):
        for shift in (-1e-5, 1e-5):
            z = np.full(CLASSES, -60.0)
            # The others are too small to count.
            z[c], z[(c + 1) % CLASSES] = 0, limit + shift
            rows.append(z)
    return inputs(np.array(rows))


HARD = [
    [0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0],
    [900, 0, 0, 0, 0],
    [0, 0, 900, 899, 0],
    [-0.0, 0.0, -50, -50, -50],
    [3e38, -3e38, 0, 0, 0],
    [-3e38, -3e38, -3e38, -3e38, -3e38],
]
# Level, by class, number of calibration samples.
CASES = [
    (0.9, False, 300),
    (0.95, False, 300),
    (0.5, False, 300),
    (0.99, False, 300),
    (0.9, True, 300),
    (0.5, True, 300),
    (0.95, False, 19),
    (0.95, False, 18),
    (0.95, True, 18),
    (0.9, False, 1),
]


def main():
    calibration, labels = labelled(300, 2.5)
    fit, fit_labels = labelled(60, 8.0)
    common = np.concatenate([labelled(60, 2.5)[0], labelled(20, 0)[0], inputs(np.array(HARD))])
    cases = []
    for level, by_class, count in CASES:
        limits = quantiles(calibration[:count], labels[:count], level, by_class)
        finite = limits[np.isfinite(limits)]
        own = at_the_quantiles(finite) if len(finite) == CLASSES else inputs(np.zeros((0, CLASSES)))
        case = {"level": level, "byClass": by_class, "count": count, "own": own.tolist()}
        case["sets"] = sets(np.concatenate([common, own]), limits)
        cases.append(case)
    document = {
        "model": base64.b64encode(model()).decode(),
        "fit": fit.tolist(),
        "fitLabels": fit_labels.tolist(),
        "calibration": calibration.tolist(),
        "labels": labels.tolist(),
        "samples": common.tolist(),
        "cases": cases,
    }
    (HERE / "prediction_sets.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
