"""Writes fourier.json: models with a discrete Fourier transform, and what NumPy makes of the input.

The crate's own workspace puts a small crate in the place of `rustfft`; a program that takes the
crate from crates.io has the real one. Both run these.

    python tests/data/fourier.py
"""

import base64
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

# A power of two, a product, two primes: `rustfft` has an algorithm for each.
LENGTHS = [16, 12, 7, 31]


def model(length, inverse):
    """`logits`: real and imaginary parts of the transform of the input, one after the other."""
    shapes = {"wave": [1, length, 1], "row": [1, 2 * length]}
    initialisers = [
        helper.make_tensor(name, TensorProto.INT64, [len(shape)], shape)
        for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("Reshape", ["x", "wave"], ["signal"]),
        helper.make_node("DFT", ["signal"], ["transformed"], axis=1, inverse=int(inverse)),
        helper.make_node("Reshape", ["transformed", "row"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "fourier",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, length])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2 * length])],
        initialisers,
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8)


def case(length, inverse):
    """A model, its input and NumPy's transform of it."""
    values = np.random.default_rng(length).normal(size=length).round(6)
    transform = np.fft.ifft if inverse else np.fft.fft
    parts = transform(values.astype(np.float32).astype(float))
    return {
        "model": base64.b64encode(model(length, inverse).SerializeToString()).decode(),
        "input": values.tolist(),
        "output": np.stack([parts.real, parts.imag], -1).ravel().round(6).tolist(),
    }


if __name__ == "__main__":
    cases = [case(length, inverse) for length in LENGTHS for inverse in (False, True)]
    Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
