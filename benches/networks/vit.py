"""Writes a vision transformer of ViT-tiny's size, with random weights: 5.7 million of them, 1.25
billion multiplications an image.

    python benches/networks/vit.py target/bench/vit-model.onnx

Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, with the sizes of Touvron et al.,
"Training data-efficient image transformers", ICML 2021, table 1: patches of 16, 12 blocks of 192
values and 3 heads. The nodes are those that PyTorch exports of timm's. Input 3 x 224 x 224, 1000
classes, hidden layer `features`, the class token of 192.
"""

import sys

import numpy as np
from network import Network

SIDE, PATCH, WIDTH, BLOCKS, HEADS, MLP = 224, 16, 192, 12, 3, 768
TOKENS, HEAD, CLASSES = (SIDE // PATCH) ** 2 + 1, WIDTH // HEADS, 1000

network = Network()
node = network.node


def whole(name, *values):
    return network.constant(name, np.array(values, np.int64))


def linear(x, name, into, out):
    y = node("MatMul", [x, network.normal(f"{name}.weight", 1 / into, (into, out))], f"{name}_mul")
    return node("Add", [y, network.normal(f"{name}.bias", 0.01, out)], name)


def norm(x, name):
    scale = network.constant(f"{name}.scale", np.ones(WIDTH, np.float32))
    bias = network.normal(f"{name}.bias", 0.01, WIDTH)
    return node("LayerNormalization", [x, scale, bias], name, axis=-1, epsilon=1e-6)


def gelu(x):
    half = node("Mul", [x, "half"], f"{x}_half")
    erf = node("Erf", [node("Div", [x, "root2"], f"{x}_scaled")], f"{x}_erf")
    return node("Mul", [half, node("Add", [erf, "one"], f"{x}_erf1")], f"{x}_gelu")


def heads(x, name):
    """Query, key and value of each head: [batch, heads, tokens, values]."""
    qkv = linear(x, f"{name}_qkv", WIDTH, 3 * WIDTH)
    split = node("Reshape", [qkv, "by_head"], f"{name}_split")
    parts = node("Transpose", [split], f"{name}_parts", perm=[2, 0, 3, 1, 4])
    return [
        node("Gather", [parts, str(i)], f"{name}_{part}", axis=0)
        for i, part in enumerate(("query", "key", "value"))
    ]


def attention(x, name):
    query, key, value = heads(x, name)
    query = node("Mul", [query, "scale"], f"{query}_scaled")
    key = node("Transpose", [key], f"{key}_turned", perm=[0, 1, 3, 2])
    weights = node("Softmax", [node("MatMul", [query, key], f"{name}_logits")], name, axis=-1)
    mixed = node("MatMul", [weights, value], f"{name}_mixed")
    mixed = node("Transpose", [mixed], f"{name}_turned", perm=[0, 2, 1, 3])
    joined = node("Reshape", [mixed, "by_token"], f"{name}_joined")
    return linear(joined, f"{name}_out", WIDTH, WIDTH)


def block(x, name):
    y = attention(norm(x, f"{name}_norm1"), f"{name}_attention")
    x = node("Add", [x, y], f"{name}_attended")
    y = gelu(linear(norm(x, f"{name}_norm2"), f"{name}_wide", WIDTH, MLP))
    return node("Add", [x, linear(y, f"{name}_narrow", MLP, WIDTH)], name)


def embedded():
    """Patches with the class token before them, and their positions."""
    x = network.convolution("input", "patches", 3, WIDTH, PATCH, PATCH, pad=0)
    x = node("Transpose", [node("Reshape", [x, "by_channel"], "flat")], "tokens", perm=[0, 2, 1])
    batch = node("Gather", [node("Shape", ["input"], "shape"), "first"], "count", axis=0)
    sides = node("Concat", [batch, "one_token"], "token_shape", axis=0)
    token = network.normal("class_token", 0.01, (1, 1, WIDTH))
    x = node("Concat", [node("Expand", [token, sides], "class"), x], "all", axis=1)
    return node("Add", [x, network.normal("positions", 0.01, (1, TOKENS, WIDTH))], "embedded")


def constants():
    for name, value in (("half", 0.5), ("one", 1), ("root2", 2**0.5), ("scale", HEAD**-0.5)):
        network.constant(name, np.float32(value))
    for i in range(3):
        network.constant(str(i), np.int64(i))
    whole("first", 0)
    whole("one_token", 1, WIDTH)
    whole("by_channel", 0, WIDTH, TOKENS - 1)
    whole("by_head", 0, TOKENS, 3, HEADS, HEAD)
    whole("by_token", 0, TOKENS, WIDTH)


def main():
    constants()
    x = embedded()
    for i in range(BLOCKS):
        x = block(x, f"block{i}")
    features = node("Gather", [norm(x, "norm"), "0"], "features", axis=1)
    network.classifier(features, WIDTH, CLASSES)
    network.save(sys.argv[1], [3, SIDE, SIDE], CLASSES, opset=17)


if __name__ == "__main__":
    main()
