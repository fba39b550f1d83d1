"""ONNX Runtime's quantisers and optimiser, half precision, and tools/python/quantise.py."""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from entry import add
from onnxconverter_common import float16
from onnxruntime import quantization as quantisers
from pytorch import export, lively
from shapes import PICTURE, cnn
from torchvision_models import BUILD, SHAPE
from transformers_models import BLOCKS, build

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from quantise import quantise


def vit():
    sizes = {**BLOCKS, "image_size": 32, "patch_size": 8}
    return build("ViTForImageClassification", sizes)


# Name, model, shape.
MODELS = [
    ("cnn", lambda: lively(cnn()), PICTURE),
    ("mobilenet", lambda: lively(BUILD["mobilenet_v3_small"]()), SHAPE),
    ("vit", vit, PICTURE),
]


class Samples(quantisers.CalibrationDataReader):
    def __init__(self, shape):
        rng = np.random.default_rng(1)
        self.left = [rng.normal(0, 1, (1, *shape)).astype(np.float32) for _ in range(4)]

    def get_next(self):
        return {"input": self.left.pop()} if self.left else None


def static(layout):
    form = getattr(quantisers.QuantFormat, layout)

    def write(source, path, shape):
        prepared = path.with_suffix(".prepared")
        quantisers.quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantisers.quantize_static(
            str(prepared), str(path), Samples(shape), quant_format=form, per_channel=True
        )
        prepared.unlink()

    return write


def dynamic(source, path, _):
    # ONNX Runtime itself has no convolution with signed weights.
    unsigned = quantisers.QuantType.QUInt8
    quantisers.quantize_dynamic(str(source), str(path), weight_type=unsigned)


def half(**options):
    def write(source, path, _):
        onnx.save(float16.convert_float_to_float16(onnx.load(source), **options), path)

    return write


def optimised(level):
    def write(source, path, _):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])

    return write


def weights_only(source, path, _):
    onnx.save(quantise(onnx.load(source)), path)


WAYS = {
    "dynamic": ("quantize_dynamic", dynamic),
    "static_qdq": ("quantize_static, QDQ", static("QDQ")),
    "static_qoperator": ("quantize_static, QOperator", static("QOperator")),
    "float16": ("onnxconverter_common", half()),
    "float16_kept_io": ("onnxconverter_common, keep_io_types", half(keep_io_types=True)),
    "ort_basic": ("ONNX Runtime, basic", optimised("ORT_ENABLE_BASIC")),
    "ort_extended": ("ONNX Runtime, extended", optimised("ORT_ENABLE_EXTENDED")),
    "int8_weights": ("tools/python/quantise.py", weights_only),
}


def made(build, shape, write):
    def export_first(path):
        source = path.with_suffix(".float")
        export(build(), source, shape)
        write(source, path, shape)
        source.unlink()

    return export_first


# The converter leaves a transformer's casts to float as they are: no valid file.
INVALID = [("vit", "float16"), ("vit", "float16_kept_io")]
for name, build_model, shape in MODELS:
    for way, (exporter, write) in WAYS.items():
        if (name, way) in INVALID:
            continue
        add("quantised", f"q_{name}_{way}", exporter, made(build_model, shape, write), shape)
