"""MNIST's files, and which of their images are used for what."""

import gzip
import pathlib

import numpy as np

CLASSES = 5
HELD_OUT = 2000


def read_idx(path):
    """The array in an idx file, plain or gzipped."""
    raw = pathlib.Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def find(folder, name):
    """The idx file `name` of a data folder, plain or gzipped."""
    folder = pathlib.Path(folder)
    return next(p for p in (folder / name, folder / f"{name}.gz") if p.exists())


def load_train(folder):
    """Training images as float NHWC in [0, 1], and their labels."""
    images = read_idx(find(folder, "train-images-idx3-ubyte"))
    labels = read_idx(find(folder, "train-labels-idx1-ubyte"))
    return (images / np.float32(255))[..., None], labels.astype(np.int64)


def split(labels):
    """Positions of the fit, validation and calibration images, all of them digits 0-4."""
    fit, validation, calibration = np.split(
        np.flatnonzero(labels < CLASSES), [-2 * HELD_OUT, -HELD_OUT]
    )
    return {"fit": fit, "validation": validation, "calibration": calibration}
