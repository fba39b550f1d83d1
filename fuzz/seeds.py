"""Writes what each fuzzer begins with to fuzz/corpus/, made of the files of the tests.

python fuzz/seeds.py
"""

import base64
import gzip
import json
import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "tests/data"
CORPUS = ROOT / "fuzz/corpus"


def seed(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def floats(*values):
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values))


def manifest(**more):
    """For a detector on the 3 features of tests/data/trap.onnx; the target fills in the hashes."""
    plain = {
        "similarity": "inner",
        "compareWith": "nearest",
        "aggregator": {"kind": "single"},
        "layers": [{"name": "features", "size": 3}],
        "classes": [0, 1, 2],
        "counts": [10, 20, 30],
        "labels": ["ant", "bee", "cat"],
        "idPassRate": 0.5,
        "sha256": {"model": "@model", "patterns": "@0", "calibration": "@1"},
    }
    return json.dumps({**plain, **more}).encode()


def metadata():
    patterns, scores = floats(*range(9)), floats(-3, -2, -1)
    two = [{"name": "rows", "size": 3}, {"name": "features", "size": 3}]
    hopfield = {"hopfield": {"beta": 0.5}}
    seed("metadata", "plain", b"\0".join([manifest(), patterns, scores]))
    seed(
        "metadata",
        "rows",
        b"\0".join(
            [manifest(similarity=hopfield, classes=[0], counts=[3], rows=[3]), patterns, scores]
        ),
    )
    seed(
        "metadata",
        "clips",
        b"\0".join(
            [manifest(clips=[1.5], compareWith="predicted", similarity="cosine"), patterns, scores]
        ),
    )
    seed(
        "metadata",
        "by-class",
        b"\0".join(
            [manifest(calibrationCounts=[1, 2, 0], similarity="euclidean"), patterns, scores]
        ),
    )
    std = manifest(layers=two, aggregator={"kind": "std", "stds": [1, 2]})
    seed("metadata", "std", b"\0".join([std, floats(*range(18)), scores]))
    fisher = manifest(
        layers=two,
        aggregator={"kind": "fisher", "scale": 1.0, "freedom": 4.0},
        sha256={"model": "@model", "patterns": "@0", "calibration": "@1", "ecdf": "@2"},
    )
    seed("metadata", "fisher", b"\0".join([fisher, floats(*range(18)), scores, floats(1, 2, 3, 4)]))


def models():
    for name in ("tiny", "trap", "panic", "overflow"):
        seed("model", name, (DATA / f"{name}.onnx").read_bytes())
    for name, content in json.loads((DATA / "malformed.json").read_text()).items():
        seed(
            "model",
            name.replace(":", "").replace(" ", "-").replace("/", "-"),
            base64.b64decode(content),
        )
    rewritten = json.loads(gzip.decompress((DATA / "rewrite.json.gz").read_bytes()))
    for name, case in rewritten.items():
        seed("model", f"rewritten-{name}", base64.b64decode(case["model"]))


def splices():
    for at, field in (
        (0, b"\x08\x08"),
        (2, b"\x72\x04\x0a\x00\x12\x00"),
        (1 << 15, b"\x72\x06\x0a\x04she."),
    ):
        seed("splice", f"{at}", struct.pack(">H", at) + field)


def pictures():
    for kind, size in enumerate((4, 3, 1)):
        for width, height in ((1, 1), (7, 5), (28, 28), (300, 2)):
            sides = struct.pack("<BHHBBB", kind, width, height, 8, 6, 3 if kind else 1)
            seed(
                "image",
                f"{size}-{width}-{height}",
                sides + bytes(i * 37 % 256 for i in range(size * width * height)),
            )


def data():
    kinds = (
        "*.npz",
        "images.idx",
        "images.idx.gz",
        "kinds/*.png",
        "kinds/*.jp*g",
        "kinds/*.gif",
        "kinds/*.webp",
        "kinds/*.bmp",
    )
    for kind, pattern in enumerate(kinds):
        for path in (
            (DATA / "sets").rglob(pattern)
            if "/" not in pattern
            else (DATA / "sets").rglob(pattern.split("/")[1])
        ):
            seed(
                "data", f"{kind}-{path.parent.name}-{path.name}", bytes([kind]) + path.read_bytes()
            )


for write in (metadata, models, splices, pictures, data):
    write()
