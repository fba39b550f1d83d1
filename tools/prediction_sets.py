"""Compares conformal prediction sets on MNIST 0-4 and CIFAR-10: coverage, size, and what a verdict
made of them is worth.

    python tools/prediction_sets.py [--level 0.95]

The last 2,000 training images calibrate, as in the shipped detectors; the test images are scored.
Methods, by the score of a class y that is compared with the conformal quantile:

- `lac`, 1 - p_y (Sadinle, Lei, Wasserman 2019);
- `aps`, the probability of y and of all classes above it, and one class more where that is needed
  to reach the quantile (Romano, Sesia, Candes 2020, without randomisation);
- `aps, exact`, the probability of all classes above y: never empty, and no class more;
- `raps`, `aps` with a penalty of 0.01 for each class beyond the second (Angelopoulos et al. 2021).

Columns: coverage, mean size, share of empty sets, of sets of one, of larger ones; accuracy of the
sets of one; share of the classifier's errors that are not in a set of one; share of digits 5-9, or
of SVHN if a file is given, in a set of one. Needs NumPy, onnx and ONNX Runtime.
"""

import argparse
import math
import pathlib

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[1]
MEAN, STD = np.float32([0.4914, 0.4822, 0.4465]), np.float32([0.2470, 0.2435, 0.2616])
CALIBRATION = 2000


def idx(path):
    data = (ROOT / "data" / path).read_bytes()
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def run(model, images):
    session = onnxruntime.InferenceSession(
        ROOT / "models" / model, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    parts = np.array_split(images, math.ceil(len(images) / 256))
    return np.concatenate([session.run(None, {name: part})[0] for part in parts])


def digits(_):
    def part(name, known):
        x, y = idx(f"mnist/{name}-images-idx3-ubyte"), idx(f"mnist/{name}-labels-idx1-ubyte")
        kept = (y < 5) == known
        return (x[kept, None] / np.float32(255)), y[kept].astype(int)

    return "digits-model.onnx", part("train", True), part("t10k", True), part("t10k", False)[0]


def objects(svhn):
    def pixels(x):
        return ((x / np.float32(255) - MEAN) / STD).transpose(0, 3, 1, 2)

    def part(name):
        x = idx(f"cifar10/{name}-images-idx4-ubyte")
        y = idx(f"cifar10/{name}-labels-idx1-ubyte").astype(int)
        return (x[-10000:], y[-10000:])

    (train, labels), (test, test_labels) = part("train"), part("test")
    others = pixels(np.load(svhn)["X"]) if svhn else None
    return "cifar10-model.onnx", (pixels(train), labels), (pixels(test), test_labels), others


def softmax(logits):
    e = np.exp(logits.astype(float) - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def lac(p):
    return 1 - p


def above(p):
    """The probability of all classes above each."""
    order = np.argsort(-p, 1, kind="stable")
    rows = np.arange(len(p))[:, None]
    sums = np.zeros_like(p)
    sums[rows, order[:, 1:]] = np.cumsum(p[rows, order], 1)[:, :-1]
    return sums


def aps(p):
    return above(p) + p


def raps(p):
    rank = np.argsort(np.argsort(-p, 1, kind="stable"), 1)
    return aps(p) + 0.01 * np.maximum(rank - 1, 0)


def with_next(score):
    """Sets that go on to the class that reaches the quantile."""

    def sets(p, q):
        s = score(p)
        best = np.where(s < q, -np.inf, s).argmin(1)
        inside = s < q
        inside[np.arange(len(p)), best] = True
        return inside

    return sets


def plain(score):
    return lambda p, q: score(p) <= q


METHODS = {
    "lac": (lac, plain(lac)),
    "aps": (aps, with_next(aps)),
    "aps, exact": (above, plain(above)),
    "raps": (raps, with_next(raps)),
}


def quantile(scores, level):
    k = math.ceil((len(scores) + 1) * level - 1e-9)
    return np.sort(scores)[k - 1] if k <= len(scores) else np.inf


def row(sets, p, y, others):
    sizes = sets.sum(1)
    one, right = sizes == 1, p.argmax(1) == y
    strangers = "" if others is None else f"{(others.sum(1) == 1).mean():8.4f}"
    figures = [
        sets[np.arange(len(y)), y].mean(),
        sizes.mean(),
        (sizes == 0).mean(),
        one.mean(),
        (sizes > 1).mean(),
        (right & one).sum() / max(1, one.sum()),
        (~one & ~right).sum() / (~right).sum(),
    ]
    return " ".join(f"{figure:8.4f}" for figure in figures) + " " + strangers


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--level", type=float, nargs="*", default=[0.9, 0.95, 0.99])
    parser.add_argument("--svhn")
    arguments = parser.parse_args()
    for name, data in (("MNIST 0-4", digits), ("CIFAR-10", objects)):
        model, (x, y), (test, test_y), others = data(arguments.svhn)
        x, y = x[-CALIBRATION:], y[-CALIBRATION:]
        p, test_p = softmax(run(model, x)), softmax(run(model, test))
        other_p = None if others is None else softmax(run(model, others))
        print(f"{name}: accuracy {(test_p.argmax(1) == test_y).mean():.4f}")
        print("method      level  coverage mean     empty    one      more     accuracy caught")
        for level in arguments.level:
            for method, (score, sets) in METHODS.items():
                q = quantile(score(p)[np.arange(len(y)), y], level)
                other_sets = None if other_p is None else sets(other_p, q)
                print(f"{method:11} {level:5} {row(sets(test_p, q), test_p, test_y, other_sets)}")
            by_class = lac(p)[np.arange(len(y)), y]
            q = np.array([quantile(by_class[y == c], level) for c in range(p.shape[1])])
            other_sets = None if other_p is None else lac(other_p) <= q
            print(f"lac, class  {level:5} {row(lac(test_p) <= q, test_p, test_y, other_sets)}")


if __name__ == "__main__":
    main()
