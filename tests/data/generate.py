"""Makes the small fixtures beside this file, with NumPy, onnx, ONNX Runtime and Pillow alone.

    python tests/data/generate.py

- `tiny.onnx`: a detector written by hand: a classifier of 5 x 4 pictures into three classes, with
  patterns for two layers.
- `reference.json`: samples for it, and what NumPy makes of them: features, logits, baselines, and
  the scores of every similarity and pattern choice. Pictures for the image stage, and what Pillow
  makes of them.
- `explained.json`: detectors with several patterns a class, for every similarity, with ReAct and
  without; and their similarities for the same samples by channel and by position, which NumPy makes
  of the feature maps of ONNX Runtime.
- `panic.onnx`: a model with a stride of zero, over which the inference engine panics.
- `trap.onnx`: a classifier that looks its one input up in a table of three rows; the inference
  engine panics over any other row.
- `overflow.onnx`: a detector whose patterns are so large, with opposite signs, that a sample of
  great contrast has no score.
- `malformed.json`: damaged models and detectors in base64, each named for the code of the error it
  must give.
"""

import base64
import copy
import hashlib
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

HERE = pathlib.Path(__file__).parent
CLASSES, CHANNELS, HEIGHT, WIDTH = 3, 4, 5, 4
rng = np.random.default_rng(7)
f32 = np.float32


# The model


def weights():
    return {
        "kernel": rng.normal(0, 0.5, (CHANNELS, 1, 3, 3)).astype(f32),
        "bias": rng.normal(0.3, 0.2, CHANNELS).astype(f32),
        "matrix": rng.normal(0, 1, (CHANNELS, CLASSES)).astype(f32),
        "offset": rng.normal(0, 0.1, CLASSES).astype(f32),
    }


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def model(w, batch="batch", outputs=(("probabilities", ["batch", CLASSES]),)):
    nodes = [
        helper.make_node(
            "Conv", ["image", "kernel", "bias"], ["conv"], name="conv", pads=[1, 1, 1, 1]
        ),
        helper.make_node("Relu", ["conv"], ["map"], name="relu"),
        helper.make_node("GlobalAveragePool", ["map"], ["pooled"], name="pool"),
        helper.make_node("Flatten", ["pooled"], ["vector"], name="flatten"),
        helper.make_node("Gemm", ["vector", "matrix", "offset"], ["scores"], name="head"),
        helper.make_node("Softmax", ["scores"], ["probabilities"], name="softmax", axis=1),
    ]
    initializers = [numpy_helper.from_array(array, name) for name, array in w.items()]
    inputs = [value("image", [batch, 1, HEIGHT, WIDTH])]
    graph = helper.make_graph(nodes, "tiny", inputs, [value(*o) for o in outputs], initializers)
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="generate.py"
    )
    proto.ir_version = 8
    return proto


def run(w, images):
    """Feature map, pooled features and logits, in float64."""
    padded = np.pad(images.astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, 0]
    maps = np.maximum(
        np.einsum("nhwij,cij->nchw", windows, w["kernel"][:, 0]) + w["bias"][:, None, None], 0
    )
    vectors = maps.mean((2, 3))
    return maps, vectors, vectors @ w["matrix"] + w["offset"]


# The detector


def similarity(kind, f, patterns):
    dots = f @ patterns.T
    if kind == "inner":
        return dots / f.shape[1]
    if kind == "dot":
        return dots
    if kind == "cosine":
        norms = np.linalg.norm(f, axis=1)[:, None] * np.linalg.norm(patterns, axis=1)
        return np.divide(dots, norms, out=np.zeros_like(dots), where=norms > 0)
    if kind == "euclidean":
        return -np.linalg.norm(f[:, None] - patterns, axis=2)
    raise ValueError(kind)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def block(array):
    return np.ascontiguousarray(array, "<f4").tobytes()


def detector(proto, patterns, calibration, change=lambda manifest, blocks: None):
    """The model with detector metadata; `change` may damage it before the blocks are encoded."""
    plain = proto.SerializeToString()
    blocks = {
        "patterns": b"".join(block(p) for p in patterns.values()),
        "calibration": block(np.sort(calibration)),
    }
    manifest = {
        "similarity": "inner",
        "compareWith": "nearest",
        "aggregator": {"kind": "std", "stds": [0.5, 0.25]},
        "layers": [{"name": name, "size": p.shape[1]} for name, p in patterns.items()],
        "classes": [0, 1, 2],
        "counts": [10, 20, 30],
        "labels": ["ant", "bee", "cat"],
        "idPassRate": 0.9,
        "preprocess": {
            "width": WIDTH,
            "height": HEIGHT,
            "channels": "gray",
            "layout": "nchw",
            "framing": "stretch",
            "mean": [0.5],
            "std": [0.25],
        },
        "sha256": {"model": sha256(plain), **{name: sha256(data) for name, data in blocks.items()}},
    }
    change(manifest, blocks)
    made = copy.deepcopy(proto)
    texts = {
        name: base64.b64encode(data).decode() if isinstance(data, bytes) else data
        for name, data in blocks.items()
    }
    helper.set_model_props(
        made,
        {
            "she.format": "1",
            "she.manifest": json.dumps(manifest),
            **{f"she.{name}": text for name, text in texts.items()},
        },
    )
    return made.SerializeToString()


# The reference


def reference(w, images, patterns):
    maps, vectors, logits = run(w, images)
    exp = np.exp(logits)
    expected = {
        "map": maps.mean((2, 3)),
        "vector": vectors,
        "logits": logits,
        "msp": -(exp / exp.sum(1, keepdims=True)).max(1),
        "maxLogit": -logits.max(1),
        "energy": -np.log(exp.sum(1)),
    }
    for kind in ("inner", "cosine", "euclidean"):
        similarities = similarity(kind, vectors, patterns["vector"])
        expected[f"{kind} similarities"] = similarities
        expected[f"{kind} nearest"] = -similarities.max(1)
        expected[f"{kind} predicted"] = -similarities[np.arange(len(images)), logits.argmax(1)]
    layers = [-similarity("inner", vectors, patterns[name]).max(1) for name in ("map", "vector")]
    expected["joined"] = (layers[0] / 0.5 + layers[1] / 0.25) / 2
    joined = (
        sum(
            similarity("inner", vectors, patterns[name]) / std
            for name, std in (("map", 0.5), ("vector", 0.25))
        )
        / 2
    )
    expected["joined nearest"] = joined.argmax(1)
    expected["joined similarity"] = joined.max(1)
    return {name: np.round(array, 8).tolist() for name, array in expected.items()}


# Explanations

KINDS = ["inner", "dot", "cosine", "euclidean", "hopfield"]
ROWS = [2, 1, 3]
BETA = 4.0


def linear(kind, f, rows):
    """Similarity of features to a class, the weight of each feature, and the excluded feature."""
    if kind == "hopfield":
        powers = np.exp(BETA * rows @ f)
        return np.log(powers.sum()), BETA * powers @ rows / powers.sum(), np.zeros_like(f)
    similarities = similarity(kind, f[None], rows)[0]
    s, mu = similarities.max(), rows[similarities.argmax()]
    if kind == "euclidean":
        return s, (f - mu) / s, mu
    return s, mu * {"inner": 1 / len(f), "dot": 1, "cosine": s / (f @ mu)}[kind], np.zeros_like(f)


def parts(kind, raw, rows, clip):
    """Similarity of a feature map to a class: whole, by channel and by position."""
    f = np.minimum(raw.mean((1, 2)), clip)
    s, weights, centre = linear(kind, f, rows)
    own = weights * (f - centre)
    clipped = raw - (raw.mean((1, 2)) - f)[:, None, None]
    by_position = s + np.einsum("d,dhw->hw", weights, clipped - f[:, None, None])
    assert np.isclose(by_position.mean(), s)
    return {"similarity": s, "channels": own + (s - own.sum()) / len(f), "map": by_position.ravel()}


def feature_maps(w, images):
    """The feature maps by ONNX Runtime."""
    proto = model(
        w, outputs=[("scores", ["batch", CLASSES]), ("map", ["batch", CHANNELS, HEIGHT, WIDTH])]
    )
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    maps = session.run(["map"], {"image": images})[0]
    assert np.allclose(maps, run(w, images)[0], atol=1e-6)
    return maps.astype(np.float64)


def explained(kind, w, maps, patterns, calibration, clips):
    """A detector, and the parts of the similarity of sample i to class i % CLASSES by layer."""

    def change(manifest, _):
        manifest |= {
            "similarity": {"hopfield": {"beta": BETA}} if kind == "hopfield" else kind,
            "rows": ROWS,
        }
        if clips:
            manifest["clips"] = list(clips.values())

    def layers(i):
        rows = {
            name: np.split(p.astype(np.float64), np.cumsum(ROWS)[:-1])[i % CLASSES]
            for name, p in patterns.items()
        }
        made = [parts(kind, maps[i], rows[name], clips.get(name, np.inf)) for name in patterns]
        made[1]["map"] = np.array([])
        return [
            {name: np.round(value, 8).tolist() for name, value in layer.items()} for layer in made
        ]

    data = base64.b64encode(detector(model(w), patterns, calibration, change)).decode()
    return {"detector": data, "samples": [layers(i) for i in range(len(maps))]}


def explanations(w, images, calibration):
    own = np.random.default_rng(11)
    patterns = {
        name: own.uniform(0, 1, (sum(ROWS), CHANNELS)).astype(f32) for name in ("map", "vector")
    }
    maps = feature_maps(w, images)
    clips = {
        name: float(f32(np.quantile(maps.mean((2, 3)), q)))
        for name, q in (("map", 0.4), ("vector", 0.7))
    }
    cases = [
        (f"{kind}{react}", kind, limits)
        for kind in KINDS
        for react, limits in (("", {}), (", ReAct", clips))
    ]
    return {
        name: explained(kind, w, maps, patterns, calibration, limits)
        for name, kind, limits in cases
    }


# Pictures


def resized(rgba, sizes):
    """Pillow's own resizing of a picture, on white paper where it is transparent."""
    source = Image.alpha_composite(
        Image.new("RGBA", rgba.shape[1::-1], "white"), Image.fromarray(rgba)
    ).convert("RGB")
    pixels = lambda size, mode: np.asarray(
        source.convert(mode).resize(size, Image.Resampling.BILINEAR)
    ).tobytes()
    made = [(size, mode, pixels(size, mode)) for size in sizes for mode in ("L", "RGB")]
    return [
        {"size": size, "mode": mode, "pixels": base64.b64encode(data).decode()}
        for size, mode, data in made
    ]


def picture(rgba, sizes):
    height, width, _ = rgba.shape
    data = base64.b64encode(rgba.tobytes()).decode()
    return {"width": width, "height": height, "rgba": data, "resized": resized(rgba, sizes)}


def pictures():
    """Pictures with smooth and sharp parts, opaque and not."""
    width, height = 37, 23
    y, x = np.mgrid[:height, :width]
    planes = [x * 255 // (width - 1), y * 255 // (height - 1), (x // 5 + y // 4) % 2 * 255]
    sizes = [(9, 7), (28, 28), (60, 50)]
    alphas = [np.full_like(x, 255), (11 * x + 23 * y) % 256]
    made = [picture(np.stack([*planes, alpha], 2).astype(np.uint8), sizes) for alpha in alphas]
    return made + [
        picture(np.uint8([[[200, 100, 50, 255]]]), [(5, 3)]),
        picture(np.uint8([[[200, 100, 50, 128]] * 40]), [(3, 4)]),
    ]


def photo():
    """A camera-sized picture. The file keeps its formula; the tests compute the pixels."""
    width, height = 640, 480
    y, x, c = np.mgrid[:height, :width, :4]
    pixels = (x * x // 9 + y * (31 + 40 * c) // 7 + x * y // 50) % 256
    pixels[..., 3] = 255
    return {
        "width": width,
        "height": height,
        "resized": resized(pixels.astype(np.uint8), [(32, 32), (224, 96), (700, 33)]),
    }


# The damaged ones


def set_in(path, new):
    """Changes one field of the manifest."""

    def change(manifest, _):
        *parents, last = path.split(".")
        for parent in parents:
            manifest = manifest[parent]
        manifest[last] = new

    return change


def set_block(name, new, rehash=True):
    def change(manifest, blocks):
        blocks[name] = new
        if rehash and isinstance(new, bytes):
            manifest["sha256"][name] = sha256(new)

    return change


def both(*changes):
    def change(manifest, blocks):
        for each in changes:
            each(manifest, blocks)

    return change


def without(key):
    def change(manifest, _):
        del manifest[key]

    return change


def damaged_models(w):
    plain = model(w)

    def changed(edit):
        proto = copy.deepcopy(plain)
        edit(proto.graph)
        return proto.SerializeToString()

    def add_operator(graph):
        graph.node[1].op_type, graph.node[1].name = "Mystery", "strange"

    def unmade_input(graph):
        graph.node[1].input[0] = "nowhere"

    def unmade_output(graph):
        graph.output[0].name = "nowhere"

    def wrong_weights(graph):
        graph.initializer[2].CopyFrom(
            numpy_helper.from_array(np.zeros((7, CLASSES), f32), "matrix")
        )

    def endless(graph):
        graph.node[0].input[0] = "map"

    data = plain.SerializeToString()
    two_inputs = lambda graph: graph.input.append(value("more", ["batch", 1]))
    integers = lambda graph: graph.input[0].CopyFrom(
        value("image", ["batch", 1, HEIGHT, WIDTH], TensorProto.INT64)
    )
    huge = lambda graph: graph.input[0].CopyFrom(value("image", ["batch", 1, 65536, 65536]))
    wide = lambda graph: graph.input[0].CopyFrom(
        value("image", ["batch", 1, HEIGHT, 2**32 + WIDTH])
    )
    open_size = lambda graph: graph.input[0].CopyFrom(value("image", ["batch", 1, "height", WIDTH]))
    return {
        "invalid-model: empty": b"",
        "invalid-model: text": b"<!doctype html><title>404</title><p>Not found",
        "invalid-model: truncated": data[: len(data) * 2 // 3],
        "invalid-model: no graph": onnx.ModelProto(ir_version=8).SerializeToString(),
        "invalid-model: a node reads what nothing makes": changed(unmade_input),
        "invalid-model: an output that nothing makes": changed(unmade_output),
        "invalid-model: weights of the wrong shape": changed(wrong_weights),
        "invalid-model: a cycle": changed(endless),
        "unsupported-operator: strange": changed(add_operator),
        "unsupported-model: two inputs": changed(two_inputs),
        "invalid-model: integer input of a convolution": changed(integers),
        "unsupported-model: open size": changed(open_size),
        "too-large: huge": changed(huge),
        "too-large: a size beyond 32 bits": changed(wide),
        "not-a-detector: batch of eight": model(w, batch=8).SerializeToString(),
        "unsupported-model: a map for logits": model(
            w, outputs=[("map", ["batch", CHANNELS, HEIGHT, WIDTH])]
        ).SerializeToString(),
        "not-a-detector: plain": data,
    }


def asking(node, *constants):
    """A small file that asks for terabytes: `node` expands constants to the tensor "much"."""
    nodes = [
        node,
        helper.make_node("ReduceSum", ["much"], ["sum"], keepdims=1),
        helper.make_node("Add", ["x", "sum"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "asking", [value("x", ["N", 3])], [value("logits", ["N", 3])], constants
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    proto.ir_version = 8
    return proto


def oversized():
    """Models that ask for too much, by operators that an engine may run at load time."""
    sizes = lambda *values: numpy_helper.from_array(np.array(values, np.int64), "sizes")
    floats = lambda array, name="values": numpy_helper.from_array(np.array(array, f32), name)
    one = floats([[1]])
    made = lambda op, inputs=("sizes",), **more: helper.make_node(
        op, list(inputs), ["much"], **more
    )
    models = {
        "ConstantOfShape": asking(made("ConstantOfShape"), sizes(10**6, 10**6)),
        "ConstantOfShape, a few gigabytes": asking(made("ConstantOfShape"), sizes(10**5, 10**4)),
        "Expand": asking(made("Expand", ["values", "sizes"]), one, sizes(10**6, 10**6)),
        "Tile": asking(made("Tile", ["values", "sizes"]), one, sizes(10**9, 10**9)),
        "Pad": asking(made("Pad", ["values", "sizes"]), one, sizes(*[10**6] * 4)),
        "Resize": asking(
            made("Resize", ["values", "", "scales"], mode="nearest"),
            floats([[[[1]]]]),
            floats([1, 1, 1e6, 1e6], "scales"),
        ),
        "OneHot": asking(
            made("OneHot", ["sizes", "depth", "values"]),
            sizes(1, 2),
            numpy_helper.from_array(np.array(10**11, np.int64), "depth"),
            floats([0, 1]),
        ),
    }
    doubled = asking(helper.make_node("Identity", ["twice40"], ["much"]), floats([1], "twice0"))
    double = [
        helper.make_node("Concat", [f"twice{i}"] * 2, [f"twice{i + 1}"], axis=0) for i in range(40)
    ]
    nodes = double + list(doubled.graph.node)
    del doubled.graph.node[:]
    doubled.graph.node.extend(nodes)
    models["forty doublings"] = doubled
    claim = TensorProto(
        name="values", data_type=TensorProto.FLOAT, dims=[10**6, 10**6], raw_data=b"1234"
    )
    outside = TensorProto(
        name="values", data_type=TensorProto.FLOAT, dims=[1, 3], data_location=TensorProto.EXTERNAL
    )
    outside.external_data.add(key="location", value="../../../../etc/passwd")
    identity = made("Identity", ["values"])
    return {f"too-large: {name}": proto.SerializeToString() for name, proto in models.items()} | {
        "invalid-model: weights that claim more than there is": asking(
            identity, claim
        ).SerializeToString(),
        "invalid-model: weights in another file": asking(identity, outside).SerializeToString(),
    }


def damaged_detectors(w, patterns, calibration):
    proto = model(w)
    make = lambda change=lambda *_: None: detector(proto, patterns, calibration, change)
    values = b"".join(block(p) for p in patterns.values())

    def entries(edit):
        made = onnx.ModelProto.FromString(make())
        edit(made)
        return made.SerializeToString()

    def entry(made, key):
        return next(e for e in made.metadata_props if e.key == key)

    def set_entry(key, text):
        return lambda made: setattr(entry(made, key), "value", text)

    def touch_weights(made):
        made.graph.initializer[0].raw_data = made.graph.initializer[0].raw_data[::-1]

    not_finite = bytearray(values)
    not_finite[8:12] = np.float32(np.nan).tobytes()
    return {
        "detector-version: five": entries(set_entry("she.format", "5")),
        "invalid-detector: no format": entries(
            lambda m: m.metadata_props.remove(entry(m, "she.format"))
        ),
        "invalid-detector: no patterns": entries(
            lambda m: m.metadata_props.remove(entry(m, "she.patterns"))
        ),
        "invalid-detector: patterns twice": entries(
            lambda m: m.metadata_props.append(entry(m, "she.patterns"))
        ),
        "invalid-detector: manifest is no JSON": entries(set_entry("she.manifest", "{")),
        "invalid-detector: manifest is empty": entries(set_entry("she.manifest", "{}")),
        "invalid-detector: model changed": entries(touch_weights),
        "invalid-detector: no labels": make(without("labels")),
        "invalid-detector: unknown similarity": make(set_in("similarity", "telepathy")),
        "invalid-detector: too few labels": make(set_in("labels", ["ant", "bee"])),
        "invalid-detector: one deviation for two layers": make(set_in("aggregator.stds", [0.5])),
        "invalid-detector: a deviation of zero": make(set_in("aggregator.stds", [0.5, 0.0])),
        "invalid-detector: single aggregator for two layers": make(
            set_in("aggregator", {"kind": "single"})
        ),
        "invalid-detector: classes out of order": make(set_in("classes", [1, 0, 2])),
        "invalid-detector: counts beyond what JavaScript holds": make(
            set_in("counts", [2**53, 20, 30])
        ),
        "invalid-detector: counts missing": make(set_in("counts", [10, 20])),
        "invalid-detector: no classes": make(set_in("classes", [])),
        "invalid-detector: no layers": make(set_in("layers", [])),
        "invalid-detector: a layer of absurd size": make(
            set_in("layers", [{"name": "vector", "size": 2**62}])
        ),
        "invalid-detector: preprocess of another size": make(set_in("preprocess.width", 28)),
        "invalid-detector: preprocess without mean": make(set_in("preprocess.mean", [])),
        "invalid-detector: preprocess with std 0": make(set_in("preprocess.std", [0.0])),
        "invalid-detector: patterns are no base64": make(set_block("patterns", "!!!!")),
        "invalid-detector: patterns cut in a number": make(set_block("patterns", values[:-1])),
        "invalid-detector: patterns too short": make(set_block("patterns", values[:-4])),
        "invalid-detector: patterns too long": make(set_block("patterns", values + values[:4])),
        "invalid-detector: patterns changed": make(
            set_block("patterns", values[::-1], rehash=False)
        ),
        "invalid-detector: halved patterns cut in a number": make(
            both(set_in("precision", "float16"), set_block("patterns", values[:-1]))
        ),
        "invalid-detector: half the patterns": make(set_in("precision", "bfloat16")),
        "invalid-detector: mahalanobis without a whitening": make(
            set_in("similarity", "mahalanobis")
        ),
        "invalid-detector: a whitening without mahalanobis": make(
            set_block("whitening", block(np.ones(CHANNELS * (CHANNELS + 1), f32)))
        ),
        "invalid-detector: too short a whitening": make(
            both(
                set_in("similarity", "mahalanobis"),
                set_block("whitening", block(np.ones(CHANNELS * (CHANNELS + 1) - 1, f32))),
            )
        ),
        "invalid-detector: an energy that does not vary": make(
            set_in(
                "energy",
                {"weight": 1, "she": {"mean": 0, "std": 1}, "energy": {"mean": 0, "std": 0}},
            )
        ),
        "not-finite: whitening": make(
            both(
                set_in("similarity", "mahalanobis"),
                set_block("whitening", block(np.full(CHANNELS * (CHANNELS + 1), np.inf, f32))),
            )
        ),
        "not-finite: patterns": make(set_block("patterns", bytes(not_finite))),
        "not-finite: calibration": make(set_block("calibration", block(np.array([0.0, np.nan])))),
        "invalid-option: pass rate": make(set_in("idPassRate", 1.5)),
        "unknown-layer: nowhere": make(
            set_in(
                "layers",
                [{"name": "nowhere", "size": CHANNELS}, {"name": "vector", "size": CHANNELS}],
            )
        ),
        "unknown-class: seven": make(set_in("classes", [0, 1, 7])),
        "patterns-mismatch: two for four": make(two_for_four),
    }


def two_for_four(manifest, blocks):
    """Patterns of half the length for twice the classes would fit in number only."""
    manifest["layers"] = [{"name": name, "size": CHANNELS // 2} for name in ("map", "vector")]
    half = blocks["patterns"][: len(blocks["patterns"]) // 2]
    set_block("patterns", half)(manifest, blocks)


def lookup():
    """Its features are the row, its logits too."""
    table = numpy_helper.from_array(np.array([[3, 1, 0], [0, 3, 1], [1, 0.5, 3]], f32), "table")
    nodes = [
        helper.make_node("Cast", ["x"], ["row"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "row"], ["rows"], axis=0),
        helper.make_node("Flatten", ["rows"], ["features"], axis=1),
        helper.make_node("MatMul", ["features", "weight"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "lookup",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 3])],
        [table, numpy_helper.from_array(np.eye(3, dtype=f32), "weight")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 8
    onnx.checker.check_model(made)
    return made


def main():
    w = weights()
    images = rng.normal(0.4, 0.5, (6, 1, HEIGHT, WIDTH)).astype(f32)
    patterns = {
        name: rng.uniform(0, 1, (CLASSES, CHANNELS)).astype(f32) for name in ("map", "vector")
    }
    calibration = rng.normal(-2, 0.5, 40).astype(f32)
    (HERE / "tiny.onnx").write_bytes(detector(model(w), patterns, calibration))
    document = {
        "inputs": images.reshape(len(images), -1).tolist(),
        "patterns": patterns["vector"].tolist(),
        "threshold": float(np.sort(calibration)[int(np.ceil(41 * 0.9)) - 1]),
        "expected": reference(w, images, patterns),
        "pictures": pictures(),
        "photo": photo(),
    }
    (HERE / "reference.json").write_text(json.dumps(document, indent=1) + "\n")
    cases = explanations(w, images, calibration)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    (HERE / "explained.json").write_text(f"{{\n{lines}\n}}\n")
    extreme = {
        name: np.full((CLASSES, CHANNELS), sign * 3e38, f32)
        for name, sign in (("map", 1), ("vector", -1))
    }
    (HERE / "overflow.onnx").write_bytes(detector(model(w), extreme, calibration))
    stuck = model(w)
    stuck.graph.node[0].attribute.append(helper.make_attribute("strides", [0, 0]))
    (HERE / "panic.onnx").write_bytes(stuck.SerializeToString())
    (HERE / "trap.onnx").write_bytes(lookup().SerializeToString())
    damaged = damaged_models(w) | oversized() | damaged_detectors(w, patterns, calibration)
    packed = {name: base64.b64encode(data).decode() for name, data in damaged.items()}
    (HERE / "malformed.json").write_text(json.dumps(packed, indent=1) + "\n")


if __name__ == "__main__":
    main()
