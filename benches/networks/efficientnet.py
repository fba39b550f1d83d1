"""Writes the backbone that ships, EfficientNet-lite0, as a classifier with weights of 32 bits:
what is stored in 8 bits becomes floats, so that all runtimes compute the same.

    python benches/networks/efficientnet.py target/bench/efficientnet-model.onnx

386 million multiplications an image of 3 x 224 x 224. The classifier, from the hidden layer
`features` of 1280 to 1000 classes, is random: the backbone has none.
"""

import sys

import onnx
from network import Network, write
from onnx import TensorProto, helper, numpy_helper

BACKBONE = "models/efficientnet-lite0.onnx"
CLASSES = 1000


def dequantise(graph):
    """Replaces each DequantizeLinear by the weights that it gives."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    stored = [node for node in graph.node if node.op_type == "DequantizeLinear"]
    for node in stored:
        values, scale = (arrays[name] for name in node.input)
        floats = values.astype("float32") * scale[:, None, None, None]
        graph.initializer.append(numpy_helper.from_array(floats, node.output[0]))
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def say_defaults(graph):
    """Names the dilations of each convolution, which rten does not take to be 1."""
    for node in graph.node:
        if node.op_type == "Conv":
            node.attribute.append(helper.make_attribute("dilations", [1, 1]))


def main():
    graph = onnx.load(BACKBONE).graph
    dequantise(graph)
    say_defaults(graph)
    head = Network()
    head.classifier("features", 1280, CLASSES)
    graph.node.extend(head.nodes)
    graph.initializer.extend(head.weights)
    del graph.output[:]
    graph.output.append(
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])
    )
    write(graph, sys.argv[1])


if __name__ == "__main__":
    main()
