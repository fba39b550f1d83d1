"""Writes a network of MobileNetV2's size, with random weights: 3.5 million of them, 300 million
multiplications an image.

    python benches/networks/mobilenet.py target/bench/mobilenet-model.onnx

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2, as it
runs: batch norm folded into the convolutions. Input 3 x 224 x 224, 1000 classes, hidden layer
`features` of 1280.
"""

import sys

import numpy as np
from network import Network

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

network = Network()


def clipped(x, name, *shape, **how):
    x = network.convolution(x, name, *shape, **how)
    return network.node("Clip", [x, "zero", "six"], f"{name}_relu6")


def block(x, name, into, out, expansion, stride):
    hidden = into * expansion
    y = clipped(x, f"{name}_expand", into, hidden, 1) if expansion > 1 else x
    y = clipped(y, f"{name}_depthwise", hidden, hidden, 3, stride, groups=hidden)
    y = network.convolution(y, f"{name}_project", hidden, out, 1)
    return network.node("Add", [x, y], f"{name}_add") if stride == 1 and into == out else y


def main():
    network.constant("zero", np.float32(0))
    network.constant("six", np.float32(6))
    x, channels = clipped("input", "stem", 3, 32, 3, 2), 32
    for i, (expansion, out, repeats, stride) in enumerate(BLOCKS):
        for j in range(repeats):
            x = block(x, f"block{i}_{j}", channels, out, expansion, stride if j == 0 else 1)
            channels = out
    x = clipped(x, "head", channels, 1280, 1)
    x = network.node("GlobalAveragePool", [x], "pooled")
    network.classifier(network.node("Flatten", [x], "features"), 1280, CLASSES)
    network.save(sys.argv[1], [3, 224, 224], CLASSES)


if __name__ == "__main__":
    main()
