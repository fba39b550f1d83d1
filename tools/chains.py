"""Runs random graphs of convolutions and what stands around them beside ONNX Runtime.

Single operators are right more often than neighbours, which an engine's optimiser fuses and moves.
The exit status is 1 if any result is wrong. A number names a graph for good.
"""

import argparse
import collections
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from conformance import REFUSALS, answers
from onnx import TensorProto, helper, numpy_helper

VERSIONS = (9, 11, 12, 13, 15, 17, 18, 20, 21)
END = 2**63 - 1


class Unfit(Exception):
    """An operator that does not fit the graph so far."""


class Chain:
    """A graph that grows operator by operator, all on four dimensions."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.opset = int(self.random.choice(VERSIONS))
        self.shape = [1, self.below(1, 5), self.below(4, 12), self.below(4, 12)]
        self.input_shape = list(self.shape)
        self.tensor = "x"
        self.before = []
        self.nodes = []
        self.constants = []

    def below(self, low, high):
        return int(self.random.integers(low, high))

    def chance(self, one_in):
        return self.below(0, one_in) == 0

    def choice(self, *values):
        return values[self.below(0, len(values))]

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def weights(self, *shape):
        return self.constant(self.random.normal(size=shape).astype(np.float32) / 2)

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def add(self, operator, *inputs, **attributes):
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def padding(self, kernel):
        """No padding, explicit or automatic."""
        if self.chance(3):
            return {"auto_pad": self.choice("SAME_UPPER", "SAME_LOWER", "VALID")}
        if self.chance(2):
            return {"pads": [self.below(0, size) for size in (*kernel, *kernel)]}
        return {}

    def grow(self):
        operators = [getattr(self, name) for name in dir(self) if name.startswith("op_")]
        made = self.choice(*operators)()
        shape = self.inferred(made)
        self.before.append((self.tensor, self.shape))
        self.tensor, self.shape = made, shape

    def inferred(self, name):
        graph = self.graph(name, None)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        dims = model.graph.output[0].type.tensor_type.shape.dim
        shape = [dim.dim_value for dim in dims]
        if len(shape) != 4 or shape[0] != 1 or min(shape) < 1:
            raise Unfit
        return shape

    def graph(self, output, shape):
        value = helper.make_tensor_value_info
        return helper.make_graph(
            self.nodes,
            "chain",
            [value("x", TensorProto.FLOAT, self.input_shape)],
            [value(output, TensorProto.FLOAT, shape)],
            self.constants,
        )

    def model(self):
        """The graph, with the result in a row as its logits."""
        flat = self.add("Reshape", self.tensor, self.ints(1, -1))
        self.nodes.append(helper.make_node("Neg", [flat], ["logits"]))
        sets = [helper.make_opsetid("", self.opset)]
        model = helper.make_model(self.graph("logits", None), opset_imports=sets)
        model.ir_version = 10 if self.opset > 20 else 8
        return model

    def op_conv(self, group=1):
        channels = self.shape[1]
        kernel = [self.below(1, 4), self.below(1, 4)]
        outputs = channels * self.below(1, 3) if group > 1 else self.below(1, 6)
        attributes = self.padding(kernel) | {"strides": [self.below(1, 4), self.below(1, 4)]}
        if "auto_pad" not in attributes and self.chance(3):
            attributes["dilations"] = [self.below(1, 3), self.below(1, 3)]
        weights = self.weights(outputs, channels // group, *kernel)
        bias = [self.weights(outputs)] if self.chance(2) else []
        return self.add("Conv", self.tensor, weights, *bias, group=group, **attributes)

    def op_depthwise(self):
        return self.op_conv(group=self.shape[1])

    op_conv_again = op_conv

    def op_conv_transpose(self):
        size = self.below(1, 4)
        attributes = {"strides": [self.below(1, 3)] * 2}
        if self.chance(3):
            attributes["auto_pad"] = self.choice("SAME_UPPER", "SAME_LOWER")
        elif size > 1:
            attributes["pads"] = [0, 1, 1, 0]
            attributes["output_padding"] = [stride - 1 for stride in attributes["strides"]]
        weights = self.weights(self.shape[1], self.below(1, 4), size, size)
        return self.add("ConvTranspose", self.tensor, weights, **attributes)

    def op_pool(self):
        kernel = [self.below(1, 4), self.below(1, 4)]
        attributes = self.padding(kernel) | {"strides": [self.below(1, 4), self.below(1, 4)]}
        if self.opset > 9 and self.chance(3):
            attributes["ceil_mode"] = 1
        if self.chance(2):
            return self.add("MaxPool", self.tensor, kernel_shape=kernel, **attributes)
        attributes["count_include_pad"] = self.below(0, 2)
        return self.add("AveragePool", self.tensor, kernel_shape=kernel, **attributes)

    def op_pad(self):
        pads = [0, 0, self.below(-1, 3), self.below(-1, 3)]
        pads += [0, 0, self.below(-1, 3), self.below(-1, 3)]
        mode = self.choice("constant", "constant", "reflect", "edge")
        if self.opset < 11:
            return self.add("Pad", self.tensor, pads=pads, mode=mode)
        return self.add("Pad", self.tensor, self.ints(*pads), mode=mode)

    def op_slice(self):
        axis = self.below(1, 4)
        size = self.shape[axis]
        start = self.below(0, size)
        if self.opset < 10:
            return self.add("Slice", self.tensor, starts=[start], ends=[999], axes=[axis])
        step = self.choice(1, 1, 2, 3, -1, -2)
        end = self.choice(size, 999, END, max(start + 1, size - 1))
        if step < 0:
            start, end = self.choice(-1, size - 1, size, start), self.choice(-END, -size - 1)
        values = (start, end, self.choice(axis, axis - 4), step)
        return self.add("Slice", self.tensor, *(self.ints(value) for value in values))

    op_slice_again = op_slice

    def op_transpose(self):
        return self.add("Transpose", self.tensor, perm=[0, *(self.random.permutation(3) + 1)])

    def op_reshape(self):
        shape = self.random.permutation(self.shape[1:])
        return self.add("Reshape", self.tensor, self.ints(1, *shape))

    def op_tokens(self):
        flat = self.add("Reshape", self.tensor, self.ints(1, self.shape[1], -1))
        tokens = self.add("Transpose", flat, perm=[0, 2, 1])
        mixed = self.add("MatMul", tokens, self.weights(self.shape[1], 3))
        back = self.add("Transpose", mixed, perm=[0, 2, 1])
        return self.add("Reshape", back, self.ints(1, 3, *self.shape[2:]))

    def op_norm(self):
        channels = self.shape[1]
        variance = self.constant(self.random.random(channels).astype(np.float32) + 0.5)
        weights = [self.weights(channels) for _ in range(3)]
        return self.add("BatchNormalization", self.tensor, *weights, variance)

    def op_layer_norm(self):
        if self.opset < 17:
            raise Unfit
        weights = [self.weights(self.shape[-1]) for _ in range(2)]
        return self.add("LayerNormalization", self.tensor, *weights, axis=-1)

    def op_activation(self):
        names = ("Relu", "Relu", "Sigmoid", "Tanh", "HardSigmoid", "LeakyRelu", "Elu", "Softplus")
        return self.add(self.choice(*names), self.tensor)

    def op_softmax(self):
        return self.add("Softmax", self.tensor, axis=self.below(1, 4))

    def op_concat(self):
        same = [name for name, shape in self.before if shape[2:] == self.shape[2:]]
        return self.add("Concat", self.tensor, self.choice(*same, self.tensor), axis=1)

    def op_split(self):
        axis = self.below(1, 4)
        size = self.shape[axis]
        if size < 2:
            raise Unfit
        first = self.below(1, size)
        inputs, attributes = [self.tensor], {"axis": axis}
        if self.opset < 13:
            attributes["split"] = [first, size - first]
        else:
            inputs.append(self.ints(first, size - first))
        parts = [f"s{len(self.nodes)}", f"r{len(self.nodes)}"]
        self.nodes.append(helper.make_node("Split", inputs, parts, **attributes))
        return parts[0] if self.chance(2) else self.add("Concat", *parts[::-1], axis=axis)

    def op_gather(self):
        axis = self.below(1, 4)
        size = self.shape[axis]
        indices = self.random.integers(-size, size, 3)
        return self.add("Gather", self.tensor, self.ints(*indices), axis=axis)

    def op_resize(self):
        if self.opset < 11:
            raise Unfit
        scales = np.float32([1, 1, self.choice(1, 2, 0.5, 1.5), self.choice(1, 2, 0.5)])
        none = self.constant(np.float32([]))
        corners = self.choice("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
        attributes = {"mode": self.choice("nearest", "linear")}
        attributes["coordinate_transformation_mode"] = corners
        return self.add("Resize", self.tensor, none, self.constant(scales), **attributes)

    def op_reduce(self):
        axis = self.below(1, 4)
        name = self.choice("ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2")
        if self.opset >= 18 or name == "ReduceSum" and self.opset >= 13:
            reduced = self.add(name, self.tensor, self.ints(axis))
        else:
            reduced = self.add(name, self.tensor, axes=[axis])
        return self.add(self.choice("Mul", "Add", "Sub"), self.tensor, reduced)

    def op_scale(self):
        shape = [self.choice(1, size) for size in self.shape][self.below(0, 3) :]
        values = self.random.random(shape).astype(np.float32) + 0.3
        name = self.choice("Mul", "Add", "Sub", "Div", "Max")
        return self.add(name, self.tensor, self.constant(values))

    def op_excite(self):
        channels = self.shape[1]
        pooled = self.add("GlobalAveragePool", self.tensor)
        mixed = self.add("Conv", pooled, self.weights(channels, channels, 1, 1))
        return self.add("Mul", self.tensor, self.add("Sigmoid", mixed))

    def op_space_to_depth(self):
        if self.shape[2] % 2 or self.shape[3] % 2:
            raise Unfit
        return self.add("SpaceToDepth", self.tensor, blocksize=2)


def case(seed):
    """A model, its input and ONNX Runtime's logits, or None where they make no test."""
    chain = Chain(seed)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        for _ in range(chain.below(2, 7)):
            chain.grow()
        model = chain.model()
        sample = chain.random.normal(size=chain.input_shape).astype(np.float32)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        logits = session.run(None, {"x": sample})[0].ravel()
    except (Unfit, onnx.shape_inference.InferenceError, *REFUSALS):
        return None
    return (model, sample, logits) if len(logits) and np.isfinite(logits).all() else None


def close(found, expected):
    size = max(1.0, np.abs(expected).max())
    return found.shape == expected.shape and np.allclose(found, expected, 1e-3, 1e-4 * size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the example `outputs`")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=4000)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.count)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        found = {seed: made for seed in seeds if (made := case(seed))}
        for seed, (model, sample, _) in found.items():
            onnx.save(model, folder / f"{seed}.onnx")
            sample.tofile(folder / f"{seed}.raw")
        # As a layer: a single output would be that of two classes.
        lines = [
            f"{folder}/{seed}.onnx\t{folder}/{seed}.raw\t{model.graph.output[0].name}"
            for seed, (model, _, _) in found.items()
        ]
        answered = answers(options.program, lines)
        for (seed, (model, _, expected)), answer in zip(found.items(), answered, strict=True):
            kind = "equal" if answer[0] == "ok" else answer[0]
            if kind == "equal" and not close(np.array(answer[1].split(), np.float32), expected):
                kind = "wrong"
            counts[kind] += 1
            if kind != "equal":
                names = " ".join(node.op_type for node in model.graph.node)
                print(f"{kind}\t{seed}\t{names}\t{' '.join(answer[1:])[:300]}")
    print(dict(counts))
    sys.exit(1 if counts["wrong"] or counts["crashed"] else 0)


if __name__ == "__main__":
    main()
