"""Converts an ONNX graph to nodes and weights for benches/runtimes/tfjs.js, channels last."""

import numpy as np
from onnx import helper, numpy_helper

ACTIVATIONS = {"Relu": "relu", "Clip": "relu6"}


def attributes(node):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def convolution(node, given, weight):
    """Fields of the node, and its weight as height, width, channels in, channels out."""
    groups = given.get("group", 1)
    depthwise = groups > 1
    if depthwise and groups != weight.shape[0]:
        raise ValueError(f"{node.name}: only depthwise groups")
    order = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
    pads = given.get("pads", [0] * 4)
    if len(set(pads)) > 1:
        raise ValueError(f"{node.name}: the same padding at all sides only")
    return {
        "depthwise": depthwise,
        "strides": list(given.get("strides", [1, 1])),
        "pad": pads[0],
    }, weight.transpose(order)


def dense(node, given, weight):
    return {}, weight.T if given.get("transB") else weight


WEIGHTED = {"Conv": convolution, "Gemm": dense}


class Graph:
    """Nodes and weights of an ONNX graph, whose tapped tensors keep their names."""

    def __init__(self, graph, taps):
        self.arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.images = any(node.op_type == "Conv" for node in graph.node)
        self.taps, self.nodes, self.weights, self.bytes = set(taps), [], [], b""
        self.uses = [name for node in graph.node for name in node.input]
        for node in graph.node:
            self.add(node)

    def add(self, node):
        if node.op_type in ACTIVATIONS:
            return self.activate(node)
        entry = {
            "op": node.op_type,
            "name": node.output[0],
            "inputs": [name for name in node.input if name not in self.arrays],
        }
        self.nodes.append({**entry, **self.fields(node, attributes(node))})

    def fields(self, node, given):
        """What the operator needs beside its inputs."""
        if node.op_type in WEIGHTED:
            fields, weight = WEIGHTED[node.op_type](node, given, self.arrays[node.input[1]])
            return {
                **fields,
                "weight": self.store(node.input[1], weight),
                "bias": self.store(node.input[2], self.arrays[node.input[2]]),
            }
        if node.op_type == "MaxPool":
            return {"kernel": list(given["kernel_shape"]), "strides": list(given["strides"])}
        return {"map": self.images} if node.op_type == "Flatten" else {}

    def store(self, name, array):
        data = np.ascontiguousarray(array, "<f4").tobytes()
        self.weights.append(
            {
                "name": name,
                "shape": list(array.shape),
                "from": len(self.bytes),
                "to": len(self.bytes) + len(data),
            }
        )
        self.bytes += data
        return name

    def activate(self, node):
        """Into the node before, unless something else needs what comes out of that."""
        before, after, kind = node.input[0], node.output[0], ACTIVATIONS[node.op_type]
        last = self.nodes[-1]
        if (
            last["name"] == before
            and last["op"] in WEIGHTED
            and before not in self.taps
            and self.uses.count(before) == 1
        ):
            last.update(name=after, activation=kind)
        else:
            self.nodes.append({"op": kind, "name": after, "inputs": [before]})

    def description(self):
        return {"images": self.images, "nodes": self.nodes, "weights": self.weights}
