"""Makes tests/data/on_paper/: photos of digits and of other things on paper, and on_paper.json.

    python tests/data/on_paper.py

Each case of tools/paper.py has the five digits that the detector knows, in files CASE-DIGIT.jpg,
and a stranger, in CASE-stranger.jpg, 200 x 220 pixels in gray. Their seed is in no measurement,
and nothing was chosen by them.

on_paper.json holds small pictures, each closed within some columns and rows, and flattened: the
share of light, of 255, that a pixel reflects less than the paper, which is the picture closed
within a fourteenth of its shorter side. By NumPy, by definition.

Needs NumPy and Pillow.
"""

import base64
import json
import pathlib
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parents[1] / "tools"))
from paper import DIGITS, five, photo, smiley

CASES = ["shaded", "ruled", "pencil", "shadow", "fine"]
SIZE = (200, 220)


def photos():
    rng = np.random.default_rng(5)
    folder = FOLDER / "on_paper"
    folder.mkdir(exist_ok=True)
    for case in CASES:
        things = {str(digit): DIGITS[digit] for digit in range(5)}
        things["stranger"] = five if CASES.index(case) % 2 else smiley
        for name, draw in things.items():
            image = photo(case, draw(rng), rng, SIZE).convert("L")
            image.save(folder / f"{case}-{name}.jpg", quality=50)


def windows(picture, x, y):
    """Of each pixel, all within x columns and y rows; beyond the edge is what is there."""
    padded = np.pad(picture, ((y, y), (x, x)), mode="edge")
    return sliding_window_view(padded, (2 * y + 1, 2 * x + 1))


def closed(picture, x, y):
    highest = windows(picture, x, y).max((2, 3))
    return windows(highest, x, y).min((2, 3))


def flattened(picture):
    reach = min(picture.shape) // 7 // 2
    paper = np.maximum(closed(picture, reach, reach), 1).astype(int)
    return (255 - 255 * picture.astype(int) // paper).astype(np.uint8)


def goldens():
    rng = np.random.default_rng(6)
    text = lambda pixels: base64.b64encode(pixels.tobytes()).decode()
    rows = []
    for height, width, x, y in [(31, 40, 2, 3), (60, 45, 7, 0), (28, 90, 0, 5), (1, 9, 4, 4)]:
        light = np.linspace(60, 250, width) * np.ones((height, 1))
        light[:, width // 2 :] *= 0.6
        picture = (light * rng.uniform(0.2, 1, (height, width)) ** 0.2).astype(np.uint8)
        rows.append({
            "width": width, "pixels": text(picture), "x": x, "y": y,
            "closed": text(closed(picture, x, y)), "flattened": text(flattened(picture)),
        })  # fmt: skip
    (FOLDER / "on_paper.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    photos()
    goldens()
