"""Writes a network of MobileNetV2's size, with random weights: 3.5 million of them, 300 million
multiplications an image.

    python benches/mobilenet.py target/bench/mobilenet-model.onnx

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2, as it
runs: batch norm folded into the convolutions. Input 3 x 224 x 224, 1000 classes, hidden layer
`features` of 1280. The weights are He-normal, seed 1. The answer is always class 0, by its bias: a
fit needs samples that are classified correctly.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# expansion, channels, repeats, stride of the first
BLOCKS = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
CLASSES = 1000

random = np.random.default_rng(1)
nodes, weights = [], []


def constant(name, value):
    weights.append(numpy_helper.from_array(value, name))
    return name


def node(op, inputs, name, **attributes):
    nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
    return name


def convolution(x, name, into, out, kernel, stride=1, groups=1, relu6=True):
    fan_in = into // groups * kernel * kernel
    weight = random.normal(0, np.sqrt(2 / fan_in), (out, into // groups, kernel, kernel)).astype(
        np.float32
    )
    bias = random.normal(0, 0.1, out).astype(np.float32)
    inputs = [x, constant(f"{name}.weight", weight), constant(f"{name}.bias", bias)]
    pads = [kernel // 2] * 4
    x = node(
        "Conv",
        inputs,
        f"{name}",
        kernel_shape=[kernel, kernel],
        strides=[stride, stride],
        pads=pads,
        group=groups,
    )
    return node("Clip", [x, "zero", "six"], f"{name}_relu6") if relu6 else x


def block(x, name, into, out, expansion, stride):
    hidden = into * expansion
    y = convolution(x, f"{name}_expand", into, hidden, 1) if expansion > 1 else x
    y = convolution(y, f"{name}_depthwise", hidden, hidden, 3, stride, groups=hidden)
    y = convolution(y, f"{name}_project", hidden, out, 1, relu6=False)
    return node("Add", [x, y], f"{name}_add") if stride == 1 and into == out else y


def network():
    constant("zero", np.float32(0))
    constant("six", np.float32(6))
    x, channels = convolution("image", "stem", 3, 32, 3, 2), 32
    for i, (expansion, out, repeats, stride) in enumerate(BLOCKS):
        for j in range(repeats):
            x = block(x, f"block{i}_{j}", channels, out, expansion, stride if j == 0 else 1)
            channels = out
    x = convolution(x, "head", channels, 1280, 1)
    x = node("GlobalAveragePool", [x], "pooled")
    x = node("Flatten", [x], "features")
    weight = random.normal(0, np.sqrt(1 / 1280), (CLASSES, 1280)).astype(np.float32)
    bias = np.zeros(CLASSES, np.float32)
    bias[0] = 1000
    node("Gemm", [x, constant("fc.weight", weight), constant("fc.bias", bias)], "logits", transB=1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])
    return helper.make_graph(nodes, "mobilenet", [image], [logits], weights)


if __name__ == "__main__":
    model = helper.make_model(network(), opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])
