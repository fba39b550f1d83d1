"""Exports the models of the zoo to data/zoo, each by its own exporter, with ONNX Runtime's numbers.

    python tools/zoo/export.py [--only PATTERN] [--again]

Of each model NAME there are then `NAME.onnx` (with `NAME.onnx.data` where the exporter puts the
weights beside it), `NAME.npz` (samples `x`, labels `y`, and the reference `logits`,
`probabilities` and `features`) and `NAME.json` (what the runner needs to know). One model's failure
never stops the others. What is there already is kept, unless `--again`.
"""

import argparse
import fnmatch
import importlib
import json
import logging
import multiprocessing
import os
import resource
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "data" / "zoo"
FAMILIES = [
    "published",
    "sklearn_models",
    "shapes",
    "keras_models",
    "transformers_models",
    "torchvision_models",
    "timm_models",
    "quantised",
]
SECONDS, MEMORY = 300, 10 << 30
# Least difference between samples in a feature, as a share of the largest number.
APART = 1e-3


def export_family(module, pattern, again):
    """Exports each model of a family in a process of its own, forked after the imports."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    entries = importlib.import_module("entry").ENTRIES
    before = len(entries)
    importlib.import_module(module)
    mine = [entry for entry in entries[before:] if home(entry, module)]
    for entry in mine:
        if fnmatch.fnmatch(entry.name, pattern) and (again or not finished(entry)):
            one(entry)


def home(entry, module):
    """A family may import another, whose entries are not its own."""
    return (entry.family == "quantised") == (module == "quantised")


def finished(entry):
    return (FOLDER / f"{entry.name}.json").exists()


def one(entry):
    start = time.perf_counter()
    child = multiprocessing.get_context("fork").Process(target=write, args=(entry,))
    child.start()
    child.join(SECONDS)
    if child.is_alive():
        child.kill()
        child.join()
    state = "" if child.exitcode == 0 else f" failed ({child.exitcode})"
    print(f"{entry.name}{state}, {time.perf_counter() - start:.0f} s", flush=True)


def write(entry):
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    path = FOLDER / f"{entry.name}.onnx"
    for old in FOLDER.glob(f"{entry.name}.*"):
        old.unlink()
    log = path.with_suffix(".log")
    # Libraries in C++ write past Python's own streams.
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    try:
        entry.export(path)
        save(entry, path)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        raise SystemExit(1) from None
    log.unlink()


def save(entry, path):
    from reference import Graph, refer

    about = {
        "name": entry.name,
        "family": entry.family,
        "exporter": entry.exporter,
        "shape": entry.shape,
        "options": entry.options,
        "refused": entry.refused,
    }
    x = entry.draw().astype(np.float32)
    arrays = {"x": x, "y": np.zeros(len(x), np.int64)}
    if Graph(path).inputs == 1:
        try:
            reference = refer(path, entry, x)
        except Exception:
            if not entry.refused:
                raise
        else:
            about["layer"] = reference.layer
            if reference.features is not None:
                assert_lively(reference.features)
            found = {
                "logits": reference.logits,
                "features": reference.features,
                "probabilities": reference.probabilities,
                "y": reference.probabilities.argmax(1),
            }
            arrays |= {key: value for key, value in found.items() if value is not None}
    np.savez(path.with_suffix(".npz"), **arrays)
    path.with_suffix(".json").write_text(json.dumps(about))


def assert_lively(features):
    """Samples whose features are alike would be scored alike, rightly or not."""
    apart = np.ptp(features, axis=0).max() / np.abs(features).max()
    if not apart > APART:
        raise ValueError(f"features differ by {apart:.1e} between samples, {APART} is the least")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="*", help="names to export, such as 'sk_*'")
    parser.add_argument("--again", action="store_true", help="export what is there as well")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    # transformers would import TensorFlow; and that logs much.
    os.environ |= {"USE_TF": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # A process for each family: TensorFlow and PyTorch do not share one well.
    for module in FAMILIES:
        family = multiprocessing.get_context("spawn").Process(
            target=export_family, args=(module, arguments.only, arguments.again)
        )
        family.start()
        family.join()


if __name__ == "__main__":
    main()
