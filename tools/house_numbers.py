"""Renders house numbers in the manner of SVHN, whose own pictures may not be passed on.

    python tools/house_numbers.py OUT.npz     the pictures of www/public/sheets/houses.webp, to
                                              measure: she-ood eval ... --ood OUT.npz

A number of one to four digits stands on paint, a plaque, bricks or boards, seen a little from the
side and unsharp, and is cropped around one of its digits to 32 x 32 pixels of colour. The fonts are
those of Debian's package fonts-dejavu-core and fonts-dejavu-extra.
"""

import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SHEET = pathlib.Path(__file__).parents[1] / "www" / "public" / "sheets" / "houses.webp"
FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
#: Faces that numbers on houses resemble: none that is hairline thin, none for code.
FACES = [
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansCondensed",
    "DejaVuSansCondensed-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "DejaVuSerifCondensed-Bold",
]
SIZE = 32
#: Pixels of the scene for each of the picture's, and the scene's side: the crop and a margin.
ZOOM = 6
SCENE = 2 * SIZE * ZOOM


def house_numbers(count, seed=0):
    """Returns pictures `[count, 32, 32, 3]` of bytes and the digit in the middle of each."""
    rng = np.random.default_rng(seed)
    pictures, digits = zip(*(house_number(rng) for _ in range(count)), strict=True)
    return np.stack(pictures), np.array(digits)


def house_number(rng):
    digits = rng.integers(0, 10, rng.choice([1, 2, 3, 4], p=[0.1, 0.35, 0.4, 0.15]))
    focus = rng.integers(len(digits))
    wall, ink = colours(rng)
    scene = background(rng, wall)
    write(rng, scene, digits, focus, ink)
    return photograph(rng, scene), digits[focus]


def colours(rng):
    """A wall and an ink that differ in brightness, mostly of little colour."""
    wall = tint(rng, rng.uniform(20, 235))
    step = rng.uniform(45, 170)
    light = wall.mean() + step if wall.mean() + step < 250 else wall.mean() - step
    return wall, tint(rng, light)


def tint(rng, light):
    return np.clip(light + rng.normal(0, 1, 3) * rng.choice([6, 18, 45], p=[0.5, 0.3, 0.2]), 0, 255)


def shade(colour, factor):
    return tuple(int(value) for value in np.clip(colour * factor, 0, 255))


def background(rng, wall):
    scene = Image.new("RGB", (SCENE, SCENE), shade(wall, 1))
    draw = ImageDraw.Draw(scene)
    kind = rng.choice([bricks, boards, plaque, None], p=[0.15, 0.2, 0.25, 0.4])
    if kind:
        kind(rng, draw, wall)
    return scene


def bricks(rng, draw, wall):
    height = int(rng.uniform(7, 12) * ZOOM)
    width = int(2.2 * height)
    for row, top in enumerate(range(0, SCENE, height)):
        for left in range(-(row % 2) * width // 2, SCENE, width):
            box = [left + 3, top + 3, left + width - 3, top + height - 3]
            draw.rectangle(box, fill=shade(wall, rng.uniform(0.8, 1.05)))


def boards(rng, draw, wall):
    width = int(rng.uniform(6, 14) * ZOOM)
    for left in range(0, SCENE, width):
        draw.rectangle([left, 0, left + width, SCENE], fill=shade(wall, rng.uniform(0.9, 1.05)))
        draw.line([left, 0, left, SCENE], fill=shade(wall, 0.6), width=ZOOM)


def plaque(rng, draw, wall):
    """The wall around a sign of the given colour."""
    middle = SCENE / 2
    half = rng.uniform(16, 30, 2) * ZOOM
    around, rim = tint(rng, rng.uniform(20, 235)), tint(rng, rng.uniform(20, 235))
    draw.rectangle([0, 0, SCENE, SCENE], fill=shade(around, 1))
    box = [*(middle - half), *(middle + half)]
    draw.rounded_rectangle(
        box, radius=rng.uniform(0, 12) * ZOOM, fill=shade(wall, 1), outline=shade(rim, 1), width=8
    )


def write(rng, scene, digits, focus, ink):
    """Writes the number with one of its digits in the middle, over its shadow."""
    draw = ImageDraw.Draw(scene)
    # Capitals and digits are 0.73 of a font's size high.
    height = rng.uniform(0.6, 0.9) * SIZE * ZOOM
    font = ImageFont.truetype(str(FONTS / f"{rng.choice(FACES)}.ttf"), height / 0.73)
    advance = font.getlength("0") * rng.uniform(0.95, 1.15)
    depth = rng.uniform(0, 1.5) * ZOOM
    for i, digit in enumerate(digits):
        x = SCENE / 2 + (i - focus) * advance
        draw.text((x + depth, SCENE / 2 + depth), str(digit), (20, 20, 20), font, anchor="mm")
        draw.text((x, SCENE / 2), str(digit), shade(ink, 1), font, anchor="mm")


def photograph(rng, scene):
    """Turns, slants, crops and shrinks the scene, in uneven light, unsharp and with noise."""
    turn, slant, squeeze = rng.normal(0, 0.07), rng.normal(0, 0.08), rng.uniform(0.9, 1.35)
    middle, shift = SCENE / 2, rng.normal(0, 0.6, 2) * ZOOM
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[squeeze, slant], [0, 1]]
    )
    offset = middle - matrix @ (np.full(2, middle) + shift)
    coefficients = (*matrix[0], offset[0], *matrix[1], offset[1])
    scene = scene.transform(
        scene.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )
    scene = scene.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 1.2)) * ZOOM))
    edge = SIZE * ZOOM // 2
    crop = scene.crop([edge, edge, edge + SIZE * ZOOM, edge + SIZE * ZOOM])
    small = np.asarray(crop.resize((SIZE, SIZE), Image.Resampling.BOX), float)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE - 0.5
    light = 1 + rng.normal(0, 0.15) * x + rng.normal(0, 0.15) * y
    noisy = small * light[..., None] + rng.normal(0, rng.uniform(0.5, 2), small.shape)
    return np.clip(noisy, 0, 255).round().astype(np.uint8)


def shipped():
    """Returns the pictures of the page's sheet `[count, 32, 32, 3]`, row by row."""
    sheet = np.asarray(Image.open(SHEET))
    rows, columns = sheet.shape[0] // SIZE, sheet.shape[1] // SIZE
    return sheet.reshape(rows, SIZE, columns, SIZE, 3).swapaxes(1, 2).reshape(-1, SIZE, SIZE, 3)


if __name__ == "__main__":
    np.savez(sys.argv[1], X=shipped())
