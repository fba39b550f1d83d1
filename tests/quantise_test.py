"""tools/python/quantise.py beside NumPy's rounding, ONNX Runtime and the command line.

    SHE_OOD=target/release/she-ood python tests/quantise_test.py

SHE_OOD is the command, built by `cargo build --release --features cli --bin she-ood`. Needs NumPy,
onnx and ONNX Runtime.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools" / "python"))
from quantise import quantise

RESNET = ROOT / "models" / "cifar10-model.onnx"
rng = np.random.default_rng(5)


def run(model, x):
    options = onnxruntime.SessionOptions()
    # At its higher levels, ONNX Runtime also rounds what is multiplied with int8 weights.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def rounded(weights, axis):
    """255 steps for each channel, from minus to plus its largest weight."""
    rows = np.moveaxis(weights.copy(), axis, 0)
    for row in rows:
        step = np.abs(row).max() / np.float32(127)
        row[...] = np.rint(row / (step or 1)) * step
    return np.moveaxis(rows, 0, axis)


def network(opset=17, share=False, **gemm):
    """A picture through Conv, MatMul and Gemm. `share` lends Gemm's weights to a MatMul."""
    shapes = {
        "conv": (16, 3, 3, 3),
        "bias": (16,),
        "few": (2, 16, 1, 1),
        "matmul": (72, 24),
        "gemm": (5, 24) if gemm.get("transB") else (24, 5),
    }
    if share:
        shapes |= {"gemm": (24, 24)}
    weights = {
        name: rng.normal(0, 1, s).astype(np.float32) * rng.uniform(0.1, 3, s[-1]).astype(np.float32)
        for name, s in shapes.items()
    }
    nodes = [
        helper.make_node("Conv", ["x", "conv", "bias"], ["a"]),
        helper.make_node("Conv", ["a", "few"], ["b"]),
        helper.make_node("Flatten", ["b"], ["c"]),
        helper.make_node("MatMul", ["c", "matmul"], ["d"]),
        *([helper.make_node("MatMul", ["d", "gemm"], ["e"])] if share else []),
        helper.make_node("Gemm", ["e" if share else "d", "gemm"], ["y"], **gemm),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", None])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8), weights


def with_weights(model, weights):
    """The same model with these weights, as floats."""
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    for tensor in copy.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    return copy


def int8(model):
    return [t.name for t in model.graph.initializer if t.data_type == TensorProto.INT8]


class Quantise(unittest.TestCase):
    def assert_rounded(self, model, weights, axes):
        changed = {name: rounded(weights[name], axis) for name, axis in axes.items()}
        smaller = quantise(model)
        onnx.checker.check_model(smaller)
        self.assertEqual(sorted(int8(smaller)), sorted(f"{name}_int8" for name in axes))
        x = rng.normal(0, 1, (4, 3, 8, 8)).astype(np.float32)
        expected = run(with_weights(model, changed), x)
        np.testing.assert_allclose(run(smaller, x), expected, rtol=1e-4, atol=1e-3)
        self.assertGreater(np.abs(run(model, x) - expected).max(), 0.1)

    def test_weights_are_rounded_by_output_channel(self):
        self.assert_rounded(*network(), {"conv": 0, "matmul": 1})

    def test_gemm_both_ways_round(self):
        for transposed in (0, 1):
            with self.subTest(transposed):
                model, weights = network(transB=transposed)
                wide = rng.normal(0, 9, (24, 30)).astype(np.float32)
                weights["gemm"] = wide.T.copy() if transposed else wide
                model = with_weights(model, weights)
                axes = {"conv": 0, "matmul": 1, "gemm": 0 if transposed else 1}
                self.assert_rounded(model, weights, axes)

    def test_weights_read_along_two_axes_stay_float(self):
        self.assert_rounded(*network(share=True, transB=1), {"conv": 0, "matmul": 1})

    def test_old_opsets_are_raised(self):
        model, weights = network(opset=11)
        self.assert_rounded(model, weights, {"conv": 0, "matmul": 1})
        self.assertGreaterEqual(quantise(model).opset_import[0].version, 13)

    def test_a_channel_of_zeros_stays_zero(self):
        model, weights = network()
        weights["conv"][3] = 0
        self.assert_rounded(with_weights(model, weights), weights, {"conv": 0, "matmul": 1})

    def test_the_model_itself_is_left_alone(self):
        model, _ = network()
        before = model.SerializeToString()
        quantise(model)
        self.assertEqual(model.SerializeToString(), before)


class ResNet(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.smaller = self.folder / "smaller.onnx"
        script = ROOT / "tools" / "python" / "quantise.py"
        command = [sys.executable, script, RESNET, self.smaller]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "1.09 MB to 0.29 MB\n")

    def test_the_program_gives_what_onnx_runtime_gives(self):
        x = rng.normal(0, 1, (24, 3, 32, 32)).astype(np.float32)
        logits = run(onnx.load(self.smaller), x)
        np.savez(self.folder / "x.npz", x=x, y=logits.argmax(1))
        self.she_ood(
            "fit",
            self.smaller,
            "--layer",
            "pooled",
            "--data",
            self.folder / "x.npz",
            "--calibration",
            self.folder / "x.npz",
            "-o",
            self.folder / "d.onnx",
        )
        reports = self.she_ood("score", self.folder / "d.onnx", self.folder / "x.npz", "--json")
        for report, expected in zip(json.loads(reports), logits, strict=True):
            chances = np.exp(expected - expected.max())
            np.testing.assert_allclose(
                report["probabilities"], chances / chances.sum(), rtol=1e-3, atol=1e-6
            )

    def she_ood(self, *arguments):
        command = [os.environ["SHE_OOD"], *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
