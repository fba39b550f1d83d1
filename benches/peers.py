"""Writes what other runtimes need to give the scores of the detector NAME.onnx: its model with the
tapped layers as outputs (NAME-peer.onnx), its patterns (NAME-peer.json), and, for TensorFlow.js,
its nodes (NAME-tfjs.json) and weights (NAME-tfjs.bin).

    python benches/peers.py NAME

The layout of a detector file stands in src/detector/file.rs.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from tfjs import Graph

name = sys.argv[1]
model = onnx.load(f"{name}.onnx")
metadata = {entry.key: entry.value for entry in model.metadata_props}
manifest = json.loads(metadata["she.manifest"])
number = {"float32": "<f4", "float16": "<f2"}[manifest.get("precision", "float32")]
values = np.frombuffer(base64.b64decode(metadata["she.patterns"]), number)

layers, at = [], 0
for layer in manifest["layers"]:
    count = len(manifest["classes"]) * layer["size"]
    layers.append(
        {"name": layer["name"], "size": layer["size"], "patterns": values[at : at + count].tolist()}
    )
    at += count

outputs = [output.name for output in model.graph.output]
for layer in manifest["layers"]:
    if layer["name"] not in outputs:
        model.graph.output.append(
            helper.make_tensor_value_info(layer["name"], TensorProto.FLOAT, None)
        )
del model.metadata_props[:]
onnx.save(model, f"{name}-peer.onnx")
stds = manifest["aggregator"].get("stds", [1.0])
settings = {
    "input": model.graph.input[0].name,
    "similarity": manifest["similarity"],
    "stds": stds,
    "layers": layers,
}
pathlib.Path(f"{name}-peer.json").write_text(json.dumps(settings))
graph = Graph(model.graph, [layer["name"] for layer in layers])
pathlib.Path(f"{name}-tfjs.json").write_text(json.dumps(graph.description()))
pathlib.Path(f"{name}-tfjs.bin").write_bytes(graph.bytes)
