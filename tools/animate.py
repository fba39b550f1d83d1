"""Joins pictures to one that moves.

    animate.py FRAMES OUTPUT

FRAMES is a JSON list of objects with the `path` of a picture and its `duration` in milliseconds.
"""

import json
import pathlib
import sys

from PIL import Image

frames_file, output = sys.argv[1:]
frames = json.loads(pathlib.Path(frames_file).read_text())
# Half the pixels of the page are enough for a picture among text.
first, *others = [
    Image.open(frame["path"]).convert("RGB").resize((870, 375), Image.Resampling.LANCZOS)
    for frame in frames
]
first.save(
    output,
    save_all=True,
    append_images=others,
    duration=[frame["duration"] for frame in frames],
    loop=0,
    quality=70,
    method=6,
)
