"""Makes `layers.json` and `no_layers.onnx`: small classifiers of every build, with the layer that
their head reads, the ends of their stages, and features of some layers.

    python tests/data/layers.py

Each has its model in base64 and a sample. The features are pooled by NumPy from what ONNX Runtime
gives for the tensor, over axes that are written here by hand. The other file has no layer.
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
CLASSES = 3
rng = np.random.default_rng(20)

# How a name's ending pools a tensor of one sample.
POOLINGS = {
    "vector": lambda values: values,
    "first axis": lambda values: values.reshape(values.shape[0], -1).mean(1),
    "last axis": lambda values: values.reshape(-1, values.shape[-1]).mean(0),
    "first axis, max": lambda values: values.reshape(values.shape[0], -1).max(1),
    "last axis, max": lambda values: values.reshape(-1, values.shape[-1]).max(0),
    "first token": lambda values: values[0],
}


class Net:
    """A graph that grows node by node. Tensors go by their names."""

    def __init__(self, *shape, name="x"):
        self.shape, self.input, self.kind = shape, name, np.float32
        self.nodes, self.constants = [], []

    def constant(self, values, kind=None):
        name = f"c{len(self.constants)}"
        array = np.asarray(values, kind or self.kind)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def ints(self, *values):
        return self.constant(values, np.int64)

    def weights(self, *shape):
        return self.constant(rng.normal(0, np.prod(shape[1:]) ** -0.5, shape))

    def __call__(self, op, *inputs, to=None, **attributes):
        name = to or f"t{len(self.nodes)}"
        outputs = name if isinstance(name, list) else [name]
        self.nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs[0]

    # Parts of networks.

    def conv(self, x, channels, to=None, relu=True, size=3, stride=1, dimensions=2, groups=1):
        inner, outer = channels
        weights = self.weights(outer, inner // groups, *[size] * dimensions)
        pads = [size // 2 if size % 2 else 0] * 2 * dimensions
        strides = [stride] * dimensions
        made = None if relu else to
        y = self("Conv", x, weights, to=made, pads=pads, strides=strides, group=groups)
        return self("Relu", y, to=to) if relu else y

    def dense(self, x, inner, outer, to=None):
        product = self("MatMul", x, self.weights(inner, outer))
        return self("Add", product, self.weights(outer), to=to)

    def head(self, x, size, to="z"):
        return self("Gemm", x, self.weights(CLASSES, size), self.weights(CLASSES), transB=1, to=to)

    def norm(self, x, size, to=None):
        scale, bias = self.weights(size), self.weights(size)
        return self("LayerNormalization", x, scale, bias, axis=-1, to=to)

    def norm_in_parts(self, x, size, to=None):
        centred = self("Sub", x, self("ReduceMean", x, axes=[-1], keepdims=1))
        square = self("Pow", centred, self.constant(2))
        variance = self("ReduceMean", square, axes=[-1], keepdims=1)
        deviation = self("Sqrt", self("Add", variance, self.constant(1e-5)))
        scaled = self("Mul", self("Div", centred, deviation), self.weights(size))
        return self("Add", scaled, self.weights(size), to=to)

    def norm_of_tensorflow(self, x, size, to=None):
        """The mean over the last of three dimensions, as its converter writes it."""
        centred = self("Sub", x, self("GlobalAveragePool", x))
        square = self("Mul", centred, centred)
        variance = self("Add", self("GlobalAveragePool", square), self.constant(1e-5))
        scaled = self("Mul", centred, self("Reciprocal", self("Sqrt", variance)))
        return self("Add", self("Mul", scaled, self.weights(size)), self.weights(size), to=to)

    def rms_norm(self, x, size, to=None):
        mean = self("ReduceMean", self("Pow", x, self.constant(2)), axes=[-1], keepdims=1)
        inverse = self("Reciprocal", self("Sqrt", self("Add", mean, self.constant(1e-5))))
        return self("Mul", self("Mul", x, inverse), self.weights(size), to=to)

    def gelu(self, x):
        erf = self("Erf", self("Div", x, self.constant(1.4142135)))
        twice = self("Mul", x, self("Add", erf, self.constant(1)))
        return self("Mul", twice, self.constant(0.5))

    def attention(self, x, tokens, size, heads):
        """Of tokens along the axis before the last; `x` has no other."""
        each = self.ints(-1, tokens, heads, size // heads)
        parts = []
        for perm in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]):
            split = self("Reshape", self.dense(x, size, size), each)
            parts.append(self("Transpose", split, perm=perm))
        scores = self("Mul", self("MatMul", *parts[:2]), self.constant(0.5))
        mixed = self("MatMul", self("Softmax", scores, axis=-1), parts[2])
        mixed = self("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.dense(self("Reshape", mixed, self.ints(-1, tokens, size)), size, size)

    def block(self, x, tokens, size, norm):
        x = self("Add", x, self.attention(norm(x, size), tokens, size, 2))
        y = self.gelu(self.dense(norm(x, size), size, 2 * size))
        return self("Add", x, self.dense(y, 2 * size, size))

    def patches(self, x, size):
        """Tokens `[4, size]` of a picture of 8 x 8."""
        y = self.conv(x, (3, size), size=4, stride=4, relu=False, to="map")
        y = self("Reshape", y, self.ints(-1, size, 4))
        return self("Transpose", y, perm=[0, 2, 1], to="patches")

    def model(self, *outputs, opset=17):
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(np.float32))
        info = helper.make_tensor_value_info(self.input, kind, ["batch", *self.shape])
        outs = [helper.make_tensor_value_info(name, kind, None) for name in outputs or ["z"]]
        graph = helper.make_graph(self.nodes, "g", [info], outs, self.constants)
        imports = [helper.make_opsetid("", opset)]
        return helper.make_model(graph, opset_imports=imports, ir_version=8)


def vit(norm, tokens=("class",), pool=None):
    net = Net(3, 8, 8)
    norm = getattr(net, norm)
    x = net.patches("x", 8)
    x = net("Concat", *[net.weights(1, 1, 8) for _ in tokens], x, axis=1)
    count = 4 + len(tokens)
    x = net("Add", x, net.weights(1, count, 8))
    x = norm(net.block(net.block(x, count, 8, norm), count, 8, norm), 8, to="tokens")
    if pool:
        net.head(net("ReduceMean", x, axes=[1], keepdims=0, to="pooled"), 8)
    elif len(tokens) == 1:
        token = net("Gather", x, net.constant(0, np.int64), axis=1, to="token")
        net.head(net("Identity", token, to="same"), 8)
    else:
        heads = [
            net.head(net("Gather", x, net.constant(i, np.int64), axis=1), 8, to=f"z{i}")
            for i in range(2)
        ]
        net("Div", net("Add", *heads), net.constant(2), to="z")
    return net.model()


def swin(norm):
    """Windows of 2 x 2 in a map of 4 x 4, then a merge of patches."""
    net = Net(3, 8, 8)
    norm = getattr(net, norm)
    x = net("Transpose", net.conv("x", (3, 8), size=2, stride=2, relu=False), perm=[0, 2, 3, 1])
    x = norm(x, 8)
    y = net("Reshape", norm(x, 8), net.ints(-1, 2, 2, 2, 2, 8))
    y = net("Transpose", y, perm=[0, 1, 3, 2, 4, 5])
    y = net.attention(net("Reshape", y, net.ints(-1, 4, 8)), 4, 8, 2)
    y = net("Transpose", net("Reshape", y, net.ints(-1, 2, 2, 2, 2, 8)), perm=[0, 1, 3, 2, 4, 5])
    x = net("Add", x, net("Reshape", y, net.ints(-1, 4, 4, 8)))
    x = net("Add", x, net.dense(net.gelu(net.dense(norm(x, 8), 8, 16)), 16, 8), to="stage1")
    every = [
        net("Slice", x, net.ints(i, j), net.ints(9, 9), net.ints(1, 2), net.ints(2, 2))
        for i in range(2)
        for j in range(2)
    ]
    merged = norm(net("Concat", *every, axis=-1), 32)
    x = net("MatMul", merged, net.weights(32, 16))
    x = norm(net("Add", x, net.dense(net.gelu(net.dense(x, 16, 32)), 32, 16)), 16, to="last")
    x = net("Transpose", x, perm=[0, 3, 1, 2])
    net.head(net("Flatten", net("GlobalAveragePool", x), to="flat"), 16)
    return net.model()


def convnext():
    net = Net(3, 8, 8)
    x = net.conv("x", (3, 8), size=2, stride=2, relu=False)
    y = net("Transpose", net.conv(x, (8, 8), relu=False, groups=8), perm=[0, 2, 3, 1])
    y = net.dense(net.gelu(net.dense(net.norm(y, 8, to="inner"), 8, 16)), 16, 8)
    y = net("Mul", net("Transpose", y, perm=[0, 3, 1, 2]), net.weights(8, 1, 1))
    x = net("Add", x, y, to="stage1")
    x = net.conv(x, (8, 16), size=2, stride=2, relu=False, to="stage2")
    x = net("Transpose", net("GlobalAveragePool", x), perm=[0, 2, 3, 1])
    x = net("Transpose", net.norm(x, 16), perm=[0, 3, 1, 2])
    net.head(net("Flatten", x, to="flat"), 16)
    return net.model()


def tensorflow():
    net = Net(8, 8, 3, name="input:0")
    x = "input:0"
    for i, channels in enumerate([(3, 4), (4, 6)]):
        x = net.conv(net("Transpose", x, perm=[0, 3, 1, 2]), channels, to=f"relu{i}", stride=2)
        x = net("Transpose", x, perm=[0, 2, 3, 1], to=f"model/relu_{i}/Relu:0")
    mean = net("ReduceMean", x, axes=[1, 2], keepdims=0, to="model/mean/Mean:0")
    net.dense(mean, 6, CLASSES, to="z")
    return net.model()


def tensorflow_keeping():
    """The mean keeps its dimensions; the head is a convolution in disguise."""
    net = Net(8, 8, 3)
    x = net.conv(net("Transpose", "x", perm=[0, 3, 1, 2]), (3, 6), stride=2)
    x = net("Transpose", x, perm=[0, 2, 3, 1], to="map")
    x = net("ReduceMean", x, axes=[1, 2], keepdims=1, to="mean")
    net("Squeeze", net.dense(x, 6, CLASSES), net.ints(1, 2), to="z")
    return net.model()


def convolutional(dimensions):
    net = Net(2, *[8] * dimensions)
    x = net.conv("x", (2, 4), dimensions=dimensions, to="one")
    x = net.conv(x, (4, 6), dimensions=dimensions, stride=2, to="two")
    net.head(net("Flatten", net("GlobalAveragePool", x, to="average"), to="flat"), 6)
    return net.model()


def half():
    net = Net(3, 8, 8)
    net.kind = np.float16
    net.nodes.append(helper.make_node("Cast", ["x"], ["x16"], to=TensorProto.FLOAT16))
    x = net.conv("x16", (3, 4), to="one", stride=2)
    x = net.dense(net("ReduceMean", x, axes=[2, 3], keepdims=0, to="mean"), 4, CLASSES, to="z16")
    net.nodes.append(helper.make_node("Cast", [x], ["z"], to=TensorProto.FLOAT))
    # Converters append their casts, wherever these run.
    net.nodes.append(net.nodes.pop(0))
    return net.model()


def lstm():
    net = Net(5, 4)
    x = net("Transpose", "x", perm=[1, 0, 2])
    weights = [net.weights(1, 24, 4), net.weights(1, 24, 6), net.weights(1, 48)]
    net("LSTM", x, *weights, to=["all", "hidden"], hidden_size=6)
    x = net("Squeeze", "hidden", net.ints(0), to="state")
    net.head(x, 6)
    return net.model()


def squeezenet():
    net = Net(3, 8, 8)
    x = net.conv("x", (3, 4), stride=2, to="stem")
    x = net("Dropout", net.conv(x, (4, 6), stride=2, to="features"), to="dropped")
    x = net.conv(x, (6, CLASSES), size=1)
    net("Flatten", net("GlobalAveragePool", x), to="z")
    return net.model()


def flattened():
    net = Net(3, 8, 8)
    x = net("MaxPool", net.conv("x", (3, 4), to="conv"), kernel_shape=[2, 2], strides=[2, 2])
    x = net("Flatten", x, to="flat")
    x = net("Relu", net.dense(x, 64, 5), to="hidden")
    net("Mul", net.head(net("Dropout", x), 5, to="raw"), net.constant(0.5), to="z")
    return net.model()


def quantised():
    net = Net(6)
    x = net("Relu", net.dense("x", 6, 5), to="hidden")
    scale, zero = net.constant(0.05), net.constant(0, np.uint8)
    x = net("QuantizeLinear", x, scale, zero)
    net.head(net("DequantizeLinear", x, scale, zero, to="dequantised"), 5)
    return net.model()


def cosine():
    net = Net(6)
    x = net("Relu", net.dense("x", 6, 5), to="hidden")
    length = net("ReduceL2", x, axes=[1], keepdims=1)
    x = net("MatMul", net("Div", x, length, to="unit"), net.weights(5, CLASSES))
    net("Mul", x, net.constant(16), to="z")
    return net.model()


def prototypes():
    net = Net(6)
    x = net("Relu", net.dense("x", 6, 5), to="hidden")
    x = net("Unsqueeze", x, net.ints(1))
    x = net("Pow", net("Sub", x, net.weights(1, CLASSES, 5)), net.constant(2))
    net("Neg", net("ReduceSum", x, net.ints(2), keepdims=0), to="z")
    return net.model()


def two_from_one():
    """Two classes, as scikit-learn makes them of a sigmoid."""
    net = Net(6)
    x = net("Relu", net.dense("x", 6, 5), to="hidden")
    one = net("Sigmoid", net.dense(x, 5, 1), to="sigmoid")
    net("Concat", net("Sub", net.constant([1]), one), one, axis=1, to="z")
    return net.model()


def sigmoids_over_their_sum():
    net = Net(6)
    x = net("Relu", net.dense("x", 6, 5), to="hidden")
    each = net("Sigmoid", net.head(x, 5, to="raw"))
    net("Div", each, net("ReduceSum", each, net.ints(1)), to="z")
    return net.model()


def ensemble():
    net = Net(6)
    each = [net.head(net("Relu", net.dense("x", 6, 5)), 5, to=f"z{i}") for i in range(2)]
    net("Add", *each, to="z")
    return net.model()


def linear(scaled):
    net = Net(6)
    x = "x"
    if scaled:
        x = net("Mul", net("Sub", x, net.weights(6)), net.weights(6), to="scaled")
    net.dense(x, 6, CLASSES, to="z")
    return net.model()


def mixer():
    net = Net(3, 8, 8)
    x = net.patches("x", 8)
    y = net("Transpose", net.norm(x, 8), perm=[0, 2, 1])
    y = net.dense(net.gelu(net.dense(y, 4, 6)), 6, 4)
    x = net("Add", x, net("Transpose", y, perm=[0, 2, 1]))
    x = net("Add", x, net.dense(net.gelu(net.dense(net.norm(x, 8), 8, 16)), 16, 8))
    net.head(net("ReduceMean", net.norm(x, 8, to="tokens"), axes=[1], keepdims=0, to="mean"), 8)
    return net.model()


def residual():
    """A stem, two stages of a residual block each; squeeze and excitation in the last."""
    net = Net(3, 8, 8)
    x = net.conv("x", (3, 4), to="stem")
    x = net("Relu", net("Add", x, net.conv(x, (4, 4), relu=False)), to="stage1")
    y = net.conv(x, (4, 8), stride=2, relu=False)
    weight = net.conv(net("GlobalAveragePool", y), (8, 8), size=1, relu=False)
    y = net("Mul", y, net("Sigmoid", weight))
    short = net.conv(x, (4, 8), stride=2, size=1, relu=False)
    x = net("Relu", net("Add", y, short), to="stage2")
    x = net("GlobalAveragePool", x, to="average")
    net.head(net("Reshape", x, net.ints(0, -1), to="flat"), 8)
    return net.model()


FIRST, LAST = "first axis", "last axis"
TOKENS = {
    "tokens": ("tokens:channels-last", LAST),
    "tokens:mean": ("tokens:channels-last", LAST),
    "tokens:max": ("tokens:channels-last:max", "last axis, max"),
    "tokens:first": ("tokens:first", "first token"),
    "tokens:channels-first": ("tokens:channels-first", FIRST),
}
TOKEN = {"same": ("same", "vector")}

# Model, default layer, ends of stages, and layers: by the name given, the name in a detector and
# how NumPy pools the tensor.
MODELS = {
    "vit": (vit("norm"), "token", ["map", "tokens"], TOKENS | TOKEN),
    "vit in parts": (vit("norm_in_parts"), "token", ["map", "tokens"], TOKENS),
    "rms norm": (vit("rms_norm"), "token", ["map", "tokens"], TOKENS),
    "tensorflow's transformer": (
        vit("norm_of_tensorflow", (), "mean"),
        "pooled",
        [],
        TOKENS,
    ),
    "vit of means": (vit("norm", (), "mean"), "pooled", [], TOKENS),
    "deit distilled": (vit("norm", ("one", "two")), "tokens", ["map"], TOKENS),
    "swin": (
        swin("norm"),
        "flat",
        ["stage1"],
        {
            "stage1": ("stage1:channels-last", LAST),
            "last": ("last:channels-last", LAST),
            "last:max": ("last:channels-last:max", "last axis, max"),
            "last:max:channels-last": ("last:channels-last:max", "last axis, max"),
            "last:channels-first": ("last:channels-first", FIRST),
        },
    ),
    "swin in parts": (
        swin("norm_in_parts"),
        "flat",
        ["stage1"],
        {"last": ("last:channels-last", LAST)},
    ),
    "convnext": (
        convnext(),
        "flat",
        ["stage1", "stage2"],
        {"stage1": ("stage1", FIRST), "inner": ("inner:channels-last", LAST)},
    ),
    "tf2onnx": (
        tensorflow(),
        "model/mean/Mean:0",
        ["relu0"],
        {
            "model/relu_0/Relu:0": ("model/relu_0/Relu:0:channels-last", LAST),
            "model/relu_1/Relu:0:max": (
                "model/relu_1/Relu:0:channels-last:max",
                "last axis, max",
            ),
            "relu1": ("relu1", FIRST),
        },
    ),
    "tf2onnx, dimensions kept": (
        tensorflow_keeping(),
        "mean",
        [],
        {"mean": ("mean:channels-last", LAST), "map": ("map:channels-last", LAST)},
    ),
    "one dimension": (
        convolutional(1),
        "flat",
        ["one"],
        {
            "one": ("one", FIRST),
            "two:max": ("two:max", "first axis, max"),
            "two:channels-last": ("two:channels-last", LAST),
            "average": ("average", FIRST),
        },
    ),
    "three dimensions": (
        convolutional(3),
        "flat",
        ["one"],
        {"one": ("one", FIRST), "two:max": ("two:max", "first axis, max")},
    ),
    "half": (half(), "mean", [], {"one": ("one", FIRST), "mean": ("mean", "vector")}),
    "lstm": (lstm(), "state", [], {"state": ("state", "vector")}),
    "squeezenet": (
        squeezenet(),
        "dropped",
        ["stem"],
        {"dropped": ("dropped", FIRST), "features": ("features", FIRST)},
    ),
    "flattened": (
        flattened(),
        "hidden",
        ["conv", "t2"],
        {"flat": ("flat", "vector"), "hidden:mean": ("hidden", "vector")},
    ),
    "quantised": (quantised(), "dequantised", [], {"hidden": ("hidden", "vector")}),
    "cosine": (cosine(), "unit", [], {"unit": ("unit", "vector")}),
    "prototypes": (prototypes(), "hidden", [], {"hidden": ("hidden", "vector")}),
    "two from one": (two_from_one(), "hidden", [], {"sigmoid": ("sigmoid", "vector")}),
    "sigmoids over their sum": (
        sigmoids_over_their_sum(),
        "hidden",
        [],
        {"raw": ("raw", "vector")},
    ),
    "ensemble": (ensemble(), None, [], {"z0": ("z0", "vector")}),
    "linear": (linear(False), "x", [], {"x": ("x", "vector")}),
    "scaled": (linear(True), "scaled", [], {"scaled": ("scaled", "vector")}),
    "mixer": (mixer(), "mean", [], {"tokens": ("tokens:channels-last", LAST)}),
    "residual": (residual(), "flat", ["stage1"], {"stage2": ("stage2", FIRST)}),
}


def run(proto, sample, names):
    """These tensors of one sample, by name."""
    shown = onnx.ModelProto.FromString(proto.SerializeToString())
    known = [output.name for output in shown.graph.output]
    given = {shown.graph.input[0].name: sample[None]}
    made = sorted(set(names) - set(given) | set(known))
    extra = [name for name in made if name not in known]
    shown.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in extra)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        shown.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return given | dict(zip(made, session.run(made, given), strict=True))


def tensor_of(name):
    words = {"mean", "max", "first", "channels-first", "channels-last"}
    while ":" in name and name.rpartition(":")[2] in words:
        name = name.rpartition(":")[0]
    return name


def case(proto, default, stages, layers):
    shape = [dim.dim_value for dim in proto.graph.input[0].type.tensor_type.shape.dim[1:]]
    sample = rng.normal(0, 1, shape).round(3).astype(np.float32)
    tensors = run(proto, sample, [tensor_of(name) for name in layers])

    def features(name, pooling):
        return POOLINGS[pooling](tensors[tensor_of(name)][0].astype(np.float64)).ravel().tolist()

    return {
        "model": base64.b64encode(proto.SerializeToString()).decode(),
        "sample": sample.ravel().tolist(),
        "default": default,
        "stages": stages,
        "layers": {
            given: {"name": name, "features": features(given, pooling)}
            for given, (name, pooling) in layers.items()
        },
    }


def without_layers():
    net = Net(2, 4)
    net.nodes.append(helper.make_node("NonZero", ["x"], ["places"]))
    net.nodes.append(helper.make_node("Cast", ["places"], ["z"], to=TensorProto.FLOAT))
    return net.model()


def main():
    onnx.save(without_layers(), HERE / "no_layers.onnx")
    cases = {name: case(*parts) for name, parts in MODELS.items()}
    (HERE / "layers.json").write_text(json.dumps(cases, indent=1) + "\n")


main()
