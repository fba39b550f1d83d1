"""Draws digits and other things by hand on paper, as a camera sees it.

    photos(case, kind, count, seed)   yields (label, (height, width, 3) uint8)

A case is a name in CASES. A kind is `known` for the digits 0 to 4, else `strangers`: the digits 5
to 9, letters and doodles. Strokes are lines of points (N, 2) in a square from -1 to 1, y downwards.
Every other seed than 1 and 2 is unseen: the framing's settings were chosen by these.

    tools/paper.py FOLDER [--case CASE ...] [--count 100] [--seed 1]

writes CASE/KIND/LABEL-NUMBER.jpg.
"""

import argparse
import io
import math
from pathlib import Path

import numpy as np
from doodles import arc, closed, smooth
from PIL import Image, ImageDraw, ImageFilter

CASES = ["clean", "shaded", "ruled", "pencil", "shadow", "fine", "mixed", "table"]
KINDS = ["known", "strangers"]


def curve(*points):
    return np.array(points, float)


def zero(rng):
    start = -math.pi / 2 + rng.normal() * 0.4
    end = start - 2 * math.pi - rng.uniform(-0.15, 0.35)
    return [smooth(arc(start, end, radii=(rng.uniform(0.45, 0.8), 1), points=11))]


def one(rng):
    bar = curve([0.05, -1], [0.02, -0.4], [0, 0.2], [-0.03, 1])
    if rng.random() < 0.6:
        return [smooth(bar)]
    flag = curve([-rng.uniform(0.2, 0.4), -rng.uniform(0.5, 0.75)], [0.05, -1])
    return [np.concatenate([flag, smooth(bar)])]


def two(rng):
    bow = [[-0.55, -0.55], [-0.3, -0.93], [0.15, -0.98], [0.5, -0.55], [0.25, 0]]
    if rng.random() < 0.6:
        return [np.concatenate([smooth(curve(*bow, [-0.6, 0.95])), [[0.1, 0.93], [0.65, 0.92]]])]
    loop = [[-0.35, 0.85], [-0.6, 0.8], [-0.5, 0.6], [-0.2, 0.7], [0.2, 0.95], [0.65, 0.85]]
    return [smooth(curve(*bow, *loop))]


def three(rng):
    notch = [rng.uniform(-0.25, 0.05), rng.uniform(-0.15, 0.05)]
    upper = [[-0.5, -0.75], [-0.1, -1], [0.42, -0.75], [0.3, -0.3], notch]
    lower = [[0.4, 0.15], [0.52, 0.6], [0.05, 1], [-0.5, 0.8]]
    return [np.concatenate([smooth(curve(*upper)), smooth(curve(notch, *lower))])]


def four(rng):
    level = rng.uniform(0.05, 0.4)
    if rng.random() < 0.4:
        x = rng.uniform(0.15, 0.4)
        return [curve([x, -1], [-0.65, level], [0.65, level]), curve([x, -0.9], [x - 0.05, 1])]
    corner = smooth(curve([-0.4, -1], [-0.5, -0.4], [-0.6, level]))
    bar = curve([0.35, -rng.uniform(0.4, 0.9)], [0.3, 0.3], [0.28, 1])
    return [np.concatenate([corner, [[0.6, level - 0.05]]]), smooth(bar)]


def five(rng):
    belly = [[-0.4, -0.15], [0.2, -0.3], [0.55, 0.2], [0.2, 0.9], [-0.55, 0.85]]
    return [np.concatenate([[[0.55, -1], [-0.35, -1]], smooth(curve(*belly))])]


def six(rng):
    stem = [[0.35, -1], [-0.25, -0.5], [-0.5, 0.2], [-0.2, 0.9], [0.3, 0.9], [0.5, 0.4]]
    return [smooth(curve(*stem, [0.2, 0.05], [-0.3, 0.15], [-0.48, 0.45]))]


def seven(rng):
    strokes = [curve([-0.55, -0.95], [0.6, -1], [0.2, 0], [-0.15, 1])]
    return strokes + [curve([-0.2, 0.05], [0.5, -0.05])] * int(rng.random() < 0.5)


def eight(rng):
    upper = [[0.4, -0.75], [0, -1], [-0.4, -0.7], [-0.05, -0.1], [0.45, 0.5], [0.05, 1]]
    return [smooth(curve(*upper, [-0.45, 0.55], [0.05, -0.1], [0.42, -0.55], [0.35, -0.8]))]


def nine(rng):
    head = [[0.4, -0.7], [0, -1], [-0.45, -0.6], [-0.1, -0.15], [0.35, -0.4], [0.42, -0.75]]
    return [np.concatenate([smooth(curve(*head)), smooth(curve([0.4, -0.7], [0.35, 0], [0.2, 1]))])]


def letter(rng):
    name = str(rng.choice(list("AEFHKMNRTWXaegk")))
    parts = {
        "A": "-.6,1 0,-1 .6,1|-.35,.3 .35,.3",
        "E": ".5,-1 -.5,-1 -.5,1 .55,1|-.5,0 .35,0",
        "F": ".55,-1 -.5,-1 -.5,1|-.5,-.05 .35,-.05",
        "H": "-.55,-1 -.55,1|.55,-1 .55,1|-.55,0 .55,0",
        "K": "-.5,-1 -.5,1|.55,-1 -.5,.1 .6,1",
        "M": "-.75,1 -.6,-1 0,.4 .6,-1 .75,1",
        "N": "-.55,1 -.55,-1 .55,1 .55,-1",
        "R": "-.5,1 -.5,-1 .3,-.95 .45,-.5 .2,-.1 -.5,0 .55,1",
        "T": "-.65,-1 .65,-1|0,-1 0,1",
        "W": "-.8,-1 -.4,1 0,-.3 .4,1 .8,-1",
        "X": "-.6,-1 .6,1|.6,-1 -.6,1",
        "a": ".4,-.5 -.1,-.65 -.5,0 -.2,.6 .3,.3 .42,-.5 .45,.3 .65,.6",
        "e": "-.5,.05 .45,0 .3,-.5 -.15,-.6 -.5,0 -.3,.55 .2,.65 .55,.35",
        "g": ".4,-.7 -.2,-.9 -.45,-.4 -.1,0 .4,-.3 .42,-.7 .4,.6 .05,1 -.45,.8",
        "k": "-.4,-1 -.4,1|.35,-.2 -.4,.35 .45,1",
    }[name]
    number = lambda text: [float(value) for value in text.split(",")]
    return [curve(*map(number, part.split())) for part in parts.split("|")]


def smiley(rng):
    eyes = [arc(0, 2 * math.pi, (x, -0.3), (0.06, 0.12), 9) for x in (-0.35, 0.35)]
    return [closed(arc(0, 6, points=16)), arc(0.4, 2.7, radii=(0.55, 0.55), points=9), *eyes]


def heart(rng):
    t = np.linspace(0, 2 * math.pi, 24)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [np.stack([16 * np.sin(t) ** 3, -y], 1) / 17]


def house(rng):
    walls = curve([-0.75, 1], [-0.75, -0.1], [0.75, -0.1], [0.75, 1], [-0.75, 1])
    return [walls, curve([-0.9, -0.1], [0, -1], [0.9, -0.1])]


def star(rng):
    return [closed(arc(-math.pi / 2, 2.7 * math.pi, points=5))]


def arrow(rng):
    return [curve([-1, 0], [1, 0]), curve([0.5, -0.5], [1, 0], [0.5, 0.5])]


DIGITS = [zero, one, two, three, four, five, six, seven, eight, nine]
DOODLES = [smiley, heart, house, star, arrow]


def chosen(kind, rng):
    """A label and the function that draws it."""
    digit = rng.integers(5) if kind == "known" else rng.integers(5, 16)
    if digit < 10:
        return str(digit), DIGITS[digit]
    if digit < 13:
        return "letter", letter
    drawing = DOODLES[rng.integers(len(DOODLES))]
    return drawing.__name__, drawing


def by_hand(strokes, rng):
    """Strokes as one hand draws them: shaken, slanted, squeezed and turned a little."""
    shake, angle = rng.uniform(0.01, 0.05), rng.normal() * 0.07
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    change = turn @ [[1, -rng.normal() * 0.15 - 0.05], [0, 1]] @ np.diag([rng.uniform(0.8, 1.1), 1])
    jolts = [rng.normal(size=stroke.shape) * shake for stroke in strokes]
    calm = [jolt * min(1, 6 / len(jolt)) for jolt in jolts]
    return [(stroke + jolt) @ change.T for stroke, jolt in zip(strokes, calm, strict=True)]


def cover(strokes, size, width, rng):
    """How much ink covers each pixel, 0 to 1, of strokes somewhere on paper of this size."""
    side = min(size)
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = rng.uniform(0.4, 0.75) * side / max(high - low)
    free = np.maximum(np.array(size) - (high - low) * scale - 0.16 * side, 0)
    corner = 0.08 * side + free * rng.uniform(size=2)
    image = Image.new("L", size)
    pen = ImageDraw.Draw(image)
    thick = max(1, round(width * side))
    for stroke in strokes:
        line = [tuple(point) for point in (stroke - low) * scale + corner]
        pen.line(line, fill=255, width=thick, joint="curve")
        for x, y in (line[0], line[-1]):
            r = thick / 2 - 0.5
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    soft = image.filter(ImageFilter.GaussianBlur(0.6 + 0.001 * side))
    return np.asarray(soft, float) / 255


def clouds(size, cells, rng):
    """Smooth noise, about -1 to 1."""
    width, height = size
    coarse = rng.normal(size=(cells + 1, cells + 1)).astype(np.float32)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture, float) / 2


def plane(size):
    """Column and row of each pixel, -1 to 1."""
    return np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))


def paper(size, rng):
    """Reflectance of each pixel in red, green and blue."""
    colour = rng.uniform(0.82, 0.95) * np.array([1, *(1 - rng.uniform(-0.02, 0.1, 2))])
    fibre = 0.008 * rng.normal(size=size[::-1]) + 0.01 * clouds(size, 40, rng)
    return colour * (1 + fibre[..., None])


def shade(size, rng):
    """Light that falls off to one side and to the corners."""
    x, y = plane(size)
    angle = rng.uniform(0, 2 * math.pi)
    slope = (x * math.cos(angle) + y * math.sin(angle)) / 1.4
    fall = rng.uniform(0.2, 0.5) * slope + rng.uniform(0, 0.25) * (x**2 + y**2) / 2
    return np.clip(1 - rng.uniform(0.1, 0.25) - fall, 0.15, 1)


def shadow(size, rng):
    """The shadow of something with a straight edge, hard or soft."""
    x, y = plane(size)
    angle = rng.uniform(0, 2 * math.pi)
    across = x * math.cos(angle) + y * math.sin(angle) - rng.uniform(-0.5, 0.5)
    blur = np.exp(rng.uniform(math.log(0.004), math.log(0.3)))
    return 1 - rng.uniform(0.25, 0.55) / (1 + np.exp(np.clip(across / blur, -50, 50)))


def rule(size, rng):
    """How much of the paper a ruling covers, by colour: lines, or squares, and a margin."""
    width, height = size
    side = min(size)
    step = side * rng.uniform(0.06, 0.16)
    thick = max(1, side * rng.uniform(0.002, 0.006))
    tilt = rng.normal() * 0.01
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    level, upright = y + tilt * x, x - tilt * y
    line = lambda at: np.clip(thick / 2 + 0.5 - np.abs((at + step / 2) % step - step / 2), 0, 1)
    ruled = line(level + rng.uniform(0, step))
    if rng.random() < 0.4:
        ruled = np.maximum(ruled, line(upright + rng.uniform(0, step)))
    blue = np.array([0.5, 0.3, 0.1]) if rng.random() < 0.6 else np.full(3, 0.35)
    lines = ruled[..., None] * blue * rng.uniform(0.6, 1.3)
    if rng.random() < 0.4:
        margin = np.clip(thick / 2 + 0.5 - np.abs(upright - rng.uniform(0.05, 0.2) * width), 0, 1)
        lines = np.maximum(lines, margin[..., None] * [0.1, 0.5, 0.45])
    return np.minimum(lines, 0.7)


def table(picture, rng):
    """The same with a dark table on one or two sides, seen a little aslant."""
    height, width = picture.shape[:2]
    x, y = plane((width, height))
    wood = np.array([0.35, 0.22, 0.12]) * rng.uniform(0.3, 1.2)
    grain = wood * (1 + 0.1 * clouds((width, height), 20, rng)[..., None])
    for side in rng.permutation([x, -x, y, -y])[: rng.integers(1, 3)]:
        other = y if side is x else x
        edge = side + rng.normal() * 0.02 * other - (1 - rng.uniform(0.04, 0.12))
        picture = np.where((edge > 0)[..., None], grain, picture)
    return picture


def pencil(ink, rng):
    """The ink of a pencil: grey, and less of it where the paper is low."""
    grain = np.clip(0.75 + 0.35 * rng.normal(size=ink.shape), 0, 1)
    return ink * grain * rng.uniform(0.3, 0.6)


def camera(picture, rng):
    """What a camera's sensor and JPEG leave of the picture."""
    noisy = picture * 255 + rng.normal(size=picture.shape) * rng.uniform(0.5, 3)
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.001 * min(image.size) + 0.5)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(55, 95)))
    return Image.open(file)


def sides(rng):
    """Width and height of a photo."""
    longer = int(np.exp(rng.uniform(math.log(220), math.log(2000))))
    shorter = max(200, int(longer * rng.choice([0.5625, 0.667, 0.75, 1])))
    return (longer, shorter) if rng.random() < 0.5 else (shorter, longer)


def photo(case, strokes, rng, size=None):
    """A photo of these strokes on paper."""
    size = size or sides(rng)
    has = lambda name: case == name or (case == "mixed" and rng.random() < 0.5)
    fine = has("fine")
    width = rng.uniform(0.01, 0.02) if fine else rng.uniform(0.025, 0.05)
    ink = cover(by_hand(strokes, rng), size, width, rng)
    ink = pencil(ink, rng) if has("pencil") else ink * rng.uniform(0.75, 0.95)
    picture = np.ones((*size[::-1], 3)) * 0.97 if case == "clean" else paper(size, rng)
    if has("ruled"):
        picture *= 1 - rule(size, rng)
    colour = np.array([0.95, 0.9, 0.6]) if rng.random() < 0.4 else np.ones(3)
    picture *= 1 - ink[..., None] * colour
    light = np.array([1, *rng.uniform(0.85, 1.1, 2)]) if case != "clean" else 1
    if has("shaded"):
        picture *= shade(size, rng)[..., None]
    if has("shadow"):
        picture *= shadow(size, rng)[..., None]
    if case == "table":
        picture = table(picture, rng)
    return camera(picture * light, rng)


def photos(case, kind, count, seed):
    rng = np.random.default_rng([seed, CASES.index(case), KINDS.index(kind)])
    for _ in range(count):
        label, draw = chosen(kind, rng)
        yield label, photo(case, draw(rng), rng)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--case", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for case in given.case:
        for kind in KINDS:
            folder = given.folder / case / kind
            folder.mkdir(parents=True, exist_ok=True)
            for number, (label, image) in enumerate(photos(case, kind, given.count, given.seed)):
                image.save(folder / f"{label}-{number:03}.jpg", quality="keep")


if __name__ == "__main__":
    main()
