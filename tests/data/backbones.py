"""Makes `backbones.json`: small backbones with and without a classifier, and the features that ONNX
Runtime computes for the layer that has them.

    python tests/data/backbones.py
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(8)
CHANNELS, CLASSES, TOKENS = 6, 5, 4


def weights(*shape):
    return np.float32(rng.normal(0, 0.5, shape))


CONSTANTS = {
    "kernel": weights(CHANNELS, 3, 3, 3),
    "head": weights(CHANNELS, CLASSES),
    "bias": weights(CLASSES),
    "wide": weights(CHANNELS, 9),
    "spread": weights(CHANNELS, TOKENS * CHANNELS),
    "square": weights(CHANNELS, CHANNELS),
    "sequence": np.array([0, TOKENS, CHANNELS], np.int64),
}
TRUNK = [
    ("Conv", ["picture", "kernel"], ["conv"], {"pads": [1, 1, 1, 1]}),
    ("Relu", ["conv"], ["map"], {}),
    ("GlobalAveragePool", ["map"], ["pooled"], {}),
    ("Flatten", ["pooled"], ["vector"], {}),
]
SEQUENCE = [
    ("MatMul", ["vector", "spread"], ["row"], {}),
    ("Reshape", ["row", "sequence"], ["shaped"], {}),
    ("MatMul", ["shaped", "square"], ["tokens"], {}),
]
# Nodes behind the trunk, outputs, and the tensor that has the features, pooled as it should be.
CASES = {
    "a row of features": ([], ["vector"], "vector"),
    "a map": ([], ["map"], "vector"),
    "tokens": (SEQUENCE, ["tokens"], "tokens"),
    "tokens and a row": (SEQUENCE, ["tokens", "vector"], "vector"),
    "a classifier": ([("Gemm", ["vector", "head", "bias"], ["scores"], {})], ["scores"], "vector"),
    "a classifier in two steps": (
        [
            ("MatMul", ["vector", "head"], ["product"], {}),
            ("Add", ["product", "bias"], ["scores"], {}),
        ],
        ["scores"],
        "vector",
    ),
    "a softmax": (
        [("MatMul", ["vector", "head"], ["product"], {}), ("Softmax", ["product"], ["shares"], {})],
        ["shares"],
        "vector",
    ),
    "several sigmoids": (
        [
            ("Gemm", ["vector", "head", "bias"], ["scores"], {}),
            ("Sigmoid", ["scores"], ["each"], {}),
        ],
        ["each"],
        "vector",
    ),
    "a projection": (
        [("MatMul", ["vector", "wide"], ["projected"], {})],
        ["projected"],
        "projected",
    ),
    "a projection at unit length": (
        [
            ("MatMul", ["vector", "wide"], ["projected"], {}),
            ("LpNormalization", ["projected"], ["unit"], {"axis": -1, "p": 2}),
        ],
        ["unit"],
        "unit",
    ),
}


def model(nodes, outputs):
    used = {name for _, inputs, _, _ in TRUNK + nodes for name in inputs}
    graph = helper.make_graph(
        [
            helper.make_node(op, inputs, made, **attributes)
            for op, inputs, made, attributes in TRUNK + nodes
        ],
        "backbone",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in CONSTANTS.items() if name in used],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return made.SerializeToString()


def run(nodes, tensor, picture):
    """A layer by ONNX Runtime, tokens by their mean."""
    session = onnxruntime.InferenceSession(
        model(nodes, [tensor]), providers=["CPUExecutionProvider"]
    )
    (found,) = session.run(None, {"picture": picture[None]})
    return found[0].mean(0) if tensor == "tokens" else found[0]


picture = np.float32(rng.random((3, 8, 8)))
cases = {
    name: {
        "onnx": base64.b64encode(model(nodes, outputs)).decode(),
        "features": [round(float(value), 7) for value in run(nodes, features, picture)],
    }
    for name, (nodes, outputs, features) in CASES.items()
}
text = json.dumps(
    {"picture": [float(f"{value:.9g}") for value in picture.ravel()], "cases": cases}, indent=1
)
(HERE / "backbones.json").write_text(text + "\n")
print(len(text), onnx.__version__)
