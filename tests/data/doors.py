"""Makes `doors.json`: small classifiers with every kind of input and output that exporters write.

    python tests/data/doors.py

Each has its model in base64 and the options that it is loaded with. One that can be used has
samples and what ONNX Runtime gives for them one by one (`logits`: the tensor before a softmax
or sigmoid; where there is a single one `[0, z]`, or the logarithms of both probabilities); one
that cannot has the code of the error and the words that its message must hold.
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
CHANNELS, HEIGHT, WIDTH, CLASSES = 3, 5, 4, 4
rng = np.random.default_rng(20)
f32 = np.float32
PIXELS = rng.integers(0, 256, (3, CHANNELS, HEIGHT, WIDTH))
KERNEL = rng.normal(0, 0.3, (6, CHANNELS, 3, 3)).astype(f32)
HEAD = rng.normal(0, 1, (6, CLASSES)).astype(f32)
SINGLE = HEAD[:, :1].copy()
FLAT = rng.normal(0, 1, (4, 6)).astype(f32)
SQUARE = rng.normal(0, 1, (6, 6)).astype(f32)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), output.split(), **attributes)


def tensor(name, values, kind=None):
    return numpy_helper.from_array(np.asarray(values, kind or np.asarray(values).dtype), name)


def ints(name, *values):
    return tensor(name, values, np.int64)


def model(nodes, constants, shape, kind=TensorProto.FLOAT, outputs=("z",)):
    info = helper.make_tensor_value_info("x", kind, shape)
    outs = [helper.make_empty_tensor_value_info(name) for name in outputs]
    for out in outs:
        of = {"label": TensorProto.INT64, "half": TensorProto.FLOAT16, "z64": TensorProto.DOUBLE}
        out.type.tensor_type.elem_type = of.get(out.name, TensorProto.FLOAT)
    graph = helper.make_graph(nodes, "g", [info], outs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def convolutional(head, *constants, before=(), source="x", weights=KERNEL, shape=None, **options):
    """A convolution, the mean over space `v` and a head."""
    nodes = [
        *before,
        node("Conv", f"{source} kernel", "c", pads=[1] * 4),
        node("Relu", "c", "map"),
        node("GlobalAveragePool", "map", "p"),
        node("Flatten", "p", "v"),
        *head,
    ]
    shape = shape or ["N", CHANNELS, HEIGHT, WIDTH]
    return model(nodes, [tensor("kernel", weights), *constants], shape, **options)


def dense(nodes, *constants, shape=("N", 6), **options):
    return model(nodes, list(constants), list(shape), **options)


TO_Z = node("MatMul", "v head", "z")
HEAD_OF_Z = tensor("head", HEAD)
FROM_X = [node("MatMul", "x square", "v"), TO_Z]
SQUARE_OF_V = tensor("square", SQUARE)
TO_ONE = [node("MatMul", "x square", "v"), node("MatMul", "v single", "z")]
ONE_OF_V = [SQUARE_OF_V, tensor("single", SINGLE)]


def cast(kind):
    return node("Cast", "x", "f", to=kind)


def pixels(kind):
    to_float = [node("Cast", "x", "f", to=TensorProto.FLOAT)]
    return convolutional([TO_Z], HEAD_OF_Z, before=to_float, source="f", kind=kind)


def halves():
    return convolutional(
        [node("MatMul", "v head", "half")],
        tensor("head", HEAD.astype(np.float16)),
        weights=KERNEL.astype(np.float16),
        kind=TensorProto.FLOAT16,
        outputs=("half",),
    )


def doubles():
    constants = [tensor("square", SQUARE.astype(float)), tensor("head", HEAD.astype(float))]
    nodes = [node("MatMul", "x square", "v"), node("MatMul", "v head", "z64")]
    return dense(nodes, *constants, kind=TensorProto.DOUBLE, outputs=("z64",))


BUILT_IN = [node("MatMul", "x square", "w"), node("Reshape", "w to", "v"), TO_Z]
UNBATCHED = [node("Unsqueeze", "x zero", "u")]
FLAT_OUT = [TO_Z, node("Squeeze", "z zero", "out")]
OVER_TIME = [node("ReduceMean", "x", "m", axes=[0], keepdims=0), node("MatMul", "m head", "z")]
EMBEDDING = [node("MatMul", "x square", "embedding"), node("MatMul", "embedding head", "scores")]
TWO_HEADS = [*FROM_X, node("MatMul", "v other", "second")]
OTHER = tensor("other", HEAD[:, ::-1][:, :3].copy())
SOFT = node("Softmax", "z", "p", axis=-1)
LABEL = node("ArgMax", "p", "label", axis=1, keepdims=0)
PLAIN = [SQUARE_OF_V, HEAD_OF_Z]
# The upper halves of single floats.
UPPER = (SQUARE.view(np.uint32) >> 16).astype(np.uint16).tobytes()
BRAIN = helper.make_tensor("brain", TensorProto.BFLOAT16, (6, 6), UPPER, raw=True)

# Name: (model, samples, options, name of ONNX Runtime's tensor).
GOOD = {
    "uint8 pixels": (pixels(TensorProto.UINT8), PIXELS, {}, "z"),
    "int32 pixels": (pixels(TensorProto.INT32), PIXELS, {}, "z"),
    "int64 pixels": (pixels(TensorProto.INT64), PIXELS, {}, "z"),
    "half": (halves(), PIXELS / 255, {}, "half"),
    "double": (doubles(), FLAT, {}, "z64"),
    "bfloat16 weights": (
        dense(
            [node("Cast", "brain", "square", to=TensorProto.FLOAT), *FROM_X],
            BRAIN,
            HEAD_OF_Z,
        ),
        FLAT,
        {},
        "z",
    ),
    "nodes backwards": (dense([*FROM_X, SOFT][::-1], *PLAIN, outputs=("p",)), FLAT, {}, "z"),
    "a fixed batch": (dense(FROM_X, *PLAIN, shape=(8, 6)), FLAT, {}, "z"),
    "a fixed batch built in": (
        dense(BUILT_IN, *PLAIN, ints("to", 8, 6), shape=(8, 6)),
        FLAT,
        {},
        "z",
    ),
    "a fixed batch of pictures": (
        convolutional([TO_Z], HEAD_OF_Z, shape=[8, CHANNELS, HEIGHT, WIDTH]),
        PIXELS / 255,
        {},
        "z",
    ),
    "no batch": (
        convolutional(
            FLAT_OUT,
            HEAD_OF_Z,
            ints("zero", 0),
            before=UNBATCHED,
            source="u",
            shape=[CHANNELS, HEIGHT, WIDTH],
            outputs=("out",),
        ),
        PIXELS / 255,
        {},
        "out",
    ),
    "a vector without batch": (dense(FROM_X, *PLAIN, shape=(6,)), FLAT, {}, "z"),
    "as many steps as classes": (
        dense(OVER_TIME, HEAD_OF_Z, shape=(CLASSES, 6)),
        rng.normal(0, 1, (3, CLASSES, 6)),
        {},
        "z",
    ),
    "open height and width": (
        convolutional([TO_Z], HEAD_OF_Z, shape=["N", CHANNELS, "h", "w"]),
        PIXELS / 255,
        {"input_shape": [CHANNELS, HEIGHT, WIDTH]},
        "z",
    ),
    "any shape": (
        convolutional([TO_Z], HEAD_OF_Z, shape=None),
        PIXELS / 255,
        {"input_shape": [CHANNELS, HEIGHT, WIDTH]},
        "z",
    ),
    "a shape that says no more": (dense(FROM_X, *PLAIN), FLAT, {"input_shape": [6]}, "z"),
    "a single logit": (dense(TO_ONE, *ONE_OF_V), FLAT, {}, "z"),
    "a sigmoid": (
        dense([*TO_ONE, node("Sigmoid", "z", "p")], *ONE_OF_V, outputs=("p",)),
        FLAT,
        {},
        "z",
    ),
    "a hard sigmoid": (
        dense([*TO_ONE, node("HardSigmoid", "z", "hard", alpha=0.1)], *ONE_OF_V, outputs=("hard",)),
        FLAT,
        {},
        "hard",
    ),
    "a sigmoid without its dimension": (
        dense(
            [*TO_ONE, node("Sigmoid", "z", "s"), node("Squeeze", "s one", "p")],
            *ONE_OF_V,
            ints("one", 1),
            outputs=("p",),
        ),
        FLAT,
        {},
        "z",
    ),
    "a single logit without its dimension": (
        dense(
            [*TO_ONE, node("Squeeze", "z one", "out")], *ONE_OF_V, ints("one", 1), outputs=("out",)
        ),
        FLAT,
        {},
        "out",
    ),
    "an embedding first": (
        dense(EMBEDDING, *PLAIN, outputs=("embedding", "scores")),
        FLAT,
        {},
        "scores",
    ),
    "probabilities after their logits": (
        dense([*FROM_X, SOFT], *PLAIN, outputs=("z", "p")),
        FLAT,
        {},
        "z",
    ),
    "label and probabilities": (
        dense([*FROM_X, SOFT, LABEL], *PLAIN, outputs=("label", "p")),
        FLAT,
        {},
        "z",
    ),
    "two heads, one named": (
        dense(TWO_HEADS, *PLAIN, OTHER, outputs=("z", "second")),
        FLAT,
        {"logits": "second"},
        "second",
    ),
    "two heads, one called logits": (
        dense(
            [*FROM_X, node("MatMul", "v other", "logits")], *PLAIN, OTHER, outputs=("z", "logits")
        ),
        FLAT,
        {},
        "logits",
    ),
    "sigmoids of which one is true": (
        dense([*FROM_X, node("Sigmoid", "z", "p")], *PLAIN, outputs=("p",)),
        FLAT,
        {"logits": "z"},
        "z",
    ),
    "a raw logit of pixels": (
        convolutional(
            [node("MatMul", "v single", "s"), node("Add", "s bias", "z")],
            tensor("single", SINGLE / 500),
            tensor("bias", np.float32([0.3])),
            before=[cast(TensorProto.FLOAT)],
            source="f",
            kind=TensorProto.UINT8,
        ),
        PIXELS,
        {},
        "z",
    ),
    "a single tanh": (
        dense([*TO_ONE, node("Tanh", "z", "t")], *ONE_OF_V, outputs=("t",)),
        FLAT,
        {},
        "t",
    ),
    "a single number from zero": (
        dense([*TO_ONE, node("Relu", "z", "t")], *ONE_OF_V, outputs=("t",)),
        FLAT,
        {},
        "t",
    ),
    "a constant beside the logits": (
        dense([*FROM_X], *PLAIN, tensor("scale", np.float32([4.6])), outputs=("scale", "z")),
        FLAT,
        {},
        "z",
    ),
    "a chosen class beside the logits": (
        dense(
            [
                *FROM_X,
                node("ArgMax", "z", "a", axis=1),
                node("Cast", "a", "b", to=TensorProto.FLOAT),
            ],
            *PLAIN,
            outputs=("b", "z"),
        ),
        FLAT,
        {},
        "z",
    ),
    "classes as channels": (
        convolutional(
            [node("Conv", "p weights", "z")], tensor("weights", HEAD.T[:, :, None, None])
        ),
        PIXELS / 255,
        {},
        "z",
    ),
}

MIXED = [node("ReduceMean", "x", "m", axes=[0], keepdims=1), node("Sub", "x m", "d")]
MAPPED = [node("Conv", "x kernel", "z")]

# Name: (model, options, code, words).
BAD = {
    "two sigmoids": (
        dense([*FROM_X, node("Sigmoid", "z", "p")], *PLAIN, outputs=("p",)),
        {},
        "unsupported-model",
        ['"p"', "4 sigmoids", '"z"'],
    ),
    "two heads": (
        dense(TWO_HEADS, *PLAIN, OTHER, outputs=("z", "second")),
        {},
        "unsupported-model",
        ['"z"', '"second"', "--logits"],
    ),
    "a name that nothing has": (
        dense(FROM_X, *PLAIN),
        {"logits": "y"},
        "invalid-option",
        ['"y"', "not a tensor of floats", "outputs are z"],
    ),
    "a label for logits": (
        dense([*FROM_X, SOFT, LABEL], *PLAIN, outputs=("label", "p")),
        {"logits": "label"},
        "invalid-option",
        ['"label"', "not a tensor of floats"],
    ),
    "a map for logits": (
        convolutional([TO_Z], HEAD_OF_Z),
        {"logits": "map"},
        "invalid-option",
        ['"map"', "no row"],
    ),
    "open sizes": (
        convolutional([TO_Z], HEAD_OF_Z, shape=["N", CHANNELS, "h", "w"]),
        {},
        "unsupported-model",
        ["[?, 3, ?, ?]", "--input-shape", "3,224,224"],
    ),
    "a shape of other channels": (
        convolutional([TO_Z], HEAD_OF_Z, shape=["N", CHANNELS, "h", "w"]),
        {"input_shape": [1, HEIGHT, WIDTH]},
        "invalid-option",
        ["[1, 5, 4]", "[?, 3, ?, ?]"],
    ),
    "a shape without values": (
        convolutional([TO_Z], HEAD_OF_Z, shape=["N", CHANNELS, "h", "w"]),
        {"input_shape": [CHANNELS, 0, WIDTH]},
        "invalid-option",
        ["[3, 0, 4]"],
    ),
    "a shape of too many values": (
        convolutional([TO_Z], HEAD_OF_Z, shape=["N", CHANNELS, "h", "w"]),
        {"input_shape": [CHANNELS, 1 << 20, 1 << 20]},
        "too-large",
        ["values"],
    ),
    "a batch that mixes samples": (
        dense([*MIXED, node("MatMul", "d square", "v"), TO_Z], *PLAIN, shape=(8, 6)),
        {},
        "invalid-model",
        ["mixes samples"],
    ),
    "a batch that mixes large samples": (
        dense(
            [
                node("ReduceMax", "x", "m", axes=[0], keepdims=1),
                node("Max", "m one", "t"),
                node("Div", "x t", "d"),
                node("MatMul", "d square", "v"),
                TO_Z,
            ],
            *PLAIN,
            tensor("one", np.float32(1)),
            shape=(8, 6),
        ),
        {},
        "invalid-model",
        ["mixes samples"],
    ),
    "the softmax of one class": (
        dense([*TO_ONE, node("Softmax", "z", "p", axis=1)], *ONE_OF_V, outputs=("p",)),
        {},
        "unsupported-model",
        ["softmax over one class", "sigmoid"],
    ),
    "the largest probability": (
        dense([*FROM_X, SOFT, node("ReduceMax", "p", "best", axes=[1])], *PLAIN, outputs=("best",)),
        {},
        "unsupported-model",
        ["ReduceMax", "--logits"],
    ),
    "the best classes": (
        dense(
            [*FROM_X, node("TopK", "z three", "best places")],
            *PLAIN,
            ints("three", 3),
            outputs=("best",),
        ),
        {},
        "unsupported-model",
        ["TopK", "--logits"],
    ),
    "two weights of one name": (
        dense(FROM_X, *PLAIN, tensor("head", HEAD * 2)),
        {},
        "invalid-model",
        ["two weights", '"head"'],
    ),
    "dropout in training": (
        dense(
            [node("MatMul", "x square", "w"), node("Dropout", "w share on", "v"), TO_Z],
            *PLAIN,
            tensor("share", np.float32(0.5)),
            tensor("on", np.bool_(True)),
        ),
        {},
        "unsupported-model",
        ["Dropout", "training mode"],
    ),
    "text": (
        dense(FROM_X, *PLAIN, kind=TensorProto.STRING),
        {},
        "unsupported-model",
        ["String", "numbers"],
    ),
    "no row of numbers": (
        model(MAPPED, [tensor("kernel", KERNEL)], ["N", CHANNELS, HEIGHT, WIDTH]),
        {},
        "unsupported-model",
        ["[1, 6, 3, 2]", "--logits"],
    ),
}


def alone(proto, sample, name):
    """A tensor of one sample, in the form that the model declares, flat."""
    shown = onnx.ModelProto.FromString(proto.SerializeToString())
    shown.graph.output.append(helper.make_empty_tensor_value_info(name))
    del shown.graph.output[:-1]
    session = onnxruntime.InferenceSession(
        shown.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (declared,) = session.get_inputs()
    kinds = {"tensor(float)": f32, "tensor(float16)": np.float16, "tensor(double)": float}
    kind = kinds.get(declared.type) or np.dtype(declared.type[7:-1])
    sizes = declared.shape
    sample = sample.astype(f32).astype(kind)
    if not sizes or len(sizes) > sample.ndim:
        batch = sizes[0] if sizes and isinstance(sizes[0], int) else 1
        fill = np.zeros((batch - 1, *sample.shape), kind)
        sample = np.concatenate([sample[None], fill])
        values = session.run([name], {"x": sample})[0][0]
    else:
        values = session.run([name], {"x": sample})[0]
    values = np.ravel(values).astype(f32)
    if values.size > 1:
        return values.tolist()
    logit, tiny = float(values[0]), np.finfo(f32).tiny
    return np.log(np.maximum([1 - logit, logit], tiny)).tolist() if name == "hard" else [0.0, logit]


def encoded(proto):
    return base64.b64encode(proto.SerializeToString()).decode()


def main():
    good = {
        name: {
            "model": encoded(proto),
            "options": options,
            "shape": list(samples.shape[1:]),
            "samples": samples.reshape(len(samples), -1).astype(f32).tolist(),
            "logits": [alone(proto, sample, of) for sample in samples],
        }
        for name, (proto, samples, options, of) in GOOD.items()
    }
    bad = {
        name: {"model": encoded(proto), "options": options, "code": code, "words": words}
        for name, (proto, options, code, words) in BAD.items()
    }
    (HERE / "doors.json").write_text(json.dumps({"good": good, "bad": bad}, indent=1) + "\n")


main()
