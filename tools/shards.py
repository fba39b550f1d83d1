"""Writes MNIST's digits 0 to 4 as Parquet files of pictures, for examples/ray.

    .tools/python-scale/bin/python tools/shards.py target/shards

makes `training` of the rows that `make fit-digits` fits to, `held-out` of those it calibrates with,
and `test`.
"""

import pathlib
import sys

import numpy as np
import pyarrow
import pyarrow.parquet

ROWS = 1000


def digits(part: str) -> tuple[np.ndarray, np.ndarray]:
    folder = pathlib.Path("data/mnist")
    pixels = np.fromfile(folder / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 784)
    labels = np.fromfile(folder / f"{part}-labels-idx1-ubyte", np.uint8)[8:]
    return pixels[labels < 5], labels[labels < 5]


def write(folder: pathlib.Path, pixels: np.ndarray, labels: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(labels), ROWS):
        rows = slice(start, start + ROWS)
        images = pyarrow.array([row.tobytes() for row in pixels[rows]], pyarrow.binary())
        names = [str(row) for row in range(len(labels))[rows]]
        columns = {"name": names, "image": images, "label": labels[rows].astype(np.int64)}
        table = pyarrow.table(columns)
        pyarrow.parquet.write_table(table, folder / f"{start:06}.parquet")


def main() -> None:
    target = pathlib.Path(sys.argv[1])
    pixels, labels = digits("train")
    write(target / "training", pixels[:26596], labels[:26596])
    write(target / "held-out", pixels[28596:], labels[28596:])
    write(target / "test", *digits("t10k"))


if __name__ == "__main__":
    main()
