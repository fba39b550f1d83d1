"""Makes all inputs of an ONNX model but one constants, so that it takes one.

    python tools/python/fix_inputs.py model.onnx NAME=VALUE [NAME=VALUE ...] -o fixed.onnx

A VALUE is a number, which fills the input's shape (a dimension that is open becomes 1), or the
name of a `.npy` file. Needs `onnx` and NumPy.
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import helper, numpy_helper


def constant(declared, value):
    """The initializer that stands for an input."""
    tensor = declared.type.tensor_type
    kind = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    if value.endswith(".npy"):
        values = np.load(value).astype(kind)
    else:
        shape = [dim.dim_value if dim.dim_value > 0 else 1 for dim in tensor.shape.dim]
        values = np.full(shape, float(value)).astype(kind)
    return numpy_helper.from_array(values, declared.name)


def fix(model, values):
    """Turns the inputs named in `values` into initializers, in place."""
    declared = {declared.name: declared for declared in model.graph.input}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise SystemExit(f"no input is called {unknown[0]!r}; there are {', '.join(declared)}")
    for name, value in values.items():
        model.graph.initializer.append(constant(declared[name], value))
        model.graph.input.remove(declared[name])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("values", nargs="+", metavar="NAME=VALUE")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    given = parser.parse_args()
    model = onnx.load(given.model)
    fix(model, dict(value.split("=", 1) for value in given.values))
    onnx.checker.check_model(model)
    onnx.save(model, given.output)


if __name__ == "__main__":
    main()
