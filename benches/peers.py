"""Writes what other runtimes need to give the scores of the detector NAME.onnx: its model with the
tapped layers as outputs (NAME-peer.onnx), its patterns (NAME-peer.json), and, for TensorFlow.js,
its nodes (NAME-tfjs.json) and weights (NAME-tfjs.bin).

    python benches/peers.py NAME

The layout of a detector file stands in src/scorer/file.rs.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from tfjs import Graph


def layers(manifest, values):
    """Name, size and patterns of each tapped layer."""
    found, at = [], 0
    for layer in manifest["layers"]:
        count = len(manifest["classes"]) * layer["size"]
        patterns = values[at : at + count].tolist()
        found.append({"name": layer["name"], "size": layer["size"], "patterns": patterns})
        at += count
    return found


def tapped(path):
    """The model of a detector with its layers as outputs, and the settings of the score."""
    model = onnx.load(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    manifest = json.loads(metadata["she.manifest"])
    number = {"float32": "<f4", "float16": "<f2"}[manifest.get("precision", "float32")]
    values = np.frombuffer(base64.b64decode(metadata["she.patterns"]), number)
    outputs = [output.name for output in model.graph.output]
    taps = [layer["name"] for layer in manifest["layers"]]
    added = [name for name in taps if name not in outputs]
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in added
    )
    del model.metadata_props[:]
    return model, {
        "input": model.graph.input[0].name,
        "similarity": manifest["similarity"],
        "stds": manifest["aggregator"].get("stds", [1.0]),
        "layers": layers(manifest, values),
    }


def main():
    name = sys.argv[1]
    model, settings = tapped(f"{name}.onnx")
    onnx.save(model, f"{name}-peer.onnx")
    pathlib.Path(f"{name}-peer.json").write_text(json.dumps(settings))
    graph = Graph(model.graph, [layer["name"] for layer in settings["layers"]])
    pathlib.Path(f"{name}-tfjs.json").write_text(json.dumps(graph.description()))
    pathlib.Path(f"{name}-tfjs.bin").write_bytes(graph.bytes)


if __name__ == "__main__":
    main()
