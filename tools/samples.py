"""Makes the page's sample pictures, www/public/digits.png and objects.png, and their names,
www/try/samples.json.

    python tools/samples.py --mnist DIR --fashion DIR --cifar DIR

One row of tiles a group, 28 x 28 of gray for digits, 32 x 32 of colour for objects. Nothing is
picked by hand: the first of each class in the test files, and noise with seed 0.
"""

import argparse
import json
import pathlib

import numpy as np
from mnist import find, read_idx
from PIL import Image

WWW = pathlib.Path(__file__).parents[1] / "www"
CLOTHES = [
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
]
DIGITS = [f"a {n}" if n != 8 else "an 8" for n in range(10)]
OBJECTS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def load_test(folder, name="t10k", rank=3):
    return read_idx(find(folder, f"{name}-images-idx{rank}-ubyte")), read_idx(
        find(folder, f"{name}-labels-idx1-ubyte")
    )


def first(images, labels, classes, count, names):
    """The first `count` images of each class, with what they are."""
    return [(names[c], images[i]) for c in classes for i in np.flatnonzero(labels == c)[:count]]


def noise(size):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size]
    pictures = {
        "blank": np.zeros((size, size)),
        "white": np.full((size, size), 255),
        "uniform noise": rng.uniform(0, 255, (size, size)),
        "faint noise": rng.uniform(0, 80, (size, size)),
        "salt and pepper": (rng.uniform(size=(size, size)) < 0.15) * 255,
        "stripes": (x // 2 % 2) * 255,
        "checkers": ((x // 4 + y // 4) % 2) * 255,
        "gradient": (x + y) * 255 / (2 * size - 2),
    }
    return [(name, picture.astype(np.uint8)) for name, picture in pictures.items()]


def coloured(size):
    """Patterns of gray, and noise and gradients of colour."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:size, :size] * 255 / (size - 1)
    pictures = {
        "coloured noise": rng.uniform(0, 255, (size, size, 3)),
        "red": np.broadcast_to([220, 30, 30], (size, size, 3)),
        "coloured gradient": np.stack([x, y, 255 - x], 2),
    }
    return noise(size) + [(name, picture.astype(np.uint8)) for name, picture in pictures.items()]


def sheet(name, groups, size, mode):
    """Writes the pictures of each group in a row and gives their names."""
    rows = [
        [
            np.asarray(Image.fromarray(p).convert(mode).resize((size, size), Image.BILINEAR))
            for _, p in row
        ]
        for row in groups.values()
    ]
    whole = Image.new(mode, (size * max(map(len, rows)), size * len(rows)))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            whole.paste(Image.fromarray(picture), (x * size, y * size))
    (WWW / "public").mkdir(exist_ok=True)
    whole.save(WWW / "public" / f"{name}.png", optimize=True)
    return {group: [name for name, _ in pictures] for group, pictures in groups.items()}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("mnist", "fashion", "cifar"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    digits, clothes, objects = (
        load_test(args.mnist),
        load_test(args.fashion),
        load_test(args.cifar, "test", 4),
    )
    names = {
        "digits": sheet(
            "digits",
            {
                "known": first(*digits, range(5), 4, DIGITS),
                "digits": first(*digits, range(5, 10), 4, DIGITS),
                "clothes": first(*clothes, range(10), 2, CLOTHES),
                "noise": noise(28),
            },
            28,
            "L",
        ),
        "objects": sheet(
            "objects",
            {
                "known": first(*objects, range(10), 3, OBJECTS),
                "clothes": first(*clothes, range(10), 1, CLOTHES),
                "digits": first(*digits, range(10), 1, DIGITS),
                "noise": coloured(32),
            },
            32,
            "RGB",
        ),
    }
    (WWW / "try" / "samples.json").write_text(json.dumps(names, indent=1) + "\n")


if __name__ == "__main__":
    main()
