"""Makes the ready set of the page "Teach it": www/public/teach/ready-set.webp, and what its tiles
show, www/teach/ready-set.json.

    python -m pip install scikit-image==0.26.0 && python -m pip download --no-deps scipy==1.9.3
    python tools/teach_samples.py --skimage DIR --face scipy/misc/face.dat

DIR is the folder `skimage/data` of the installed package; `face.dat` is inside the wheel of SciPy.
Each photo is seen as a hand-held camera sees it: panned, zoomed, slightly turned, in other light.
www/public/teach/README.md names the photos and their licences.
"""

import argparse
import bz2
import json
import pathlib

import numpy as np
from PIL import Image

WWW = pathlib.Path(__file__).parents[1] / "www"

# Side of a tile, tiles in a row.
SIDE, COLUMNS = 192, 10

# Views that are taught, views that are tried afterwards, views of each stranger.
TAUGHT, TRIED, STRANGE = 12, 4, 3

# Photo, centre of the thing and side of the square around it, as fractions of the photo's height.
THINGS = {
    "coffee cup": ("coffee.png", (0.79, 0.48), 0.98),
    "cat": ("chelsea.png", (0.86, 0.47), 0.86),
    "rocket": ("rocket.jpg", (0.75, 0.55), 0.84),
}
STRANGERS = {
    "astronaut": ("astronaut.png", (0.45, 0.42), 0.8),
    "raccoon": ("face.dat", (0.84, 0.42), 0.75),
    "photographer": ("camera.png", (0.5, 0.42), 0.78),
    "coins": ("coins.png", (0.63, 0.5), 0.8),
}


def open_photo(name, skimage, face):
    if name != "face.dat":
        return Image.open(skimage / name).convert("RGB")
    raw = bz2.decompress(face.read_bytes())
    return Image.fromarray(np.frombuffer(raw, np.uint8).reshape(768, 1024, 3))


def shift_inside(centre, reach, size):
    """The nearest centre at which a square that reaches so far lies in the photo."""
    return [min(max(c, reach), s - reach) for c, s in zip(centre, size, strict=True)]


def cut(photo, centre, side, rng):
    """The square around a centre, moved, zoomed and turned a little."""
    side *= rng.uniform(0.72, 1.0)
    turn = np.deg2rad(rng.uniform(-9, 9))
    cos, sin = np.cos(turn), np.sin(turn)
    moved = np.array(centre) + rng.uniform(-0.1, 0.1, 2) * side
    x, y = shift_inside(moved, side / 2 * (cos + abs(sin)), photo.size)
    scale = side / SIDE
    half = SIDE / 2
    coefficients = [
        scale * cos,
        -scale * sin,
        x - half * scale * (cos - sin),
        scale * sin,
        scale * cos,
        y - half * scale * (sin + cos),
    ]
    # Drawn at twice the size, as a transform has no antialiasing.
    fine = [c / 2 if i % 3 < 2 else c for i, c in enumerate(coefficients)]
    size = (2 * SIDE, 2 * SIDE)
    view = photo.transform(size, Image.Transform.AFFINE, fine, Image.Resampling.BICUBIC)
    return view.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def relight(view, rng):
    """Other exposure, warmer or colder light, and the noise of a small sensor."""
    light = rng.uniform(0.78, 1.18) * (1 + rng.uniform(-0.06, 0.06) * np.array([1, 0, -1]))
    noise = rng.normal(0, 2, (SIDE, SIDE, 1))
    pixels = np.asarray(view, float) * light + noise
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def views(photo, centre, side, count, rng):
    height = photo.size[1]
    place = [c * height for c in centre]
    return [relight(cut(photo, place, side * height, rng), rng) for _ in range(count)]


def paste(tiles):
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * SIDE))
    for i, tile in enumerate(tiles):
        sheet.paste(tile, (i % COLUMNS * SIDE, i // COLUMNS * SIDE))
    return sheet


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--skimage", type=pathlib.Path, required=True)
    parser.add_argument("--face", type=pathlib.Path, required=True)
    given = parser.parse_args()
    rng = np.random.default_rng(22)
    tiles, groups = [], []
    for kind, photos in (("thing", THINGS), ("stranger", STRANGERS)):
        for label, (name, centre, side) in photos.items():
            photo = open_photo(name, given.skimage, given.face)
            taught = TAUGHT if kind == "thing" else 0
            tried = TRIED if kind == "thing" else STRANGE
            groups.append({"label": label, "first": len(tiles), "taught": taught, "tried": tried})
            tiles += views(photo, centre, side, taught + tried, rng)
    paste(tiles).save(WWW / "public/teach/ready-set.webp", quality=72, method=6)
    about = {"side": SIDE, "columns": COLUMNS, "groups": groups}
    (WWW / "teach/ready-set.json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
