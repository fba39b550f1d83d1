"""Makes `altered.json`: pictures, and what SciPy and NumPy make of them by each alteration.

python tests/data/altered.py
"""

import json
import math
import pathlib

import numpy as np
from scipy import fft, ndimage

HERE = pathlib.Path(__file__).parent
SEED = 7
CROSS = ndimage.generate_binary_structure(2, 1)
# fmt: off
STEPS = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    float,
)
# fmt: on


class SplitMix:
    """SplitMix64 as its authors publish it."""

    def __init__(self, seed):
        self.state = seed

    def unit(self):
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) >> 11) / 2**53


def at(plane, y, x):
    return ndimage.map_coordinates(plane.astype(float), [y, x], order=1, mode="nearest")


def shuffled(plane):
    random, order = SplitMix(SEED), list(range(16))
    for last in range(15, 0, -1):
        other = int(random.unit() * last)
        order[last], order[other] = order[other], order[last]
    rows = np.array_split(np.arange(plane.shape[0]), even(plane.shape[0]))
    columns = np.array_split(np.arange(plane.shape[1]), even(plane.shape[1]))
    result = np.empty_like(plane)
    for tile, source in enumerate(order):
        here, there = np.ix_(rows[tile // 4], columns[tile % 4]), (source // 4, source % 4)
        own = (
            fill(rows[there[0]], len(rows[tile // 4])),
            fill(columns[there[1]], len(columns[tile % 4])),
        )
        result[here] = plane[np.ix_(*own)]
    return result


def even(size):
    """Where tiles begin: the first place p with floor(4 p / size) = tile."""
    return [next(p for p in range(size) if 4 * p // size == tile) for tile in (1, 2, 3)]


def fill(places, length):
    """So many places: the last one again where a tile is shorter."""
    return np.pad(places, (0, max(0, length - len(places))), mode="edge")[:length]


def warped(plane):
    random = SplitMix(SEED)
    height, width = plane.shape
    y, x = np.mgrid[:height, :width].astype(float)
    shifts = [
        np.array([(2 * random.unit() - 1) * 0.12 * size for _ in range(25)]).reshape(5, 5)
        for size in (height, width)
    ]
    grid = y * 4 / (height - 1), x * 4 / (width - 1)
    return at(plane, y + at(shifts[0], *grid), x + at(shifts[1], *grid))


def turned(plane):
    height, width = plane.shape
    if height == width:
        return np.rot90(plane)
    tall = np.rot90(plane)
    y, x = np.mgrid[:height, :width].astype(float)
    return at(tall, y * (width - 1) / (height - 1), x * (height - 1) / (width - 1))


def zoomed(plane):
    random = SplitMix(SEED)
    y, x = np.mgrid[: plane.shape[0], : plane.shape[1]].astype(float)
    top, left = (random.unit() * size / 2 for size in plane.shape)
    return at(plane, top + (y + 0.5) / 2 - 0.5, left + (x + 0.5) / 2 - 0.5)


def dimmed(plane):
    return plane.min() + 0.75 * (plane - plane.min())


def blurred(plane):
    deviation = 0.7 * math.sqrt(min(plane.shape) / 32)
    radius = math.ceil(3 * deviation)
    return ndimage.gaussian_filter(plane.astype(float), deviation, mode="nearest", radius=radius)


def compressed(plane):
    low, unit = plane.min(), (plane.max() - plane.min()) / 255
    height, width = plane.shape
    padded = np.pad((plane - low) / unit - 128, ((0, -height % 8), (0, -width % 8)), mode="edge")
    for y in range(0, padded.shape[0], 8):
        for x in range(0, padded.shape[1], 8):
            block = fft.dctn(padded[y : y + 8, x : x + 8], norm="ortho")
            rounded = np.round(block / STEPS) * STEPS
            padded[y : y + 8, x : x + 8] = fft.idctn(rounded, norm="ortho")
    levels = np.round(padded + 128).clip(0, 255)
    return (low + levels * unit)[:height, :width]


def tilted(plane):
    return ndimage.rotate(plane.astype(float), 8, reshape=False, order=1, mode="nearest")


def thinned(plane):
    return (plane + ndimage.grey_erosion(plane, footprint=CROSS, mode="nearest")) / 2


def thickened(plane):
    return (plane + ndimage.grey_dilation(plane, footprint=CROSS, mode="nearest")) / 2


ALTERATIONS = [
    shuffled,
    warped,
    turned,
    zoomed,
    dimmed,
    blurred,
    compressed,
    tilted,
    thinned,
    thickened,
]


def pictures():
    rng = np.random.default_rng(3)
    for channels, height, width in [(1, 12, 12), (3, 13, 10)]:
        noise = rng.normal(0.3, 1, (channels, height, width))
        yield ndimage.gaussian_filter(noise, (0, 1, 1)).round(3).astype(np.float32)


def main():
    made = [
        {
            "shape": picture.shape,
            "values": picture.ravel().tolist(),
            "altered": {
                alter.__name__: np.stack([alter(plane) for plane in picture])
                .astype(float)
                .round(6)
                .ravel()
                .tolist()
                for alter in ALTERATIONS
            },
        }
        for picture in pictures()
    ]
    made = [{**one, "values": [round(value, 3) for value in one["values"]]} for one in made]
    text = json.dumps({"seed": SEED, "pictures": made})
    (HERE / "altered.json").write_text(text + "\n")


main()
