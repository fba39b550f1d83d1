"""Writes a classifier of 20 values by two hidden layers of 64, with 5 classes and random weights.

    python benches/networks/tabular.py target/bench/tabular-model.onnx

Hidden layers `dense0_relu` and `dense1_relu`.
"""

import sys

from network import Network

FEATURES, HIDDEN, CLASSES = 20, 64, 5


def main():
    network, x, width = Network(), "input", FEATURES
    for i in range(2):
        x = network.node("Relu", [network.dense(x, f"dense{i}", width, HIDDEN)], f"dense{i}_relu")
        width = HIDDEN
    network.classifier(x, HIDDEN, CLASSES)
    network.save(sys.argv[1], [FEATURES], CLASSES)


if __name__ == "__main__":
    main()
