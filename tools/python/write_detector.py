"""Writes a detector file from any ONNX model and from features computed in Python: by a PyTorch
hook, a Keras sub-model, ...

    python tools/python/write_detector.py MODEL.onnx FEATURES.npz -o DETECTOR.onnx [--similarity
    inner] [--compare-with nearest]

FEATURES.npz holds `labels` and `predicted` (N), `fit/LAYER` (N, D) for each layer,
`calibration_predicted` (M), `calibration/LAYER` (M, D), and, if classes have names, `class_names`.
From Python, `write_detector` takes the same. It needs NumPy alone, and this file nothing beside it.
What the file looks like is told in `src/detector/file.rs`.

Each layer goes by the name of its tensor in the ONNX file. `she-ood layers model.onnx` lists those
that can be tapped, and this lists all:

    for node in onnx.load("model.onnx").graph.node:
        print(node.op_type, *node.output)

The model runs with what it was exported with, so features must be taken in inference mode (no
dropout). Feature maps are averaged over space: `maps.mean((2, 3))` where channels come first,
`maps.mean((1, 2))` where last. Calibration samples must not be among the fit samples; a pass rate
of 0.95 needs 19 of them.

PyTorch, where x, y, held_out are tensors. The tensor behind the module `model.body.act`, an
`nn.ReLU`, is called `/body/act/Relu_output_0`, behind `model[3]` of a sequential model
`/3/Relu_output_0` (with `dynamo=True`, which is what newer versions do unasked, names are others):

    model.eval()
    axes = {"input": {0: "batch"}, "logits": {0: "batch"}}
    torch.onnx.export(
        model, x[:1], "model.onnx", input_names=["input"], output_names=["logits"],
        dynamic_axes=axes,
    )
    layer, module = "/3/Relu_output_0", model[3]

    def run(inputs):
        taken = []
        hook = module.register_forward_hook(lambda _, args, output: taken.append(output.numpy()))
        with torch.no_grad():
            logits = model(inputs).numpy()
        hook.remove()
        return {layer: taken[0]}, logits.argmax(1)

    (features, predicted), (held_features, held_predicted) = run(x), run(held_out)
    onnx_bytes = pathlib.Path("model.onnx").read_bytes()
    names = ["cat", "dog", "owl"]
    detector = write_detector(
        onnx_bytes, features, y.numpy(), predicted, held_features, held_predicted,
        class_names=names,
    )
    pathlib.Path("detector.onnx").write_bytes(detector)

Keras, where x, y, held_out are arrays. The tensor behind the layer `dense` of the model
`sequential` is called `sequential/dense/Relu:0`:

    signature = [tf.TensorSpec((None, *x.shape[1:]), tf.float32, name="input")]
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=signature)
    both = tf.keras.Model(model.input, [model.get_layer("dense").output, model.output])
    features, outputs = both.predict(x)
    held_features, held_outputs = both.predict(held_out)
    layer = "sequential/dense/Relu:0"
    detector = write_detector(
        proto.SerializeToString(), {layer: features}, y, outputs.argmax(1), {layer: held_features},
        held_outputs.argmax(1), class_names=["cat", "dog", "owl"], similarity="cosine",
    )
    pathlib.Path("detector.onnx").write_bytes(detector)
"""

import argparse
import base64
import hashlib
import json
import pathlib

import numpy as np

FORMAT = "1"
METADATA_PROPS, KEY, VALUE = 14, 1, 2


# The detector


def write_detector(
    model,
    layers,
    labels,
    predicted,
    calibration,
    calibration_predicted,
    *,
    class_names,
    similarity="inner",
    compare_with="nearest",
    id_pass_rate=0.95,
    preprocess=None,
):
    """The bytes of a detector: those of `model`, an ONNX file, and behind them the metadata.

    `layers` are the features (N, D) of each layer by its name, `labels` and `predicted` the true
    and the predicted class of the same samples; `calibration` (M, D) and `calibration_predicted`
    are of held-out in-distribution samples. `class_names` has a name for each class of the model,
    in the order of its logits. `preprocess` says how pictures become inputs, as the manifest has
    it. Similarities: inner, dot, cosine, euclidean; compared with: nearest, predicted.
    """
    check_options(similarity, compare_with, id_pass_rate)
    check_model(model)
    labels, predicted, held = (
        checked_classes(each, class_names) for each in (labels, predicted, calibration_predicted)
    )
    fit, held_out = (
        checked_features(layers, predicted, layers),
        checked_features(calibration, held, layers),
    )
    check_lengths(labels, predicted, fit, held_out)
    classes, counts = correct_classes(labels, predicted)
    patterns = {name: class_means(f, labels, predicted, classes) for name, f in fit.items()}
    scores = lambda features, of: layer_scores(
        features, patterns, classes, of, similarity, compare_with
    )
    aggregator = aggregator_of(scores(fit, predicted), list(fit))
    blocks = {
        "patterns": block(*patterns.values()),
        "calibration": block(np.sort(join(aggregator, scores(held_out, held)))),
    }
    manifest = {
        "similarity": similarity,
        "compareWith": compare_with,
        "aggregator": aggregator,
        "layers": [{"name": name, "size": values.shape[1]} for name, values in patterns.items()],
        "classes": classes.tolist(),
        "counts": counts.tolist(),
        "labels": list(map(str, class_names)),
        "idPassRate": float(id_pass_rate),
        "sha256": {"model": sha256(model), **{name: sha256(data) for name, data in blocks.items()}},
    }
    return model + metadata(manifest | ({"preprocess": preprocess} if preprocess else {}), blocks)


def correct_classes(labels, predicted):
    """The classes that the model is right about at least once, and how often."""
    classes, counts = np.unique(labels[labels == predicted], return_counts=True)
    if not len(classes):
        raise ValueError("no sample is classified correctly, so no class has a pattern")
    return classes, counts


def class_means(features, labels, predicted, classes):
    """Mean features of each class over the samples that the model is right about."""
    right = labels == predicted
    means = [features[right & (labels == c)].mean(0, dtype=np.float64) for c in classes]
    return np.float32(means)


def layer_scores(features, patterns, classes, predicted, similarity, compare_with):
    """(layers, N) scores, higher = more out-of-distribution."""
    each = (
        np.float32(similarities(similarity, features[name], patterns[name])) for name in patterns
    )
    return np.stack([-chosen(values, classes, predicted, compare_with) for values in each])


def chosen(similarities, classes, predicted, compare_with):
    """The highest similarity (N, classes), or the predicted class's: -inf if it has no pattern."""
    if compare_with == "nearest":
        return similarities.max(1)
    column = np.minimum(np.searchsorted(classes, predicted), len(classes) - 1)
    own = similarities[np.arange(len(similarities)), column]
    return np.where(np.asarray(classes)[column] == predicted, own, np.float32(-np.inf))


def similarities(kind, features, patterns):
    """(N, rows) similarities in float64, higher = more alike."""
    f, p = np.float64(features), np.float64(patterns)
    if kind == "euclidean":
        # Row by row, as all differences at once would fill the memory.
        return np.stack([-np.linalg.norm(f - row, axis=1) for row in p], axis=1)
    dots = f @ p.T
    if kind == "dot":
        return dots
    if kind == "inner":
        return dots / f.shape[1]
    if kind != "cosine":
        raise ValueError(kind)
    norms = np.linalg.norm(f, axis=1)[:, None] * np.linalg.norm(p, axis=1)
    return np.divide(dots, norms, out=np.zeros_like(dots), where=norms > 0)


def aggregator_of(scores, names):
    """How the layers are joined: by the spread of each one's scores over the fit samples."""
    if len(names) == 1:
        return {"kind": "single"}
    # Infinite scores, of a predicted class without pattern, say nothing of the spread.
    stds = np.float32(scores[:, np.isfinite(scores).all(0)].std(1, dtype=np.float64))
    for name, std in zip(names, stds, strict=True):
        if not (np.isfinite(std) and std > 0):
            raise ValueError(f"the scores of layer {name!r} have standard deviation {std}")
    return {"kind": "std", "stds": stds.tolist()}


def join(aggregator, scores):
    """One score from those of the layers (layers, N)."""
    if aggregator["kind"] in ("single", "sum"):
        return np.float32(scores.sum(0, dtype=np.float64))
    divisors = np.float32(aggregator.get("stds") or aggregator.get("means"))
    return np.float32((np.float64(scores) / divisors[:, None]).mean(0))


# What is given


def check_options(similarity, compare_with, id_pass_rate):
    if similarity not in ("inner", "dot", "cosine", "euclidean"):
        raise ValueError(
            f"the similarity is {similarity!r}, allowed are inner, dot, cosine and euclidean"
        )
    if compare_with not in ("nearest", "predicted"):
        raise ValueError(f"compare_with is {compare_with!r}, allowed: nearest, predicted")
    if not 0 < id_pass_rate < 1:
        raise ValueError(
            f"the ID pass rate is {id_pass_rate}, "
            "allowed is a number between 0 and 1, both excluded"
        )


def check_model(model):
    """Refuses what is no protobuf message, and what has been made a detector before."""
    keys = [key for key, _ in split(model)[1]]
    if keys:
        raise ValueError(
            f"the model is a detector already, its metadata has {', '.join(keys)}: "
            "give the model that it was made of"
        )


def checked_classes(given, class_names):
    classes = np.asarray(given)
    if classes.ndim != 1 or classes.dtype.kind not in "iu":
        raise ValueError(f"classes are whole numbers (N,), not {classes.dtype} {classes.shape}")
    if len(classes) and not (classes.min() >= 0 and classes.max() < len(class_names)):
        raise ValueError(
            f"the classes are {classes.min()} to {classes.max()}, "
            f"and {len(class_names)} classes have names"
        )
    return classes.astype(np.int64)


def checked_features(given, predicted, names):
    """Features as float32, which is what a model computes, in the order of `names`."""
    if not names or set(given) != set(names):
        raise ValueError(
            f"features to fit are of the layers {list(names)}, others of {list(given)}: "
            "they must be the same, and some"
        )
    features = {name: np.asarray(given[name], np.float32) for name in names}
    for name, values in features.items():
        if values.ndim != 2 or len(values) != len(predicted):
            raise ValueError(
                f"the features of layer {name!r} have shape {values.shape}, "
                f"not ({len(predicted)}, D)"
            )
        if not np.isfinite(values).all():
            raise ValueError(f"the features of layer {name!r} are not all finite")
    return features


def check_lengths(labels, predicted, fit, held_out):
    if len(labels) != len(predicted):
        raise ValueError(f"{len(labels)} labels and {len(predicted)} predicted classes")
    for name in fit:
        if fit[name].shape[1] != held_out[name].shape[1]:
            shapes = f"{fit[name].shape} to fit and {held_out[name].shape} to calibrate"
            raise ValueError(f"the features of layer {name!r} have shapes {shapes}")


# The file


def split(data):
    """An ONNX file without its `she.*` metadata, and that metadata as pairs of key and value."""
    rest, entries = [], []
    for number, content, whole in fields(data):
        entry = {n: part for n, part, _ in fields(content)} if number == METADATA_PROPS else {}
        if entry.get(KEY, b"").startswith(b"she."):
            entries.append((entry[KEY].decode(), entry.get(VALUE, b"").decode()))
        else:
            rest.append(whole)
    return b"".join(rest), entries


def fields(message):
    """Number, content and all bytes of each field of a protobuf message."""
    start = 0
    while start < len(message):
        tag, body = varint(message, start)
        body, end = bounds(message, tag & 7, body)
        if end > len(message):
            raise ValueError("this is no ONNX file: it ends within a field")
        yield tag >> 3, message[body:end], message[start:end]
        start = end


def bounds(message, wire, at):
    """Start and end of a field's content; empty if it is not a string or message."""
    if wire == 2:
        length, at = varint(message, at)
        return at, at + length
    if wire not in (0, 1, 5):
        raise ValueError(f"this is no ONNX file: wire type {wire} is unknown")
    end = varint(message, at)[1] if wire == 0 else at + (8 if wire == 1 else 4)
    return end, end


def varint(message, at):
    """A base-128 number, least significant group first, and where it ends."""
    value = 0
    for shift, byte in zip(range(0, 64, 7), message[at : at + 10], strict=False):
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
    raise ValueError("this is no ONNX file: a number does not end")


def metadata(manifest, blocks):
    """`metadata_props` entries, which an ONNX file may have at its end."""
    texts = {name: base64.b64encode(data).decode() for name, data in blocks.items()}
    entries = {"format": FORMAT, "manifest": json.dumps(manifest), **texts}
    entry = lambda key, value: field(KEY, f"she.{key}".encode()) + field(VALUE, value.encode())
    return b"".join(field(METADATA_PROPS, entry(key, value)) for key, value in entries.items())


def field(number, content):
    return varint_bytes(number << 3 | 2) + varint_bytes(len(content)) + content


def varint_bytes(value):
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([group | 0x80 for group in groups[:-1]] + groups[-1:])


def block(*arrays):
    return b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# The command


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    parser.add_argument("--similarity", default="inner")
    parser.add_argument("--compare-with", default="nearest")
    parser.add_argument("--id-pass-rate", type=float, default=0.95)
    parser.add_argument("--preprocess", type=json.loads, help="how pictures become inputs, as JSON")
    return parser.parse_args()


def from_npz(arrays):
    """What `write_detector` takes, by its names, from an opened .npz file."""
    under = lambda prefix: {
        key.removeprefix(prefix): arrays[key] for key in arrays if key.startswith(prefix)
    }
    given = {key: arrays[key] for key in ("labels", "predicted", "calibration_predicted")}
    return given | {
        "layers": under("fit/"),
        "calibration": under("calibration/"),
        "class_names": class_names(arrays),
    }


def class_names(arrays):
    """The names given, else numbers up to the highest class seen."""
    if "class_names" in arrays:
        return arrays["class_names"].tolist()
    highest = max(
        int(arrays[key].max()) for key in ("labels", "predicted", "calibration_predicted")
    )
    return list(map(str, range(highest + 1)))


def main():
    args = arguments()
    settings = {
        key: getattr(args, key)
        for key in ("similarity", "compare_with", "id_pass_rate", "preprocess")
    }
    with np.load(args.features) as arrays:
        args.output.write_bytes(
            write_detector(args.model.read_bytes(), **from_npz(arrays), **settings)
        )


if __name__ == "__main__":
    main()
