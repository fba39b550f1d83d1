"""Writes rewrite.json.gz: small graphs that the engine alone gets wrong or refuses, and their
neighbours, with the outputs of ONNX Runtime.

    .tools/python-test/bin/python tests/data/rewrite.py

Each model has one float input and ends in `logits`, the negated outputs in a row. The input is
`((37 i + 11) mod 101) / 50 - 1` at position `i`.
"""

import base64
import gzip
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

MODELS = {}
MICROSOFT = "com.microsoft"
LEARNED = "ai.onnx.ml"


def node(operator, inputs, outputs="y", domain="", **attributes):
    split = lambda names: names.split() if isinstance(names, str) else names
    return helper.make_node(operator, split(inputs), split(outputs), domain=domain, **attributes)


def weights(*shape, seed=0, scale=1.0):
    values = np.random.default_rng([seed, *shape]).normal(size=shape) * scale
    return values.astype(np.float32)


def bytes_of(*shape, kind=np.int8, seed=0):
    low, high = (-90, 90) if kind == np.int8 else (10, 240)
    return np.random.default_rng([seed, *shape]).integers(low, high, shape).astype(kind)


def case(name, shape, nodes, constants=None, opset=13, functions=(), last="y", extra=(), **imports):
    """Adds a model whose `y` becomes the logits."""
    row = numpy_helper.from_array(np.array([1, -1], np.int64), "row")
    tail = [node("Reshape", [last, "row"], "flat"), node("Neg", "flat", "logits")]
    values = {key: np.asarray(value) for key, value in (constants or {}).items()}
    graph = helper.make_graph(
        [*nodes, *tail],
        "rewrite",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [*extra, helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)],
        [row, *(numpy_helper.from_array(value, key) for key, value in values.items())],
    )
    domains = {entry.domain for entry in nodes} | {f.domain for f in functions}
    sets = [helper.make_opsetid("", opset)]
    sets += [helper.make_opsetid(domain, 1) for domain in sorted(domains - {""})]
    model = helper.make_model(graph, opset_imports=sets, functions=list(functions))
    model.ir_version = 10 if opset > 20 else 8
    assert name not in MODELS, name
    MODELS[name] = (model, shape)


def ints(*values):
    return np.array(values, np.int64)


def sample(shape):
    i = np.arange(int(np.prod(shape)))
    return ((37 * i + 11) % 101 / 50 - 1).astype(np.float32).reshape(shape)


def slices():
    conv = {"w": weights(2, 2, 3, 3), "b": weights(2)}
    before = {
        "alone": [node("Identity", "x", "h")],
        "conv": [node("Conv", "x w b", "h", pads=[1, 1, 1, 1])],
        "conv_relu": [node("Conv", "x w b", "c", pads=[1, 1, 1, 1]), node("Relu", "c", "h")],
        "conv_stride": [node("Conv", "x w b", "h", strides=[2, 2], pads=[1, 1, 1, 1])],
        "pool": [node("MaxPool", "x", "h", kernel_shape=[2, 2])],
        "average": [node("AveragePool", "x", "h", kernel_shape=[3, 3], strides=[1, 1])],
        "norm": [node("BatchNormalization", "x g g g v", "h")],
        "reshape": [node("Reshape", "x to", "r"), node("Transpose", "r", "h", perm=[0, 3, 2, 1])],
        "pad": [node("Pad", "x p", "h")],
        "slice": [node("Slice", "x one far two1", "h")],
    }
    more = {"g": weights(2), "v": np.abs(weights(2)) + 1, "to": ints(1, 2, 13, 9)}
    more |= {"p": ints(0, 0, 1, 0, 0, 0, 0, 1), "one": ints(1), "far": ints(99), "two1": ints(2)}
    ranges = {
        "1_end_2": ([1], [2**63 - 1], [2], [2]),
        "0_end_2": ([0], [99], [2], [3]),
        "3_end_3": ([1, 2], [7, 100], [2, 3], [3, 2]),
        "reversed": ([-1], [-(2**63)], [3], [-1]),
        "back_2": ([-2], [0], [2], [-2]),
        "from_end": ([-5], [-1], [-1], [2]),
    }
    for kind, nodes in before.items():
        for label, (starts, ends, axes, steps) in ranges.items():
            if kind not in ("alone", "conv", "conv_stride", "reshape") and label in (
                "0_end_2",
                "3_end_3",
                "from_end",
            ):
                continue
            constants = {"s": ints(*starts), "e": ints(*ends), "a": ints(*axes), "t": ints(*steps)}
            used = {name for entry in nodes for name in entry.input}
            constants |= {k: v for k, v in (conv | more).items() if k in used}
            slice_ = node("Slice", "h s e a t")
            case(f"slice_{kind}_{label}", [1, 2, 9, 13], [*nodes, slice_], constants)
    case(
        "slice_old",
        [1, 2, 9, 13],
        [node("Slice", "x", starts=[1, -4], ends=[7, 99], axes=[2, 3])],
        opset=9,
    )
    block = [
        node("Conv", "x w b", "c"),
        node("Slice", "c s e a t", "h"),
        node("Conv", "h w2 b", "d"),
        node("Relu", "d"),
    ]
    constants = conv | {
        "s": ints(1, 0),
        "e": ints(99, 99),
        "a": ints(2, 3),
        "t": ints(2, 2),
        "w2": weights(2, 2, 1, 1),
    }
    case("slice_between_convs", [1, 2, 9, 13], block, constants)

    small = {"w2": weights(3, 2, 1, 1)}
    plain = [node("Conv", "x w b", "c", pads=[1, 1, 1, 1])]
    for label, nodes in {
        "conv": plain,
        "conv_upper": [node("Conv", "x w b", "c", auto_pad="SAME_UPPER")],
        "conv_lower": [node("Conv", "x w b", "c", auto_pad="SAME_LOWER")],
        "conv_2_upper": [node("Conv", "x w b", "c", auto_pad="SAME_UPPER", strides=[2, 2])],
        "relu": [*plain[:0], node("Conv", "x w b", "r", pads=[1, 1, 1, 1]), node("Relu", "r", "c")],
        "norm": [node("BatchNormalization", "x g g g v", "c")],
        "pool": [node("MaxPool", "x", "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
        "average": [node("AveragePool", "x", "c", kernel_shape=[2, 2])],
        "reshape": [node("Reshape", "x to", "r"), node("Transpose", "r", "c", perm=[0, 1, 3, 2])],
        "tokens": [
            node("Reshape", "x row2", "r"),
            node("Transpose", "r", "t", perm=[0, 2, 1]),
            node("Relu", "t", "u"),
            node("Transpose", "u", "v2", perm=[0, 2, 1]),
            node("Reshape", "v2 to", "c"),
        ],
        "concat": [node("Concat", "x x", "d", axis=2), node("Slice", "d one far two1", "c")],
        "pad": [node("Pad", "x p", "c")],
        "resize": [node("Resize", ["x", "", "up"], "c", mode="nearest")],
        "transposed": [node("ConvTranspose", "x w", "c", strides=[2, 2])],
    }.items():
        used = {name for entry in nodes for name in entry.input}
        every = conv | more | small | {"row2": ints(1, 2, -1), "up": np.float32([1, 1, 2, 2])}
        constants = {k: v for k, v in every.items() if k in used or k == "w2"}
        for step in (2, 3):
            tail = node("Conv", "c w2", strides=[step, step])
            case(f"strided_{label}_{step}", [1, 2, 9, 13], [*nodes, tail], constants)


def pads():
    shape = [1, 2, 5, 6]
    variants = {
        "negative": [0, 0, -1, -2, 0, 0, -1, 0],
        "mixed": [0, 0, -1, 2, 0, 0, 2, -3],
        "positive": [0, 1, 2, 3, 0, 0, 1, 0],
    }
    for label, values in variants.items():
        for mode in ("constant", "reflect", "edge"):
            if mode == "reflect" and label == "positive":
                values = [0, 1, 2, 3, 0, 0, 1, 0]
            pad = node("Pad", "x p", mode=mode)
            case(f"pad_{label}_{mode}", shape, [pad], {"p": ints(*values)})
            case(
                f"pad_{label}_{mode}_10",
                shape,
                [node("Pad", "x", mode=mode, pads=values, value=0.5)],
                opset=10,
            )
    case(
        "pad_value",
        shape,
        [node("Pad", "x p v")],
        {"p": ints(0, 0, 1, -1, 0, 0, 1, 1), "v": np.float32(2.5)},
    )
    case(
        "pad_axes",
        shape,
        [node("Pad", "x p v a")],
        {"p": ints(1, -1, 0, 2), "v": np.float32(-1), "a": ints(-1, 2)},
        opset=18,
    )
    case(
        "pad_axes_reflect",
        shape,
        [node("Pad", ["x", "p", "", "a"], mode="reflect")],
        {"p": ints(2, 1), "a": ints(3)},
        opset=19,
    )
    case(
        "pad_wrap",
        shape,
        [node("Pad", "x p", mode="wrap")],
        {"p": ints(0, 0, 2, 1, 0, 0, 0, 3)},
        opset=19,
    )
    computed = [
        node("Cast", "p", "i", to=TensorProto.INT64),
        node("Concat", "i zeros", "q", axis=0),
        node("Pad", "x q"),
    ]
    case(
        "pad_computed",
        shape,
        computed,
        {"p": np.array([0, 0, -1, 1], np.int32), "zeros": ints(0, 0, 1, -2)},
    )
    conv = [
        node("Pad", "x p", "h"),
        node("Conv", "h w"),
    ]
    case(
        "pad_then_conv", shape, conv, {"p": ints(0, 0, -1, 1, 0, 0, 1, 1), "w": weights(3, 2, 3, 3)}
    )


def transposed():
    shape = [1, 2, 4, 5]
    w = {"w": weights(2, 3, 3, 3), "b": weights(3)}
    base = {"strides": [2, 2]}
    variants = {
        "shape": {"output_shape": [8, 9]},
        "shape_odd": {"output_shape": [7, 10]},
        "shape_upper": {"output_shape": [8, 10], "auto_pad": "SAME_UPPER"},
        "shape_lower": {"output_shape": [8, 10], "auto_pad": "SAME_LOWER"},
        "upper": {"auto_pad": "SAME_UPPER"},
        "lower": {"auto_pad": "SAME_LOWER"},
        "valid": {"auto_pad": "VALID"},
        "padding": {"output_padding": [1, 0], "pads": [1, 0, 0, 1]},
        "dilated": {"dilations": [2, 1], "pads": [1, 1, 1, 1]},
        "dilated_shape": {"dilations": [1, 2], "output_shape": [9, 10]},
        "stride_3": {"strides": [3, 3], "output_shape": [11, 13]},
    }
    for label, attributes in variants.items():
        case(
            f"transposed_{label}", shape, [node("ConvTranspose", "x w b", **(base | attributes))], w
        )
    for auto in ("SAME_UPPER", "SAME_LOWER"):
        for k in (1, 2, 4):
            case(
                f"transposed_{auto}_{k}",
                shape,
                [node("ConvTranspose", "x w b", auto_pad=auto, strides=[2, 3])],
                w | {"w": weights(2, 3, k, k)},
            )
    grouped = {"w": weights(2, 2, 3, 3)}
    case(
        "transposed_group",
        shape,
        [node("ConvTranspose", "x w", group=2, strides=[2, 2], output_shape=[8, 10])],
        grouped,
    )
    case(
        "transposed_1d",
        [1, 2, 7],
        [node("ConvTranspose", "x w", strides=[2], output_shape=[13])],
        {"w": weights(2, 2, 4)},
    )
    case(
        "transposed_old",
        shape,
        [node("ConvTranspose", "x w b", strides=[2, 2], output_shape=[8, 9])],
        w,
        opset=7,
    )


def pools():
    shape = [1, 2, 5, 7]
    for opset in (7, 13, 18):
        for p in (1, 2, 3):
            case(f"global_lp_{p}_{opset}", shape, [node("GlobalLpPool", "x", p=p)], opset=opset)
        case(
            f"lp_{opset}",
            shape,
            [node("LpPool", "x", p=3, kernel_shape=[2, 3], strides=[2, 1], pads=[0, 1, 1, 1])],
            opset=opset,
        )
        for axis in (-1, 1, 2):
            case(
                f"lp_norm_{axis}_{opset}",
                shape,
                [node("LpNormalization", "x", axis=axis, p=1 + axis % 2)],
                opset=opset,
            )
    case(
        "lp_upper",
        shape,
        [node("LpPool", "x", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")],
    )
    for include in (0, 1):
        for ceil in (0, 1):
            for pad in (0, 1):
                for k, s in ((3, 2), (2, 3), (2, 2)):
                    attributes = {
                        "kernel_shape": [k, k],
                        "strides": [s, s],
                        "pads": [pad] * 4,
                        "ceil_mode": ceil,
                    }
                    case(
                        f"average_{include}{ceil}{pad}_{k}{s}",
                        shape,
                        [node("AveragePool", "x", count_include_pad=include, **attributes)],
                        opset=19,
                    )
                    if include == 0:
                        case(
                            f"max_{ceil}{pad}_{k}{s}",
                            shape,
                            [node("MaxPool", "x", **attributes)],
                            opset=12,
                        )
    ceiling = {"kernel_shape": [2, 2], "strides": [2, 3], "auto_pad": "VALID", "ceil_mode": 1}
    case("max_valid_ceil", shape, [node("MaxPool", "x", **ceiling)])
    case(
        "average_valid_ceil",
        shape,
        [node("AveragePool", "x", count_include_pad=1, **ceiling)],
        opset=19,
    )
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        attributes = {"kernel_shape": [3, 2], "strides": [2, 2], "auto_pad": auto}
        case(f"average_{auto}", shape, [node("AveragePool", "x", **attributes)])
        case(
            f"average_include_{auto}",
            shape,
            [node("AveragePool", "x", count_include_pad=1, **attributes)],
        )
        case(f"max_{auto}", shape, [node("MaxPool", "x", **attributes)])
        case(f"conv_{auto}", shape, [node("Conv", "x w", **attributes)], {"w": weights(2, 2, 3, 2)})
    case(
        "conv_1x1_upper",
        shape,
        [node("Conv", "x w", auto_pad="SAME_UPPER", strides=[2, 2])],
        {"w": weights(2, 2, 1, 1)},
    )
    case(
        "conv_1x1_valid",
        shape,
        [node("Conv", "x w", auto_pad="VALID", strides=[2, 3])],
        {"w": weights(2, 2, 1, 1)},
    )
    case(
        "conv_1x3",
        shape,
        [node("Conv", "x w", strides=[2, 2], pads=[0, 1, 0, 1])],
        {"w": weights(2, 2, 1, 3)},
    )
    case(
        "conv_dilated_2",
        [1, 2, 10, 13],
        [node("Relu", "x", "h"), node("Conv", "h w", strides=[2, 2], dilations=[2, 4])],
        {"w": weights(2, 2, 2, 3)},
    )
    case(
        "pool_both_pads",
        shape,
        [node("MaxPool", "x", auto_pad="SAME_UPPER", pads=[0, 0, 0, 0], kernel_shape=[2, 2])],
    )
    case(
        "conv_notset",
        shape,
        [node("Conv", "x w", auto_pad="NOTSET", pads=[1, 0, 0, 1])],
        {"w": weights(2, 2, 3, 3)},
    )
    case("conv_empty_bias", shape, [node("Conv", ["x", "w", ""])], {"w": weights(2, 2, 3, 3)})
    case("conv_1d", [1, 2, 9], [node("Conv", "x w", strides=[2])], {"w": weights(2, 2, 1)})
    case(
        "conv_3d",
        [1, 2, 5, 4, 4],
        [node("Conv", "x w", strides=[2, 1, 2])],
        {"w": weights(2, 2, 1, 2, 1)},
    )
    case(
        "max_dilated",
        shape,
        [node("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 2])],
        opset=12,
    )
    case(
        "max_1d_ceil", [1, 2, 8], [node("MaxPool", "x", kernel_shape=[3], strides=[2], ceil_mode=1)]
    )


def normalisations():
    shape = [1, 4, 3, 5]
    for opset in (7, 9, 11, 12, 13, 17, 21):
        for axis in (0, 1, 2, 3, -1):
            if axis == 0 and opset > 12:
                continue
            if axis < 0 and opset < 11:
                continue
            case(
                f"softmax_{axis}_{opset}",
                shape,
                [node("Softmax", "x", "s", axis=axis), node("Abs", "s")],
                opset=opset,
            )
        case(
            f"softmax_default_{opset}",
            shape,
            [node("Softmax", "x", "s"), node("Abs", "s")],
            opset=opset,
        )
        case(
            f"log_softmax_{opset}",
            shape,
            [node("LogSoftmax", "x", "s", axis=2), node("Abs", "s")],
            opset=opset,
        )
        case(f"hardmax_{opset}", shape, [node("Hardmax", "x", axis=2)], opset=opset)
    g = {"g": weights(4), "b": weights(4, seed=1)}
    group = {"g": weights(2), "b": weights(2, seed=1)}
    case(
        "group_norm_18", shape, [node("GroupNormalization", "x g b", num_groups=2)], group, opset=18
    )
    case(
        "group_norm_21",
        shape,
        [node("GroupNormalization", "x g b", num_groups=2, epsilon=0.1)],
        g,
        opset=21,
    )
    case("instance_norm", shape, [node("InstanceNormalization", "x g b", epsilon=0.01)], g)
    for axis in (-1, 1, 2):
        dims = shape[axis:]
        wide = {"g": weights(*dims), "b": weights(*dims, seed=1)}
        case(
            f"layer_norm_{axis}",
            shape,
            [node("LayerNormalization", "x g b", "y mean std", axis=axis, epsilon=0.01)],
            wide,
            opset=17,
        )
        case(
            f"layer_norm_plain_{axis}",
            shape,
            [node("LayerNormalization", "x g", axis=axis)],
            {"g": wide["g"]},
            opset=17,
        )
    case(
        "batch_norm_7",
        shape,
        [node("BatchNormalization", "x g b g v")],
        g | {"v": np.abs(weights(4)) + 1},
        opset=7,
    )
    case("mvn", shape, [node("MeanVarianceNormalization", "x", axes=[0, 2, 3])])
    case("mvn_default", shape, [node("MeanVarianceNormalization", "x")])
    case("lrn", [1, 6, 3, 3], [node("LRN", "x", size=3, alpha=0.1, beta=0.5, bias=2.0)])
    case("dropout_7", shape, [node("Dropout", "x", ratio=0.3)], opset=7)
    case("dropout_12", shape, [node("Dropout", "x r", "y m")], {"r": np.float32(0.4)}, opset=12)


def reductions():
    shape = [1, 3, 4, 5]
    for operator in ("Mean", "Sum", "Max", "Min", "Prod", "L1", "L2", "LogSumExp", "SumSquare"):
        for keep in (0, 1):
            case(
                f"reduce_{operator}_{keep}",
                shape,
                [node(f"Reduce{operator}", "x", axes=[-1, 1], keepdims=keep)],
                opset=12,
            )
            case(
                f"reduce_{operator}_{keep}_18",
                shape,
                [node(f"Reduce{operator}", "x a", keepdims=keep)],
                {"a": ints(-1, 2)},
                opset=18,
            )
        case(f"reduce_{operator}_all", shape, [node(f"Reduce{operator}", "x")], opset=18)
        case(
            f"reduce_{operator}_noop",
            shape,
            [node(f"Reduce{operator}", "x", noop_with_empty_axes=1)],
            opset=18,
        )
    case("reduce_sum_13", shape, [node("ReduceSum", "x a")], {"a": ints(2)}, opset=13)
    case("reduce_no_axes", shape, [node("ReduceSum", "x a")], {"a": ints()}, opset=13)
    for operator in ("ArgMax", "ArgMin"):
        case(
            f"{operator}",
            shape,
            [node(operator, "x", "i", axis=2, keepdims=0), node("Cast", "i", to=1)],
        )
        case(
            f"{operator}_last",
            shape,
            [node(operator, "x", "i", axis=-1, select_last_index=1), node("Cast", "i", to=1)],
        )
    case("topk", shape, [node("TopK", "x k", "y i", axis=2)], {"k": ints(2)}, opset=11)
    case("topk_smallest", shape, [node("TopK", "x k", "y i", largest=0)], {"k": ints(3)}, opset=11)
    case("cumsum", shape, [node("CumSum", "x a", exclusive=1, reverse=1)], {"a": ints(2)[0]})


def shapes():
    shape = [1, 3, 4, 6]
    case(
        "constant_of_shape",
        shape,
        [node("Shape", "x", "s"), node("ConstantOfShape", "s", "z"), node("Add", "x z")],
    )
    case(
        "constant_of_shape_int",
        shape,
        [
            node("Shape", "x", "s"),
            node("ConstantOfShape", "s", "z", value=numpy_helper.from_array(ints(2))),
            node("Cast", "z", "f", to=1),
            node("Mul", "x f"),
        ],
    )
    constants = {
        "value_float": {"value_float": 0.5},
        "value_floats": {"value_floats": [0.5, 1, 2, 3, 4, 5]},
        "sparse": {
            "sparse_value": helper.make_sparse_tensor(
                numpy_helper.from_array(np.float32([2, 3]), "sparse"),
                numpy_helper.from_array(ints(1, 4), "places"),
                [6],
            )
        },
    }
    for label, attributes in constants.items():
        case(
            f"constant_{label}",
            shape,
            [node("Constant", [], "c", **attributes), node("Add", "x c")],
        )
    case(
        "constant_int",
        shape,
        [node("Constant", [], "c", value_int=2), node("Cast", "c", "f", to=1), node("Mul", "x f")],
    )
    for k in (-1, 0, 2):
        for upper in (0, 1):
            case(
                f"trilu_{k}_{upper}",
                shape,
                [node("Trilu", "x k", upper=upper)],
                {"k": ints(k)[0]},
                opset=14,
            )
    case("trilu_default", shape, [node("Trilu", "x")], opset=14)
    case("flatten_2", shape, [node("Flatten", "x", axis=2)])
    case("flatten_negative", shape, [node("Flatten", "x", axis=-1)], opset=11)
    case("expand", shape, [node("Expand", "x s")], {"s": ints(2, 3, 1, 6)})
    case("tile", shape, [node("Tile", "x s")], {"s": ints(1, 2, 1, 3)})
    case(
        "split_uneven",
        shape,
        [node("Split", "x", "a b", num_outputs=2, axis=1), node("Concat", "b a", axis=1)],
        opset=18,
    )
    case(
        "split_attr",
        shape,
        [node("Split", "x", "a b", split=[2, 4], axis=3), node("Concat", "b a", axis=3)],
        opset=11,
    )
    case("split_default", shape, [node("Split", "x", "a b", axis=-1), node("Sub", "a b")], opset=13)
    case("space_to_depth", shape, [node("SpaceToDepth", "x", blocksize=2)])
    case("depth_to_space", [1, 8, 2, 3], [node("DepthToSpace", "x", blocksize=2)])
    case("depth_to_space_crd", [1, 8, 2, 3], [node("DepthToSpace", "x", blocksize=2, mode="CRD")])
    case("gather_negative", shape, [node("Gather", "x i", axis=-1)], {"i": ints(-1, 0, -3)})
    case(
        "gather_elements",
        shape,
        [node("GatherElements", "x i", axis=1)],
        {"i": ints(*[0, 2, -1, 1] * 18).reshape(1, 3, 4, 6)},
    )
    case(
        "upsample_7",
        shape,
        [node("Upsample", "x", scales=[1.0, 1.0, 2.0, 3.0], mode="nearest")],
        opset=7,
    )
    case(
        "upsample_9",
        shape,
        [node("Upsample", "x s", mode="linear")],
        {"s": np.float32([1, 1, 2, 2])},
        opset=9,
    )
    case(
        "upsample_9_odd",
        shape,
        [node("Upsample", "x s")],
        {"s": np.float32([1, 1, 1.5, 2.5])},
        opset=9,
    )
    for mode in ("nearest", "linear"):
        for label, scales in (("up", [1, 1, 2, 1.5]), ("down", [1, 1, 0.5, 0.7])):
            s = {"s": np.float32(scales)}
            case(
                f"resize_10_{mode}_{label}", shape, [node("Resize", "x s", mode=mode)], s, opset=10
            )
    for mode in ("nearest", "linear", "cubic"):
        for transform in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"):
            for label, scales in (("up", [1, 1, 2, 1.5]), ("down", [1, 1, 0.5, 0.7])):
                s = {"s": np.float32(scales), "r": np.float32([])}
                attributes = {"mode": mode, "coordinate_transformation_mode": transform}
                case(
                    f"resize_{mode}_{transform}_{label}",
                    shape,
                    [node("Resize", "x r s", **attributes)],
                    s,
                    opset=11,
                )
        case(
            f"resize_{mode}_sizes",
            shape,
            [node("Resize", ["x", "", "", "s"], mode=mode, axes=[2, 3])],
            {"s": ints(7, 3)},
            opset=18,
        )
    for rounding in ("floor", "ceil", "round_prefer_ceil", "round_prefer_floor"):
        s = {"s": np.float32([1, 1, 1.5, 2])}
        case(
            f"resize_{rounding}",
            shape,
            [node("Resize", ["x", "", "s"], nearest_mode=rounding)],
            s,
            opset=13,
        )


def activations():
    shape = [1, 3, 7]
    plain = "Abs Ceil Elu Erf Exp Floor HardSigmoid LeakyRelu Relu Round Selu Sigmoid Sign "
    plain += "Softplus Softsign Tanh ThresholdedRelu"
    for operator in plain.split():
        case(f"act_{operator}", shape, [node(operator, "x")])
    for operator, opset in (("Celu", 12), ("HardSwish", 14), ("Mish", 18), ("Gelu", 20)):
        case(f"act_{operator}", shape, [node(operator, "x")], opset=opset)
    case("gelu_tanh", shape, [node("Gelu", "x", approximate="tanh")], opset=20)
    case("elu_alpha", shape, [node("Elu", "x", alpha=0.3)])
    case("hard_sigmoid", shape, [node("HardSigmoid", "x", alpha=0.3, beta=0.4)])
    case("thresholded", shape, [node("ThresholdedRelu", "x", alpha=0.3)])
    case("shrink", shape, [node("Shrink", "x", lambd=0.4, bias=0.1)])
    case("selu", shape, [node("Selu", "x", alpha=1.2, gamma=0.8)])
    case("clip_6", shape, [node("Clip", "x", min=-0.3, max=0.4)], opset=7)
    case("clip_min", shape, [node("Clip", ["x", "", "m"])], {"m": np.float32(0.2)}, opset=11)
    case("prelu", shape, [node("PRelu", "x s")], {"s": weights(3, 1)})
    case("pow_fraction", shape, [node("Abs", "x", "a"), node("Pow", "a p")], {"p": np.float32(0.4)})
    case("mod", shape, [node("Mod", "x m", fmod=1)], {"m": np.float32(0.3)})
    case("mean_of", shape, [node("Mean", "x x c")], {"c": weights(3, 1)})
    case("max_of", shape, [node("Max", "x c")], {"c": weights(3, 1)})
    for a in (0, 1):
        for b in (0, 1):
            case(
                f"gemm_{a}{b}",
                [1, 4],
                [
                    node("Reshape", "x t", "h"),
                    node("Gemm", "h w c", transA=a, transB=b, alpha=0.5, beta=2.0),
                ],
                {
                    "t": ints(4, 1) if a else ints(1, 4),
                    "w": weights(3, 4) if b else weights(4, 3),
                    "c": weights(3),
                },
            )
    case(
        "einsum",
        [1, 3, 4],
        [node("Einsum", "x w", equation="bij,kj->bki")],
        {"w": weights(5, 4)},
        opset=12,
    )


def recurrent():
    turned = [node("Transpose", "x", "s", perm=[1, 0, 2])]
    for kind, gates, last in (("RNN", 1, "Yh"), ("GRU", 3, "Yh"), ("LSTM", 4, "Yc")):
        for direction, count in (("forward", 1), ("reverse", 1), ("bidirectional", 2)):
            w = {"w": weights(count, gates * 4, 3), "r": weights(count, gates * 4, 4)}
            w |= {"b": weights(count, gates * 8), "h": weights(count, 1, 4)}
            outputs = "Y Yh Yc" if kind == "LSTM" else "Y Yh"
            attributes = {"direction": direction, "hidden_size": 4}
            if kind == "GRU" and direction != "forward":
                attributes["linear_before_reset"] = 1
            network = node(kind, ["s", "w", "r", "b", "", "h"], outputs, **attributes)
            for output in ("Y", last):
                case(f"{kind}_{direction}_{output}", [1, 5, 3], [*turned, network], w, last=output)
            old = node(kind, "s w r", ["", "Yh"], **attributes)
            w = {"w": w["w"], "r": w["r"]}
            case(f"{kind}_{direction}_7", [1, 5, 3], [*turned, old], w, opset=7, last="Yh")
    for post in ("NONE", "SOFTMAX", "LOGISTIC"):
        tree = {
            "nodes_treeids": [0, 0, 0],
            "nodes_nodeids": [0, 1, 2],
            "nodes_featureids": [1, 0, 0],
            "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
            "nodes_values": [0.1, 0.0, 0.0],
            "nodes_truenodeids": [1, 0, 0],
            "nodes_falsenodeids": [2, 0, 0],
            "class_treeids": [0, 0, 0],
            "class_nodeids": [1, 2, 2],
            "class_ids": [0, 1, 2],
            "class_weights": [0.3, 0.6, 0.2],
            "classlabels_int64s": [0, 1, 2],
        }
        trees = node("TreeEnsembleClassifier", "x", "label s", LEARNED, post_transform=post, **tree)
        label = [helper.make_tensor_value_info("label", TensorProto.INT64, None)]
        case(f"trees_{post}", [1, 3], [trees, node("Abs", "s")], extra=label)
    tree = {name: value for name, value in tree.items() if name != "classlabels_int64s"}
    words = {"classlabels_strings": ["a", "b", "c"], "base_values": [0.1, 0.2, 0.3]}
    trees = node("TreeEnsembleClassifier", "x", "label s", LEARNED, **tree, **words)
    label = [helper.make_tensor_value_info("label", TensorProto.STRING, None)]
    case("trees_strings", [1, 3], [trees, node("Abs", "s")], extra=label)


def fused():
    shape = [1, 2, 5, 6]
    w = {"w": weights(2, 2, 3, 3), "b": weights(2)}
    for activation, parameters in (
        ("Relu", []),
        ("LeakyRelu", [0.2]),
        ("Clip", [-0.5, 0.5]),
        ("HardSigmoid", [0.3, 0.4]),
        ("Sigmoid", []),
        ("Tanh", []),
    ):
        attributes = {"activation_params": parameters} if parameters else {}
        case(
            f"fused_conv_{activation}",
            shape,
            [
                node(
                    "FusedConv",
                    "x w b",
                    domain=MICROSOFT,
                    activation=activation,
                    pads=[1, 1, 1, 1],
                    **attributes,
                )
            ],
            w,
        )
    case(
        "fused_conv_sum",
        shape,
        [node("FusedConv", "x w b x", domain=MICROSOFT, activation="Relu", pads=[1, 1, 1, 1])],
        w,
    )
    dense = {"w": weights(6, 4), "b": weights(4)}
    case(
        "fused_gemm",
        [1, 6],
        [
            node(
                "FusedGemm", "x w b", domain=MICROSOFT, activation="LeakyRelu", activation_alpha=0.3
            )
        ],
        dense,
    )
    for a in (0, 1):
        for b in (0, 1):
            matrix = (
                weights(2, 4, 5)
                if (a, b) == (0, 0)
                else weights(4, 5).T.copy()
                if b
                else weights(4, 5)
            )
            x = [1, 2, 4, 3] if a else [1, 2, 3, 4]
            case(
                f"fused_matmul_{a}{b}",
                x,
                [node("FusedMatMul", "x w", domain=MICROSOFT, transA=a, transB=b, alpha=0.5)],
                {"w": matrix},
            )
    half = [
        node("Cast", "x", "h", to=TensorProto.FLOAT16),
        node("Gemm", "h w b", "g", alpha=0.5, beta=2.0, transB=1),
        node("Gemm", "g v c", "i"),
        node("Cast", "i", to=TensorProto.FLOAT),
    ]
    w = {"w": weights(4, 6), "b": weights(4), "v": weights(4, 3), "c": weights(1, 3)}
    case("half_gemm", [1, 6], half, {key: value.astype(np.float16) for key, value in w.items()})
    case("ms_gelu", [1, 3, 6], [node("Gelu", "x", domain=MICROSOFT)])
    case("ms_bias_gelu", [1, 3, 6], [node("BiasGelu", "x b", domain=MICROSOFT)], {"b": weights(6)})
    case("ms_fast_gelu", [1, 3, 6], [node("FastGelu", "x b", domain=MICROSOFT)], {"b": weights(6)})
    case("ms_quick_gelu", [1, 3, 6], [node("QuickGelu", "x", domain=MICROSOFT, alpha=1.5)])
    norm = {"g": weights(6), "b": weights(6, seed=1), "c": weights(6, seed=2)}
    case(
        "skip_layer_norm",
        [1, 3, 6],
        [node("SkipLayerNormalization", "x x g b c", domain=MICROSOFT, epsilon=0.01)],
        norm,
    )
    case(
        "skip_layer_norm_short",
        [1, 3, 6],
        [node("SkipLayerNormalization", "x x g", domain=MICROSOFT)],
        {"g": weights(6)},
    )


def quantised():
    shape = [1, 2, 6, 7]
    q = node("QuantizeLinear", "x xs xz", "q")
    d = node("DequantizeLinear", "r ys yz")
    for kind in (np.uint8, np.int8):
        zero = 120 if kind == np.uint8 else 3
        base = {
            "xs": np.float32(0.011),
            "xz": kind(zero),
            "ys": np.float32(0.031),
            "yz": kind(zero + 2),
        }
        tag = kind.__name__
        case(
            f"qdq_{tag}",
            shape,
            [q, node("DequantizeLinear", "q xs xz")],
            {k: base[k] for k in ("xs", "xz")},
        )
        w = {
            "w": bytes_of(3, 2, 3, 3),
            "ws": np.float32([0.01, 0.02, 0.03]),
            "wz": np.int8([0, 0, 0]),
            "b": np.int32([100, -300, 50]),
        }
        conv = [
            q,
            node("QLinearConv", "q xs xz w ws wz ys yz b", "r", pads=[1, 0, 1, 0], strides=[2, 1]),
            d,
        ]
        case(f"q_conv_{tag}", shape, conv, base | w)
        w = {"w": bytes_of(2, 1, 3, 3), "ws": np.float32(0.02), "wz": np.int8(0)}
        conv = [q, node("QLinearConv", "q xs xz w ws wz ys yz", "r", group=2), d]
        case(f"q_conv_group_{tag}", shape, conv, base | w)
        w = {"w": bytes_of(7, 5, kind=kind), "ws": np.float32(0.02), "wz": kind(zero - 3)}
        case(
            f"q_matmul_{tag}",
            shape,
            [q, node("QLinearMatMul", "q xs xz w ws wz ys yz", "r"), d],
            base | w,
        )
        row = [1, 8]
        w = {
            "w": bytes_of(5, 8),
            "ws": np.float32([0.01, 0.02, 0.03, 0.01, 0.02]),
            "wz": np.int8([0] * 5),
            "b": np.int32([1, -20, 300, 40, 5]),
        }
        case(
            f"q_gemm_{tag}",
            row,
            [
                q,
                node(
                    "QGemm", "q xs xz w ws wz b ys yz", "r", domain=MICROSOFT, transB=1, alpha=1.0
                ),
                d,
            ],
            base | w,
        )
        case(
            f"q_gemm_float_{tag}",
            row,
            [q, node("QGemm", "q xs xz w ws wz b", "y", domain=MICROSOFT, transB=1, alpha=0.5)],
            {k: v for k, v in (base | w).items() if k[0] != "y"},
        )
        for operator in ("QLinearAdd", "QLinearMul"):
            pair = [q, node(operator, "q xs xz q xs xz ys yz", "r", domain=MICROSOFT), d]
            case(f"{operator}_{tag}", shape, pair, base)
        for operator, attributes in (
            ("QLinearSigmoid", {}),
            ("QLinearLeakyRelu", {"alpha": 0.2}),
            ("QLinearGlobalAveragePool", {}),
            ("QLinearAveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ):
            one = [q, node(operator, "q xs xz ys yz", "r", domain=MICROSOFT, **attributes), d]
            case(f"{operator}_{tag}", shape, one, base)
        case(
            f"q_concat_{tag}",
            shape,
            [q, node("QLinearConcat", "ys yz q xs xz q xs xz", "r", domain=MICROSOFT, axis=1), d],
            base,
        )
        case(
            f"q_max_pool_{tag}",
            shape,
            [q, node("MaxPool", "q", "r", kernel_shape=[2, 2], strides=[2, 2]), d],
            base,
        )
    w = {
        "w": bytes_of(8, 5, kind=np.uint8),
        "ws": np.float32(0.02),
        "wz": np.uint8(120),
        "b": weights(5),
    }
    bits = {"K": 32, "N": 5, "bits": 4, "block_size": 16}
    packed = {"w": bytes_of(5, 2, 8, kind=np.uint8), "s": np.abs(weights(10)) / 10}
    blocks = node("MatMulNBits", "x w s", domain=MICROSOFT, **bits)
    case("matmul_4_bits", [1, 3, 32], [blocks], packed)
    packed["z"] = bytes_of(5, 1, kind=np.uint8).ravel()
    blocks = node("MatMulNBits", "x w s z", domain=MICROSOFT, **bits)
    case("matmul_4_bits_zero", [1, 3, 32], [blocks], packed)
    case(
        "dynamic_matmul",
        [1, 3, 8],
        [node("DynamicQuantizeMatMul", "x w ws wz b", domain=MICROSOFT)],
        w,
    )
    integer = [
        node("DynamicQuantizeLinear", "x", "q s z"),
        node("MatMulInteger", "q w z wz", "i"),
        node("Cast", "i", "f", to=1),
        node("Mul", "s ws", "t"),
        node("Mul", "f t"),
    ]
    case("matmul_integer", [1, 3, 8], integer, {k: w[k] for k in ("w", "ws", "wz")})
    to_float = [
        node("DynamicQuantizeLinear", "x", "q s z"),
        node("MatMulIntegerToFloat", "q w s ws z wz b", domain=MICROSOFT),
    ]
    case("matmul_integer_to_float", [1, 3, 8], to_float, w)
    conv = {"w": bytes_of(3, 2, 3, 3, kind=np.uint8), "wz": np.uint8(120)}
    integer = [
        node("DynamicQuantizeLinear", "x", "q s z"),
        node("ConvInteger", "q w z wz", "i", pads=[1, 1, 1, 1]),
        node("Cast", "i", "f", to=1),
        node("Mul", "f s"),
    ]
    case("conv_integer", shape, integer, conv)
    axis = {"w": bytes_of(4, 6), "ws": np.abs(weights(4)) * 0.1, "wz": np.int8([1, 0, 2, 3])}
    case(
        "dequantised_weights",
        [1, 6],
        [node("DequantizeLinear", "w ws wz", "f", axis=0), node("Gemm", "x f", transB=1)],
        axis,
    )
    dequantise = lambda names, **axis: node("DequantizeLinear", names, "f", **axis)
    kernels, scales = bytes_of(4, 3, 2, 2), np.abs(weights(4)) * 0.1
    for name, axis, parameters in (
        ("first", {"axis": 0}, {"ws": scales}),
        ("middle", {}, {"ws": scales[:3], "wz": np.int8([-5, 0, 7])}),
        ("last", {"axis": -1}, {"ws": scales[:2], "wz": np.int8([1, -128])}),
        ("no", {}, {"ws": np.float32(0.02), "wz": np.int8(-7)}),
        ("no_unsigned", {}, {"w": bytes_of(4, 3, 2, 2, kind=np.uint8), "ws": np.float32([0.02])}),
        ("first_words", {"axis": 0}, {"w": kernels.astype(np.int32), "ws": scales}),
    ):
        case(
            f"dequantised_kernel_{name}",
            [1, 3, 4, 4],
            [
                dequantise(f"w {' '.join(sorted(parameters.keys() - {'w'}))}", **axis),
                node("Conv", "x f"),
            ],
            {"w": kernels, **parameters},
        )
    case(
        "quantised_axis",
        [1, 4, 3],
        [node("QuantizeLinear", "x s z", "q", axis=1), node("DequantizeLinear", "q s z", axis=1)],
        {"s": np.float32([0.01, 0.02, 0.03, 0.04]), "z": np.int8([0, 1, -2, 3])},
    )


def learned():
    label = [helper.make_tensor_value_info("label", TensorProto.INT64, None)]
    words = [helper.make_tensor_value_info("label", TensorProto.STRING, None)]
    case(
        "scaler",
        [1, 3],
        [node("Scaler", "x", domain=LEARNED, offset=[0.1, 0.2, 0.3], scale=[2.0, 1.0, 0.5])],
    )
    case("scaler_one", [1, 3], [node("Scaler", "x", domain=LEARNED, offset=[0.1], scale=[2.0])])
    for norm in ("MAX", "L1", "L2"):
        case(
            f"normalizer_{norm}",
            [1, 5],
            [node("Normalizer", "x", domain=LEARNED, norm=norm)],
            opset=13 if norm != "L1" else 18,
        )
        case(
            f"normalizer_zero_{norm}",
            [1, 5],
            [node("Mul", "x z", "h"), node("Normalizer", "h", domain=LEARNED, norm=norm)],
            {"z": np.float32(0)},
        )
    case("binarizer", [1, 5], [node("Binarizer", "x", domain=LEARNED, threshold=0.2)])
    case(
        "imputer",
        [1, 5],
        [
            node("Relu", "x", "h"),
            node(
                "Imputer",
                "h",
                domain=LEARNED,
                imputed_value_floats=[1.0, 2, 3, 4, 5],
                replaced_value_float=0.0,
            ),
        ],
    )
    case(
        "features",
        [1, 5],
        [node("FeatureVectorizer", "x x", domain=LEARNED, inputdimensions=[5, 5])],
    )
    three = {
        "coefficients": [0.1, 0.2, 0.3, -0.1, 0.0, 0.2, 0.05, 0.1, -0.3],
        "intercepts": [0.1, 0.2, 0.3],
    }
    one = {"coefficients": [0.1, -0.2, 0.3], "intercepts": [0.1]}
    for post in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"):
        for count, attributes in ((3, three), (1, one)):
            classifier = node(
                "LinearClassifier",
                "x",
                "label s",
                domain=LEARNED,
                post_transform=post,
                classlabels_ints=list(range(max(2, count))),
                **attributes,
            )
            case(f"linear_{post}_{count}", [1, 3], [classifier, node("Abs", "s")], extra=label)
    strings = node(
        "LinearClassifier",
        "x",
        "label s",
        domain=LEARNED,
        classlabels_strings=["a", "b", "c"],
        post_transform="NONE",
        **three,
    )
    case("linear_strings", [1, 3], [strings, node("Abs", "s")], extra=words)
    arg = [
        node("MatMul", "x w"),
        node("ArgMax", "y", "i", axis=1, keepdims=0),
        node("ArrayFeatureExtractor", "names i", "label", domain=LEARNED),
    ]
    case(
        "label_by_index", [1, 3], arg, {"w": weights(3, 4), "names": ints(4, 5, 6, 7)}, extra=label
    )


def functions():
    own = "own"
    sets = [helper.make_opsetid("", 13), helper.make_opsetid(own, 1)]
    slope = helper.make_node("LeakyRelu", ["a"], ["b"])
    reference = slope.attribute.add()
    reference.name, reference.ref_attr_name, reference.type = (
        "alpha",
        "slope",
        onnx.AttributeProto.FLOAT,
    )
    leaky = helper.make_function(own, "Leaky", ["a"], ["b"], [slope], sets[:1], ["slope"])
    inner = helper.make_node("Leaky", ["h"], ["out"], domain=own)
    passed = inner.attribute.add()
    passed.name, passed.ref_attr_name, passed.type = "slope", "steep", onnx.AttributeProto.FLOAT
    body = [
        helper.make_node("MatMul", ["x", "w"], ["m"]),
        helper.make_node("Add", ["m", "m"], ["h"]),
        inner,
    ]
    outer = helper.make_function(own, "Layer", ["x", "w"], ["out"], body, sets, ["steep"])
    calls = [
        node("Layer", "x w", "h", domain=own, steep=0.3),
        node("Layer", "h v", domain=own, steep=0.1),
    ]
    case(
        "functions",
        [1, 4],
        calls,
        {"w": weights(4, 5), "v": weights(5, 3)},
        functions=[leaky, outer],
    )
    case("function_default", [1, 4], [node("Leaky", "x", domain=own)], functions=[leaky])


def sequences():
    """What vision transformers and models of other dimensions are made of."""
    case(
        "roll",
        [1, 4, 6, 2],
        [
            node("Slice", ["x", "two", "far", "one"], "a"),
            node("Slice", ["x", "zero", "two", "one"], "b"),
            node("Concat", "a b", "c", axis=1),
            node("Slice", ["c", "m1", "far", "two"], "d"),
            node("Slice", ["c", "zero", "m1", "two"], "e"),
            node("Concat", "d e", axis=2),
        ],
        {"two": ints(2), "far": ints(2**63 - 1), "one": ints(1), "zero": ints(0), "m1": ints(-1)},
    )
    case(
        "merge",
        [1, 8, 8, 4],
        [
            node("Slice", ["x", "z", "f", "a1", "s"], "a"),
            node("Slice", ["a", "z", "f", "a2", "s"], "p"),
            node("Slice", ["x", "o", "f", "a1", "s"], "b"),
            node("Slice", ["b", "z", "f", "a2", "s"], "q"),
            node("Slice", ["a", "o", "f", "a2", "s"], "r"),
            node("Slice", ["b", "o", "f", "a2", "s"], "t"),
            node("Concat", "p q r t", axis=3),
        ],
        {
            "z": ints(0),
            "o": ints(1),
            "f": ints(2**63 - 1),
            "a1": ints(1),
            "a2": ints(2),
            "s": ints(2),
        },
    )
    case(
        "levit",
        [1, 49, 6],
        [
            node("Reshape", "x sh", "m"),
            node("Slice", ["m", "z", "f", "ax", "st"], "n"),
            node("Reshape", "n sh2", "k"),
            node("MatMul", "k w"),
        ],
        {
            "sh": ints(1, 7, 7, 6),
            "z": ints(0, 0),
            "f": ints(99, 99),
            "ax": ints(1, 2),
            "st": ints(2, 2),
            "sh2": ints(1, 16, 6),
            "w": weights(6, 5),
        },
    )
    case(
        "attn",
        [1, 5, 8],
        [
            node("MatMul", "x wq", "q"),
            node("MatMul", "x wk", "k"),
            node("MatMul", "x wv", "v"),
            node("Reshape", "q sh", "q1"),
            node("Transpose", "q1", "q2", perm=[0, 2, 1, 3]),
            node("Reshape", "k sh", "k1"),
            node("Transpose", "k1", "k2", perm=[0, 2, 3, 1]),
            node("Reshape", "v sh", "v1"),
            node("Transpose", "v1", "v2", perm=[0, 2, 1, 3]),
            node("MatMul", "q2 k2", "s"),
            node("Div", "s d", "s2"),
            node("Softmax", "s2", "p", axis=-1),
            node("MatMul", "p v2", "o"),
            node("Transpose", "o", "o1", perm=[0, 2, 1, 3]),
            node("Reshape", "o1 sh3"),
        ],
        {
            "wq": weights(8, 8),
            "wk": weights(8, 8, seed=1),
            "wv": weights(8, 8, seed=2),
            "sh": ints(0, 0, 2, 4),
            "d": np.float32(2),
            "sh3": ints(0, 0, 8),
        },
    )
    for r, shape in ((1, [1, 3, 11]), (3, [1, 2, 5, 6, 7])):
        k = [3] * r
        case(
            f"conv{r}d_slice",
            shape,
            [
                node("Conv", "x w b", "c", pads=[1] * 2 * r),
                node("Relu", "c", "h"),
                node("Slice", ["h", "s", "e", "a", "t"]),
            ],
            {
                "w": weights(4, shape[1], *k),
                "b": weights(4),
                "s": ints(1),
                "e": ints(2**63 - 1),
                "a": ints(2),
                "t": ints(2),
            },
        )
        case(
            f"conv{r}d_neg",
            shape,
            [node("Conv", "x w b", "c", strides=[2] * r), node("Slice", ["c", "s", "e", "a", "t"])],
            {
                "w": weights(4, shape[1], *k),
                "b": weights(4),
                "s": ints(-1),
                "e": ints(-(2**63)),
                "a": ints(-1),
                "t": ints(-1),
            },
        )
        case(
            f"tr{r}d",
            shape,
            [
                node(
                    "ConvTranspose", "x w", strides=[2] * r, output_shape=[2 * d for d in shape[2:]]
                )
            ],
            {"w": weights(shape[1], 3, *k)},
        )
        case(
            f"pad{r}d",
            shape,
            [node("Pad", "x p", mode="reflect")],
            {"p": ints(*([0, 0] + [1] * r + [0, 0] + [-1] * r))},
        )
        case(f"lp{r}d", shape, [node("LpPool", "x", kernel_shape=[2] * r)], opset=11)
        case(f"glp{r}d", shape, [node("GlobalLpPool", "x")], opset=11)
        case(
            f"avg{r}d",
            shape,
            [
                node(
                    "AveragePool",
                    "x",
                    kernel_shape=[2] * r,
                    strides=[2] * r,
                    ceil_mode=1,
                    pads=[1] * 2 * r,
                )
            ],
            opset=11,
        )
        case(
            f"gn{r}d",
            shape,
            [node("InstanceNormalization", "x g b")],
            {"g": weights(shape[1]), "b": weights(shape[1])},
        )
    then = helper.make_graph(
        [
            helper.make_node("Constant", [], ["tc"], value_float=2.0),
            helper.make_node("Mul", ["x", "tc"], ["o"]),
        ],
        "t",
        [],
        [helper.make_tensor_value_info("o", 1, None)],
    )
    els = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["o2"])],
        "e",
        [],
        [helper.make_tensor_value_info("o2", 1, None)],
    )
    case("if", [1, 4], [node("If", "c", then_branch=then, else_branch=els)], {"c": np.array(True)})
    case(
        "shape_pad",
        [1, 2, 5, 5],
        [
            node("Shape", "x", "s"),
            node("Gather", "s i", "h"),
            node("Sub", "eight h", "d"),
            node("Concat", "zz2 d zz3", "pp", axis=0),
            node("Pad", "x pp"),
        ],
        {"i": ints(2), "eight": ints(8), "zz2": ints(0, 0, 0), "zz3": ints(0, 0, 0, -1)},
    )
    case(
        "where_mask",
        [1, 4, 4],
        [
            node("Trilu", "x", "t", upper=0),
            node("Equal", "t z", "m"),
            node("Where", "m n t", "w"),
            node("Softmax", "w", axis=-1),
        ],
        {"z": np.float32(0), "n": np.float32(-1e9)},
        opset=14,
    )
    case(
        "roi_dyn",
        [1, 2, 4, 4],
        [
            node("Shape", "x", "s"),
            node("Slice", ["s", "a", "b"], "hw"),
            node("Mul", "hw two", "o"),
            node("Slice", ["s", "z", "a"], "nc"),
            node("Concat", "nc o", "sz", axis=0),
            node("Resize", ["x", "", "", "sz"], mode="linear"),
        ],
        {"a": ints(2), "b": ints(4), "z": ints(0), "two": ints(2)},
    )


def extremes():
    """Exponentials and logarithms far from zero, where a naive form overflows or vanishes."""
    scaled = node("Mul", "x scale", "h")
    for scale in (1, 60, 400):
        constants = {"scale": np.float32(scale)}
        for opset in (11, 13, 18):
            name = f"{scale}_{opset}"
            last = opset < 13
            for axis in (1, -1) if last else (1, 2, -1):
                case(
                    f"log_softmax_{axis}_{name}",
                    [1, 5, 7],
                    [scaled, node("LogSoftmax", "h", axis=axis)],
                    constants,
                    opset,
                )
            case(f"softplus_{name}", [1, 60], [scaled, node("Softplus", "h")], constants, opset)
            for keep in (0, 1):
                axes = {"axes": [1]} if opset < 18 else {}
                inputs = "h" if opset < 18 else "h axes"
                case(
                    f"log_sum_exp_{keep}_{name}",
                    [1, 6, 9],
                    [scaled, node("ReduceLogSumExp", inputs, keepdims=keep, **axes)],
                    constants | ({"axes": ints(1)} if opset >= 18 else {}),
                    opset,
                )
    near = {"scale": np.float32(20), "one": np.float32(1)}
    tail = [scaled, node("Softplus", "h", "s"), node("Reciprocal", "s", "y")]
    case("softplus_reciprocal", [1, 60], tail, near)
    for alpha in (0.3, 0.7, 1.0, 2.5):
        case(f"celu_{alpha}", [1, 30], [node("Celu", "x", alpha=alpha)], opset=12)


def thin():
    """Padding beside kernels that are one wide."""
    for opset in (9, 13):
        for kernel, pads in (
            ((1, 1), [1, 1, 1, 1]),
            ((3, 1), [1, 1, 1, 1]),
            ((2, 1), [0, 0, 1, 2]),
            ((1, 3), [1, 1, 1, 1]),
        ):
            name = f"conv_thin_{kernel[0]}{kernel[1]}_{pads[3]}_{opset}"
            for group, depth in ((1, 3), (3, 1)):
                nodes = [node("Conv", "x w b", pads=pads, group=group), node("Relu", "y", "z")]
                constants = {"w": weights(3, depth, *kernel), "b": weights(3)}
                case(f"{name}_{group}", [1, 3, 6, 5], nodes, constants, opset, last="z")


def depthwise():
    """Between convolutions, where the engine moves the channels last."""
    for channels, kernel, strides, pads, dilations in (
        (16, (3, 3), (1, 1), (1, 1, 1, 1), (1, 1)),
        (16, (5, 5), (1, 1), (2, 2, 2, 2), (1, 1)),
        (24, (3, 3), (2, 2), (0, 0, 1, 1), (1, 1)),
        (17, (5, 5), (2, 2), (1, 1, 2, 2), (1, 1)),
        (19, (3, 3), (1, 1), (1, 1, 1, 1), (1, 1)),
        (21, (3, 5), (1, 2), (0, 3, 1, 0), (1, 1)),
        (20, (3, 3), (1, 1), (2, 2, 2, 2), (2, 2)),
        (18, (2, 3), (3, 1), (0, 0, 0, 0), (1, 3)),
    ):
        nodes = [
            node("Conv", "x v", "h"),
            node("Clip", "h zero six", "a"),
            node(
                "Conv",
                "a w b",
                "d",
                group=channels,
                strides=strides,
                pads=pads,
                dilations=dilations,
            ),
            node("Clip", "d zero six", "c"),
            node("Conv", "c u"),
        ]
        constants = {
            "v": weights(channels, 2, 1, 1),
            "w": weights(channels, 1, *kernel, scale=0.4),
            "b": weights(channels),
            "u": weights(3, channels, 1, 1, scale=0.5),
            "zero": np.float32(0),
            "six": np.float32(6),
        }
        case(f"depthwise_{channels}_{kernel[0]}", [1, 2, 13, 11], nodes, constants)


def odd_names():
    drop = [node("Dropout", "x", ["d", ""]), node("Gemm", ["d", "w", ""])]
    case("empty_names", [1, 4], drop, {"w": weights(4, 3)})
    case("half_casts", [1, 9], [node("Cast", "x", "h", to=10), node("Cast", "h", to=1)])


def run(model, shape):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(["logits"], {"x": sample(shape)})[0].ravel()


def collect():
    """Models, input shapes and outputs of all cases."""
    for part in (
        slices,
        pads,
        transposed,
        pools,
        normalisations,
        reductions,
        shapes,
        activations,
        recurrent,
        fused,
        quantised,
        learned,
        functions,
        sequences,
        extremes,
        thin,
        depthwise,
        odd_names,
    ):
        part()
    found = {}
    for name, (model, shape) in MODELS.items():
        outputs = run(model, shape)
        if len(outputs):
            found[name] = (model, shape, outputs)
    return found


def write(found):
    """At most 24 outputs of each model, evenly spaced."""
    entries = {}
    for name, (model, _, outputs) in found.items():
        step = -(-len(outputs) // 24)
        entries[name] = {
            "model": base64.b64encode(model.SerializeToString()).decode(),
            "values": [float(f"{value:.6g}") for value in outputs[::step]],
            "length": len(outputs),
        }
    text = json.dumps(entries, separators=(",", ":"))
    path = pathlib.Path(__file__).with_name("rewrite.json.gz")
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(len(entries), "models,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    write(collect())
