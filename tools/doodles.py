"""Draws digits 0-4 as print has them, and what is no digit: shapes, signs and scribbles. All are
framed as MNIST frames digits.

    doodles(count, seed)   (count, 28, 28) uint8, light ink on black
    digits(count, seed)    the same and their labels, (count) int64

A doodle is a list of strokes, each a line of points (N, 2) in a square from -1 to 1.
"""

import math

import numpy as np
from PIL import Image, ImageDraw

CANVAS = 112
SIDE, BOX = 28, 20


def arc(start, end, centre=(0, 0), radii=(1, 1), points=40):
    angle = np.linspace(start, end, points)
    return np.stack([np.cos(angle), np.sin(angle)], 1) * radii + centre


def closed(stroke):
    return np.concatenate([stroke, stroke[:1]])


def smooth(points, between=8):
    """A Catmull-Rom curve through the points."""
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, between, endpoint=False)[:, None]
    parts = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*parts, points[-1:]])


def polygon(rng):
    sides = rng.integers(3, 9)
    radius = rng.uniform(0.75, 1, sides) if rng.random() < 0.5 else np.ones(sides)
    return [closed(arc(0, 2 * math.pi * (1 - 1 / sides), points=sides) * radius[:, None])]


def star(rng):
    points = rng.integers(4, 8)
    radius = np.where(np.arange(2 * points) % 2, rng.uniform(0.25, 0.65), 1)
    outline = arc(0, 2 * math.pi * (1 - 0.5 / points), points=2 * points) * radius[:, None]
    return [closed(outline)]


def pentagram(rng):
    points = rng.choice([5, 7])
    return [closed(arc(0, 4 * math.pi * (1 - 1 / points), points=points))]


def asterisk(rng):
    count = rng.integers(2, 5)
    angle = np.arange(count) * math.pi / count
    ends = np.stack([np.cos(angle), np.sin(angle)], 1)
    return [np.stack([-end, end]) for end in ends]


def spiral(rng):
    turns = rng.uniform(1.6, 5)
    curve = arc(0, 2 * math.pi * turns, points=int(30 * turns))
    return [
        curve * (np.linspace(rng.uniform(0, 0.25), 1, len(curve)) ** rng.uniform(0.7, 1.3))[:, None]
    ]


def wave(rng):
    x = np.linspace(-1, 1, 80)
    y = np.sin(x * math.pi * rng.uniform(1.5, 6)) * rng.uniform(0.15, 0.9)
    return [np.stack([x, y], 1)]


def zigzag(rng):
    count = rng.integers(4, 24)
    y = np.where(np.arange(count) % 2, 1, -1) * rng.uniform(0.2, 1) * rng.uniform(0.6, 1, count)
    return [np.stack([np.linspace(-1, 1, count), y], 1)]


def lines(rng):
    return list(rng.uniform(-1, 1, (rng.integers(2, 8), 2, 2)))


def grid(rng):
    down, across = rng.integers(2, 5, 2)
    vertical = [np.array([[x, -1], [x, 1]]) for x in np.linspace(-0.8, 0.8, down)]
    level = [np.array([[-1, y], [1, y]]) for y in np.linspace(-0.8, 0.8, across)]
    return vertical + level * rng.integers(0, 2)


def corners(rng):
    return [rng.uniform(-1, 1, (rng.integers(4, 13), 2))]


def scribble(rng):
    return [smooth(rng.uniform(-1, 1, (rng.integers(5, 22), 2)))]


def wander(rng):
    steps = np.cumsum(rng.normal(size=(rng.integers(5, 14), 2)), 0)
    return [smooth(steps / np.abs(steps).max())]


def face(rng):
    mouth = arc(0.15 * math.pi, 0.85 * math.pi, radii=(0.55, 0.55 * rng.choice([-1, 1])), points=15)
    if mouth[7, 1] < 0:
        mouth += (0, 0.75)
    eyes = [
        arc(0, 2 * math.pi, (x, -0.3), (0.08, rng.uniform(0.08, 0.2)), 12) for x in (-0.38, 0.38)
    ]
    return [arc(0, 2 * math.pi), mouth, *eyes]


def rings(rng):
    return [arc(0, 2 * math.pi) * radius for radius in np.linspace(1, 0.3, rng.integers(2, 5))]


def circles(rng):
    return [
        arc(0, 2 * math.pi, rng.uniform(-0.7, 0.7, 2), [rng.uniform(0.15, 0.6)] * 2)
        for _ in range(rng.integers(2, 5))
    ]


def crossed(rng):
    """A ring with one or two lines through it."""
    ends = rng.uniform(0, 2 * math.pi, (rng.integers(1, 3), 1)) + [[0, math.pi]]
    return [arc(0, 2 * math.pi)] + [
        np.stack([np.cos(pair), np.sin(pair)], 1) * rng.uniform(0.9, 1.4) for pair in ends
    ]


def arrow(rng):
    head = rng.uniform(0.25, 0.6)
    ends = [np.array([[1 - head, -head], [1, 0], [1 - head, head]])]
    if rng.random() < 0.3:
        ends.append(-ends[0])
    return [np.array([[-1, 0], [1, 0]]), *ends]


def heart(rng):
    t = np.linspace(0, 2 * math.pi, 50)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [np.stack([16 * np.sin(t) ** 3, -y], 1) / 17]


def house(rng):
    wall = np.array([[-0.8, 0], [-0.8, 1], [0.8, 1], [0.8, 0]])
    return [wall, closed(np.array([[-1, 0], [0, -1], [1, 0]]))]


def bolt(rng):
    return [
        np.array([[0.3, -1], [-0.5, 0.1], [0.1, 0.1], [-0.3, 1], [0.6, -0.2], [0, -0.2], [0.3, -1]])
    ]


def flower(rng):
    petals = rng.integers(3, 9)
    t = np.linspace(0, 2 * math.pi, 120)
    radius = 1 + rng.uniform(0.2, 0.6) * np.cos(petals * t)
    return [np.stack([np.cos(t), np.sin(t)], 1) * radius[:, None] / 1.6]


def ladder(rng):
    steps = np.linspace(-0.8, 0.8, rng.integers(2, 6))
    return [np.array([[x, -1], [x, 1]]) for x in (-0.5, 0.5)] + [
        np.array([[-0.5, y], [0.5, y]]) for y in steps
    ]


def sign(rng):
    """Two to four strokes, straight or bent, between the places of a grid: like a letter."""
    place = lambda: np.array([rng.integers(-1, 2) * 0.6, rng.integers(-1, 2)], float)
    strokes = []
    for _ in range(rng.integers(2, 5)):
        start, end = place(), place()
        middle = (start + end) / 2 + rng.normal(size=2) * rng.choice([0, 0.5])
        strokes.append(smooth(np.stack([start, middle, end])))
    return strokes


def glyph(rng):
    """One bent stroke and one straight: like a letter."""
    start = rng.uniform(0, 2 * math.pi)
    bow = arc(start, start + rng.uniform(0.6, 1.5) * math.pi, rng.uniform(-0.3, 0.3, 2), (0.6, 0.6))
    x, y = rng.uniform(-0.7, 0.7, 2)
    bar = [[x, -1], [x, 1]] if rng.random() < 0.6 else [[-0.8, y], [0.8, y]]
    return [bow, np.array(bar)]


SINGLE = [
    polygon, star, pentagram, asterisk, spiral, wave, zigzag, lines, grid, corners, scribble,
    wander, face, rings, circles, crossed, arrow, heart, house, bolt, flower, ladder,
    sign, sign, glyph,
]  # fmt: skip
FILLED = {polygon, star, heart, flower, bolt, corners, circles}


def zero(rng):
    oval = arc(0, 2 * math.pi)
    return [np.sign(oval) * np.abs(oval) ** rng.uniform(0.5, 1) * (rng.uniform(0.4, 0.75), 1)]


def one(rng):
    """A bar, mostly with a flag, at times with a base."""
    strokes = [np.array([[0, -1], [0, 1]])]
    if rng.random() < 0.8:
        strokes.append(np.array([[-rng.uniform(0.15, 0.55), rng.uniform(-0.85, -0.45)], [0, -1]]))
    if rng.random() < 0.4:
        reach = rng.uniform(0.25, 0.55)
        strokes.append(np.array([[-reach, 1], [reach, 1]]))
    return strokes


def two(rng):
    bow = [[-0.55, -0.6], [-0.3, -0.93], [0.1, -1], [0.55, -0.55], [0.2, 0.1], [-0.6, 1]]
    return [smooth(np.array(bow)), np.array([[-0.6, 1], [0.6, 1]])]


def three(rng):
    middle = [rng.uniform(-0.2, 0.1), -0.1]
    upper = smooth(np.array([[-0.5, -0.8], [0, -1], [0.5, -0.55], middle]))
    if rng.random() < 0.25:
        upper = np.array([[-0.5, -1], [0.5, -1], middle])
    return [upper, smooth(np.array([middle, [0.6, 0.4], [0.05, 1], [-0.55, 0.7]]))]


def four(rng):
    level = rng.uniform(0.2, 0.5)
    if rng.random() < 0.75:
        x = rng.uniform(0.2, 0.45)
        return [np.array([[x, 1], [x, -1], [-0.65, level], [0.7, level]])]
    return [
        np.array([[-0.45, -1], [-0.6, level], [0.6, level]]),
        np.array([[0.35, rng.uniform(-1, -0.2)], [0.35, 1]]),
    ]


DIGITS = [zero, one, two, three, four]


def ink(strokes, rng, fill=False):
    """An image of CANVAS x CANVAS with the strokes, in a width of its own."""
    image = Image.new("L", (CANVAS, CANVAS))
    pen = ImageDraw.Draw(image)
    width = int(rng.uniform(4, 17))
    for stroke in strokes:
        points = [tuple(point) for point in (stroke * 0.36 + 0.5) * CANVAS]
        if fill:
            pen.polygon(points, fill=255)
        pen.line(points, fill=255, width=width, joint="curve")
        if width > 5:
            for x, y in (points[0], points[-1]):
                r = width / 2 - 0.5
                pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return image


def shaken(strokes, rng):
    """The strokes of an unsteady hand."""
    shake = rng.uniform(0, 0.05)
    return [
        stroke + rng.normal(size=stroke.shape) * shake * min(1, 8 / len(stroke))
        for stroke in strokes
    ]


def turned(strokes, angle, rng):
    """The strokes turned, squeezed and slanted."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    change = turn @ np.diag(rng.uniform(0.6, 1, 2)) @ [[1, rng.normal() * 0.2], [0, 1]]
    return [stroke @ change.T for stroke in strokes]


def doodle(rng):
    kind = SINGLE[rng.integers(len(SINGLE))]
    angle = rng.normal() * 0.3 if rng.random() < 0.7 else rng.uniform(0, 2 * math.pi)
    strokes = turned(shaken(kind(rng), rng), angle, rng)
    return ink(strokes, rng, fill=kind in FILLED and rng.random() < 0.25)


def digit(label, rng):
    return ink(turned(shaken(DIGITS[label](rng), rng), rng.normal() * 0.08, rng), rng)


def frame(image):
    """The ink in a box of 20 x 20, its centre of mass in the middle of 28 x 28."""
    ink = image.crop(image.getbbox())
    scale = BOX / max(ink.size)
    size = [max(1, round(side * scale)) for side in ink.size]
    pixels = np.asarray(ink.resize(size, Image.Resampling.BILINEAR))
    placed = np.zeros((SIDE, SIDE), np.uint8)
    mass = pixels.sum(dtype=float) or 1
    top, left = (
        int(
            np.clip(
                round(SIDE / 2 - (pixels.sum(1 - axis) @ (np.arange(n) + 0.5)) / mass), 0, SIDE - n
            )
        )
        for axis, n in enumerate(pixels.shape)
    )
    placed[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return placed


def doodles(count, seed):
    rng = np.random.default_rng(seed)
    return np.stack([frame(doodle(rng)) for _ in range(count)])


def digits(count, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(len(DIGITS), size=count)
    return np.stack([frame(digit(label, rng)) for label in labels]), labels
