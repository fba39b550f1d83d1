"""Makes `heads.json`: small classifiers that end in every way that exporters write a softmax, and
some that would mix samples.

    python tests/data/heads.py

Each has its model in base64, what its outputs are (`logits`, or what else where no logits can be
found), and what ONNX Runtime gives for `samples` one by one: the tensor before the softmax, or the
output itself.
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
SIZE, CLASSES = 6, 4
rng = np.random.default_rng(11)
f32 = np.float32
SAMPLES = rng.normal(0, 1, (9, SIZE)).astype(f32)
WEIGHTS = rng.normal(0, 3, (SIZE, CLASSES)).astype(f32)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), output.split(), **attributes)


def tensor(name, values, kind):
    return numpy_helper.from_array(np.asarray(values, kind), name)


def ints(name, values):
    return tensor(name, values, np.int64)


def floats(name, values):
    return tensor(name, values, f32)


def model(head, constants=(), outputs=(("out", TensorProto.FLOAT),), opset=17):
    """`z`, the logits, then the nodes of a head that makes `out` of them."""
    nodes = [node("MatMul", "x weights", "z"), *head]
    info = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", SIZE])
    outs = [helper.make_empty_tensor_value_info(name) for name, _ in outputs]
    for out, (_, kind) in zip(outs, outputs, strict=True):
        out.type.tensor_type.elem_type = kind
    graph = helper.make_graph(nodes, "g", [info], outs, [floats("weights", WEIGHTS), *constants])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def run(proto, name):
    """A tensor of each sample alone, flat."""
    shown = onnx.ModelProto.FromString(proto.SerializeToString())
    if name not in [output.name for output in shown.graph.output]:
        shown.graph.output.append(helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(
        shown.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return [
        session.run([name], {"x": sample[None]})[0].astype(f32).ravel().tolist()
        for sample in SAMPLES
    ]


SOFTMAX = node("Softmax", "z", "p", axis=-1)
MAP = [node("Reshape", "z as_map", "m"), node("Softmax", "m", "p", axis=1)]
AS_MAP = ints("as_map", [-1, CLASSES, 1, 1])
EXP = node("Exp", "z", "e")
SUM = node("ReduceSum", "e one", "s", keepdims=1)
ONE = ints("one", [1])
QUANTISED = [floats("scale", 1 / 255), tensor("zero", 0, np.uint8)]
QDQ = [node("QuantizeLinear", "p scale zero", "q"), node("DequantizeLinear", "q scale zero", "out")]
ARGMAX = node("ArgMax", "z", "label", axis=1, keepdims=0)

# Name: the tensor that holds the logits, and the model.
LOGITS = {
    # With a layer that is the same for every sample, and one of a single number.
    "plain": (
        "z",
        model(
            [
                node("Identity", "z", "out"),
                node("Mul", "z nothing", "dead"),
                node("ReduceMax", "z", "single", axes=[1]),
            ],
            [floats("nothing", 0)],
        ),
    ),
    "softmax": ("z", model([node("Softmax", "z", "out", axis=1)])),
    "log-softmax": ("z", model([node("LogSoftmax", "z", "out")])),
    "identity": ("z", model([SOFTMAX, node("Identity", "p", "out")])),
    "three identities": (
        "z",
        model(
            [
                SOFTMAX,
                node("Identity", "p", "a"),
                node("Identity", "a", "b"),
                node("Identity", "b", "out"),
            ]
        ),
    ),
    "reshape": (
        "z",
        model([SOFTMAX, node("Reshape", "p shape", "out")], [ints("shape", [-1, CLASSES])]),
    ),
    "squeeze of a map": (
        "m",
        model([*MAP, node("Squeeze", "p axes", "out")], [AS_MAP, ints("axes", [2, 3])]),
    ),
    "flatten of a map": ("m", model([*MAP, node("Flatten", "p", "out")], [AS_MAP])),
    "transpose of a map": (
        "m",
        model(
            [
                *MAP,
                node("Transpose", "p", "t", perm=[0, 2, 3, 1]),
                node("Reshape", "t shape", "out"),
            ],
            [AS_MAP, ints("shape", [-1, CLASSES])],
        ),
    ),
    "a map": ("m", model([*MAP[:1], node("Softmax", "m", "out", axis=1)], [AS_MAP])),
    "a map by an old softmax": (
        "m",
        model(
            [*MAP[:1], node("Softmax", "m", "p"), node("Flatten", "p", "out")], [AS_MAP], opset=11
        ),
    ),
    "unsqueeze and squeeze": (
        "z",
        model([SOFTMAX, node("Unsqueeze", "p one", "u"), node("Squeeze", "u one", "out")], [ONE]),
    ),
    "cast": (
        "z",
        model(
            [
                SOFTMAX,
                node("Cast", "p", "d", to=TensorProto.DOUBLE),
                node("Cast", "d", "out", to=TensorProto.FLOAT),
            ]
        ),
    ),
    "double": (
        "d",
        model(
            [node("Cast", "z", "d", to=TensorProto.DOUBLE), node("Softmax", "d", "out", axis=1)],
            outputs=[("out", TensorProto.DOUBLE)],
        ),
    ),
    "half": (
        "h",
        model(
            [
                node("Cast", "z", "h", to=TensorProto.FLOAT16),
                node("Softmax", "h", "p", axis=1),
                node("Cast", "p", "out", to=TensorProto.FLOAT),
            ]
        ),
    ),
    "dropout": ("z", model([SOFTMAX, node("Dropout", "p", "out")])),
    "quantised": ("z", model([SOFTMAX, *QDQ], QUANTISED)),
    "exp of log-softmax": (
        "z",
        model([node("LogSoftmax", "z", "l", axis=1), node("Exp", "l", "out")]),
    ),
    "log of softmax": ("z", model([SOFTMAX, node("Log", "p", "out")])),
    "as JAX writes it": (
        "z",
        model(
            [
                node("ReduceMax", "z", "largest", axes=[1], keepdims=0),
                node("Max", "least largest", "bounded"),
                node("Reshape", "bounded column", "tall"),
                node("Expand", "tall column", "tops"),
                node("Sub", "z tops", "low"),
                node("Exp", "low", "e"),
                node("ReduceSum", "e one", "sum", keepdims=0),
                node("Reshape", "sum column", "sums"),
                node("Expand", "sums column", "all"),
                node("Div", "e all", "out"),
            ],
            [floats("least", -np.inf), ints("column", [1, 1]), ONE],
        ),
    ),
    "over its sum": (
        "z",
        model(
            [
                SOFTMAX,
                node("ReduceL1", "p", "norm", axes=[1], keepdims=1),
                node("Equal", "norm nothing", "empty"),
                node("Where", "empty whole norm", "divisor"),
                node("Div", "p divisor", "out"),
            ],
            [floats("nothing", 0), floats("whole", 1)],
        ),
    ),
    "exp, sum, div": ("z", model([EXP, SUM, node("Div", "e s", "out")], [ONE])),
    "exp, sum, div, identity": (
        "z",
        model([EXP, SUM, node("Div", "e s", "p"), node("Identity", "p", "out")], [ONE]),
    ),
    "exp of the difference to the largest": (
        "z",
        model(
            [
                node("ReduceMax", "z", "top", axes=[1]),
                node("Sub", "z top", "c"),
                node("Exp", "c", "e"),
                SUM,
                node("Div", "e s", "out"),
            ],
            [ONE],
        ),
    ),
    "less a log-sum-exp": (
        "z",
        model([node("ReduceLogSumExp", "z", "l", axes=[1]), node("Sub", "z l", "out")]),
    ),
    "less the log of a sum": (
        "z",
        model([EXP, SUM, node("Log", "s", "l"), node("Sub", "z l", "out")], [ONE]),
    ),
    "a temperature": (
        "t",
        model(
            [
                node("Div", "z two", "t"),
                node("Softmax", "t", "p", axis=1),
                node("Identity", "p", "out"),
            ],
            [floats("two", 2)],
        ),
    ),
    "a label before the probabilities": (
        "z",
        model(
            [ARGMAX, node("Softmax", "z", "out", axis=1)],
            outputs=[("label", TensorProto.INT64), ("out", TensorProto.FLOAT)],
        ),
    ),
    "the best of the probabilities before them": (
        "z",
        model(
            [SOFTMAX, node("Identity", "p", "out"), node("ArgMax", "out", "label", axis=1)],
            outputs=[("label", TensorProto.INT64), ("out", TensorProto.FLOAT)],
        ),
    ),
    "less the largest": (
        "z",
        model(
            [
                node("ReduceMax", "z", "top", axes=[1]),
                node("Sub", "z top", "c"),
                node("Softmax", "c", "out", axis=1),
            ]
        ),
    ),
    "softmax of a log-softmax": (
        "z",
        model([node("LogSoftmax", "z", "l"), node("Softmax", "l", "out", axis=1)]),
    ),
    "percentages": (
        "z",
        model([SOFTMAX, node("Mul", "p hundred", "out")], [floats("hundred", 100)]),
    ),
    "a share of a hundred": (
        "z",
        model([SOFTMAX, node("Div", "p hundredth", "out")], [floats("hundredth", [[0.01]])]),
    ),
    "bytes": (
        "z",
        model([SOFTMAX, QDQ[0], node("Cast", "q", "out", to=TensorProto.FLOAT)], QUANTISED),
    ),
    "exp times one over the sum": (
        "z",
        model([EXP, SUM, node("Reciprocal", "s", "r"), node("Mul", "r e", "out")], [ONE]),
    ),
    "the same, quantised": (
        "z",
        model(
            [EXP, SUM, node("Reciprocal", "s", "r"), node("Mul", "e r", "p"), *QDQ],
            [ONE, *QUANTISED],
        ),
    ),
    # The model's own output is the softmax of probabilities.
    "softmax of a softmax": ("p", model([SOFTMAX, node("Softmax", "p", "out", axis=1)])),
    # No softmax at the end: what it gives is used further.
    "attention": ("out", model([SOFTMAX, node("Mul", "p z", "a"), node("Add", "a z", "out")])),
    "a softmax with a bias": (
        "out",
        model([SOFTMAX, node("Add", "p bias", "out")], [floats("bias", [1, 2, 3, 4])]),
    ),
    # What would mix the samples of a batch.
    "softmax along samples": (
        "out",
        model([node("Softmax", "z", "p", axis=-2), node("Mul", "p z", "out")]),
    ),
    "softmax along samples, counted from the front": (
        "out",
        model([node("Softmax", "z", "p", axis=0), node("Mul", "p z", "out")]),
    ),
    "softmax of all samples in a row": (
        "out",
        model(
            [
                node("Reshape", "z row", "r"),
                node("Softmax", "r", "p", axis=1),
                node("Reshape", "p shape", "q"),
                node("Add", "q z", "out"),
            ],
            [ints("row", [1, -1]), ints("shape", [-1, CLASSES])],
        ),
    ),
    "flatten of all samples to a row": (
        "out",
        model(
            [
                node("Flatten", "z", "r", axis=-2),
                node("Softmax", "r", "p", axis=1),
                node("Reshape", "p shape", "q"),
                node("Add", "q z", "out"),
            ],
            [ints("shape", [-1, CLASSES])],
        ),
    ),
}

SQUARES = [node("Mul", "z z", "e"), SUM, node("Div", "e s", "out")]
TURNED = [
    SOFTMAX,
    node("Reshape", "p pairs", "a"),
    node("Transpose", "a", "b", perm=[0, 2, 1]),
    node("Reshape", "b shape", "out"),
]
STABLE = [
    node("ReduceMax", "z", "top", axes=[1]),
    node("Sub", "z top", "c"),
    node("Exp", "c", "e"),
    SUM,
    node("Log", "s", "l"),
]
LOGITS["less the largest and the log of a sum"] = (
    "z",
    model([*STABLE, node("Add", "top l", "n"), node("Sub", "z n", "out")], [ONE]),
)
# The logits before these cannot be known.
OTHERS = {
    "squares over their sum": ("probabilities", model(SQUARES, [ONE])),
    "a softmax kept off 0": (
        "probabilities",
        model([SOFTMAX, node("Clip", "p least", "out")], [floats("least", 1e-7)]),
    ),
    "classes in another order": (
        "probabilities",
        model(TURNED, [ints("pairs", [0, 2, 2]), ints("shape", [0, CLASSES])]),
    ),
    "the log of a softmax kept off 0": (
        "log-probabilities",
        model(
            [SOFTMAX, node("Clip", "p least", "k"), node("Log", "k", "out")],
            [floats("least", 1e-7)],
        ),
    ),
    "softmax over places": (
        "bounded",
        model(
            [
                node("Reshape", "z pairs", "r"),
                node("Softmax", "r", "p", axis=1),
                node("Reshape", "p shape", "out"),
            ],
            [ints("pairs", [-1, 2, 2]), ints("shape", [-1, CLASSES])],
        ),
    ),
    "a softmax without its last class": (
        "bounded",
        model(
            [SOFTMAX, node("Slice", "p first end one", "out")],
            [ints("first", [0]), ints("end", [CLASSES - 1]), ONE],
        ),
    ),
}


def main():
    every = {name: (tensor, "logits", proto) for name, (tensor, proto) in LOGITS.items()}
    every |= {name: ("out", kind, proto) for name, (kind, proto) in OTHERS.items()}
    heads = {
        name: {
            "model": base64.b64encode(proto.SerializeToString()).decode(),
            "outputs": kind,
            "values": run(proto, tensor),
        }
        for name, (tensor, kind, proto) in every.items()
    }
    (HERE / "heads.json").write_text(
        json.dumps({"samples": SAMPLES.tolist(), "heads": heads}, indent=1) + "\n"
    )


main()
