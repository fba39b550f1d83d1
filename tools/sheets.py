"""Makes the pictures of the page's experiments, www/public/sheets/*.webp, and their labels,
www/shared/sheets.json.

    python tools/sheets.py --mnist DIR --fashion DIR --cifar DIR

Nothing is picked by hand: a sheet holds the first images of a file, in its order, 40 to a row, so
that the place of an image in the sheet is its place in the file. Without loss: each pixel is as in
the file. House numbers come from `house_numbers.py` with seed 0, and lose a little, as photos do.
"""

import argparse
import json
import pathlib

import numpy as np
from house_numbers import house_numbers
from PIL import Image
from samples import load_test

WWW = pathlib.Path(__file__).parents[1] / "www"
COLUMNS = 40
#: Images of each side of an experiment, and of a fit.
SIDE, FIT, HOUSES = 1000, 500, 400
KNOWN = 5
LOSSLESS = {"lossless": True, "quality": 100}


def enough(wanted, count):
    """How many images from the first on hold `count` of those wanted."""
    return int(np.flatnonzero(wanted)[count - 1]) + 1


def sheet(name, images, labels, count, compression=LOSSLESS):
    """Writes the first images side by side and gives their size and labels."""
    size = images.shape[1]
    rows = -(-count // COLUMNS)
    whole = np.zeros((rows * COLUMNS, *images.shape[1:]), np.uint8)
    whole[:count] = images[:count]
    depth = whole.shape[3:]
    whole = (
        whole.reshape(rows, COLUMNS, size, size, *depth)
        .swapaxes(1, 2)
        .reshape(rows * size, COLUMNS * size, *depth)
    )
    file = WWW / "public" / "sheets" / f"{name}.webp"
    Image.fromarray(whole).save(file, method=6, **compression)
    return {"size": size, "labels": "".join(map(str, labels[:count]))}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("mnist", "fashion", "cifar"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    (WWW / "public" / "sheets").mkdir(exist_ok=True)
    digits, digits_fit = load_test(args.mnist), load_test(args.mnist, "train")
    clothes = load_test(args.fashion)
    objects, objects_fit = load_test(args.cifar, "test", 4), load_test(args.cifar, "train", 4)
    known = digits[1] < KNOWN
    sheets = {
        "mnist": sheet("mnist", *digits, max(enough(known, SIDE), enough(~known, SIDE))),
        "mnist-fit": sheet("mnist-fit", *digits_fit, enough(digits_fit[1] < KNOWN, FIT)),
        "fashion": sheet("fashion", *clothes, SIDE),
        "cifar10": sheet("cifar10", *objects, SIDE),
        "cifar10-fit": sheet("cifar10-fit", *objects_fit, FIT),
        "houses": sheet("houses", *house_numbers(HOUSES), HOUSES, {"quality": 90}),
    }
    (WWW / "shared" / "sheets.json").write_text(json.dumps(sheets, indent=1) + "\n")


if __name__ == "__main__":
    main()
