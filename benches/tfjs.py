"""Converts an ONNX graph to nodes and weights for benches/runtimes/tfjs.js, channels last."""

import numpy as np
from onnx import helper, numpy_helper

ACTIVATIONS = {"Relu": "relu", "Clip": "relu6"}
# Attributes that TensorFlow.js takes as they are.
PLAIN = ("axis", "epsilon", "perm")


def attributes(node):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def padding(pads):
    """One number, or those before and after each axis."""
    top, left, bottom, right = pads
    return top if len(set(pads)) == 1 else [[0, 0], [top, bottom], [left, right], [0, 0]]


def convolution(node, given, weight):
    """Fields of the node, and its weight as height, width, channels in, channels out."""
    groups = given.get("group", 1)
    depthwise = groups > 1
    if depthwise and groups != weight.shape[0]:
        raise ValueError(f"{node.name}: only depthwise groups")
    order = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
    return {
        "depthwise": depthwise,
        "strides": list(given.get("strides", [1, 1])),
        "pad": padding(given.get("pads", [0] * 4)),
    }, weight.transpose(order)


def dense(node, given, weight):
    return {}, weight.T if given.get("transB") else weight


WEIGHTED = {"Conv": convolution, "Gemm": dense}


class Graph:
    """Nodes and weights of an ONNX graph, whose tapped tensors keep their names."""

    def __init__(self, graph, taps):
        self.arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.images = any(node.op_type == "Conv" for node in graph.node)
        self.input = graph.input[0].name
        self.taps, self.nodes, self.weights, self.bytes = set(taps), [], [], b""
        self.uses = [name for node in graph.node for name in node.input]
        self.sizes = set()
        for node in graph.node:
            self.add(node)

    def add(self, node):
        # What only computes the sizes of a batch, TensorFlow.js knows.
        if node.op_type == "Shape" or node.input[0] in self.sizes:
            return self.sizes.add(node.output[0])
        if node.op_type in ACTIVATIONS:
            return self.activate(node)
        if node.op_type == "Add" and self.is_bias(node):
            return self.nodes[-1].update(
                op="Gemm", name=node.output[0], bias=self.stored(node.input[1])
            )
        self.nodes.append(
            {
                "op": node.op_type,
                "name": node.output[0],
                "inputs": [name for name in node.input if name not in self.arrays],
                **self.fields(node, attributes(node)),
            }
        )

    def is_bias(self, node):
        """Whether it adds a row to the product before."""
        x, y = node.input
        last = self.nodes[-1]
        is_row = y in self.arrays and self.arrays[y].ndim == 1
        return is_row and last["op"] == "MatMul" and last["name"] == x and "weight" in last

    def fields(self, node, given):
        """What the operator needs beside its inputs."""
        constants = [name for name in node.input if name in self.arrays]
        match node.op_type:
            case "Conv" | "Gemm":
                fields, weight = WEIGHTED[node.op_type](node, given, self.arrays[node.input[1]])
                weights = {
                    "weight": self.store(node.input[1], weight),
                    "bias": self.stored(node.input[2]),
                }
                return {**fields, **weights}
            case "MatMul" if constants:
                return {"weight": self.stored(node.input[1])}
            case "MaxPool":
                return {"kernel": list(given["kernel_shape"]), "strides": list(given["strides"])}
            case "Flatten":
                return {"map": self.images}
            case "Reshape":
                return {"shape": self.arrays[node.input[1]].tolist(), "map": self.is_map(node)}
            case "Gather":
                return {"index": int(self.arrays[node.input[1]]), "axis": given["axis"]}
            case "Expand":
                # To as many as there are samples.
                return {"inputs": [self.stored(node.input[0]), self.input]}
            case _:
                inputs = [self.stored(name) if name in constants else name for name in node.input]
                plain = {key: value for key, value in given.items() if key in PLAIN}
                return {"inputs": inputs, **plain}

    def is_map(self, node):
        """Whether it reads what a convolution gave, which has its channels last."""
        maker = next((made for made in self.nodes if made["name"] == node.input[0]), None)
        return maker is not None and maker["op"] == "Conv"

    def stored(self, name):
        return self.store(name, self.arrays[name])

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
