"""Writes what other runtimes need to give a detector's scores: its model with the tapped layers as outputs, and its patterns.

    python benches/peers.py DETECTOR.onnx MODEL.onnx PATTERNS.json

The layout of a detector file stands in src/detector/file.rs.
"""

import base64
import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper

detector, to_model, to_json = sys.argv[1:]
model = onnx.load(detector)
metadata = {entry.key: entry.value for entry in model.metadata_props}
manifest = json.loads(metadata["she.manifest"])
values = np.frombuffer(base64.b64decode(metadata["she.patterns"]), "<f4")

layers, at = [], 0
for layer in manifest["layers"]:
    count = len(manifest["classes"]) * layer["size"]
    layers.append({"name": layer["name"], "size": layer["size"], "patterns": values[at : at + count].tolist()})
    at += count

outputs = [output.name for output in model.graph.output]
for layer in manifest["layers"]:
    if layer["name"] not in outputs:
        model.graph.output.append(helper.make_tensor_value_info(layer["name"], TensorProto.FLOAT, None))
del model.metadata_props[:]
onnx.save(model, to_model)
stds = manifest["aggregator"].get("stds", [1.0])
settings = {"input": model.graph.input[0].name, "similarity": manifest["similarity"], "stds": stds, "layers": layers}
with open(to_json, "w") as file:
    json.dump(settings, file)
