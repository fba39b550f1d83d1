"""Fits a detector to pictures in Parquet files, and scores pictures by it, on a cluster of Ray.

    python examples/ray/pictures.py fit MODEL TRAINING HELD-OUT --output DETECTOR
    python examples/ray/pictures.py score GRAPH PICTURES --output FOLDER

README.md says what the files hold, and what to change for a model of your own.
"""

import argparse
import pathlib

import numpy as np
import onnx
import ray
from parts import Merged, merge, part
from sessions import session

# The layer to compare, and how. Names of the classes, as a batch may lack some; how pixels become
# input, for the detector to take pictures.
LAYER = "dense_relu"
OPTIONS = ["--layer", LAYER, "--similarity", "mahalanobis", "--with", "energy=2"]
OPTIONS += ["--labels", "0,1,2,3,4", "--mean", "0", "--framing", "ink"]
# Pictures that are one part. Starting the command takes as long as a thousand.
BATCH = 4096


def tapped(model: bytes) -> bytes:
    """The model with the layer as a further output."""
    proto = onnx.load_from_string(model)
    proto.graph.output.append(onnx.helper.make_empty_tensor_value_info(LAYER))
    return proto.SerializeToString()


def inputs(batch: dict) -> np.ndarray:
    pixels = np.frombuffer(b"".join(batch["image"]), np.uint8)
    return pixels.reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)


def features(batch: dict, model: bytes) -> dict:
    """Features as the command line takes them. Of a layer of maps, take their `mean((2, 3))`."""
    logits, layer = session(model).run(["logits", LAYER], {"image": inputs(batch)})
    return {"logits": logits, LAYER: layer, "y": batch["label"]}


def verdicts(batch: dict, model: bytes) -> dict:
    """Verdicts by an exported graph, which makes features and compares them, by picture."""
    names = ["ood_score", "ood_p_value", "is_ood", "nearest"]
    found = session(model).run(names, {"image": inputs(batch)})
    return {"name": batch["name"], **dict(zip(names, found, strict=True))}


def batch_part(batch: dict, model: bytes, verb: list[str], files: dict) -> dict:
    return part(features(batch, model), verb, files)


def merged_part(pictures: ray.data.Dataset, **how) -> bytes:
    batches = pictures.repartition(target_num_rows_per_block=BATCH)
    parts = batches.map_batches(batch_part, batch_size=None, fn_kwargs=how)
    return parts.aggregate(Merged())["part"]


def fit(model: str, training: str, held_out: str, output: str) -> None:
    onnx_bytes = pathlib.Path(model).read_bytes()
    how = {"model": tapped(onnx_bytes), "files": {"model.onnx": onnx_bytes}}
    verb = ["fit", "model.onnx", "--partial", "--data", "features.npz", *OPTIONS]
    patterns = merged_part(ray.data.read_parquet(training), verb=verb, **how)
    how["files"]["patterns.part"] = patterns
    verb = ["calibrate", "model.onnx", "patterns.part", "--partial", "--calibration"]
    scores = merged_part(ray.data.read_parquet(held_out), verb=[*verb, "features.npz"], **how)
    detector = merge([patterns, scores], ("--model", model), "detector.onnx")
    pathlib.Path(output).write_bytes(detector)


def score(graph: str, pictures: str, output: str) -> None:
    how = {"model": pathlib.Path(graph).read_bytes()}
    rows = ray.data.read_parquet(pictures)
    rows.map_batches(verdicts, batch_size=BATCH, fn_kwargs=how).write_parquet(output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(required=True)
    for run, names in ((fit, ("model", "training", "held_out")), (score, ("graph", "pictures"))):
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        for name in (*names, "--output"):
            command.add_argument(name, type=lambda path: str(pathlib.Path(path).absolute()))
    given = vars(parser.parse_args())
    given.pop("run")(**given)


if __name__ == "__main__":
    main()
