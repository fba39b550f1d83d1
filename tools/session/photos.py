"""Makes the photos of tools/session.js of those that come with scikit-image and scikit-learn.

    python tools/session/photos.py FOLDER

writes taught/LABEL-NUMBER.jpg, views of four things to teach, and tried/LABEL-NUMBER.jpg, forty
photos to try: other views of these, and other things, whole or a part. A view is seen as a camera
in the hand sees it, see tools/teach_samples.py.
"""

import pathlib
import sys

import numpy as np
import skimage
import sklearn
from PIL import Image

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from teach_samples import views

SKIMAGE = pathlib.Path(skimage.__file__).parent / "data"
SKLEARN = pathlib.Path(sklearn.__file__).parent / "datasets/images"

TAUGHT, TRIED = 12, 4

# Photo, photo of the views that are tried, centre of the thing and side of the square around it, as
# fractions of the photo's height.
THINGS = {
    "coffee cup": ("coffee.png", "coffee.png", (0.79, 0.48), 0.98),
    "cat": ("chelsea.png", "chelsea.png", (0.86, 0.47), 0.86),
    "rocket": ("rocket.jpg", "rocket.jpg", (0.75, 0.55), 0.84),
    "motorcycle": ("motorcycle_left.png", "motorcycle_right.png", (0.74, 0.5), 0.98),
}

STRANGERS = {
    "astronaut": "astronaut.png", "photographer": "camera.png", "coins": "coins.png",
    "printed page": "page.png", "handwriting": "text.png", "moon": "moon.png",
    "galaxies": "hubble_deep_field.jpg", "stained tissue": "ihc.png", "bricks": "brick.png",
    "grass": "grass.png", "gravel": "gravel.png", "cell": "cell.png", "retina": "retina.jpg",
    "clock": "clock_motion.png", "colour wheel": "color.png", "logo": "logo.png",
    "horse": "horse.png", "chessboard": "chessboard_RGB.png", "temple": "china.jpg",
    "flower": "flower.jpg",
}  # fmt: skip

# Centre and side of the part that is shown too.
PARTS = {
    "astronaut": ((0.44, 0.25), 0.4),
    "photographer": ((0.45, 0.3), 0.45),
    "temple": ((0.75, 0.5), 0.6),
    "flower": ((0.75, 0.45), 0.7),
}


def open_photo(name):
    folder = SKLEARN if (SKLEARN / name).exists() else SKIMAGE
    image = Image.open(folder / name).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def whole(name):
    image = open_photo(name)
    image.thumbnail((640, 640))
    return image


def taught(rng):
    for label, (name, _, centre, side) in THINGS.items():
        yield label, views(open_photo(name), centre, side, TAUGHT, rng)


def tried(rng):
    for label, (_, name, centre, side) in THINGS.items():
        yield label, views(open_photo(name), centre, side, TRIED, rng)
    for label, name in STRANGERS.items():
        parts = [PARTS[label]] if label in PARTS else []
        seen = [view for part in parts for view in views(open_photo(name), *part, 1, rng)]
        yield label, [whole(name), *seen]


def main():
    folder = pathlib.Path(sys.argv[1])
    rng = np.random.default_rng(40)
    for kind, sets in (("taught", taught(rng)), ("tried", tried(rng))):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for label, images in sets:
            for number, image in enumerate(images):
                image.save(folder / kind / f"{label}-{number:02}.jpg", quality=90)


if __name__ == "__main__":
    main()
