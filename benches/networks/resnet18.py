"""Writes a network of ResNet-18's size, with random weights: 11.7 million of them, 1.8 billion
multiplications an image.

    python benches/networks/resnet18.py target/bench/resnet18-model.onnx

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1, with torchvision's
strides, as it runs: batch norm folded into the convolutions. Input 3 x 224 x 224, 1000 classes,
hidden layer `features` of 512.
"""

import sys

from network import Network

# channels, stride of the first block of two
STAGES = [(64, 1), (128, 2), (256, 2), (512, 2)]
CLASSES = 1000

network = Network()


def relu(x):
    return network.node("Relu", [x], f"{x}_relu")


def block(x, name, into, out, stride):
    y = relu(network.convolution(x, f"{name}_conv1", into, out, 3, stride))
    y = network.convolution(y, f"{name}_conv2", out, out, 3)
    if into != out:
        x = network.convolution(x, f"{name}_shortcut", into, out, 1, stride)
    return relu(network.node("Add", [y, x], f"{name}_add"))


def main():
    x, channels = relu(network.convolution("input", "stem", 3, 64, 7, 2)), 64
    sides = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
    x = network.node("MaxPool", [x], "stem_pool", **sides)
    for i, (out, stride) in enumerate(STAGES):
        x = block(x, f"stage{i}_0", channels, out, stride)
        x, channels = block(x, f"stage{i}_1", out, out, 1), out
    x = network.node("GlobalAveragePool", [x], "pooled")
    network.classifier(network.node("Flatten", [x], "features"), channels, CLASSES)
    network.save(sys.argv[1], [3, 224, 224], CLASSES)


if __name__ == "__main__":
    main()
