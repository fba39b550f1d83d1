"""Builds ONNX graphs with random weights, for the networks of the benchmarks."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Bias of class 0, which makes it win always: a fit needs samples that are classified correctly.
SURE = 1000


class Network:
    """A graph that grows node by node; its weights come from one seed."""

    def __init__(self, seed=1):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def constant(self, name, value):
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op, inputs, name, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def normal(self, name, variance, shape):
        values = self.random.normal(0, np.sqrt(variance), shape).astype(np.float32)
        return self.constant(name, values)

    def convolution(self, x, name, into, out, kernel, stride=1, groups=1, pad=None):
        """He-normal weights, and a bias; same size unless a stride or a padding is given."""
        fan_in = into // groups * kernel * kernel
        weight = self.normal(f"{name}.weight", 2 / fan_in, (out, into // groups, kernel, kernel))
        bias = self.normal(f"{name}.bias", 0.01, out)
        return self.node(
            "Conv",
            [x, weight, bias],
            name,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2 if pad is None else pad] * 4,
            group=groups,
        )

    def dense(self, x, name, into, out, gain=2):
        weight = self.normal(f"{name}.weight", gain / into, (out, into))
        bias = self.normal(f"{name}.bias", 0.01, out)
        return self.node("Gemm", [x, weight, bias], name, transB=1)

    def classifier(self, x, into, classes):
        """Logits, of which the first is the highest whatever the input."""
        weight = self.normal("fc.weight", 1 / into, (classes, into))
        bias = np.zeros(classes, np.float32)
        bias[0] = SURE
        return self.node("Gemm", [x, weight, self.constant("fc.bias", bias)], "logits", transB=1)

    def save(self, path, shape, classes, opset=13):
        """The graph from `input` of the shape to `logits`."""
        values = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "network",
            [values("input", TensorProto.FLOAT, ["batch", *shape])],
            [values("logits", TensorProto.FLOAT, ["batch", classes])],
            self.weights,
        )
        write(graph, path, opset)


def write(graph, path, opset=13):
    """Checks a graph and saves it as a model."""
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
