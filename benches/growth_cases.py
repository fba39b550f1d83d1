"""The models and data of benches/growth.py: what grows, and all else alike."""

import dataclasses
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator

import numpy as np
import onnxruntime
from large_fits import CLASSES, FEATURES, write_model, write_rows
from native import ROOT

sys.path.insert(0, str(ROOT / "benches/networks"))
from network import Network

RESNET = ROOT / "models/cifar10-model.onnx"
RESNET_SHAPE = (3, 32, 32)
STAGES = [f"stage{i}_block3_{end}" for i in (1, 2, 3) for end in ("conv2", "relu2")]
RESNET_LAYERS = [*STAGES, "pooled"]


@dataclasses.dataclass
class Case:
    """A fit, half of whose samples are held out."""

    model: pathlib.Path
    layers: list[str]
    samples: np.ndarray
    labels: np.ndarray
    # What the command line fits to instead of the samples.
    rows: pathlib.Path | None = None


def classes(count: int, folder: pathlib.Path) -> Case:
    """20,000 samples of 256 features, each near the direction that makes its class win."""
    features, rng = 256, np.random.default_rng(count)
    directions = np.abs(rng.normal(size=(features, count))).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=0)
    network = Network()
    network.node("Relu", ["input"], "features")
    network.node("MatMul", ["features", network.constant("weights", directions)], "logits")
    network.save(folder / "model.onnx", [features], count)
    labels = np.arange(20_000) % count
    samples = directions.T[labels] + rng.normal(0, 0.002, (len(labels), features))
    return Case(folder / "model.onnx", ["features"], samples.astype(np.float32), labels)


def layers(count: int, _: pathlib.Path) -> Case:
    """ResNet-20 on 200 samples of noise, labelled as it answers them."""
    samples = np.random.default_rng(1).random((200, *RESNET_SHAPE), dtype=np.float32)
    session = onnxruntime.InferenceSession(RESNET, providers=["CPUExecutionProvider"])
    logits = session.run(None, {session.get_inputs()[0].name: samples})[0]
    return Case(RESNET, RESNET_LAYERS[-count:], samples, logits.argmax(axis=1))


def samples(count: int, folder: pathlib.Path) -> Case:
    """Rows of 64 features in 10 classes, which the command line reads from Parquet."""
    write_model(folder / "model.onnx")
    write_rows(folder / "rows.parquet", count, 1)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, CLASSES, count)
    rows = rng.normal(size=(count, FEATURES)) + 4 * np.eye(CLASSES, FEATURES)[labels]
    rows = rows.astype(np.float32)
    # The model answers with the largest of the first features.
    labels = rows[:, :CLASSES].argmax(axis=1)
    return Case(folder / "model.onnx", ["features"], rows, labels, folder / "rows.parquet")


def megabytes(size: int, folder: pathlib.Path) -> Case:
    """Four dense layers whose weights make a file of this size, on 100 samples."""
    inputs, depth = 64, 4
    width = round((size * 1e6 / 4 / depth) ** 0.5)
    network, x = Network(), "input"
    for i in range(depth + 1):
        x = network.dense(x, f"dense{i}", width if i else inputs, width)
        x = network.node("Relu", [x], f"dense{i}_relu")
    network.classifier(x, width, CLASSES)
    network.save(folder / "model.onnx", [inputs], CLASSES)
    samples = np.random.default_rng(1).random((100, inputs), dtype=np.float32)
    return Case(folder / "model.onnx", [x], samples, np.zeros(len(samples), np.int64))


GROWTH: dict[str, tuple[Callable[[int, pathlib.Path], Case], list[int]]] = {
    "classes": (classes, [10, 30, 100, 300, 1000, 3000, 10_000]),
    "layers": (layers, [1, 2, 3, 4, 5, 6, 7]),
    "samples of a fit": (samples, [10**3, 3 * 10**3, 10**4, 3 * 10**4, 10**5, 3 * 10**5, 10**6]),
    "megabytes of the model": (megabytes, [1, 3, 10, 30, 100, 200]),
}


def cases(name: str, most: float) -> Iterator[tuple[int, Case, pathlib.Path]]:
    """Each size up to the most, with a folder of its own while it lasts."""
    make, sizes = GROWTH[name]
    for size in sizes:
        if size <= most:
            with tempfile.TemporaryDirectory() as folder:
                yield size, make(size, pathlib.Path(folder)), pathlib.Path(folder)
