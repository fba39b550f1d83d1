"""Small classifiers of a seed."""

import numpy as np
import onnx


class RandomModel:
    """A small classifier of random depth, operators, names and metadata, grown node by node."""

    NAMES = ("", "layer", "couche cachée ", "隠れ層/", "слой:", "a b\t", "🦉")

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.opset = [], [], int(self.rng.integers(13, 18))
        self.image = bool(self.rng.integers(2))
        self.shape = self.input_shape = (2, 8, 8) if self.image else (6,)
        self.last = "image"

    def name(self):
        return f"{self.rng.choice(self.NAMES)}{len(self.nodes)} {self.rng.choice(self.NAMES)}"

    def weight(self, *shape, positive=False):
        values = self.rng.normal(0, 1, shape).astype(np.float32)
        name = f"w {len(self.weights)}"
        self.weights.append(
            onnx.numpy_helper.from_array(
                np.abs(values) + np.float32(0.5) if positive else values, name
            )
        )
        return name

    def add(self, op, *weights, shape=None, **attributes):
        output = self.name()
        name = self.name() if self.rng.integers(2) else ""
        self.nodes.append(
            onnx.helper.make_node(op, [self.last, *weights], [output], name=name, **attributes)
        )
        self.last, self.shape = output, shape or self.shape

    def add_any(self):
        channels, width = self.shape[0], int(self.rng.integers(2, 7))
        op = self.rng.choice(
            ["Relu", "BatchNormalization", "Conv", "MaxPool"]
            if self.image
            else ["Relu", "Gemm", "MatMul"]
        )
        if op == "Conv":
            self.add(
                op,
                self.weight(width, channels, 3, 3),
                pads=[1, 1, 1, 1],
                shape=(width, *self.shape[1:]),
            )
        elif op == "MaxPool" and self.shape[1] > 2:
            self.add(
                op,
                kernel_shape=[2, 2],
                strides=[2, 2],
                shape=(channels, self.shape[1] // 2, self.shape[2] // 2),
            )
        elif op == "BatchNormalization":
            self.add(
                op, *(self.weight(channels) for _ in range(3)), self.weight(channels, positive=True)
            )
        elif op in ("Gemm", "MatMul"):
            bias = [self.weight(width)] if op == "Gemm" else []
            self.add(op, self.weight(channels, width), *bias, shape=(width,))
        else:
            self.add("Relu")

    def build(self):
        """The model, and its last layer before the logits."""
        for _ in range(self.rng.integers(1, 5)):
            self.add_any()
        if self.image:
            self.add("Flatten", shape=(int(np.prod(self.shape)),))
        self.add("Gemm", self.weight(self.shape[0], 5), shape=(5,))
        layer = self.last
        self.add("Gemm", self.weight(5, 3), self.weight(3), shape=(3,))
        if self.rng.integers(2):
            self.add("Softmax", axis=1)
        batch = "N" if self.rng.integers(2) else 1
        ends = [("image", [batch, *self.input_shape]), (self.last, [batch, 3])]
        values = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
            for name, shape in ends
        ]
        graph = onnx.helper.make_graph(
            self.nodes, self.name(), values[:1], values[1:], self.weights
        )
        proto = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", self.opset)], ir_version=8
        )
        proto.producer_name = str(self.rng.choice(["", "pytorch", "tf2onnx", "skl2onnx"]))
        for i in range(self.rng.integers(0, 4)):
            proto.metadata_props.add(key=f"{self.rng.choice(self.NAMES)}{i}", value=self.name())
        return proto, layer
