"""Makes the classifiers of `parity/`, which tell pictures by their colour: their logits follow from
the mean of each channel.

    python tests/data/parity.py

All take `[N, 3, 8, 8]` (`rgb32.onnx` 32 x 32) and have the layers `flat`, the means, and `dead`,
which is 0 for every picture.
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent / "parity"
f32 = np.float32


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], **attributes)


IDENTITY = (node("Identity", "z", "out"),)


def model(name, head=IDENTITY, classes=3, size=8, constants=()):
    # Each class has a colour of its own, on the edge of the colour circle.
    angles = 2 * np.pi * np.arange(classes) / classes
    weights = 9 * np.cos(angles[None] - 2 * np.pi * np.arange(3)[:, None] / 3)
    nodes = [
        node("GlobalAveragePool", "image", "pool"),
        node("Flatten", "pool", "flat"),
        node("Mul", "flat nothing", "dead"),
        node("ReduceMax", "flat", "single", axes=[1]),
        node("MatMul", "flat weights", "z"),
        *head,
    ]
    arrays = {
        "weights": weights.astype(f32),
        "nothing": np.zeros(1, f32),
        "one": np.array([1]),
        **dict(constants),
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, size, size])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["batch", classes])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(proto)
    (HERE / f"{name}.onnx").write_bytes(proto.SerializeToString())


SOFTMAX = node("Softmax", "z", "p", axis=1)

model("rgb")
model("rgb10", classes=10)
model("rgb32", size=32)
model("identity", [SOFTMAX, node("Identity", "p", "out")])
model(
    "half",
    [
        node("Cast", "z", "h", to=10),
        node("Softmax", "h", "p", axis=1),
        node("Cast", "p", "out", to=1),
    ],
)
model(
    "kept-off-0",
    [SOFTMAX, node("Clip", "p least", "out")],
    constants=[("least", np.array(1e-7, f32))],
)
