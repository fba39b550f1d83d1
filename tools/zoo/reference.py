"""What ONNX Runtime says of a model: its logits, and the features that a detector should tap.

The default layer is the input of the node that makes the logits: found here by walking the ONNX
graph back from the output, independently of the program. The features of the layer that the program
chose are made here as well, since several layers may be right.
"""

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from onnx import inliner, numpy_helper

# Operators after the logits that change no value.
SHAPES = {"Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Dropout"}
ENDS = {"Softmax": "softmax", "LogSoftmax": "softmax", "Sigmoid": "sigmoid"}
# Operators with weights, and where their data is.
PLAIN = {"Gemm", "MatMul", "Conv", "FusedConv", "FusedMatMul", "FusedGemm", "LinearClassifier"}
INTEGER = {"MatMulInteger", "ConvInteger"}
SCALED = {"QLinearConv", "QLinearMatMul", "QGemm"}
# Of positions (N, P, D).
POOLINGS = {
    "mean": lambda positions: positions.mean(1),
    "first": lambda positions: positions[:, 0],
    "max": lambda positions: positions.max(1),
}
NUMBERS = {
    onnx.TensorProto.FLOAT: np.float32,
    onnx.TensorProto.DOUBLE: np.float64,
    onnx.TensorProto.FLOAT16: np.float16,
    onnx.TensorProto.UINT8: np.uint8,
    onnx.TensorProto.INT32: np.int32,
    onnx.TensorProto.INT64: np.int64,
}


@dataclass
class Reference:
    # (N, K) before a softmax or sigmoid at the end, or what the model gives; none where it gives
    # probabilities that are made in another way.
    logits: np.ndarray | None
    # (N, K), each row of which sums to 1.
    probabilities: np.ndarray
    # The tensor that makes the logits, and its features (N, D); none where a model has no such.
    layer: str | None
    features: np.ndarray | None


class Graph:
    """A model that gives any of its tensors."""

    def __init__(self, path):
        self.model = inliner.inline_local_functions(onnx.load(path))
        self.graph = self.model.graph
        self.producers = {name: node for node in self.graph.node for name in node.output}
        self.constants = {tensor.name for tensor in self.graph.initializer}
        self.constants |= {n.output[0] for n in self.graph.node if n.op_type == "Constant"}
        known = [v for v in self.graph.input if v.name not in self.constants]
        self.input, self.inputs = known[0], len(known)

    def run(self, x, names, batchless=False):
        """The tensors of each sample alone, or in the batch that the file fixes."""
        if not names:
            return []
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        if self.input.name in names:
            index = names.index(self.input.name)
            rest = self.run(x, names[:index] + names[index + 1 :], batchless)
            return [*rest[:index], x, *rest[index:]]
        outputs = {value.name for value in model.graph.output}
        for name in names:
            if name not in outputs:
                model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        kind = NUMBERS[self.input.type.tensor_type.elem_type]
        if batchless:
            runs = [session.run(names, {self.input.name: row.astype(kind)}) for row in x]
            return [np.stack(values) for values in zip(*runs, strict=True)]
        batch = max(self.input.type.tensor_type.shape.dim[0].dim_value, 1)
        runs = [
            session.run(names, {self.input.name: np.repeat(row[None], batch, 0).astype(kind)})
            for row in x
        ]
        return [
            np.stack([value[0] if np.ndim(value) else value for value in values])
            for values in zip(*runs, strict=True)
        ]

    def data(self, node):
        """The first input that is no constant."""
        return next((n for n in node.input if n and not self.is_constant(n)), None)

    def is_constant(self, name, depth=6):
        if name in self.constants:
            return True
        node = self.producers.get(name)
        return bool(node and depth and node.input) and all(
            self.is_constant(n, depth - 1) for n in node.input if n
        )

    def head(self, output):
        """The tensor before a softmax or sigmoid at the end, and which it was."""
        name = output
        while node := self.producers.get(name):
            if node.op_type in ENDS:
                return node.input[0], ENDS[node.op_type]
            if node.op_type not in SHAPES | {"ZipMap", "Normalizer"}:
                break
            name = node.input[0]
        return output, None

    def before(self, logits):
        """The tensor that makes the logits, with the node that reads it."""
        name = logits
        while node := self.producers.get(name):
            if node.op_type in PLAIN | INTEGER | SCALED:
                return self.data(node), node
            name = self.data(node)
        return None, None


def refer(path, entry, x):
    graph = Graph(path)
    output = entry.output or classifying(graph)
    node = graph.producers.get(output)
    if node and node.op_type == "ZipMap":
        output = node.input[0]
    logits, end = graph.head(output)
    layer, reader = graph.before(logits)
    if reader is not None and reader.op_type in INTEGER:
        layer = graph.producers[layer].input[0]
    names = [logits, output] + ([layer] if layer else [])
    found, shown, *tensors = graph.run(x, names, entry.batchless)
    found, shown = (rows(values) for values in (found, shown))
    features = pooled(graph, tensors[0], reader) if tensors else None
    if reader is not None and reader.op_type == "LinearClassifier":
        found, end = linear(reader, features)
    if end is None and is_probability(shown):
        found = None
    return Reference(
        found if found is None else two(found), chances(shown, found, end), layer, features
    )


def tapped(path, layer, x):
    """Features of a layer as `she-ood layers` describes it: its tensor, pooled."""
    graph = Graph(path)
    batchless = len(graph.input.type.tensor_type.shape.dim) < x.ndim
    # The program's own name for the numbers behind 8 bits that the file never turns back.
    name = layer["tensor"].removesuffix(".dequantized")
    (tensor,) = graph.run(x, [name], batchless)
    readers = [n for n in graph.graph.node if name in n.input[:1]]
    tensor = scaled(graph, tensor, readers[0] if readers else None)
    tensor = tensor.reshape(len(x), *layer["shape"])
    if tensor.ndim == 2:
        return tensor
    channels_first = layer["channelAxis"] == "channels-first"
    positions = np.moveaxis(tensor, 1, -1) if channels_first else tensor
    positions = positions.reshape(len(tensor), -1, positions.shape[-1])
    return POOLINGS[layer["pooling"]](positions)


def classifying(graph):
    """The output that is no label."""
    for value in graph.graph.output:
        tensor = value.type.tensor_type
        if (
            not value.type.HasField("tensor_type")
            or tensor.elem_type in NUMBERS
            and (NUMBERS[tensor.elem_type](0.5) > 0)
        ):
            return value.name
    return graph.graph.output[0].name


def rows(values):
    return values.reshape(len(values), -1).astype(np.float32)


def pooled(graph, tensor, reader):
    """Vectors as they are; maps averaged over all but the channels, which the reader tells."""
    tensor = scaled(graph, tensor, reader)
    if tensor.ndim <= 2:
        return tensor.reshape(len(tensor), -1)
    channels_first = "Conv" in reader.op_type
    axes = range(2, tensor.ndim) if channels_first else range(1, tensor.ndim - 1)
    return tensor.mean(tuple(axes))


def scaled(graph, tensor, reader):
    """Numbers of 8 bits as their reader understands them."""
    tensor = tensor.astype(np.float32)
    if reader is None or reader.op_type not in SCALED:
        return tensor
    constants = {t.name: numpy_helper.to_array(t) for t in graph.graph.initializer}
    scale, zero = (constants[name] for name in reader.input[1:3])
    return (tensor - zero.astype(np.float32)) * scale


def linear(node, features):
    """The scores of scikit-learn's linear models by their coefficients, and what follows them."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    bias = np.array(attributes["intercepts"], np.float32)
    weights = np.array(attributes["coefficients"], np.float32).reshape(len(bias), -1)
    end = {b"SOFTMAX": "softmax"}.get(attributes["post_transform"])
    return features @ weights.T + bias, end


def two(logits):
    """One logit is two classes."""
    if logits.shape[1] == 1:
        return np.concatenate([np.zeros_like(logits), logits], 1)
    return logits


def chances(shown, logits, end):
    """What the file itself gives, where these are probabilities."""
    if end == "softmax" and shown.min() < 0:
        return np.exp(shown)
    if end == "sigmoid" and shown.shape[1] == 1:
        return np.concatenate([1 - shown, shown], 1)
    return shown if is_probability(shown) else softmax(two(logits))


def is_probability(values):
    return values.min() >= 0 and np.allclose(values.sum(1), 1, atol=1e-4)


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def log_softmax(logits):
    moved = logits - logits.max(1, keepdims=True)
    return moved - np.log(np.exp(moved).sum(1, keepdims=True))


def logarithms(probabilities):
    """Those of the smallest 32-bit number where a probability is less."""
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
