"""Makes the page's sample pictures: www/public/samples.png, and www/samples.json which says what is where.

    python tools/samples.py --mnist DIR --fashion DIR

One row of 28 x 28 tiles a group. Nothing is picked by hand: the first four of each digit and the first two of each kind of
clothes in the test files, and noise with seed 0.
"""

import argparse
import json
import pathlib

import numpy as np
from PIL import Image

from train_digits import find, read_idx

WWW = pathlib.Path(__file__).parents[1] / "www"
SIZE = 28
CLOTHES = ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]


def load_test(folder):
    return read_idx(find(folder, "t10k-images-idx3-ubyte")), read_idx(find(folder, "t10k-labels-idx1-ubyte"))


def first(images, labels, classes, count, names):
    """The first `count` images of each class, with what they are."""
    return [(names[c], images[i]) for c in classes for i in np.flatnonzero(labels == c)[:count]]


def noise():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIZE, :SIZE]
    pictures = {
        "blank": np.zeros((SIZE, SIZE)),
        "white": np.full((SIZE, SIZE), 255),
        "uniform noise": rng.uniform(0, 255, (SIZE, SIZE)),
        "faint noise": rng.uniform(0, 80, (SIZE, SIZE)),
        "salt and pepper": (rng.uniform(size=(SIZE, SIZE)) < 0.15) * 255,
        "stripes": (x // 2 % 2) * 255,
        "checkers": ((x // 4 + y // 4) % 2) * 255,
        "gradient": (x + y) * 255 / 54,
    }
    return [(name, picture.astype(np.uint8)) for name, picture in pictures.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", required=True)
    parser.add_argument("--fashion", required=True)
    args = parser.parse_args()
    digits, clothes = load_test(args.mnist), load_test(args.fashion)
    names = [f"a {n}" if n != 8 else "an 8" for n in range(10)]
    groups = {
        "known": first(*digits, range(5), 4, names),
        "digits": first(*digits, range(5, 10), 4, names),
        "clothes": first(*clothes, range(10), 2, CLOTHES),
        "noise": noise(),
    }
    columns = max(map(len, groups.values()))
    sheet = np.zeros((SIZE * len(groups), SIZE * columns), np.uint8)
    for row, pictures in enumerate(groups.values()):
        for column, (_, picture) in enumerate(pictures):
            sheet[row * SIZE : (row + 1) * SIZE, column * SIZE : (column + 1) * SIZE] = picture
    (WWW / "public").mkdir(exist_ok=True)
    Image.fromarray(sheet).save(WWW / "public" / "samples.png", optimize=True)
    labels = {group: [name for name, _ in pictures] for group, pictures in groups.items()}
    (WWW / "samples.json").write_text(json.dumps(labels, indent=1) + "\n")


if __name__ == "__main__":
    main()
