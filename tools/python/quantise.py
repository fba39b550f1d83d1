"""Makes an ONNX model about four times smaller: 8-bit weights, everything else as it was.

    python tools/python/quantise.py MODEL.onnx SMALLER.onnx

The weights of convolutions and matrix products become int8, with one scale for each output channel,
and a `DequantizeLinear` makes them float again when the model is loaded. Inputs, activations,
biases and small tensors stay float, so no calibration data is needed. The outputs change a little:
measure the accuracy. Needs NumPy and onnx.
"""

import argparse
import pathlib
from collections import defaultdict

import numpy as np
import onnx
from onnx import numpy_helper

# The first opset in which scales may differ by channel.
OPSET = 13
# Weights with fewer values are not worth it.
LEAST = 256


def quantise(model):
    """The model with int8 weights. A model of an opset before 13 is converted to 13."""
    model = onnx.ModelProto.FromString(raised(model).SerializeToString())
    graph = model.graph
    axes = channel_axes(graph)
    kept, added = [], []
    for tensor in graph.initializer:
        if is_large(tensor) and tensor.name in axes:
            added += dequantised(tensor, axes[tensor.name])
        else:
            kept.append(tensor)
    quantised = {node.output[0] for node in added if isinstance(node, onnx.NodeProto)}
    replace(graph.initializer, kept + [item for item in added if is_tensor(item)])
    # Old files list weights as inputs as well.
    replace(graph.input, [value for value in graph.input if value.name not in quantised])
    replace(graph.node, [item for item in added if not is_tensor(item)] + list(graph.node))
    return model


def raised(model):
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    return model if opset >= OPSET else onnx.version_converter.convert_version(model, OPSET)


def channel_axes(graph):
    """The axis of the output channels of each weight whose every use has the same."""
    uses = defaultdict(set)
    for node in graph.node:
        for position, name in enumerate(node.input):
            uses[name].add(channel_axis(node, position))
    return {name: axes.pop() for name, axes in uses.items() if len(axes) == 1 and axes != {None}}


def channel_axis(node, position):
    """The axis of the output channels, if the input is a weight."""
    if position != 1:
        return None
    if node.op_type == "Gemm":
        return 0 if any(a.name == "transB" and a.i for a in node.attribute) else -1
    return {"Conv": 0, "MatMul": -1}.get(node.op_type)


def is_large(tensor):
    return (
        tensor.data_type == onnx.TensorProto.FLOAT
        and len(tensor.dims) > 1
        and np.prod(tensor.dims) >= LEAST
    )


def is_tensor(item):
    return isinstance(item, onnx.TensorProto)


def dequantised(tensor, axis):
    """The int8 weights, their scales, and the node that makes the tensor of them."""
    values = numpy_helper.to_array(tensor)
    axis %= values.ndim
    others = tuple(i for i in range(values.ndim) if i != axis)
    scales = np.abs(values).max(others, keepdims=True) / np.float32(127)
    scales[scales == 0] = 1
    weights = np.round(values / scales).astype(np.int8)
    names = [f"{tensor.name}_{part}" for part in ("int8", "scale")]
    return [
        numpy_helper.from_array(weights, names[0]),
        numpy_helper.from_array(scales.ravel(), names[1]),
        onnx.helper.make_node("DequantizeLinear", names, [tensor.name], axis=axis),
    ]


def replace(field, items):
    items = list(items)
    del field[:]
    field.extend(items)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("smaller", type=pathlib.Path)
    arguments = parser.parse_args()
    onnx.save(quantise(onnx.load(arguments.model)), arguments.smaller)
    sizes = [path.stat().st_size / 1e6 for path in (arguments.model, arguments.smaller)]
    print("{:.2f} MB to {:.2f} MB".format(*sizes))


if __name__ == "__main__":
    main()
