"""Makes `zoo.json`: small models as their own exporters write them, out of `make zoo`.

    .tools/python-zoo/bin/python tools/zoo/export.py && python tests/data/zoo.py

Each has its model in base64, stripped of names and documentation, the options that it is loaded
with, samples, and what ONNX Runtime gives for them one by one: logits, and the features of the
input of the node that makes the logits, pooled by NumPy.
"""

import base64
import json
import pathlib

import numpy as np
import onnx

HERE = pathlib.Path(__file__).parent
ZOO = HERE.parents[1] / "data" / "zoo"
SAMPLES = 2
NAMES = [
    "sk_logreg_nozipmap",
    "sk_logreg_raw",
    "sk_logreg_normalised_l1",
    "sk_logreg_minmax_pca",
    "sk_lda",
    "sk_mlp",
    "sk_mlp_nozipmap",
    "sk_linear_svc",
    "keras_dense",
    "keras_conv1d",
    "keras_bilstm",
    "pt_mlp_dynamo",
    "pt_sensors",
    "pt_function",
    "pt_logit",
    "pt_sigmoid",
]


def shortened(path):
    """The model in one file, with a letter and a number for each tensor between its ends."""
    model = onnx.load(path)
    graph = model.graph
    ends = {value.name for value in [*graph.input, *graph.output]}
    made = [tensor.name for tensor in graph.initializer]
    made += [name for node in graph.node for name in node.output if name]
    short = {name: f"t{i}" for i, name in enumerate(made) if name not in ends}
    for tensor in graph.initializer:
        tensor.name = short.get(tensor.name, tensor.name)
    for node in graph.node:
        node.input[:] = [short.get(name, name) for name in node.input]
        node.output[:] = [short.get(name, name) for name in node.output]
        for field in ("name", "doc_string", "metadata_props"):
            node.ClearField(field)
    for field in ("value_info", "doc_string", "metadata_props"):
        graph.ClearField(field)
    for field in ("doc_string", "metadata_props"):
        model.ClearField(field)
    return model.SerializeToString()


def case(name):
    about = json.loads((ZOO / f"{name}.json").read_text())
    arrays = np.load(ZOO / f"{name}.npz")
    rows = {key: arrays[key][:SAMPLES].reshape(SAMPLES, -1) for key in ("x", "logits", "features")}
    shape = about["options"].get("input-shape")
    return {
        "model": base64.b64encode(shortened(ZOO / f"{name}.onnx")).decode(),
        "input_shape": [int(size) for size in shape.split(",")] if shape else None,
        "shape": about["shape"],
        "samples": rows["x"].tolist(),
        "logits": rows["logits"].tolist(),
        "features": rows["features"].tolist(),
    }


def main():
    cases = {name: case(name) for name in NAMES}
    (HERE / "zoo.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
