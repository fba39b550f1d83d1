"""Reads a detector file and scores with it in NumPy: an independent check of the format, and a
reader for notebooks.

    python tools/python/read_detector.py DETECTOR.onnx

prints what the detector says of itself, as JSON. From Python, `read_detector(path)` gives its
parts, and `score` scores features that were computed elsewhere. Needs NumPy, and `few_shot.py` and
`write_detector.py` beside it.

The file is an ordinary ONNX model: ONNX Runtime gives the features, once the layers are added to
its outputs. Maps must be averaged over space then, `maps.mean((2, 3))`. A layer's name ends in how
it is pooled where that is another way: `NAME:channels-last` is `maps.mean((1, 2))`, `NAME:first`
`tokens[:, 0]`. For vectors and an input called `image` this is all:

    detector = read_detector("detector.onnx")
    names = list(detector.layers)
    proto = onnx.load("detector.onnx")
    proto.graph.output.extend(map(onnx.helper.make_empty_tensor_value_info, names))
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    logits, *features = session.run(None, {"image": x})
    predicted = logits.argmax(1)
    scores = score(detector, dict(zip(names, features)), predicted, logits)
    is_ood = scores > thresholds(detector, predicted)

Where the model ends in a softmax, its logits are the tensor before it, not its output: add that
tensor to the outputs, too, for detectors that take the energy in and for prediction sets.
    sets = prediction_sets(detector, logits)  # where the calibration samples had labels

Where patterns classify, `taught_logits(detector, features)` are the logits, and the model's mean
nothing.
"""

import argparse
import base64
import json
import math
import pathlib
import sys
from dataclasses import dataclass

import numpy as np
from few_shot import read_few_shots
from write_detector import FORMAT, chosen, join, sha256, similarities, split

# The second names the logits in `manifest["logits"]`, the third has scores with the energy and by
# Mahalanobis distances, and patterns in half the bits; in the fourth patterns classify.
FORMATS = (FORMAT, "2", "3", "4")


@dataclass
class Detector:
    """What a detector file holds beside its model."""

    manifest: dict
    # Patterns (rows, D) of each layer, by the name of its tensor in the ONNX file.
    layers: dict
    # The whitening (D, D), lower triangular, of each layer by its name, for Mahalanobis distances.
    whitenings: dict
    # What each layer is compared by, by its name, where patterns of few samples classify.
    few_shots: dict
    # The class of each row of the patterns.
    row_classes: np.ndarray
    # Scores of held-out in-distribution samples, as the file has them.
    calibration: np.ndarray
    # The threshold over all classes.
    threshold: float
    # The threshold of each predicted class, where they have their own.
    class_thresholds: list | None
    # Of each class, the log odds against it up to which it is in a prediction set; None without
    # sets.
    set_limits: list | None


# The file


def read_detector(path):
    """The parts of a detector file, its hashes verified."""
    model, pairs = split(pathlib.Path(path).read_bytes())
    entries = unique(pairs)
    if entries["she.format"] not in FORMATS:
        raise ValueError(f"the detector has format {entries['she.format']}, this reads {FORMATS}")
    manifest = json.loads(entries["she.manifest"])
    check_hash("the model", model, manifest["sha256"]["model"])
    stored = "<f2" if manifest.get("precision") == "float16" else "<f4"
    patterns = numbers(entries, manifest, "patterns", stored)
    calibration = numbers(entries, manifest, "calibration")
    whitening = np.float32([])
    if manifest["similarity"] == "mahalanobis":
        whitening = numbers(entries, manifest, "whitening", stored)
    classes = manifest["classes"]
    row_classes = np.repeat(classes, manifest.get("rows") or [1] * len(classes))
    pooled = threshold(calibration, manifest)
    by_class = class_thresholds(manifest, "calibrationCounts", calibration)
    return Detector(
        manifest,
        cut(patterns, manifest["layers"], len(row_classes)),
        triangles(whitening, manifest["layers"]) if len(whitening) else {},
        read_few_shots(entries, manifest, stored, check_hash) if "fewShot" in manifest else {},
        row_classes,
        calibration,
        pooled,
        by_class,
        set_limits(entries, manifest),
    )


def unique(pairs):
    entries = dict(pairs)
    missing = {"she.format", "she.manifest", "she.patterns", "she.calibration"} - set(entries)
    if not pairs:
        raise ValueError("this is a model without detector metadata")
    if missing or len(entries) < len(pairs):
        raise ValueError(
            f"of the detector's entries are missing {sorted(missing)}, "
            f"and {len(pairs) - len(entries)} are there twice"
        )
    return entries


def numbers(entries, manifest, name, stored="<f4"):
    """The numbers of a base64 block, as float32."""
    data = base64.b64decode(entries[f"she.{name}"], validate=True)
    check_hash(f"she.{name}", data, manifest["sha256"][name])
    return np.float32(np.frombuffer(data, stored))


def check_hash(what, data, expected):
    if sha256(data) != expected:
        raise ValueError(
            f"{what} has the SHA-256 {sha256(data)}, the manifest says {expected}: "
            "it was changed after the fit"
        )


def cut(values, layers, rows):
    """The block of all patterns as those of each layer."""
    sizes = [layer["size"] * rows for layer in layers]
    if sum(sizes) != len(values):
        raise ValueError(f"she.patterns holds {len(values)} values, {sum(sizes)} are expected")
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return {
        layer["name"]: part.reshape(rows, layer["size"])
        for layer, part in zip(layers, parts, strict=True)
    }


def triangles(values, layers):
    """The block of all whitenings as a lower triangular matrix for each layer."""
    sizes = [layer["size"] for layer in layers]
    if sum(size * (size + 1) // 2 for size in sizes) != len(values):
        raise ValueError(f"she.whitening holds {len(values)} values, not triangles of {sizes} rows")
    matrices = {}
    for layer, size in zip(layers, sizes, strict=True):
        matrix = np.zeros((size, size))
        matrix[np.tril_indices(size)] = values[: size * (size + 1) // 2]
        matrices[layer["name"]] = matrix
        values = values[size * (size + 1) // 2 :]
    return matrices


def threshold(scores, manifest):
    """The conformal threshold: the k-th smallest of n scores, or inf if n is too small. Between the
    scores below and at the rank where samples were left out of their patterns."""
    rate, ordered = manifest["idPassRate"], np.sort(scores)
    k = rank(len(scores), rate)
    if k > len(scores):
        return math.inf
    if not (manifest.get("taught") or {}).get("leaveOneOut") or k < 2:
        return float(ordered[k - 1])
    share = max(0.0, k - (len(scores) + 1) * rate)
    return float(np.float32(ordered[k - 1] - share * (ordered[k - 1] - ordered[k - 2])))


def rank(n, rate):
    # Rounding must not lift an exact product, such as 20 * 0.95, over the next whole number.
    product = (n + 1) * rate
    # A rate such as 0.95 is a few roundings away from the fraction that it means.
    return max(1, math.ceil(product - 8 * sys.float_info.epsilon * product))


def class_thresholds(manifest, field, scores):
    """The threshold of each class; the common one where a class has too few scores."""
    counts, rate = manifest.get(field), manifest["idPassRate"]
    if counts is None:
        return None
    if (len(counts), sum(counts)) != (len(manifest["labels"]), len(scores)):
        raise ValueError(f"{field} {counts} are not for these classes and {len(scores)} scores")
    parts = np.split(scores, np.cumsum(counts)[:-1])
    return [
        threshold(part if rank(len(part), rate) <= len(part) else scores, manifest)
        for part in parts
    ]


def set_limits(entries, manifest):
    """The log odds up to which each class is in a prediction set, None where there are no sets."""
    if "sets" not in manifest["sha256"]:
        return None
    odds = numbers(entries, manifest, "sets")
    pooled = [threshold(odds, manifest)] * len(manifest["labels"])
    return class_thresholds(manifest, "setCounts", odds) or pooled


# The score


def score(detector, features, predicted, logits=None):
    """Scores of N samples, higher = more out-of-distribution.

    `features` are (N, D) for each layer by its name, `predicted` the class of each sample that the
    model predicts. A detector that takes the energy in needs the `logits` (N, classes), too.
    """
    manifest = detector.manifest
    if manifest["aggregator"]["kind"] == "fisher":
        raise NotImplementedError(
            "the aggregator fisher is not implemented here: score with she-ood itself"
        )
    clips = manifest.get("clips") or [np.inf] * len(detector.layers)
    cut_off = {
        name: np.minimum(np.float32(features[name]), np.float32(clip))
        for name, clip in zip(detector.layers, clips, strict=True)
    }
    by_class = [similarities_by_class(detector, name, values) for name, values in cut_off.items()]
    own = [
        chosen(values, manifest["classes"], np.asarray(predicted), manifest["compareWith"])
        for values in by_class
    ]
    joined = join(manifest["aggregator"], -np.stack(own))
    return with_energy(manifest["energy"], joined, logits) if manifest.get("energy") else joined


def taught_logits(detector, features):
    """(N, classes) logits of a detector whose patterns classify: its similarities over its
    temperature. Their softmax are its probabilities; the largest is of the predicted class."""
    ((name, values),) = ((name, features[name]) for name in detector.layers)
    similarities = similarities_by_class(detector, name, np.float32(values))
    return similarities / np.float32(detector.manifest["taught"]["temperature"])


def with_energy(energy, she, logits):
    """The sum of the layers' joined scores and the energies, both standardised."""
    if logits is None:
        raise ValueError("the score takes the energy in: give the logits")
    energies = np.float32(-np.logaddexp.reduce(np.float64(logits), axis=1))
    parts = (
        # Not np.float64(values), which makes a number of an array that holds one.
        (np.asarray(values, np.float64) - np.float32(energy[name]["mean"]))
        / np.float32(energy[name]["std"])
        for name, values in (("she", she), ("energy", energies))
    )
    of_layers, of_energy = parts
    return np.float32(of_layers + np.float32(energy["weight"]) * of_energy)


def unit(features):
    """Features of length 1; zeros stay."""
    features = np.float64(features)
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(norms > 0, norms, 1)


def similarities_by_class(detector, name, features):
    """(N, classes) similarities of a layer's features to the patterns of each class."""
    kind, patterns = detector.manifest["similarity"], detector.layers[name]
    if features.ndim != 2 or features.shape[1] != patterns.shape[1]:
        raise ValueError(
            f"the features of layer {name!r} have shape {features.shape}, "
            f"not (N, {patterns.shape[1]})"
        )
    if kind == "few-shot":
        return np.float32(detector.few_shots[name].similarities(features, patterns))
    if kind == "mahalanobis":
        whitening = detector.whitenings[name]
        kind, features, patterns = (
            "euclidean",
            unit(features) @ whitening.T,
            np.float64(patterns) @ whitening.T,
        )
    starts = np.flatnonzero(np.diff(detector.row_classes, prepend=-1))
    if isinstance(kind, str):
        return np.float32(
            np.maximum.reduceat(similarities(kind, features, patterns), starts, axis=1)
        )
    exponents = np.float64(np.float32(kind["hopfield"]["beta"])) * similarities(
        "dot", features, patterns
    )
    return np.float32(np.logaddexp.reduceat(exponents, starts, axis=1))


def thresholds(detector, predicted):
    """The threshold of each sample: scores above it are out-of-distribution."""
    by_class = detector.class_thresholds or [detector.threshold] * len(detector.manifest["labels"])
    return np.array(by_class)[predicted]


def prediction_sets(detector, logits):
    """(N, classes): whether each class is in the conformal prediction set of each sample, by its
    logits (N, classes). The set holds the true class at a rate of `idPassRate`."""
    if detector.set_limits is None:
        raise ValueError("there are no prediction sets, as the calibration samples had no labels")
    return np.float32(log_odds(logits)) <= np.float32(detector.set_limits)


def log_odds(logits):
    """ln((1 - p) / p) of each class, p being its softmax probability."""
    z = np.asarray(logits, np.float64)
    others = [
        np.logaddexp.reduce(np.delete(z, c, 1), 1, initial=-np.inf) for c in range(z.shape[1])
    ]
    return np.stack(others, 1) - z


# The command


def summary(detector):
    """The manifest without its hashes, and what follows from the rest. JSON knows no infinity."""
    finite = lambda value: value if math.isfinite(value) else None
    return {key: value for key, value in detector.manifest.items() if key != "sha256"} | {
        "threshold": finite(detector.threshold),
        "classThresholds": detector.class_thresholds
        and list(map(finite, detector.class_thresholds)),
        "calibrationSize": len(detector.calibration),
        "setLimits": detector.set_limits and list(map(finite, detector.set_limits)),
        "patterns": {name: list(patterns.shape) for name, patterns in detector.layers.items()},
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("detector", type=pathlib.Path)
    print(json.dumps(summary(read_detector(parser.parse_args().detector)), indent=1))


if __name__ == "__main__":
    main()
